"""The panels: everything that is drawn or ticked."""
