"""The training runs of a workspace as they lie on disk: read, listed, deleted."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from engine.concepts.run_settings import RunSettings
from engine.corpus.lock import writing
from engine.corpus.schema import storage_errors
from engine.errors import UserError
from engine.sae.checkpoints import CONFIG_FILE, is_whole
from engine.sae.runs import TRAINING_FILE, run_folder, run_folders
from engine.sae.training_result import CurvePoint, HeldOut
from engine.sae.training_state import STATE_FILE, read_state_header

_DELETED = ".deleted-"
# What comes of files that hold JSON of another shape than they should.
_DAMAGE = (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)

Status = Literal["finished", "stopped early", "paused", "training", "imported"]


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


def saved_rows(folder: Path) -> int | None:
    """Return how many vectors the run began with whose state lies in a folder; None if it does not say.

    Raises:
        UserError: there is no state, or it cannot be read.
    """
    _, progress = read_state_header(folder / STATE_FILE)
    rows = progress.get("vectors")
    if rows is not None and (not isinstance(rows, int) or rows < 1):
        raise UserError(f"{folder / STATE_FILE} is damaged ({rows!r} vectors); train without resuming")
    return rows


def saved_run(folder: Path) -> TrainingRun:
    """Return the run in a folder, whether it has come to its end or not.

    Raises:
        UserError: there is none, or what is there cannot be read.
    """
    run = read_run(folder)
    if run is None:
        raise UserError(f"there is nothing to resume in {folder}; train without resuming")
    return run


def training_runs(workspace: Path) -> tuple[TrainingRun, ...]:
    """Return the runs of a workspace's folder, newest first; what cannot be read is left out."""
    found: list[tuple[int, TrainingRun]] = []
    for folder in run_folders(workspace):
        try:
            run = read_run(folder)
            changed = max((file.stat().st_mtime_ns for file in folder.iterdir()), default=0)
        except (UserError, OSError):
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


def read_run(folder: Path) -> TrainingRun | None:
    """Return the run in a folder, None if there is none.

    Raises:
        UserError: what is there cannot be read.
    """
    try:
        return _read(folder)
    except _DAMAGE as error:
        raise UserError(f"{folder} cannot be read ({error}); delete it and train again") from error


def _read(folder: Path) -> TrainingRun | None:
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
