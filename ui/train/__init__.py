"""The page Train: workspaces are made from documents, and autoencoders trained on their vectors."""
