"""The subcommand `explain`."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from typing import TYPE_CHECKING

from engine.attribution.request import METHODS, REFERENCES, SIMILARITIES, ExplainRequest
from engine.cli.interrupts import cancelling, ending_at_once
from engine.cli.options import add_model, add_outputs
from engine.cli.output import INTERRUPTED, KINDS, Kind, asked_for, complain, deliver, shows_colours
from engine.cli.progress import ProgressLine
from engine.cli.reports import REPORTS, instrument_on, written
from engine.cli.subcommands import Subcommands
from engine.errors import UserError
from engine.jobs import Cancelled, CancelToken
from engine.startup import import_engine

if TYPE_CHECKING:
    from engine.attribution.explainer import Explanation
    from engine.evidence.evidence import Evidence


_EXAMPLE = """
example:
  %(prog)s --query "how do bees make honey" --candidate "nectar turns into honey" --html why.html
"""


def add_parser(commands: Subcommands) -> None:
    """Say what can be asked of `explain`."""
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
    add_model(parser)
    parser.add_argument(
        "--layer-path",
        metavar="PATH",
        help="dotted path to the list of layers, for a model of an unknown family",
    )
    parser.add_argument(
        "--workspace",
        metavar="DIR",
        help="take the matches apart into concepts, by features of this workspace",
    )
    parser.add_argument("--sae", metavar="N", help="which features: the N of saes/N")
    parser.add_argument(
        "--fold-families", action="store_true", help="one row for each family of features that fire together"
    )
    add_outputs(parser, *KINDS)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Explain a query and its candidates; write what was asked for, or print it.

    An interrupt keeps the candidates that were finished, and still returns 130.
    """
    request = ExplainRequest(
        query=arguments.query,
        candidates=tuple(arguments.candidate),
        method=arguments.method,
        layer=arguments.layer,
        references=arguments.references,
        similarity=arguments.similarity,
        tolerance=arguments.tolerance,
        faithfulness=arguments.faithfulness,
    )
    request.check()
    if (arguments.workspace is None) != (arguments.sae is None) or (
        arguments.fold_families and not arguments.sae
    ):
        raise UserError("concepts need a workspace and its features; give both --workspace and --sae")
    outputs = asked_for(arguments)
    interrupted = False
    with contextlib.ExitStack() as stack, ProgressLine(sys.stderr) as progress:
        token = CancelToken()
        progress.job().step("loading the model", 0)
        with ending_at_once():
            import_engine()
            from engine.evidence.items import ExplanationItem

            instrument = stack.enter_context(instrument_on(arguments.workspace))
            explainer = instrument.load_model(arguments.model, arguments.device, arguments.layer_path)
        finished: list[Explanation] = []
        item = ExplanationItem(request, arguments.sae or "", arguments.fold_families)
        concepts = {}
        with cancelling(token):
            job = progress.job(token)
            try:
                if item.dictionary:
                    item.open_features(instrument, job.part(0, 0.1))
                finished.append(explainer.explain(request, job.part(0.1, 0.8), finished.append))
                if item.dictionary:
                    concepts = item.concepts_of(instrument, finished[-1], job.part(0.8, 1))
            except Cancelled:
                if not finished:
                    raise
                interrupted = True
        explanation = finished[-1]
        progress.job().step("writing", 1)
        evidence = item.of(instrument, explanation, concepts, arguments.layer_path)
        files = [(one, _rendered(one.kind, evidence)) for one in outputs]
    from engine.cli.printed_concepts import printed_concepts
    from engine.cli.terminal import printed

    def shown() -> str:
        styled = shows_colours(sys.stdout)
        parts = [printed(explanation, styled), *(printed_concepts(one, styled) for one in concepts.values())]
        return "\n".join(parts)

    deliver(files, shown)
    if interrupted:
        done, asked = len(explanation.pairs), len(request.candidates)
        return complain(f"interrupted; {done} of {asked} candidates are kept", INTERRUPTED)
    return 0


def _rendered(kind: Kind, evidence: Evidence) -> bytes | str:
    if kind in REPORTS:
        from engine.evidence.report import Report

        return written(kind, Report((evidence,)))
    if kind == "json":
        from engine.report.data import APP

        data = {"app": APP, **evidence.item.result_data(evidence)}
        return json.dumps(data, ensure_ascii=False, allow_nan=False) + "\n"
    from engine.report.figure import figure_report

    return figure_report(evidence.result.explanation, "png" if kind == "png" else "svg")
