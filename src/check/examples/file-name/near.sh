printf '[[card]]\nprompt = "Why here?"\n' > café.toml
