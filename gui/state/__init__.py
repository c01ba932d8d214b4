"""The state of the view, its products and what is remembered."""
