"""The window of Semascope. It knows Qt, and of the engine only requests and results."""

import sys

if sys.platform == "win32":
    # On Windows torch's libraries can only be loaded before Qt's.
    from engine.startup import import_engine

    import_engine()
