"""The subcommand `export`."""

import argparse

from engine.cli.interrupts import ending_at_once
from engine.cli.options import add_sae, add_workspace
from engine.cli.output import print_out
from engine.cli.subcommands import Subcommands


def add_parser(commands: Subcommands) -> None:
    """Say what can be asked of `export`."""
    parser = commands.add_parser(
        "export",
        help="write trained features in the format of another program",
        description="Write trained features in the format of another program, and say what it cannot hold.",
        allow_abbrev=False,
    )
    add_workspace(parser)
    add_sae(parser)
    parser.add_argument(
        "--format",
        required=True,
        choices=("saelens", "sentence-transformers", "dictionary-learning", "sparsify"),
        help="of SAELens, of SparseAutoEncoder in sentence-transformers, or of the package named",
    )
    parser.add_argument("--out", required=True, metavar="PATH", help="a new or empty folder")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write features in another program's format.

    Raises:
        UserError: there are none of that name, the format cannot hold them, or the place is taken.
    """
    with ending_at_once():
        from engine.concepts.exchange import export_dictionary

    notes = export_dictionary(arguments.folder, arguments.sae, arguments.format, arguments.out)
    lines = [f"{arguments.out}: {arguments.sae} in the format of {arguments.format}"]
    print_out("".join(f"{line}\n" for line in [*lines, *(f"  note: {note}" for note in notes)]))
    return 0
