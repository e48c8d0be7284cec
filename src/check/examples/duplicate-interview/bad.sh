mkdir -p first second
printf '[interview]\ncompany = "Northwind"\nround = 1\n' > first/northwind.toml
printf '# The second round\n[interview]\ncompany = "Northwind"\nround = 2\n' > second/northwind.toml
