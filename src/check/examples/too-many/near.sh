{ echo '[deck]'; seq 1000 | sed 's/.*/k& = 1/'; } > near.toml
{ printf '[[card]]\nprompt = "How do you lead?"\nkeywords = ['; seq -f '"w%g",' 1000 | tr -d '\n'; echo ']'; } > list.toml
