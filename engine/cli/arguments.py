"""What can be asked on the command line."""

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import engine
from engine.attribution.request import METHODS, REFERENCES, SIMILARITIES, ExplainRequest
from engine.cli.output import print_out

_EXAMPLE = """
example:
  %(prog)s --query "how do bees make honey" --candidate "nectar turns into honey" --html why.html
"""


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


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the arguments; `run` among them is the subcommand, to be called with the whole.

    Raises:
        SystemExit: help was asked for (0), or something is wrong and has been said (2).
    """
    parser = _Parser(
        description="Why does a text-embedding model call texts similar? Without arguments the window opens.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"Semascope {engine.__version__}")
    commands = parser.add_subparsers(metavar="command", required=True)
    _add_explain(commands)
    _add_workspace(commands)
    _add_train(commands)
    selftest = commands.add_parser(
        "selftest",
        help="explain the worked example and check its numbers",
        description="Explain the worked example, check its numbers, print one line; exit 0 or 1.",
        allow_abbrev=False,
    )
    selftest.set_defaults(run=_late("engine.cli.selftest"))
    return parser.parse_args(arguments)


def _add_explain(commands: "argparse._SubParsersAction[_Parser]") -> None:
    default = ExplainRequest("", ())
    parser = commands.add_parser(
        "explain",
        help="show which words make a model call texts similar",
        description="Show which words make a model call a query and its candidates similar.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--query", required=True, metavar="TEXT", help="the query")
    parser.add_argument(
        "--candidate",
        required=True,
        action="append",
        metavar="TEXT",
        help="a text to compare it with; may be given more than once",
    )
    parser.add_argument(
        "--model", metavar="DIR", help="folder of a sentence-transformers model (default: the embedded one)"
    )
    parser.add_argument(
        "--method",
        choices=METHODS,
        default=default.method,
        help="how words get their share (default: %(default)s)",
    )
    parser.add_argument(
        "--layer",
        type=int,
        default=default.layer,
        metavar="N",
        help="layer whose inputs are varied; a deeper one is faster (default: %(default)s)",
    )
    parser.add_argument(
        "--references",
        choices=REFERENCES,
        default=default.references,
        help="padding references taken out of the words, or left in as published (default: %(default)s)",
    )
    parser.add_argument(
        "--similarity", choices=SIMILARITIES, default=default.similarity, help="(default: %(default)s)"
    )
    parser.add_argument(
        "--tolerance",
        type=float,
        default=default.tolerance,
        metavar="X",
        help="relative error of the contributions (default: %(default)s)",
    )
    parser.add_argument(
        "--no-faithfulness",
        dest="faithfulness",
        action="store_false",
        help="do not test the explanation by removing words",
    )
    parser.add_argument(
        "--device", default="auto", metavar="NAME", help="auto, cuda, mps or cpu (default: %(default)s)"
    )
    parser.add_argument(
        "--layer-path",
        metavar="PATH",
        help="dotted path to the list of layers, for a model of an unknown family",
    )
    for kind, what in (
        ("json", "all numbers"),
        ("html", "one self-contained page"),
        ("png", "a picture"),
        ("svg", "a picture"),
        ("pdf", "a picture, one page a candidate"),
    ):
        parser.add_argument(f"--{kind}", metavar="F", help=f"write {what} to F; - is standard output")
    parser.set_defaults(run=_late("engine.cli.explain"))


def _add_workspace(commands: "argparse._SubParsersAction[_Parser]") -> None:
    parser = commands.add_parser(
        "workspace",
        help="import a corpus into a folder and embed it",
        description="Import a corpus into a workspace folder and embed it; stopped, it goes on later.",
        allow_abbrev=False,
    )
    parser.add_argument("folder", metavar="DIR", help="the workspace; made if it is not there")
    parser.add_argument(
        "--corpus",
        required=True,
        metavar="FILE",
        help="a .csv, .tsv, .jsonl, .parquet or .txt file, or a folder of text files",
    )
    parser.add_argument("--text-column", metavar="NAME", help="column with the text (default: the likeliest)")
    parser.add_argument("--id-column", metavar="NAME", help="column with the ids (default: the likeliest)")
    parser.add_argument("--limit", type=int, metavar="N", help="keep at most N documents of the corpus")
    parser.add_argument(
        "--model", metavar="DIR", help="folder of a sentence-transformers model (default: the embedded one)"
    )
    parser.add_argument(
        "--device", default="auto", metavar="NAME", help="auto, cuda, mps or cpu (default: %(default)s)"
    )
    parser.set_defaults(run=_late("engine.cli.workspace"))


def _add_train(commands: "argparse._SubParsersAction[_Parser]") -> None:
    parser = commands.add_parser(
        "train",
        help="train a sparse autoencoder on the vectors of a workspace",
        description="Train a sparse autoencoder on the vectors of a workspace; interrupted, it goes on with "
        "--resume and ends the same.",
        allow_abbrev=False,
    )
    parser.add_argument("folder", metavar="DIR", help="the workspace")
    parser.add_argument("--name", required=True, metavar="N", help="its folder will be saes/N")
    parser.add_argument(
        "--architecture",
        choices=("vanilla", "topk", "batchtopk", "matryoshka", "jumprelu"),
        default="batchtopk",
        help="(default: %(default)s)",
    )
    parser.add_argument("--features", type=int, required=True, metavar="F", help="number of features")
    parser.add_argument(
        "--k",
        type=int,
        default=32,
        metavar="K",
        help="active features of a document, on average; vanilla has none (default: %(default)s)",
    )
    for name, default, what in (
        ("epochs", 40, "passes over the documents"),
        ("batch-size", 1024, "documents a step"),
        ("seed", 0, "of the first weights and of the order"),
    ):
        parser.add_argument(
            f"--{name}", type=int, default=default, metavar="N", help=f"{what} (default: %(default)s)"
        )
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted training")
    parser.add_argument("--json", metavar="F", help="write all numbers to F; - is standard output")
    parser.set_defaults(run=_late("engine.cli.train"))


def _late(module: str) -> Callable[[argparse.Namespace], int]:
    """Return a function that imports a subcommand only when it runs."""

    def run(arguments: argparse.Namespace) -> int:
        command: Callable[[argparse.Namespace], int] = importlib.import_module(module).run
        return command(arguments)

    return run
