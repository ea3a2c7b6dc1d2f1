"""Sparse autoencoders: architectures, training on vectors, checkpoints and their measures."""
