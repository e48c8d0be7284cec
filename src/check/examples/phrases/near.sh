printf '[coach]\nphrases = ["mine.txt"]\n' > rehearse.toml
printf '# What I catch myself saying.\n[blame]\nmy boss was a troll\n' > mine.txt
