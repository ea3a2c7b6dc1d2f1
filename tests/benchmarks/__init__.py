"""Semascope measured beside its peers; see README.md here."""
