printf '[coach]\nphrases = ["mine.txt"]\n' > rehearse.toml
printf 'my boss was a troll\n\n[blaem]\nmy boss was a troll\n' > mine.txt
