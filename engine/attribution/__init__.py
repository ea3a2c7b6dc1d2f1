"""Attribution: an embedding as a sum over tokens, a similarity as a sum over pairs of tokens."""
