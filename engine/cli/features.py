"""The subcommand `features`."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from engine.cli.interrupts import cancelling, ending_at_once
from engine.cli.options import add_model, add_outputs, add_sae, add_workspace
from engine.cli.output import Output, asked_for, deliver, shows_colours
from engine.cli.progress import ProgressLine
from engine.cli.reports import REPORTS, instrument_on, written
from engine.cli.subcommands import Subcommands
from engine.errors import UserError
from engine.jobs import CancelToken, Job
from engine.startup import import_engine

if TYPE_CHECKING:
    from engine.concepts.dictionary import Dictionary
    from engine.concepts.table import FeatureTable
    from engine.corpus.workspace import Workspace
    from engine.evidence.report import Report

_ROWS, _EXAMPLES = 20, 10
_EXAMPLE = """
examples:
  %(prog)s papers --sae main --search "birds of prey"
  %(prog)s papers --sae main --feature 1503
"""


def add_parser(commands: Subcommands) -> None:
    """Say what can be asked of `features`."""
    parser = commands.add_parser(
        "features",
        help="list the features of a trained autoencoder, or show one of them",
        description="List the features of a trained autoencoder, search them by words and by meaning, or show"
        " all about one: keywords, documents, neighbours, metadata.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_workspace(parser)
    add_sae(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--search", metavar="TEXT", help="only features that hold these words or mean this")
    which.add_argument("--feature", type=int, metavar="ID", help="show all about this feature")
    parser.add_argument(
        "--top",
        type=int,
        metavar="N",
        help=f"how many features, or documents of one (default: {_ROWS} features, {_EXAMPLES} documents)",
    )
    add_model(parser, "the model that the workspace was embedded with, for --search and reports")
    add_outputs(parser, "json", *REPORTS)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Show features.

    Raises:
        UserError: no workspace, no such features or feature, nothing to search for, or another model.
        Cancelled: it was interrupted.
    """
    if arguments.top is not None and arguments.top < 1:
        raise UserError(f"--top {arguments.top} shows nothing; give 1 or more")
    if arguments.search is not None and not arguments.search.strip():
        raise UserError("--search is empty; give at least one word")
    outputs = asked_for(arguments)
    if arguments.feature is None and any(output.kind in REPORTS for output in outputs):
        raise UserError("a report is of one feature; name it with --feature, or ask for --json")
    token = CancelToken()
    from engine.corpus.workspace import Workspace

    with Workspace.open(arguments.folder) as workspace, ProgressLine(sys.stderr) as progress:
        job = progress.job(token)
        job.step("opening the features", 0)
        with ending_at_once():
            import_engine()
            from engine.concepts.dictionary import open_dictionary
        with cancelling(token):
            dictionary = open_dictionary(workspace, arguments.sae, job.part(0, 0.3))
            show = _table if arguments.feature is None else _page
            data, text = show(arguments, workspace, dictionary, job.part(0.3, 1))
            files: list[tuple[Output, bytes | str]] = [
                (one, data) for one in outputs if one.kind not in REPORTS
            ]
            if len(files) < len(outputs):
                report = _report(arguments, token, progress)
                files += [(one, written(one.kind, report)) for one in outputs if one.kind in REPORTS]
    deliver(files, lambda: text)
    return 0


def _report(arguments: argparse.Namespace, token: CancelToken, progress: ProgressLine) -> Report:
    """Return the report of one feature, with the words of its documents."""
    from engine.evidence.items import FeatureItem
    from engine.evidence.report import Report

    with instrument_on(arguments.folder) as instrument:
        instrument.load_model(arguments.model, arguments.device)
        top = _EXAMPLES if arguments.top is None else arguments.top
        item = FeatureItem(arguments.sae, arguments.feature, top)
        return Report((item.compute(instrument, progress.job(token)),))


def _table(
    arguments: argparse.Namespace, workspace: Workspace, dictionary: Dictionary, job: Job
) -> tuple[str, str]:
    from engine.cli.printed_features import printed_table
    from engine.concepts.families import open_families
    from engine.concepts.labels import load_labels
    from engine.concepts.names import journal_of
    from engine.concepts.table import feature_table
    from engine.report.features import json_table

    table = feature_table(
        dictionary,
        load_labels(workspace, dictionary.name),
        journal_of(workspace, dictionary).annotations(),
        open_families(workspace, dictionary, job.part(0, 0.3)),
    )
    count = _ROWS if arguments.top is None else arguments.top
    matched: dict[int, str] = {}
    total = dictionary.features
    if arguments.search is None:
        shown = [int(feature) for feature in table.best_first()[:count]]
    else:
        matched = _found(arguments, dictionary, table, count, job.part(0.3, 1))
        shown, total = list(matched), len(matched)
    return json_table(table, shown, matched), printed_table(
        dictionary.name, table, shown, matched, total, styled=shows_colours(sys.stdout)
    )


def _found(
    arguments: argparse.Namespace, dictionary: Dictionary, table: FeatureTable, count: int, job: Job
) -> dict[int, str]:
    """Return features that hold the words, nearest in meaning first, then others near in meaning."""
    from engine.concepts.meaning import features_near
    from engine.concepts.name_vectors import open_name_vectors
    from engine.encoder import Encoder

    job.step("loading the model", 0)
    encoder = Encoder(arguments.model, arguments.device)
    names = open_name_vectors(dictionary, encoder, table.labels, job.part(0.1, 0.9))
    near = features_near(dictionary, encoder, arguments.search, dictionary.features, job.part(0.9, 1), names)
    holding = table.holding(arguments.search)
    ranked = [feature for feature, _ in near]
    dead = [feature for feature in table.best_first() if table.fire_rate[feature] == 0]
    words = [int(feature) for feature in (*ranked, *dead) if holding[feature]]
    meaning = [feature for feature in ranked if not holding[feature]]
    return {
        **dict.fromkeys(words[:count], "words"),
        **dict.fromkeys(meaning[: max(count - len(words), 0)], "meaning"),
    }


def _page(
    arguments: argparse.Namespace, workspace: Workspace, dictionary: Dictionary, job: Job
) -> tuple[str, str]:
    from engine.cli.printed_features import printed_page
    from engine.concepts.alignment import read_metadata
    from engine.concepts.examples import check_feature
    from engine.concepts.families import open_families
    from engine.concepts.labels import load_labels
    from engine.concepts.names import journal_of
    from engine.concepts.page import feature_page
    from engine.concepts.table import feature_table
    from engine.report.features import json_page

    check_feature(dictionary, arguments.feature)
    labels = load_labels(workspace, dictionary.name)
    annotations = journal_of(workspace, dictionary).annotations()
    page = feature_page(
        workspace,
        dictionary,
        arguments.feature,
        labels,
        annotations,
        open_families(workspace, dictionary, job.part(0, 0.4)),
        read_metadata(workspace, job.part(0.4, 0.9), dictionary.codes.by_document.shape[0]),
        top=_EXAMPLES if arguments.top is None else arguments.top,
        job=job.part(0.9, 1),
    )
    names = feature_table(dictionary, labels, annotations).labels
    return json_page(page, names), printed_page(page, names, styled=shows_colours(sys.stdout))
