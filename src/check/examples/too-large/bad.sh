printf '[[card]]\nprompt = "Why here?"\n' > bad.toml
head -c 16777216 /dev/zero | tr '\0' '#' >> bad.toml
