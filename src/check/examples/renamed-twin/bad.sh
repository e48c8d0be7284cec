printf '[[card]]\nid = "%s"\nprompt = "Why %s?"\n' here here now now > bad.toml
rehearse grade here 4
rehearse rename here now
