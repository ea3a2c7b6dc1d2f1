"""Searching and ranking the documents of a workspace, and why they rank as they do."""
