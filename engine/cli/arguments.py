"""What can be asked on the command line: each subcommand's module says it for itself."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import engine
from engine.cli.output import print_out

# Modules; `import_` is the subcommand `import`, a word that Python keeps for itself.
COMMANDS = (
    "explain", "inspect", "workspace", "train", "label", "features", "export", "import_", "concepts",
    "search", "report", "verify", "selftest",
)  # fmt: skip


class _Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; {self.prog} --help tells more\n")

    def _print_message(self, message: str, file: Any = None) -> None:
        if file is sys.stderr:
            super()._print_message(message, file)
        else:
            # Help may go to a reader that leaves early or to a disk that is full.
            print_out(message)


def parser() -> argparse.ArgumentParser:
    """Return the parser of all arguments.

    Each of `COMMANDS` is a module of `engine.cli` with `add_parser` and `run`, which imports nothing heavy
    before it runs.
    """
    whole = _Parser(
        description="Why does a text-embedding model call texts similar? Without arguments the window opens, "
        "with a path it opens on what lies there; --safe opens it without the graphics driver and without "
        "what the last run has left.",
        allow_abbrev=False,
    )
    whole.add_argument("--version", action="version", version=f"Semascope {engine.__version__}")
    commands = whole.add_subparsers(metavar="command", required=True)
    for name in COMMANDS:
        importlib.import_module(f"engine.cli.{name}").add_parser(commands)
    return whole


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the arguments; `run` among them is the subcommand, to be called with the whole.

    Raises:
        SystemExit: help was asked for (0), or something is wrong and has been said (2).
    """
    return parser().parse_args(arguments)
