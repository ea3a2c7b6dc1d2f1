"""The subcommand `search`."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from typing import TYPE_CHECKING

from engine.cli.interrupts import cancelling, ending_at_once
from engine.cli.options import add_model, add_outputs, add_workspace
from engine.cli.output import INTERRUPTED, Kind, asked_for, complain, deliver, shows_colours
from engine.cli.progress import ProgressLine
from engine.cli.reports import REPORTS, instrument_on, written
from engine.cli.subcommands import Subcommands
from engine.errors import UserError
from engine.jobs import CancelToken

if TYPE_CHECKING:
    from engine.evidence.evidence import Evidence
    from engine.report.ranking import RankingResult

_EXAMPLE = """
example:
  %(prog)s wordnet --query "a small wild cat" --top 5 --explain
  %(prog)s --query "a small wild cat" --candidate "a lynx" --candidate "a lorry"
"""


def add_parser(commands: Subcommands) -> None:
    """Say what can be asked of `search`."""
    parser = commands.add_parser(
        "search",
        help="rank the documents of a workspace, or some texts, for a query",
        description="Rank the documents of a workspace by their similarity to a query, exactly; or some"
        " texts, beside a workspace with what share of its random pairs is less similar.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_workspace(parser, required=False)
    parser.add_argument("--query", required=True, metavar="TEXT", help="what to search for")
    parser.add_argument(
        "--candidate",
        action="append",
        default=[],
        metavar="TEXT",
        help="a text to rank in place of the workspace's documents; may be given more than once",
    )
    parser.add_argument(
        "--top",
        type=int,
        metavar="N",
        help="how many hits, 1 to 1000 (default: 10 documents, all candidates)",
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
    add_outputs(parser, "json", *REPORTS)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Search a workspace, or rank texts; write the hits, or print them.

    An interrupt keeps the hits whose words are known, and still returns 130.

    Raises:
        UserError: there is nothing to rank, no such features, a weight out of range, or an empty query.
    """
    outputs = asked_for(arguments)
    if not arguments.query.strip():
        raise UserError("query: the text is empty; write at least one word")
    _check_what_is_ranked(arguments)
    weights = _weights(arguments)
    filters = tuple(_assignment(given, "--filter", "COLUMN=VALUE") for given in arguments.filter)

    with contextlib.ExitStack() as stack, ProgressLine(sys.stderr) as progress:
        progress.job().step("loading the model", 0)
        instrument = stack.enter_context(instrument_on(arguments.folder))
        with ending_at_once():
            from engine.evidence.items import RankingItem
            from engine.retrieval.search import check_count
            from engine.retrieval.steering import check_weights

            if instrument.has_workspace:
                instrument.workspace.active_vectors()
            top = (len(arguments.candidate) or 10) if arguments.top is None else arguments.top
            check_count(top, "--top")
            check_weights(weights)
            instrument.load_model(arguments.model, arguments.device)
        item = RankingItem(
            arguments.query,
            top,
            arguments.words,
            filters,
            arguments.similarity,
            arguments.sae or "",
            tuple(weights.items()),
            arguments.explain,
            tuple(arguments.candidate),
            percentiles=bool(arguments.candidate) and instrument.has_workspace,
        )
        token = CancelToken()
        with cancelling(token):
            evidence, finished = item.found(instrument, progress.job(token))
        result: RankingResult = evidence.result
        files = [(one, _rendered(one.kind, evidence)) for one in outputs]
    if result.note:
        complain(result.note, 0)
    from engine.cli.hits import printed_hits

    def shown() -> str:
        ranked, styled = item.ranked(result.documents), shows_colours(sys.stdout)
        return printed_hits(result, item.similarity, ranked, evidence.made.seconds, styled)

    deliver(files, shown)
    if not finished:
        known = sum(hit.words is not None for hit in result.hits)
        return complain(f"interrupted; the words of {known} of {len(result.hits)} hits are kept", INTERRUPTED)
    return 0


def _rendered(kind: Kind, evidence: Evidence) -> bytes | str:
    if kind in REPORTS:
        from engine.evidence.report import Report

        return written(kind, Report((evidence,)))
    from engine.report.ranking import listed_hits

    return json.dumps(listed_hits(evidence.result), indent=2, ensure_ascii=False) + "\n"


def _check_what_is_ranked(arguments: argparse.Namespace) -> None:
    if arguments.folder is None and not arguments.candidate:
        raise UserError("there is nothing to rank; name a workspace, or give texts with --candidate")
    if arguments.candidate and (arguments.words or arguments.filter):
        raise UserError("--words and --filter choose documents; leave them out, or --candidate")
    if arguments.folder is None and arguments.sae is not None:
        raise UserError("--sae names features of a workspace; name the workspace, too")


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
