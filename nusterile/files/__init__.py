"""Files of every kind: text, tables, TOML, rows, and writing that never leaves half a file."""
