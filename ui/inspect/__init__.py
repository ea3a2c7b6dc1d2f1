"""The page Inspect: the inside of an embedding, two models side by side, and the indexes of a workspace."""
