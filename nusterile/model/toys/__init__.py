"""Studies with toy experiments: what a configuration asks of many of them."""
