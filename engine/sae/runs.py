"""A trained autoencoder's folder: the checkpoint, and beside it how it was trained."""

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

import engine
from engine.errors import UserError
from engine.sae.checkpoints import save_checkpoint
from engine.sae.tensor_files import json_bytes, write_folder
from engine.sae.training_result import TrainingResult

SAES = "saes"
TRAINING_FILE = "training.json"
QUALITY_FILE = "quality.json"
_NAME = re.compile(r"\w[\w.-]*")


def run_folder(folder: str | Path, name: str) -> Path:
    """Return where the autoencoder of that name lies, or would, in a workspace's folder.

    Raises:
        UserError: it is no name.
    """
    if not _NAME.fullmatch(name):
        raise UserError(f"{name!r} is no name; use letters, digits, dots, dashes and underscores")
    return Path(folder).expanduser() / SAES / name


def run_folders(folder: Path) -> list[Path]:
    """Return the folders of autoencoders in a workspace's folder, by name, without half-made ones.

    A folder that is being written or deleted has a name that no autoencoder may have.
    """
    return sorted(path for path in (folder / SAES).glob("*/") if _NAME.fullmatch(path.name))


def run_summary(name: str, result: TrainingResult) -> dict[str, Any]:
    """Return the numbers of a training run under their names in `train --json`."""
    return {
        "name": name,
        "architecture": result.sae.config.architecture,
        "features": result.sae.config.features,
        "k": result.sae.config.k,
        "rows": result.rows,
        "epochs": result.config.epochs,
        "seconds": result.seconds,
        "embeddings_per_second": result.embeddings_per_second,
        "heldout": asdict(result.heldout),
        "curve": [asdict(point) for point in result.curve],
        "quality": None if result.quality is None else asdict(result.quality),
    }


def save_run(folder: Path, name: str, result: TrainingResult, provenance: dict[str, Any]) -> None:
    """Write the checkpoint and `training.json`: numbers, settings, seed, data and versions.

    The quality, once it has been measured, is there and in `quality.json`.

    Args:
        folder: made if it is missing.
        name: of the autoencoder.
        result: the run.
        provenance: JSON-serialisable, kept with both files (the model of the vectors, ...).

    Raises:
        UserError: the folder cannot be written.
    """
    training = {
        **run_summary(name, result),
        "stopped_early": result.stopped_early,
        "sae": asdict(result.sae.config),
        "training": asdict(result.config),
        "data_fingerprint": result.data_fingerprint,
        "versions": {"semascope": engine.__version__, "torch": torch.__version__},
        **provenance,
    }
    write_folder(folder, {TRAINING_FILE: json_bytes(training)})
    if result.quality is not None:
        write_folder(folder, {QUALITY_FILE: json_bytes(asdict(result.quality))})
    save_checkpoint(result.sae, folder, {**provenance, "data_fingerprint": result.data_fingerprint})
