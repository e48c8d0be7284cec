git init --quiet
printf '[[card]]\nid = "why-here"\nprompt = "Why here?"\n' > bad.toml
rehearse grade why-here 4
git add --force .rehearse/local/log.jsonl .rehearse/local/device
