"""Forms that edit settings."""
