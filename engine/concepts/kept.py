"""What was worked out of features, kept beside them with a stamp of what it was made of."""

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError, safe_open

from engine.concepts.dictionary import Dictionary
from engine.corpus.workspace import Workspace
from engine.errors import UserError
from engine.sae.checkpoints import checkpoint_digest
from engine.sae.tensor_files import safetensors_bytes, write_folder

Arrays = Mapping[str, npt.NDArray[Any]]


def stamp_of(workspace: Workspace, dictionary: Dictionary, **settings: str | int | float) -> dict[str, str]:
    """Return what an outcome depends on: checkpoint, model, documents, and the settings of its making."""
    return {
        "autoencoder": checkpoint_digest(dictionary.folder),
        "model": dictionary.index.model.fingerprint,
        "workspace": workspace.identity,
        "documents": str(dictionary.codes.by_document.shape[0]),
        **{name: str(value) for name, value in settings.items()},
    }


def load_kept(path: Path, stamp: Mapping[str, str]) -> dict[str, npt.NDArray[Any]] | None:
    """Return the arrays of a file; None if it is not there, damaged, or of something else."""
    try:
        with safe_open(path, framework="np") as file:
            if (file.metadata() or {}).get("stamp") != json.dumps(dict(stamp), sort_keys=True):
                return None
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (no mapping)
    except (SafetensorError, OSError, TypeError, ValueError):
        return None


def keep(path: Path, arrays: Arrays, stamp: Mapping[str, str]) -> None:
    """Write arrays to a file, whole or not at all; a folder that cannot be written is left as it is."""
    tensors = {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()}
    meta = {"stamp": json.dumps(dict(stamp), sort_keys=True)}
    with contextlib.suppress(UserError):
        write_folder(path.parent, {path.name: safetensors_bytes(tensors, meta)})
