printf '[[card]]\nprompt = "Why here?"\n' > near.toml
head -c 16777182 /dev/zero | tr '\0' '#' >> near.toml
