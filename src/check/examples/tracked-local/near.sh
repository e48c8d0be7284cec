git init --quiet
printf '[[card]]\nid = "why-here"\nprompt = "Why here?"\n' > near.toml
rehearse grade why-here 4
git add .
