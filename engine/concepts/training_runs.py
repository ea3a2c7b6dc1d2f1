"""Training an autoencoder in the folder of its name: begun, paused, gone on with."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.concepts.categories import Categories
from engine.concepts.run_settings import RunSettings
from engine.concepts.saved_runs import read_run, saved_rows, saved_run
from engine.corpus.lock import writing
from engine.corpus.schema import storage_errors
from engine.errors import UserError
from engine.files import remove_unfinished
from engine.jobs import Job
from engine.sae.activation_store import ActivationStore
from engine.sae.advice import Advice, advise
from engine.sae.architectures import SparseAutoencoder
from engine.sae.checkpoints import CONFIG_FILE, load_checkpoint
from engine.sae.quality import assess
from engine.sae.runs import run_folders, save_run
from engine.sae.training import train
from engine.sae.training_result import CurvePoint, TrainingResult
from engine.sae.training_state import STATE_FILE

_SCAN_SHARE, _TRAINING_SHARE = 0.02, 0.93


def train_run(
    folder: Path,
    vectors: npt.NDArray[np.floating[Any]],
    settings: RunSettings | None,
    provenance: dict[str, Any],
    job: Job | None = None,
    *,
    categories: Categories | None = None,
    resume: bool = False,
    on_point: Callable[[CurvePoint], None] | None = None,
    finish: Callable[[], bool] | None = None,
    on_advice: Callable[[Advice], None] | None = None,
) -> TrainingResult:
    """Train an autoencoder into a folder, measure it and write down how; stopped, it can go on later.

    Args:
        folder: as `run_folder` gives it; made if it is missing.
        vectors: (N, D) float32 or float16. A run that is resumed takes the first of them, as many as it
            began with.
        settings: what to train; None to go on with the settings of the saved state.
        provenance: JSON-serialisable, kept with the checkpoint ({"model": ...}).
        job: progress; cancelling it is a pause.
        categories: known ones of the documents, for the report on quality; not trained on.
        resume: go on from the state in the folder.
        on_point: called with each new point of the curve.
        finish: asked after every step; once True, the run ends there as one that was stopped early.
        on_advice: called before a new run with what can be said of it beforehand.

    Raises:
        UserError: the name is taken, there is nothing to resume, settings or vectors do not fit, another
            task trains there, or the disk is full.
        Cancelled: the job was cancelled; the state is saved.
    """
    job = job or Job()
    check_free(folder, resume)
    if settings is None:
        settings = saved_run(folder).settings
    if settings is None:
        raise UserError(f"{folder} was not trained here; there is nothing to go on from")
    if resume:
        # Rows may have come since: exactly those that the run began with are gone on with.
        vectors = vectors[: saved_rows(folder)]
    config, training = settings.sae_config(vectors.shape[1]), settings.training_config()
    store = ActivationStore(vectors, settings.batch_size, settings.seed, job=job.part(0, _SCAN_SHARE))
    if on_advice is not None and not resume:
        on_advice(advise(store, config, training, job.part(_SCAN_SHARE, _SCAN_SHARE)))
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with writing(folder):
        check_free(folder, resume)
        remove_unfinished(folder)
        result = train(
            store,
            config,
            job.part(_SCAN_SHARE, _TRAINING_SHARE),
            training,
            folder,
            resume,
            on_point,
            finish=finish,
        )
        data = {**provenance.get("data", {}), "vectors": store.row_count}
        # Saved before it is measured: an interrupt then costs the report alone.
        save_run(folder, folder.name, result, {**provenance, "data": data})
        quality = assess(
            result.sae,
            store,
            job.part(_TRAINING_SHARE, 1),
            "" if categories is None else categories.column,
            None if categories is None else categories.labels,
            _twin(folder, result),
        )
        result = replace(result, quality=quality)
        save_run(folder, folder.name, result, {**provenance, "data": data})
    return result


def run_advice(
    vectors: npt.NDArray[np.floating[Any]], settings: RunSettings, job: Job | None = None
) -> Advice:
    """Return what can be said of a run before it begins; a few steps are tried to tell its time.

    Args:
        vectors: (N, D) float32 or float16.
        settings: what is to be trained.
        job: progress and cancellation.

    Raises:
        UserError: settings or vectors do not fit.
        Cancelled: the job was cancelled.
    """
    job = job or Job()
    store = ActivationStore(vectors, settings.batch_size, settings.seed, job=job.part(0, 0.5))
    config = settings.sae_config(vectors.shape[1])
    return advise(store, config, settings.training_config(), job.part(0.5, 1))


def check_free(folder: Path, resume: bool) -> None:
    """Refuse to train over an autoencoder, or over the state of an interrupted run, unless it goes on.

    Raises:
        UserError: the name is taken.
    """
    if not resume and any((folder / name).exists() for name in (CONFIG_FILE, STATE_FILE)):
        raise UserError(f"{folder} is there already; choose another --name, or go on with --resume")


def _twin(folder: Path, result: TrainingResult) -> SparseAutoencoder | None:
    """Return an autoencoder beside this one that differs from it by its seed alone, if there is one."""
    for other in run_folders(folder.parent.parent):
        try:
            run = read_run(other) if other != folder else None
            if run is None or run.report.get("data_fingerprint") != result.data_fingerprint:
                continue
            twin = load_checkpoint(other)
        except UserError:
            continue
        if twin.config.seed != result.sae.config.seed and result.sae.config == replace(
            twin.config, seed=result.sae.config.seed
        ):
            return twin
    return None
