"""Checkpoints in the layout of SAELens: `cfg.json` and `sae_weights.safetensors` in one folder.

BatchTopK and Matryoshka are saved as jumprelu with their running threshold, which is what they are once
trained, so that other tools read them. Our own settings lie under `metadata.semascope`.
"""

import hashlib
import math
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import engine
from engine.errors import UserError
from engine.sae.architectures import Architecture, SAEConfig, SparseAutoencoder
from engine.sae.format_files import SAELENS
from engine.sae.tensor_files import (
    build,
    json_bytes,
    positive_integer,
    read_config,
    read_safetensors,
    refuse_not_finite,
    safetensors_bytes,
    take,
    write_folder,
)

CONFIG_FILE, WEIGHTS_FILE = SAELENS
_NAMES = {"W_enc": "W_enc", "b_enc": "b_enc", "W_dec": "W_dec", "b_dec": "b_dec"}
_TO_SAELENS = {"vanilla": "standard", "topk": "topk"}
_FROM_SAELENS: dict[str, Architecture] = {"standard": "vanilla", "topk": "topk", "jumprelu": "jumprelu"}
# The first version whose settings look like these; older ones are converted by SAELens itself.
_LAYOUT_VERSION = "6.0.0"


def save_checkpoint(
    sae: SparseAutoencoder, folder: str | Path, metadata: dict[str, Any] | None = None
) -> Path:
    """Write an autoencoder; what was there under the same names is replaced.

    Args:
        sae: the autoencoder.
        folder: made if it is missing.
        metadata: JSON-serialisable, kept under `metadata` (model name, fingerprint of the data, ...).

    Returns:
        the folder.

    Raises:
        UserError: it cannot be written.
    """
    path = Path(folder)
    architecture = _TO_SAELENS.get(sae.config.architecture, "jumprelu")
    config: dict[str, Any] = {
        "architecture": architecture,
        "d_in": sae.config.input_dim,
        "d_sae": sae.config.features,
        "dtype": "float32",
        "device": "cpu",
        "apply_b_dec_to_input": True,
        "normalize_activations": "layer_norm" if sae.config.layer_norm else "none",
        "reshape_activations": "none",
        "metadata": {
            **(metadata or {}),
            "sae_lens_version": _LAYOUT_VERSION,
            "semascope": {"version": engine.__version__, "config": asdict(sae.config)},
        },
    }
    tensors = {"W_enc": sae.W_enc, "b_enc": sae.b_enc, "W_dec": sae.W_dec, "b_dec": sae.b_dec}
    if architecture == "topk":
        config |= {"k": sae.config.k, "rescale_acts_by_decoder_norm": False}
    elif architecture == "jumprelu":
        tensors["threshold"] = sae.threshold
    weights = {name: tensor.float() for name, tensor in tensors.items()}
    # The settings come last: without them the folder is no checkpoint.
    write_folder(path, {WEIGHTS_FILE: safetensors_bytes(weights), CONFIG_FILE: json_bytes(config)})
    return path


def load_checkpoint(folder: str | Path) -> SparseAutoencoder:
    """Return the autoencoder of a folder that `save_checkpoint` or SAELens wrote.

    Raises:
        UserError: files are missing, broken, or of an architecture or shape that is not understood.
    """
    path = Path(folder)
    config = read_config(path / CONFIG_FILE)
    tensors = read_safetensors(path / WEIGHTS_FILE)
    architecture = _FROM_SAELENS.get(str(config.get("architecture")))
    if architecture is None:
        raise UserError(
            f"{path}: the architecture {config.get('architecture')!r} cannot be opened;"
            f" {', '.join(_FROM_SAELENS)} can"
        )
    names = _NAMES | ({"threshold": "threshold"} if architecture == "jumprelu" else {})
    parts = take(tensors, names, path / WEIGHTS_FILE)
    own = _own_config(config, path)
    if own is not None:
        return build(own, parts, path)
    return _from_saelens(config, architecture, parts, path)


