"""The window around the panels: menus and sessions."""
