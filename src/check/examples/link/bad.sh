printf '[[card]]\nprompt = "Why here?"\n' > ../elsewhere.toml
ln -s ../elsewhere.toml bad.toml
