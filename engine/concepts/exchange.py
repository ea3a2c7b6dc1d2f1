"""Autoencoders of a workspace to and from the formats of other programs."""

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine.corpus.workspace import Workspace
from engine.errors import UserError
from engine.files import folder_atomically
from engine.sae.architectures import SAEConfig
from engine.sae.checkpoints import CONFIG_FILE, load_checkpoint, load_metadata, save_checkpoint
from engine.sae.conversion import Notes, export_sae, import_sae
from engine.sae.runs import TRAINING_FILE, run_folder
from engine.sae.tensor_files import json_bytes, write_folder


@dataclass(frozen=True)
class Imported:
    """An autoencoder that a workspace was given.

    Attributes:
        folder: where it lies now.
        config: its architecture and sizes.
        notes: one sentence for each thing that differs from the original.
    """

    folder: Path
    config: SAEConfig
    notes: Notes


def export_dictionary(folder: str | Path, name: str, format_name: str, out: str | Path) -> Notes:
    """Write an autoencoder in another program's format, whole or not at all.

    Args:
        folder: the workspace, or any folder that autoencoders were trained in.
        name: the autoencoder's.
        format_name: one of `engine.sae.conversion.EXPORT_FORMATS`.
        out: a folder that is new or empty.

    Returns:
        one sentence for each thing that the format cannot hold.

    Raises:
        UserError: there is none of that name, it is damaged, the format is unknown or cannot hold it, or
            `out` is taken or cannot be written.
    """
    source = run_folder(folder, name)
    if not (source / CONFIG_FILE).is_file():
        raise UserError(f"{source.parent.parent} has no features called {name!r}; train or import them first")
    sae = load_checkpoint(source)
    with folder_atomically(out) as target:
        return export_sae(sae, format_name, target, load_metadata(source))


def import_dictionary(workspace: Workspace, name: str, source: str | Path) -> Imported:
    """Take an autoencoder of another program into a workspace, whole or not at all.

    It is taken to be trained on vectors of the model in use. Only the dimension can be checked, and the
    model's fingerprint where the checkpoint holds one.

    Args:
        workspace: open, with vectors.
        name: what it will be called; not taken yet.
        source: its folder; the format is told by the files in it.

    Raises:
        UserError: the name is taken or is no name, the folder holds no autoencoder that can be opened, or it
            belongs to another model.
    """
    target = run_folder(workspace.folder, name)
    if target.exists():
        raise UserError(f"{target} is there already; choose another name")
    model = workspace.active_vectors().model
    sae, notes = import_sae(source)
    metadata = load_metadata(source) if (Path(source) / CONFIG_FILE).is_file() else {}
    if sae.config.input_dim != model.dimension:
        raise UserError(
            f"{source} reads vectors of {sae.config.input_dim} numbers, but those of {model.name} have"
            f" {model.dimension}; import it into a workspace of the model that it was trained on"
        )
    if _fingerprint(metadata) not in {None, model.fingerprint}:
        raise UserError(
            f"{source} was trained on vectors of another model than {model.name}, which {workspace.folder} "
            "uses; import it into a workspace of its own model"
        )
    provenance: dict[str, Any] = {
        **metadata,
        "model": asdict(model),
        "imported": {"from": str(source), "notes": list(notes)},
    }
    training = {
        "name": name,
        "architecture": sae.config.architecture,
        "features": sae.config.features,
        "k": sae.config.k,
        "sae": asdict(sae.config),
        **provenance,
    }
    with folder_atomically(target) as folder:
        write_folder(folder, {TRAINING_FILE: json_bytes(training)})
        save_checkpoint(sae, folder, provenance)
    return Imported(target, sae.config, notes)


def free_name(workspace: Workspace, wanted: str) -> str:
    """Return a name for features that is not taken: the one that is wanted, or with a number after it.

    Characters that names cannot have become dashes.
    """
    base = re.sub(r"[^\w.-]+", "-", wanted).strip(".-") or "features"
    name, number = base, 1
    while run_folder(workspace.folder, name).exists():
        number += 1
        name = f"{base}-{number}"
    return name


def _fingerprint(metadata: dict[str, Any]) -> str | None:
    model = metadata.get("model")
    found = model.get("fingerprint") if isinstance(model, dict) else None
    return found if isinstance(found, str) else None
