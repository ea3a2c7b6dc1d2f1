"""The subcommand `verify`."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from engine.cli.interrupts import cancelling, ending_at_once
from engine.cli.options import add_outputs
from engine.cli.output import asked_for, deliver, shows_colours
from engine.cli.progress import ProgressLine
from engine.cli.subcommands import Subcommands
from engine.jobs import CancelToken
from engine.startup import import_engine

if TYPE_CHECKING:
    from engine.evidence.verify import Verification

_EXAMPLE = """
examples:
  %(prog)s why.html
  %(prog)s findings.semareport --workspace papers
"""


def add_parser(commands: Subcommands) -> None:
    """Say what can be asked of `verify`."""
    parser = commands.add_parser(
        "verify",
        help="recompute a report and say of each figure whether it stands",
        description="Recompute a report (an HTML page, a bundle or its JSON) and say of each figure whether"
        " it stands. Exit 0 if all do, 1 if one differs or cannot be checked, 2 if the file cannot be read.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("report", metavar="REPORT", help="the file")
    parser.add_argument(
        "--model",
        metavar="DIR",
        help="folder of the model (default: as the report names it, or the embedded one)",
    )
    parser.add_argument("--workspace", metavar="DIR", help="the workspace (default: as the report names it)")
    parser.add_argument(
        "--device",
        default="auto",
        metavar="NAME",
        help="cuda, mps or cpu (default: as in the report, if here)",
    )
    add_outputs(parser, "json")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Verify a report; write the table, or print it; return 0 if all stands, else 1.

    Raises:
        UserError: the file cannot be read, or is no report.
        Cancelled: it was interrupted.
    """
    outputs = asked_for(arguments)
    token = CancelToken()
    with ProgressLine(sys.stderr) as progress:
        progress.job().step("loading the engine", 0)
        with ending_at_once():
            import_engine()
            from engine.cli.printed_verification import printed_verification
            from engine.evidence.verify import verify
        with cancelling(token):
            verification = verify(
                arguments.report,
                arguments.model,
                arguments.workspace,
                arguments.device,
                progress.job(token),
            )
    data = _data(verification)
    deliver(
        [(output, data) for output in outputs],
        lambda: printed_verification(verification, styled=shows_colours(sys.stdout)),
    )
    return 0 if verification.stands else 1


def _data(verification: Verification) -> str:
    data = {"stands": verification.stands, **asdict(verification)}
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"
