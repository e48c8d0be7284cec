git init --quiet
git remote add origin https://git.example/decks.git
printf '[interview]\ncompany = "Northwind"\n' > northwind.toml
git add .
