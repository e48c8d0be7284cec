printf '\357\273\277[[card]]\r\nprompt = "Why a café?"\r\n' > near.toml
