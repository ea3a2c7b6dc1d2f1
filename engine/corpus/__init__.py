"""Documents and their vectors: readers of corpora, and the workspace folder that keeps them."""
