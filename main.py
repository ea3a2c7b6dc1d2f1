"""Semascope: why does a text-embedding model call texts similar?

Without arguments the window opens, with the path of a workspace, a session, a report or documents it opens
on that; with a subcommand the same engine runs in the terminal. `--safe` opens the window without the
graphics driver and without what the last run has left.
"""

import multiprocessing
import sys
from pathlib import Path

SAFE = "--safe"


def main() -> int:
    """Open the window, or run the subcommand named on the command line; return the exit code."""
    multiprocessing.freeze_support()
    arguments = sys.argv[1:]
    try:
        safe = arguments[:1] == [SAFE]
        path = _path(arguments[safe:])
        if path is None and _looks_like_path(arguments[safe:]):
            print(f"Semascope: there is no file or folder {arguments[safe]}", file=sys.stderr)
            return 2
        if len(arguments) > safe and path is None:
            from engine.cli import main as run_command

            return run_command(arguments)
        return open_window(path, safe)
    except KeyboardInterrupt:
        # One that comes later is caught where there is something to say.
        return 130


def _path(arguments: list[str]) -> Path | None:
    """Return the one file or folder that is named and is there, None for anything else."""
    if len(arguments) != 1 or arguments[0].startswith("-") or arguments[0] in _commands():
        return None
    path = Path(arguments[0])
    try:
        return path.absolute() if path.exists() else None
    except OSError:
        return None


def _looks_like_path(arguments: list[str]) -> bool:
    """Return whether the one argument is meant as a path: no subcommand has a dot or a slash."""
    return len(arguments) == 1 and not arguments[0].startswith("-") and bool(set("./\\") & set(arguments[0]))


def _commands() -> list[str]:
    from engine.cli.arguments import COMMANDS

    return [name.rstrip("_") for name in COMMANDS]


def open_window(path: Path | None = None, safe: bool = False) -> int:
    """Open the window; if that is impossible, say why in one line and return 2."""
    from ui.display import missing_library, window_problem

    try:
        problem = window_problem()
        if problem is None:
            from ui.startup_checks import missing_resources, prepare

            problem = missing_resources()
        if problem is None:
            start = prepare(path, safe)
            from ui.app import run
    except ImportError as error:
        problem = missing_library(error)
        if problem is None:
            raise
    if problem is not None:
        from engine.resources import is_frozen

        program = "semascope" if is_frozen() else "python main.py"
        print(f"Semascope: {problem}; {program} explain --help needs no window", file=sys.stderr)
        return 2
    return run(sys.argv[:1], start)


if __name__ == "__main__":
    sys.exit(main())
