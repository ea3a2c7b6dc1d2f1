"""Training an autoencoder in the folder of its name: begun, paused, gone on with, listed, deleted."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from engine.concepts.categories import Categories
from engine.corpus.lock import writing
from engine.corpus.schema import storage_errors
from engine.errors import UserError
from engine.jobs import Job
from engine.sae.activation_store import ActivationStore
from engine.sae.advice import Advice, advise, suggested_size
from engine.sae.architectures import SAEConfig, SparseAutoencoder
from engine.sae.checkpoints import CONFIG_FILE, is_whole, load_checkpoint
from engine.sae.quality import assess
from engine.sae.runs import SAES, TRAINING_FILE, run_folder, save_run
from engine.sae.training import CurvePoint, HeldOut, TrainingConfig, TrainingResult, train
from engine.sae.training_state import STATE_FILE, read_state_header

_SCAN_SHARE, _TRAINING_SHARE = 0.02, 0.93
_DELETED = ".deleted-"

Status = Literal["finished", "stopped early", "paused", "training", "imported"]


@dataclass(frozen=True)
class RunSettings:
    """What a person chooses about a training run.

    Attributes:
        architecture: one of `engine.sae.architectures.ARCHITECTURES`.
        features: F.
        k: active features of a document, on average; vanilla has none.
        epochs: passes over the documents.
        batch_size: documents a step.
        seed: of the first weights and of the order.
        patience: stop after so many points of the curve without a better held-out FVU; None for never.
    """

    architecture: Literal["vanilla", "topk", "batchtopk", "matryoshka", "jumprelu"] = "batchtopk"
    features: int = 1024
    k: int = 32
    epochs: int = 40
    batch_size: int = 1024
    seed: int = 0
    patience: int | None = None

    def sae_config(self, dimension: int) -> SAEConfig:
        """Return the autoencoder of these settings, for vectors of length `dimension`."""
        return SAEConfig(
            self.architecture, dimension, self.features, k=self.k, target_l0=self.k, seed=self.seed
        )

    def training_config(self) -> TrainingConfig:
        """Return how it is trained."""
        return TrainingConfig(epochs=self.epochs, patience=self.patience)


@dataclass(frozen=True)
class TrainingRun:
    """An autoencoder in a workspace's folder, trained to the end or not.

    Attributes:
        name: of its folder.
        status: "paused" has a saved state and no end yet; "training" is being trained by this program;
            "imported" was not trained here.
        settings: what it was asked for; None if that is not known.
        features: F.
        step: steps done.
        steps: steps that were asked for, 0 if that is not known.
        seconds: spent training so far.
        heldout: quality on held-out documents; on the last point of the curve while it is paused.
        curve: points in order of their steps.
        report: all else that `training.json` says.
    """

    name: str
    status: Status
    settings: RunSettings | None
    features: int
    step: int
    steps: int
    seconds: float
    heldout: HeldOut | None
    curve: tuple[CurvePoint, ...]
    report: dict[str, Any]

    @property
    def resumable(self) -> bool:
        """Whether there are steps left and a state to go on from."""
        return self.status in ("paused", "stopped early") and self.step < self.steps


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


def run_in_progress(
    name: str, settings: RunSettings, curve: Sequence[CurvePoint], seconds: float
) -> TrainingRun:
    """Return a run as it stands while it is being trained."""
    return TrainingRun(
        name=name,
        status="training",
        settings=settings,
        features=settings.features,
        step=curve[-1].step if curve else 0,
        steps=0,
        seconds=seconds,
        heldout=_last_heldout(curve),
        curve=tuple(curve),
        report={},
    )


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


def saved_rows(folder: Path) -> int:
    """Return how many vectors the run began with whose state lies in a folder.

    Raises:
        UserError: there is no state, or it cannot be read.
    """
    _, progress = read_state_header(folder / STATE_FILE)
    return int(progress["vectors"])


def saved_run(folder: Path) -> TrainingRun:
    """Return the run in a folder, whether it has come to its end or not.

    Raises:
        UserError: there is none, or what is there cannot be read.
    """
    try:
        run = _read_run(folder)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{folder} cannot be read ({error}); delete it and train again") from error
    if run is None:
        raise UserError(f"there is nothing to resume in {folder}; train without resuming")
    return run


def training_runs(workspace: Path) -> tuple[TrainingRun, ...]:
    """Return the runs of a workspace's folder, newest first; what cannot be read is left out."""
    found: list[tuple[int, TrainingRun]] = []
    for folder in (workspace / SAES).glob("*/"):
        try:
            run = _read_run(folder)
            changed = max(file.stat().st_mtime_ns for file in folder.iterdir())
        except (UserError, OSError, ValueError, KeyError, TypeError):
            continue
        if run is not None:
            found.append((changed, run))
    return tuple(run for _, run in sorted(found, key=lambda pair: (-pair[0], pair[1].name)))


