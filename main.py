"""Semascope: why does a text-embedding model call texts similar?

Without arguments the window opens; with a subcommand the same engine runs in the terminal.
"""

import multiprocessing
import sys


def main() -> int:
    """Open the window, or run the subcommand named on the command line; return the exit code."""
    multiprocessing.freeze_support()
    try:
        if len(sys.argv) > 1:
            from engine.cli import main as run_command

            return run_command(sys.argv[1:])
        return open_window()
    except KeyboardInterrupt:
        # One that comes later is caught where there is something to say.
        return 130


def open_window() -> int:
    """Open the window; if that is impossible, say why in one line and return 2."""
    from ui.display import missing_library, window_problem

    try:
        problem = window_problem()
        if problem is None:
            from ui.app import run
    except ImportError as error:
        problem = missing_library(error)
        if problem is None:
            raise
    if problem is not None:
        print(f"Semascope: {problem}; python main.py explain --help needs no window", file=sys.stderr)
        return 2
    return run(sys.argv)


if __name__ == "__main__":
    sys.exit(main())
