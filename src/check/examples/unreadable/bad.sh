printf '[[card]]\nprompt = "Why here?"\n' > bad.toml
chmod a= bad.toml
