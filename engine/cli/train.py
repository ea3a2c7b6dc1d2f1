"""The subcommand `train`."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.interrupts import cancelling, ending_at_once
from engine.cli.options import add_outputs, add_workspace
from engine.cli.output import asked_for, deliver
from engine.cli.progress import ProgressLine
from engine.cli.subcommands import Subcommands
from engine.corpus.workspace import Workspace

if TYPE_CHECKING:
    from engine.concepts.run_settings import RunSettings
    from engine.sae.advice import Advice
    from engine.sae.quality import Quality
    from engine.sae.training_result import TrainingResult


def add_parser(commands: Subcommands) -> None:
    """Say what can be asked of `train`."""
    parser = commands.add_parser(
        "train",
        help="train a sparse autoencoder on the vectors of a workspace",
        description="Train a sparse autoencoder on the vectors of a workspace; interrupted, it goes on with "
        "--resume and ends the same.",
        allow_abbrev=False,
    )
    add_workspace(parser)
    parser.add_argument("--name", required=True, metavar="N", help="its folder will be saes/N")
    parser.add_argument(
        "--architecture",
        choices=("vanilla", "topk", "batchtopk", "matryoshka", "jumprelu"),
        default="batchtopk",
        help="(default: %(default)s)",
    )
    parser.add_argument("--features", type=int, required=True, metavar="F", help="number of features")
    parser.add_argument(
        "--k",
        type=int,
        default=32,
        metavar="K",
        help="active features of a document, on average; vanilla has none (default: %(default)s)",
    )
    for name, default, what in (
        ("epochs", 40, "passes over the documents"),
        ("batch-size", 1024, "documents a step"),
        ("seed", 0, "of the first weights and of the order"),
    ):
        parser.add_argument(
            f"--{name}", type=int, default=default, metavar="N", help=f"{what} (default: %(default)s)"
        )
    parser.add_argument(
        "--vectors",
        metavar="FILE",
        help="train on the matrix in a .npy or .safetensors file; DIR is then a workspace of the same model, "
        "or a folder for the features alone, from which they can be exported",
    )
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted training")
    add_outputs(parser, "json")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Train an autoencoder on the workspace's vectors; interrupted, it keeps what `--resume` needs.

    Raises:
        UserError: the name is taken or is no name, or there is nothing to train on.
        Cancelled: it was interrupted; the state is saved.
    """
    outputs = asked_for(arguments)

    with ending_at_once():
        from engine.concepts.run_settings import RunSettings
        from engine.concepts.training_data import file_data, workspace_data
        from engine.concepts.training_runs import check_free, train_run
        from engine.sae.runs import run_folder, run_summary

    folder = run_folder(arguments.folder, arguments.name)
    if arguments.vectors is None:
        with Workspace.open(arguments.folder) as workspace:
            data = workspace_data(workspace)
    else:
        data = file_data(arguments.folder, arguments.vectors)
    check_free(folder, arguments.resume)
    settings = RunSettings(
        arguments.architecture,
        arguments.features,
        arguments.k,
        arguments.epochs,
        arguments.batch_size,
        arguments.seed,
    )
    if data.note is not None and not arguments.resume:
        print(f"note: {data.note}", file=sys.stderr)
    with ProgressLine(sys.stderr) as progress:
        job = progress.job()

        def warn(advice: "Advice") -> None:
            progress.clear()
            for warning in advice.warnings:
                print(f"note: {warning}", file=sys.stderr)

        with cancelling(job.cancel):
            result = train_run(
                folder,
                data.vectors,
                settings,
                data.provenance,
                job,
                categories=data.categories,
                resume=arguments.resume,
                on_advice=warn,
            )
    summary = json.dumps(run_summary(arguments.name, result), indent=2) + "\n"
    deliver([(output, summary) for output in outputs], lambda: _printed(folder, settings, result))
    return 0


def _printed(folder: Path, settings: "RunSettings", result: "TrainingResult") -> str:
    heldout = result.heldout
    lines = [
        f"{folder}: {settings.architecture}, {settings.features:,} features, {result.rows:,} rows in"
        f" {result.seconds:.1f} s ({result.embeddings_per_second:,.0f} embeddings a second)",
        f"held out: FVU {heldout.fvu:.3f}, cosine {heldout.cosine:.3f}, L0 {heldout.l0:.1f},"
        f" dead {heldout.dead_fraction:.1%}",
        *_quality(result.quality),
    ]
    return "\n".join(lines) + "\n"


def _quality(quality: "Quality | None") -> list[str]:
    """Return the report on quality line by line."""
    if quality is None:
        return []
    untrained, components = quality.random, quality.principal_components
    lines = [
        f"recall@10 of neighbours {quality.recall_at_10:.3f} (random features {untrained.recall_at_10:.3f},"
        f" as many principal components {components.recall_at_10:.3f})",
        f"FVU of random features {untrained.fvu:.3f}, of as many principal components {components.fvu:.3f}",
        f"largest cosine with another feature {quality.redundancy:.3f} on average,"
        f" above .9 for {quality.redundant_fraction:.1%}",
    ]
    if quality.stability is not None:
        lines.append(f"largest cosine with a feature from another seed {quality.stability:.3f} on average")
    if quality.probes is not None:
        kinds = (
            ("features", quality.probes.features),
            ("embedding dimensions", quality.probes.embeddings),
            ("principal components", quality.probes.principal_components),
        )
        for number, score in enumerate(quality.probes.features):
            scores = [f"{name} {found[number].f1:.3f}" for name, found in kinds if number < len(found)]
            k = "all" if score.k is None else f"k = {score.k}"
            what = f"{score.categories} values of {quality.probes.column!r}"
            lines.append(f"macro-F1 of {what}, {k}: {', '.join(scores)}")
    return lines
