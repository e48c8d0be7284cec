mkdir -p first second
printf '[interview]\ncompany = "Northwind"\nround = 1\n' > first/northwind.toml
printf '[interview]\nid = "northwind-2"\ncompany = "Northwind"\nround = 2\n' > second/northwind.toml
