mkdir -p .rehearse/local
cat > .rehearse/local/settings.toml <<'END'
[review]
days_off = [2026-12-24]
END
