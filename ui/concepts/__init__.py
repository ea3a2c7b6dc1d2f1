"""The page Concepts: the features of an autoencoder, what they stand for, and how they hang together."""
