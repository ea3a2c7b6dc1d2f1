"""The subcommand `report`."""

from __future__ import annotations

import argparse
import os
import sys

from engine.cli.interrupts import ending_at_once
from engine.cli.options import add_outputs
from engine.cli.output import STANDARD_OUTPUT, asked_for, deliver
from engine.cli.progress import ProgressLine
from engine.cli.reports import REPORTS, written
from engine.cli.subcommands import Subcommands
from engine.errors import UserError
from engine.startup import import_engine

_EXAMPLE = """
example:
  %(prog)s why.html ranking.semareport --title "What was found" --html findings.html
"""


def add_parser(commands: Subcommands) -> None:
    """Say what can be asked of `report`."""
    parser = commands.add_parser(
        "report",
        help="join the items of reports into one, as a page, for print, or as a bundle",
        description="Join the items of reports (HTML pages, bundles or their JSON) into one report, as they"
        " are: nothing is computed again.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("reports", nargs="+", metavar="REPORT", help="a report that exists")
    parser.add_argument("--title", default="", metavar="TEXT", help="of the new report")
    add_outputs(parser, "json", *REPORTS)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Join reports; write what was asked for, or list the items.

    Raises:
        UserError: a file cannot be read or is no report, or there are too many items.
    """
    outputs = asked_for(arguments)
    taken = {os.path.realpath(one.target) for one in outputs if one.target != STANDARD_OUTPUT}
    for file in arguments.reports:
        if os.path.realpath(file) in taken:
            raise UserError(f"{file} would be written over while it is read; choose another name")
    with ProgressLine(sys.stderr) as progress:
        progress.job().step("loading the engine", 0)
        with ending_at_once():
            import_engine()
            from engine.evidence.reading import read_report
            from engine.evidence.report import Report
        items = [item for file in arguments.reports for item in read_report(file).report.items]
        report = Report(tuple(items), arguments.title)
        progress.job().step("writing", 1)
        files = [(one, report.json() if one.kind == "json" else written(one.kind, report)) for one in outputs]
    lines = [f"{number:>4}  {one.kind:<12}{one.title}" for number, one in enumerate(items, start=1)]
    deliver(files, lambda: "\n".join([report.name, *lines]) + "\n")
    return 0
