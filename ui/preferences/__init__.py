"""What a person can set: looks, what happens at the start, keys."""
