"""Checkpoint formats of other programs, one file each: what they hold, and what gets lost."""
