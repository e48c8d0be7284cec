printf '[[card]]\nprompt = "%s"\n' 'What is your greatest weakness?' > bad.toml
rehearse grade "$(rehearse list --json | sed -n 's/.*"id":"\([^"]*\)".*/\1/p')" 4
printf '[[card]]\nprompt = "%s"\n' 'Why here?' 'What is the greatest weakness you have?' > bad.toml
rehearse due
