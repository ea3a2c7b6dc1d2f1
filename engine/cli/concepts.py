"""The subcommand `concepts`."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from engine.attribution.request import SIMILARITIES, ExplainRequest
from engine.cli.interrupts import cancelling, ending_at_once
from engine.cli.options import add_model, add_outputs, add_sae, add_workspace
from engine.cli.output import Kind, asked_for, deliver, shows_colours
from engine.cli.progress import ProgressLine
from engine.cli.subcommands import Subcommands
from engine.jobs import CancelToken
from engine.startup import import_engine

if TYPE_CHECKING:
    from engine.attribution.explainer import Explanation
    from engine.concepts.explanation import ConceptExplanation

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
    add_outputs(parser, "json", "html")
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
    from engine.corpus.workspace import Workspace

    with Workspace.open(arguments.folder) as workspace, ProgressLine(sys.stderr) as progress:
        token = CancelToken()
        progress.job().step("loading the model", 0)
        with ending_at_once():
            import_engine()
            from engine.attribution.explainer import Explainer
            from engine.concepts.dictionary import open_dictionary
            from engine.concepts.explanation import explain_concepts
            from engine.concepts.families import open_families
            from engine.concepts.names import feature_names
            from engine.encoder import Encoder

        with cancelling(token):
            job = progress.job(token)
            dictionary = open_dictionary(workspace, arguments.sae, job.part(0, 0.1))
            explainer = Explainer(Encoder(arguments.model, arguments.device))
            dictionary.check_model(explainer.encoder.info.fingerprint)
            explained = explainer.explain(request, job.part(0.1, 0.8))
            names = feature_names(workspace, dictionary)
            explanation = explain_concepts(
                explainer, dictionary, names, explained.pairs[0], request.tolerance, job.part(0.8, 0.9)
            )
            if arguments.fold_families:
                families = open_families(workspace, dictionary, job.part(0.9, 1))
                explanation = explanation.folded(families.family)
        written = [(one, _rendered(one.kind, explained, explanation)) for one in outputs]
    from engine.cli.printed_concepts import printed_concepts

    deliver(written, lambda: printed_concepts(explanation, styled=shows_colours(sys.stdout)))
    return 0


def _rendered(kind: Kind, explained: Explanation, concepts: ConceptExplanation) -> str:
    if kind == "html":
        from engine.report.html import html_report

        return html_report(explained, concepts={0: concepts})
    from engine.report.concepts import json_concepts

    return json_concepts(concepts, explained.model)
