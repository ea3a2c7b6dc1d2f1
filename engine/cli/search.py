"""The subcommand `search`."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, NamedTuple

from engine.cli.interrupts import cancelling, ending_at_once
from engine.cli.options import add_model, add_outputs, add_workspace
from engine.cli.output import INTERRUPTED, asked_for, complain, deliver, shows_colours
from engine.cli.progress import ProgressLine
from engine.cli.subcommands import Subcommands
from engine.errors import UserError
from engine.jobs import Cancelled, CancelToken, Job
from engine.startup import import_engine

if TYPE_CHECKING:
    from engine.attribution.explainer import Explainer
    from engine.retrieval.explain_hits import ExplainedHit
    from engine.retrieval.index import SearchIndex
    from engine.retrieval.search import Ranking
    from engine.retrieval.steering import Steered

_EXAMPLE = """
example:
  %(prog)s wordnet --query "a small wild cat" --top 5 --explain
"""


def add_parser(commands: Subcommands) -> None:
    """Say what can be asked of `search`."""
    parser = commands.add_parser(
        "search",
        help="rank the documents of a workspace for a query, with features turned up or down",
        description="Rank the documents of a workspace by their similarity to a query, exactly.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_workspace(parser)
    parser.add_argument("--query", required=True, metavar="TEXT", help="what to search for")
    parser.add_argument(
        "--top",
        type=int,
        default=10,
        metavar="N",
        help="how many documents, 1 to 1000 (default: %(default)s)",
    )
    parser.add_argument("--sae", metavar="N", help="the features that --steer turns: the N of saes/N")
    parser.add_argument(
        "--steer",
        action="append",
        default=[],
        metavar="FEATURE=WEIGHT",
        help="turn a feature of the query up or down, -5 to 5; may be given more than once",
    )
    parser.add_argument(
        "--filter",
        action="append",
        default=[],
        metavar="COLUMN=VALUE",
        help="only documents with this value; may be given more than once",
    )
    parser.add_argument(
        "--words",
        default="",
        metavar="TEXT",
        help="only documents that hold all these words, the last perhaps as the beginning of a longer one",
    )
    parser.add_argument(
        "--similarity", choices=("cosine", "dot"), default="cosine", help="(default: %(default)s)"
    )
    parser.add_argument("--explain", action="store_true", help="show the words that drove each hit")
    add_model(parser, "the model that the workspace was embedded with")
    add_outputs(parser, "json")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Search a workspace; write the hits, or print them.

    An interrupt keeps the hits whose words are known, and still returns 130.

    Raises:
        UserError: there is no workspace, no such features, a weight out of range, or an empty query.
    """
    outputs = asked_for(arguments)
    if not arguments.query.strip():
        raise UserError("query: the text is empty; write at least one word")
    weights = _weights(arguments)
    filters = tuple(_assignment(given, "--filter", "COLUMN=VALUE") for given in arguments.filter)

    with ProgressLine(sys.stderr) as progress:
        progress.job().step("loading the model", 0)
        with ending_at_once():
            explainer = _loaded(arguments, weights)
        token = CancelToken()
        with cancelling(token):
            found = _found(arguments, explainer, weights, filters, progress.job(token))
    if found.ranking.query.note:
        complain(found.ranking.query.note, 0)
    from engine.cli.hits import listed_hits, printed_hits

    ranking, explained, steered = found.ranking, found.explained, found.steered
    hits = listed_hits(ranking, explained, steered, found.searched)
    listed = json.dumps(hits, indent=2, ensure_ascii=False) + "\n"
    deliver(
        [(output, listed) for output in outputs],
        lambda: printed_hits(ranking, explained, steered, styled=shows_colours(sys.stdout)),
    )
    if found.interrupted:
        done = f"the words of {len(explained)} of {len(ranking.hits)} hits are kept"
        return complain(f"interrupted; {done}", INTERRUPTED)
    return 0


class _Found(NamedTuple):
    ranking: Ranking
    searched: SearchIndex
    steered: Steered | None
    explained: list[ExplainedHit]
    interrupted: bool


def _loaded(arguments: argparse.Namespace, weights: dict[int, float]) -> Explainer:
    """Return the model; what is wrong with the folder or with a number is said before it is loaded."""
    from engine.corpus.workspace import Workspace

    with Workspace.open(arguments.folder) as workspace:
        workspace.active_vectors()
    import_engine()
    from engine.attribution.explainer import Explainer
    from engine.encoder import Encoder
    from engine.retrieval.search import check_count
    from engine.retrieval.steering import check_weights

    check_count(arguments.top, "--top")
    check_weights(weights)
    return Explainer(Encoder(arguments.model, arguments.device))


def _found(
    arguments: argparse.Namespace,
    explainer: Explainer,
    weights: dict[int, float],
    filters: tuple[tuple[str, str], ...],
    job: Job,
) -> _Found:
    from engine.concepts.dictionary import open_dictionary
    from engine.corpus.workspace import Workspace
    from engine.retrieval.explain_hits import explain_hits
    from engine.retrieval.filters import Filters
    from engine.retrieval.index import SearchIndex
    from engine.retrieval.search import embed_query, search
    from engine.retrieval.steering import steer

    with Workspace.open(arguments.folder) as workspace:
        index = SearchIndex(workspace.active_vectors(), arguments.similarity)
        info = explainer.encoder.info
        index.check_model(info.name, info.fingerprint)
        query, steered = embed_query(explainer.encoder, arguments.query), None
        if arguments.sae is not None:
            dictionary = open_dictionary(workspace, arguments.sae, job.part(0, 0.1))
            steered = steer(dictionary, query.vector, weights)
        ranking = search(
            workspace,
            index,
            query,
            arguments.top,
            Filters(arguments.words, filters),
            None if steered is None else steered.vector,
            job.part(0.1, 0.2),
        )
    explained: list[ExplainedHit] = []
    try:
        if arguments.explain:
            texts, rest = [hit.text for hit in ranking.hits], job.part(0.2, 1)
            explain_hits(
                explainer,
                arguments.query,
                texts,
                explained.append,
                arguments.similarity,
                vector=None if steered is None else steered.vector,
                job=rest,
            )
    except Cancelled:
        return _Found(ranking, index, steered, explained, True)
    return _Found(ranking, index, steered, explained, False)


def _weights(arguments: argparse.Namespace) -> dict[int, float]:
    """Return the weights of `--steer` by feature; what needs no features at hand is checked here."""
    if arguments.steer and arguments.sae is None:
        raise UserError("--steer needs features; name them with --sae")
    weights: dict[int, float] = {}
    for given in arguments.steer:
        feature, weight = _assignment(given, "--steer", "FEATURE=WEIGHT")
        try:
            number, value = int(feature), float(weight)
        except ValueError as error:
            raise UserError(f"--steer {given}: write it as FEATURE=WEIGHT, as in 12=1.5") from error
        if number in weights:
            raise UserError(f"--steer: feature {number} is given twice; choose one weight")
        weights[number] = value
    return weights


def _assignment(given: str, option: str, form: str) -> tuple[str, str]:
    left, equals, right = given.partition("=")
    if not equals or not left.strip():
        raise UserError(f"{option} {given}: write it as {form}")
    return left.strip(), right.strip()
