# A thousand and one keys that a deck does not have.
{ echo '[deck]'; seq 1001 | sed 's/.*/k& = 1/'; } > bad.toml
