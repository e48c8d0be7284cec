# Saved as Latin-1: the é is one byte.
printf '[[card]]\nprompt = "Why a caf\351?"\n' > bad.toml
