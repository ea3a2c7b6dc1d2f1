"""Widgets that paint results; each takes numpy arrays and the window's one selection."""
