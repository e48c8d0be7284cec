printf '[[card]]\nprompt = "%s"\n' 'What is your greatest weakness?' > near.toml
rehearse grade "$(rehearse list --json | sed -n 's/.*"id":"\([^"]*\)".*/\1/p')" 4
printf '[[card]]\nprompt = "%s"\n' 'Where will you be in five years?' 'Who taught you most?' > near.toml
rehearse due
