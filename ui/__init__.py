"""The window of Semascope. It knows Qt, and of the engine only requests and results."""
