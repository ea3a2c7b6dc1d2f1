"""The resumable state of a training run: one file of named tensors and one JSON text, no pickle."""

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from engine.errors import UserError
from engine.files import write_atomically

STATE_FILE = "training_state.safetensors"


def save_state(
    path: Path, tensors: dict[str, Tensor], identity: dict[str, object], progress: dict[str, Any]
) -> None:
    """Write the state whole or not at all.

    Args:
        path: the file; its folder is made if it is missing.
        tensors: parameters, moments of the optimiser, counters.
        identity: settings and data that a later run must share to go on.
        progress: position, step, seconds, curve; JSON-serialisable.

    Raises:
        UserError: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot make the folder {path.parent}: {error.strerror or error}") from error
    metadata = {"identity": json.dumps(identity, sort_keys=True), "progress": json.dumps(progress)}
    contiguous = {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
    write_atomically(path, save(contiguous, metadata))


def load_state(path: Path, identity: dict[str, object]) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the tensors and the progress of a state.

    Args:
        path: the file.
        identity: settings and data of the run that wants to go on.

    Raises:
        UserError: the file is missing or broken, or its identity differs.
    """
    try:
        with safe_open(path, framework="pt") as stream:
            metadata = stream.metadata() or {}
            tensors = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118
    except FileNotFoundError as error:
        raise UserError(
            f"there is nothing to resume: {path} does not exist; train without resuming"
        ) from error
    except (SafetensorError, OSError) as error:
        raise UserError(f"cannot read the training state {path}: {error}; train without resuming") from error
    if "identity" not in metadata or "progress" not in metadata:
        raise UserError(f"{path} is not a training state; train without resuming")
    saved, progress = _parsed(path, metadata)
    wanted = json.loads(json.dumps(identity))
    changed = _differences(saved, wanted)
    if changed:
        raise UserError(
            f"cannot resume: {', '.join(changed)} changed since the state was saved;"
            " resume with the same settings and vectors, or train anew"
        )
    return tensors, progress


def read_state_header(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return identity and progress of a state without reading its tensors.

    Raises:
        UserError: the file is missing, broken or no training state.
    """
    try:
        with safe_open(path, framework="pt") as stream:
            metadata = stream.metadata() or {}
        return _parsed(path, metadata)
    except FileNotFoundError as error:
        raise UserError(
            f"there is nothing to resume: {path} does not exist; train without resuming"
        ) from error
    except (SafetensorError, OSError, KeyError) as error:
        raise UserError(f"cannot read the training state {path}: {error}; train without resuming") from error


def _parsed(path: Path, metadata: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the identity and the progress that the header of a state holds.

    Raises:
        KeyError: it holds none.
        UserError: they are no objects of JSON.
    """
    try:
        identity, progress = json.loads(metadata["identity"]), json.loads(metadata["progress"])
        if not isinstance(identity, dict) or not isinstance(progress, dict):
            raise ValueError("no settings")
    except (ValueError, RecursionError) as error:
        raise UserError(f"cannot read the training state {path}: {error}; train without resuming") from error
    return identity, progress


def _differences(saved: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    names = {"data": "the vectors", "order": "the batch size or order"}
    changed = []
    for part in sorted(saved.keys() | wanted.keys()):
        left, right = saved.get(part), wanted.get(part)
        if left == right:
            continue
        if isinstance(left, dict) and isinstance(right, dict):
            changed += [key for key in sorted(left.keys() | right.keys()) if left.get(key) != right.get(key)]
        else:
            changed.append(names.get(part, part))
    return changed
