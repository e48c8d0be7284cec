printf '[[card]]\nprompt = "Why here?"\n' > ../elsewhere.toml
ln ../elsewhere.toml near.toml
