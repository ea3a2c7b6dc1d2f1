"""The workspace Explain: why a query and a candidate match."""
