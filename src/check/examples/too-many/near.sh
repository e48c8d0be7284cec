{ echo '[deck]'; seq 1000 | sed 's/.*/k& = 1/'; } > near.toml
