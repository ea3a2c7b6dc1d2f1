"""The subcommand `selftest`."""

import argparse
import sys
import time

from engine.attribution.worked_example import check_worked_example
from engine.cli.interrupts import ending_at_once
from engine.cli.output import print_out
from engine.cli.progress import ProgressLine
from engine.cli.subcommands import Subcommands
from engine.errors import UserError
from engine.startup import import_engine


def add_parser(commands: Subcommands) -> None:
    """Say what can be asked of `selftest`."""
    parser = commands.add_parser(
        "selftest",
        help="explain the worked example and check its numbers",
        description="Explain the worked example, check its numbers, print one line; exit 0 or 1.",
        allow_abbrev=False,
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Explain the worked example with the embedded model, print one line, return 0 or 1."""
    start = time.perf_counter()
    try:
        with ProgressLine(sys.stderr) as progress:
            progress.job().step("loading the model", 0)
            with ending_at_once():
                import_engine()
                from engine.attribution.explainer import Explainer
                from engine.encoder import Encoder

                explainer = Explainer(Encoder())
            similarity, checks = check_worked_example(explainer, progress.job())
    except UserError as error:
        print_out(f"selftest failed: {' '.join(str(error).split())}\n")
        return 1
    failed = [check for check in checks if not check.passed]
    seconds = time.perf_counter() - start
    outcome = "failed" if failed else "passed"
    details = "; ".join(str(check) for check in failed or checks)
    print_out(f"selftest {outcome} in {seconds:.1f} s: similarity {similarity:.4f}; {details}\n")
    return 1 if failed else 0
