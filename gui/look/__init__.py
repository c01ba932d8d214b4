"""The look: themes, style, texts, dialogs."""