def is_whole(folder: Path) -> bool:
    """Return whether a folder holds both files of a checkpoint."""
    return (folder / CONFIG_FILE).is_file() and (folder / WEIGHTS_FILE).is_file()


def checkpoint_digest(folder: Path) -> str:
    """Return the sha256 of the checkpoint in a folder, by which what was made from it knows it.

    Raises:
        OSError: there is none, or it cannot be read.
    """
    digest = hashlib.sha256((folder / CONFIG_FILE).read_bytes())
    digest.update((folder / WEIGHTS_FILE).read_bytes())
    return digest.hexdigest()


def load_metadata(folder: str | Path) -> dict[str, Any]:
    """Return what `save_checkpoint` was given as metadata; empty if there is none.

    Raises:
        UserError: there are no settings, or they are broken.
    """
    metadata = read_config(Path(folder) / CONFIG_FILE).get("metadata")
    if not isinstance(metadata, dict):
        return {}
    return {key: value for key, value in metadata.items() if key not in {"sae_lens_version", "semascope"}}


def _own_config(config: dict[str, Any], path: Path) -> SAEConfig | None:
    """Return the settings that `save_checkpoint` kept, None if another program wrote the folder."""
    metadata = config.get("metadata")
    own = metadata.get("semascope") if isinstance(metadata, dict) else None
    if own is None:
        return None
    known = {field.name for field in fields(SAEConfig)}
    try:
        settings = {key: value for key, value in own["config"].items() if key in known}
        found = SAEConfig(**{**settings, "groups": tuple(settings.get("groups", ()))})
        _check_types(found)
        return found
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise UserError(f"{path / CONFIG_FILE} is damaged: {error}; get the checkpoint again") from error


def _check_types(config: SAEConfig) -> None:
    """Refuse settings of other types than `SAEConfig` has, or that are no seed.

    Raises:
        ValueError: there is one.
    """
    whole = (config.input_dim, config.features, config.k, config.seed, *config.groups)
    others = (config.l1, config.target_l0, config.l0_weight, config.bandwidth, config.auxiliary_weight)
    if not all(type(value) is int for value in whole) or not 0 <= config.seed < 2**63:
        raise ValueError("a whole number belongs where there is none")
    if not all(type(value) in (int, float) and math.isfinite(value) for value in others):
        raise ValueError("a number belongs where there is none")
    if type(config.layer_norm) is not bool:
        raise ValueError("layer_norm is neither true nor false")


def _from_saelens(
    config: dict[str, Any], architecture: Architecture, parts: dict[str, Tensor], path: Path
) -> SparseAutoencoder:
    source = path / CONFIG_FILE
    features = positive_integer(config, "d_sae", source)
    normalisation = config.get("normalize_activations", "none")
    if normalisation not in {"none", "layer_norm"} or config.get("reshape_activations", "none") != "none":
        raise UserError(f"{source}: activations are normalised or reshaped in a way that is not supported")
    converted = SAEConfig(
        architecture,
        positive_integer(config, "d_in", source),
        features,
        k=positive_integer(config, "k", source) if architecture == "topk" else 1,
        target_l0=1.0,
        layer_norm=normalisation == "layer_norm",
    )
    sae = build(converted, parts, path)
    with torch.no_grad():
        if not config.get("apply_b_dec_to_input", True):
            center_encoder(sae)
        if config.get("rescale_acts_by_decoder_norm"):
            norms = sae.W_dec.norm(dim=1)
            sae.encoder.mul_(norms[:, None])
            sae.b_enc.mul_(norms)
            sae.W_dec.div_(norms[:, None])
    # A decoder row of zeros has no norm to divide by.
    refuse_not_finite(sae.state_dict(), path)
    return sae


@torch.no_grad()
def center_encoder(sae: SparseAutoencoder) -> None:
    """Make up for inputs that were not centred by the decoder's bias where the weights come from."""
    sae.b_enc.add_(sae.b_dec @ sae.W_enc)
