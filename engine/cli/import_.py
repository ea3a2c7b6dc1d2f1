"""The subcommand `import`."""

import argparse

from engine.cli.interrupts import ending_at_once
from engine.cli.options import add_workspace
from engine.cli.output import print_out
from engine.cli.subcommands import Subcommands
from engine.corpus.workspace import Workspace


def add_parser(commands: Subcommands) -> None:
    """Say what can be asked of `import`."""
    parser = commands.add_parser(
        "import",
        help="take features that another program trained into a workspace",
        description="Take features that another program trained into a workspace. They must have been "
        "trained on vectors of the workspace's model. The files tell the format: saelens, "
        "sentence-transformers, dictionary-learning, sparsify, or the pair config.json and sae.pt of the "
        "BatchTopK repositories.",
        allow_abbrev=False,
    )
    add_workspace(parser)
    parser.add_argument("--sae", required=True, metavar="N", help="their folder will be saes/N")
    parser.add_argument("--from", required=True, dest="source", metavar="PATH", help="folder to import")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Take features of another program into a workspace.

    Raises:
        UserError: the name is taken, or the folder holds no features that fit the workspace.
    """
    with Workspace.open(arguments.folder) as workspace:
        # Reading weights needs torch, which a folder that is no workspace need not wait for.
        with ending_at_once():
            from engine.concepts.exchange import import_dictionary

        imported = import_dictionary(workspace, arguments.sae, arguments.source)
    config = imported.config
    lines = [f"{imported.folder}: {config.architecture}, {config.features:,} features"]
    print_out("".join(f"{line}\n" for line in [*lines, *(f"  note: {note}" for note in imported.notes)]))
    return 0
