printf '[[card]]\nprompt = "Why here?"\n' > near.toml
chmod a=r near.toml
