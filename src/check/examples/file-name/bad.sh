# A name in Latin-1: the é is one byte.
printf '[[card]]\nprompt = "Why here?"\n' > "$(printf 'caf\351.toml')"
