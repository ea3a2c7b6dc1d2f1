"""The subcommand `concepts`."""

from __future__ import annotations

import argparse
import contextlib
import sys
from typing import TYPE_CHECKING

from engine.attribution.request import SIMILARITIES, ExplainRequest
from engine.cli.interrupts import cancelling, ending_at_once
from engine.cli.options import add_model, add_outputs, add_sae, add_workspace
from engine.cli.output import Kind, asked_for, deliver, shows_colours
from engine.cli.progress import ProgressLine
from engine.cli.reports import REPORTS, instrument_on, written
from engine.cli.subcommands import Subcommands
from engine.jobs import CancelToken

if TYPE_CHECKING:
    from engine.evidence.evidence import Evidence

_EXAMPLE = """
example:
  %(prog)s papers --sae main --query "how bees make honey" --candidate "nectar turns into honey"
"""


def add_parser(commands: Subcommands) -> None:
    """Say what can be asked of `concepts`."""
    default = ExplainRequest("", ())
    parser = commands.add_parser(
        "concepts",
        help="show which concepts two texts share",
        description="Take the similarity of two texts apart into the features of a trained autoencoder.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_workspace(parser)
    add_sae(parser)
    parser.add_argument("--query", required=True, metavar="TEXT", help="the query")
    parser.add_argument("--candidate", required=True, metavar="TEXT", help="the text to compare it with")
    parser.add_argument(
        "--similarity", choices=SIMILARITIES, default=default.similarity, help="(default: %(default)s)"
    )
    parser.add_argument(
        "--layer",
        type=int,
        default=default.layer,
        metavar="L",
        help="layer whose inputs are varied to give words their shares (default: %(default)s)",
    )
    parser.add_argument(
        "--tolerance",
        type=float,
        default=default.tolerance,
        metavar="X",
        help="relative error of the words' shares (default: %(default)s)",
    )
    parser.add_argument(
        "--fold-families", action="store_true", help="one row for each family of features that fire together"
    )
    add_model(parser, "the model that the workspace was embedded with")
    add_outputs(parser, "json", *REPORTS)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Explain a pair by concepts; write what was asked for, or print it.

    Raises:
        UserError: no workspace or no such features, features of another model, an empty text.
    """
    request = ExplainRequest(
        query=arguments.query,
        candidates=(arguments.candidate,),
        layer=arguments.layer,
        similarity=arguments.similarity,
        tolerance=arguments.tolerance,
        faithfulness=False,
    )
    request.check()
    outputs = asked_for(arguments)
    with contextlib.ExitStack() as stack, ProgressLine(sys.stderr) as progress:
        token = CancelToken()
        progress.job().step("loading the model", 0)
        instrument = stack.enter_context(instrument_on(arguments.folder))
        with ending_at_once():
            from engine.evidence.items import ExplanationItem

        with cancelling(token):
            job = progress.job(token)
            instrument.open_dictionary(arguments.sae, job.part(0, 0.1))
            instrument.load_model(arguments.model, arguments.device)
            item = ExplanationItem(request, arguments.sae, arguments.fold_families)
            evidence = item.compute(instrument, job.part(0.1, 1))
        files = [(one, _rendered(one.kind, evidence)) for one in outputs]
    from engine.cli.printed_concepts import printed_concepts

    deliver(files, lambda: printed_concepts(evidence.result.concepts[0], styled=shows_colours(sys.stdout)))
    return 0


def _rendered(kind: Kind, evidence: Evidence) -> bytes | str:
    if kind in REPORTS:
        from engine.evidence.report import Report

        return written(kind, Report((evidence,)))
    from engine.report.concepts import json_concepts

    return json_concepts(evidence.result.concepts[0], evidence.result.explanation.model)