def delete_run(workspace: Path, name: str) -> None:
    """Delete an autoencoder with its checkpoint, its curves and its saved state.

    Raises:
        UserError: there is none of that name, it is being trained, or its files cannot be deleted.
    """
    folder = run_folder(workspace, name)
    if not folder.is_dir():
        raise UserError(f"{workspace} has no features called {name!r}")
    with writing(folder):
        pass  # refused while it is being trained
    # Out of the way in one rename, so that nobody finds half of it.
    away = workspace / f"{_DELETED}{name}"
    with storage_errors(folder):
        shutil.rmtree(away, ignore_errors=True)
        folder.rename(away)
    shutil.rmtree(away, ignore_errors=True)


def suggested_settings(rows: int, dimension: int) -> RunSettings:
    """Return the size that so many documents can fill, by `engine.sae.advice.suggested_size`."""
    features, k = suggested_size(rows, dimension)
    return RunSettings(features=features, k=k)


def _read_run(folder: Path) -> TrainingRun | None:
    whole = is_whole(folder)
    if whole and (folder / TRAINING_FILE).is_file():
        return _ended(folder)
    if whole:
        config = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
        return TrainingRun(folder.name, "imported", None, int(config["d_sae"]), 0, 0, 0.0, None, (), {})
    if (folder / STATE_FILE).is_file():
        return _paused(folder)
    return None


def _ended(folder: Path) -> TrainingRun:
    report = json.loads((folder / TRAINING_FILE).read_text(encoding="utf-8"))
    if "training" not in report:
        features = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))["d_sae"]
        return TrainingRun(folder.name, "imported", None, int(features), 0, 0, 0.0, None, (), report)
    curve = tuple(CurvePoint(**point) for point in report.pop("curve"))
    stopped = bool(report["stopped_early"])
    step = curve[-1].step if curve else 0
    steps, batch_size = step, max(report["rows"] // max(step, 1), 1)
    if (folder / STATE_FILE).is_file():
        identity, progress = read_state_header(folder / STATE_FILE)
        step, steps, batch_size = progress["step"], progress["total_steps"], identity["order"][1]
    return TrainingRun(
        name=folder.name,
        status="stopped early" if stopped else "finished",
        settings=_settings(report["sae"], report["training"], [report["sae"]["seed"], batch_size]),
        features=report["features"],
        step=step,
        steps=steps,
        seconds=report["seconds"],
        heldout=HeldOut(**report["heldout"]),
        curve=curve,
        report=report,
    )


def _paused(folder: Path) -> TrainingRun:
    identity, progress = read_state_header(folder / STATE_FILE)
    curve = tuple(CurvePoint(**point) for point in progress["curve"])
    return TrainingRun(
        name=folder.name,
        status="paused",
        settings=_settings(identity["sae"], identity["training"], identity["order"]),
        features=identity["sae"]["features"],
        step=progress["step"],
        steps=progress["total_steps"],
        seconds=progress["seconds"],
        heldout=_last_heldout(curve),
        curve=curve,
        report={},
    )


def _twin(folder: Path, result: TrainingResult) -> SparseAutoencoder | None:
    """Return an autoencoder beside this one that differs from it by its seed alone, if there is one."""
    for other in sorted(folder.parent.glob("*/")):
        try:
            run = _read_run(other) if other != folder else None
            if run is None or run.report.get("data_fingerprint") != result.data_fingerprint:
                continue
            twin = load_checkpoint(other)
        except (UserError, OSError, ValueError, KeyError, TypeError):
            continue
        if twin.config.seed != result.sae.config.seed and result.sae.config == replace(
            twin.config, seed=result.sae.config.seed
        ):
            return twin
    return None


def _last_heldout(curve: Sequence[CurvePoint]) -> HeldOut | None:
    if not curve:
        return None
    last = curve[-1]
    return HeldOut(last.heldout_fvu, last.heldout_cosine, last.heldout_l0, last.dead_fraction)


def _settings(sae: dict[str, Any], training: dict[str, Any], order: Sequence[int]) -> RunSettings:
    return RunSettings(
        architecture=sae["architecture"],
        features=sae["features"],
        k=sae["k"],
        epochs=training["epochs"],
        batch_size=order[1],
        seed=order[0],
        patience=training["patience"],
    )
