"""The subcommand `explain`."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from engine.attribution.request import METHODS, REFERENCES, SIMILARITIES, ExplainRequest
from engine.cli.interrupts import cancelling, ending_at_once
from engine.cli.options import add_model, add_outputs
from engine.cli.output import INTERRUPTED, KINDS, Kind, asked_for, complain, deliver, shows_colours
from engine.cli.progress import ProgressLine
from engine.cli.subcommands import Subcommands
from engine.jobs import Cancelled, CancelToken
from engine.startup import import_engine

if TYPE_CHECKING:
    from engine.attribution.explainer import Explanation


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
    outputs = asked_for(arguments)
    interrupted = False
    with ProgressLine(sys.stderr) as progress:
        token = CancelToken()
        progress.job().step("loading the model", 0)
        with ending_at_once():
            import_engine()
            from engine.attribution.explainer import Explainer
            from engine.encoder import Encoder

            explainer = Explainer(Encoder(arguments.model, arguments.device, arguments.layer_path))
        finished: list[Explanation] = []
        with cancelling(token):
            try:
                finished.append(explainer.explain(request, progress.job(token), finished.append))
            except Cancelled:
                if not finished:
                    raise
                interrupted = True
        explanation = finished[-1]
        progress.job().step("writing", 1)
        written = [(one, _rendered(one.kind, explanation, arguments.layer_path)) for one in outputs]
    from engine.cli.terminal import printed

    deliver(written, lambda: printed(explanation, styled=shows_colours(sys.stdout)))
    if interrupted:
        done, asked = len(explanation.pairs), len(request.candidates)
        return complain(f"interrupted; {done} of {asked} candidates are kept", INTERRUPTED)
    return 0


def _rendered(kind: Kind, explanation: Explanation, layer_path: str | None) -> bytes | str:
    if kind == "json":
        from engine.report.data import json_report

        return json_report(explanation)
    if kind == "html":
        from engine.report.html import html_report

        return html_report(explanation, layer_path)
    from engine.report.figure import figure_report

    return figure_report(explanation, kind)
