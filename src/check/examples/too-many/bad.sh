# A thousand and one keys that a deck does not have, and as many keywords on a card.
{ echo '[deck]'; seq 1001 | sed 's/.*/k& = 1/'; } > bad.toml
{ printf '[[card]]\nprompt = "How do you lead?"\nkeywords = ['; seq -f '"w%g",' 1001 | tr -d '\n'; echo ']'; } > list.toml
