"""The subcommand `train`."""

import argparse
import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import FrameType

from engine.cli.output import STANDARD_OUTPUT, Output, check_outputs, print_out, write
from engine.cli.progress import ProgressLine
from engine.cli.subcommands import Subcommands
from engine.corpus.lock import writing
from engine.corpus.schema import storage_errors
from engine.corpus.workspace import Workspace
from engine.errors import UserError
from engine.jobs import Cancelled, Job


def add_parser(commands: Subcommands) -> None:
    """Say what can be asked of `train`."""
    parser = commands.add_parser(
        "train",
        help="train a sparse autoencoder on the vectors of a workspace",
        description="Train a sparse autoencoder on the vectors of a workspace; interrupted, it goes on with "
        "--resume and ends the same.",
        allow_abbrev=False,
    )
    parser.add_argument("folder", metavar="DIR", help="the workspace")
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
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted training")
    parser.add_argument("--json", metavar="F", help="write all numbers to F; - is standard output")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Train an autoencoder on the workspace's vectors; interrupted, it keeps what `--resume` needs.

    Raises:
        UserError: the name is taken or is no name, or there is nothing to train on.
        KeyboardInterrupt: it was interrupted; the state is saved.
    """
    outputs = [] if arguments.json is None else [Output("json", arguments.json)]
    check_outputs(outputs)

    from engine.sae.runs import run_folder, run_summary, save_run

    folder = run_folder(arguments.folder, arguments.name)
    with Workspace.open(arguments.folder) as workspace:
        index = workspace.active_vectors()
    _check_free(folder, arguments.resume)

    from engine.sae.activation_store import ActivationStore
    from engine.sae.architectures import SAEConfig
    from engine.sae.training import TrainingConfig, train

    config = SAEConfig(
        arguments.architecture,
        index.model.dimension,
        arguments.features,
        k=arguments.k,
        target_l0=arguments.k,
        seed=arguments.seed,
    )
    training = TrainingConfig(epochs=arguments.epochs)
    with ProgressLine(sys.stderr) as progress:
        job = progress.job()
        with _interruptible(job):
            scan = job.part(0, 0.02)
            store = ActivationStore(index.vectors, arguments.batch_size, arguments.seed, job=scan)
            with storage_errors(folder):
                folder.mkdir(parents=True, exist_ok=True)
            with writing(folder):
                _check_free(folder, arguments.resume)
                result = train(store, config, job.part(0.02, 1), training, folder, arguments.resume)
                save_run(folder, arguments.name, result, {"model": asdict(index.model)})
    summary = run_summary(arguments.name, result)
    for output in outputs:
        write(output, json.dumps(summary, indent=2) + "\n")
    if STANDARD_OUTPUT not in {output.target for output in outputs}:
        heldout = result.heldout
        print_out(
            f"{folder}: {config.architecture}, {config.features:,} features, {result.rows:,} rows in"
            f" {result.seconds:.1f} s ({result.embeddings_per_second:,.0f} embeddings a second)\n"
            f"held out: FVU {heldout.fvu:.3f}, cosine {heldout.cosine:.3f}, L0 {heldout.l0:.1f},"
            f" dead {heldout.dead_fraction:.1%}\n"
        )
    return 0


def _check_free(folder: Path, resume: bool) -> None:
    """Refuse to train over an autoencoder, or over the state of an interrupted run, unless it goes on."""
    from engine.sae.checkpoints import CONFIG_FILE
    from engine.sae.training_state import STATE_FILE

    if not resume and any((folder / name).exists() for name in (CONFIG_FILE, STATE_FILE)):
        raise UserError(f"{folder} is there already; choose another --name, or go on with --resume")


@contextmanager
def _interruptible(job: Job) -> Iterator[None]:
    """Let an interrupt cancel the job, which stops between two steps and saves its state."""

    def cancel(_number: int, _frame: FrameType | None) -> None:
        job.cancel.cancel()

    in_main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, cancel) if in_main else None
    try:
        yield
    except Cancelled as error:
        raise KeyboardInterrupt from error
    finally:
        if in_main:
            signal.signal(signal.SIGINT, before)
