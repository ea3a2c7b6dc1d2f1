"""The subcommand `label`."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from engine.cli.interrupts import cancelling, ending_at_once
from engine.cli.options import add_model, add_outputs, add_sae, add_workspace
from engine.cli.output import asked_for, deliver
from engine.cli.progress import ProgressLine
from engine.cli.subcommands import Subcommands
from engine.jobs import CancelToken
from engine.startup import import_engine

if TYPE_CHECKING:
    from engine.concepts.labelling import LabelRun
    from engine.concepts.report_card import Summary


def add_parser(commands: Subcommands) -> None:
    """Say what can be asked of `label`."""
    parser = commands.add_parser(
        "label",
        help="name the features of a sparse autoencoder",
        description="Name the features of a sparse autoencoder after phrases of their documents, and score "
        "each name on documents that did not make it.",
        allow_abbrev=False,
    )
    add_workspace(parser)
    add_sae(parser)
    add_outputs(parser, "json")
    parser.add_argument(
        "--controls",
        action="store_true",
        help="label some features of a random autoencoder and of shuffled activations too",
    )
    add_model(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Name the features and keep the names in the workspace; interrupted, it leaves earlier ones alone.

    Raises:
        UserError: there is no such workspace or autoencoder, or it is of another model.
        Cancelled: it was interrupted; nothing is written.
    """
    outputs = asked_for(arguments)
    token = CancelToken()
    with ProgressLine(sys.stderr) as progress:
        job = progress.job(token)
        from engine.corpus.workspace import Workspace

        with Workspace.open(arguments.folder) as workspace:
            job.step("loading the model", 0)
            with ending_at_once():
                import_engine()
                import keybert  # noqa: F401

                from engine.concepts.dictionary import open_dictionary
                from engine.concepts.labelling import label_features
                from engine.encoder import Encoder

                encoder = Encoder(arguments.model, arguments.device)
            with cancelling(token):
                dictionary = open_dictionary(workspace, arguments.sae, job.part(0, 0.05))
                labelled = label_features(
                    workspace, dictionary, encoder, job.part(0.05, 1), arguments.controls
                )
    from engine.concepts.labels import label_data

    rows = json.dumps([label_data(label) for label in labelled.labels], indent=2, ensure_ascii=False) + "\n"
    deliver(
        [(output, rows) for output in outputs], lambda: "\n".join(summary(arguments.sae, labelled)) + "\n"
    )
    return 0


def summary(name: str, labelled: LabelRun) -> list[str]:
    """Return what came of it, line by line."""
    report = labelled.report
    total = report.labels
    named = sum(label.label is not None for label in labelled.labels)
    lines = [
        f"{name}: {named:,} of {total.live:,} live features named ({total.features:,} in all) in"
        f" {report.seconds:.1f} s, {report.phrases:,} phrases embedded"
    ]
    lines += [f"  {count:,} without a name: {reason}" for reason, count in report.reasons.items()]
    if named:
        lines.append(
            f"on {report.held_out:,} held-out documents: mean Pearson {total.pearson:.3f},"
            f" {total.of_ceiling:.1%} of the {total.ceiling:.3f} that centroids reach;"
            f" F1 {total.f1:.3f}; {total.ranked_first:.1%} fit their own feature best;"
            f" mean Pearson, refused names included, {total.pearson_of_all:.3f}"
        )
    lines += [f"  {control}: {_figures(one)}" for control, one in report.controls.items()]
    return lines


def _figures(control: Summary) -> str:
    return (
        f"{control.named:.0%} of {control.live:,} features named; mean Pearson, refused names included,"
        f" {control.pearson_of_all:.3f}"
    )
