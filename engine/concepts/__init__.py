"""What a sparse autoencoder's features mean: activations, names, examples, and their part in a match."""
