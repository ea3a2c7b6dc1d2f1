"""Options that several subcommands share: each is said once, and read the same everywhere."""

import argparse

from engine.cli.output import Kind

_WRITTEN: dict[Kind, str] = {
    "json": "all numbers",
    "html": "a report, one self-contained page,",
    "png": "a picture",
    "svg": "a picture",
    "pdf": "a report for print",
    "bundle": "a bundle (.semareport) of the page, all numbers as JSON and CSV, and their digests",
}


def add_workspace(parser: argparse.ArgumentParser, required: bool = True) -> None:
    """Ask for the folder of a workspace."""
    parser.add_argument("folder", metavar="DIR", nargs=None if required else "?", help="the workspace")


def add_sae(parser: argparse.ArgumentParser) -> None:
    """Ask for the name of trained features."""
    parser.add_argument("--sae", required=True, metavar="N", help="which features: the N of saes/N")


def add_model(parser: argparse.ArgumentParser, which: str = "a sentence-transformers model") -> None:
    """Let a model and the device that it runs on be chosen.

    Args:
        parser: of the subcommand.
        which: what the folder must hold.
    """
    parser.add_argument("--model", metavar="DIR", help=f"folder of {which} (default: the embedded one)")
    parser.add_argument(
        "--device", default="auto", metavar="NAME", help="auto, cuda, mps or cpu (default: %(default)s)"
    )


def add_outputs(parser: argparse.ArgumentParser, *kinds: Kind) -> None:
    """Let results be written to files of these kinds; `engine.cli.output.asked_for` reads them."""
    for kind in kinds:
        parser.add_argument(
            f"--{kind}", metavar="F", help=f"write {_WRITTEN[kind]} to F; - is standard output"
        )
