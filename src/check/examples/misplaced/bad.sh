cat > rehearse.toml <<'END'
[review]
days_off = [2026-12-24]
END
