"""The package dictionary_learning: `config.json` and `ae.pt`, with one class for each architecture."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.errors import UserError
from engine.sae.architectures import Architecture, SAEConfig, SparseAutoencoder
from engine.sae.checkpoints import center_encoder
from engine.sae.format_files import DICTIONARY_LEARNING
from engine.sae.formats.active import refuse_layer_norm
from engine.sae.tensor_files import (
    build,
    json_bytes,
    positive_integer,
    read_config,
    read_torch_file,
    take,
    torch_bytes,
    write_folder,
)

FILES = DICTIONARY_LEARNING
_CLASSES: dict[str, Architecture] = {
    "AutoEncoder": "vanilla",
    "AutoEncoderTopK": "topk",
    "BatchTopKSAE": "batchtopk",
    "MatryoshkaBatchTopKSAE": "matryoshka",
    "JumpReluAutoEncoder": "jumprelu",
}
# Linear layers hold (outputs, inputs); the other classes have plain matrices.
_LINEAR = {"W_enc": "encoder.weight", "b_enc": "encoder.bias", "W_dec": "decoder.weight"}
_PLAIN = {name: name for name in ("W_enc", "b_enc", "W_dec", "b_dec")}
_NAMES: dict[Architecture, dict[str, str]] = {
    "vanilla": {**_LINEAR, "b_dec": "bias"},
    "topk": {**_LINEAR, "b_dec": "b_dec"},
    "batchtopk": {**_LINEAR, "b_dec": "b_dec", "threshold": "threshold"},
    "matryoshka": {**_PLAIN, "threshold": "threshold"},
    "jumprelu": {**_PLAIN, "threshold": "threshold"},
}


def export(sae: SparseAutoencoder, folder: Path) -> tuple[str, ...]:
    """Write the folder that the package's `load_dictionary` opens; nothing is lost."""
    refuse_layer_norm(sae, "dictionary-learning")
    architecture = sae.config.architecture
    values: dict[str, Tensor] = {
        "W_enc": sae.W_enc.detach(),
        "b_enc": sae.b_enc.detach(),
        "W_dec": sae.W_dec.detach(),
        "b_dec": sae.b_dec.detach(),
        "threshold": sae.threshold.detach(),
    }
    extra: dict[str, Tensor] = {}
    if architecture == "jumprelu":
        # There the encoder sees inputs that are not centred.
        values["b_enc"] = values["b_enc"] - values["b_dec"] @ values["W_enc"]
    elif sae.config.uses_k:
        extra["k"] = torch.tensor(sae.config.k, dtype=torch.int32)
        values["threshold"] = values["threshold"][0] if architecture != "topk" else torch.tensor(-1.0)
    if architecture == "topk":
        extra["threshold"] = values["threshold"]
    if architecture == "matryoshka":
        extra["group_sizes"] = torch.tensor(sae.config.groups)
    names = _NAMES[architecture]
    tensors = {there: _oriented(there, values[here]) for here, there in names.items()} | extra
    by_architecture = {one: name for name, one in _CLASSES.items()}
    trainer: dict[str, Any] = {
        "dict_class": by_architecture[architecture],
        "activation_dim": sae.config.input_dim,
        "dict_size": sae.config.features,
    }
    if sae.config.uses_k:
        trainer["k"] = sae.config.k
    write_folder(folder, {FILES[1]: torch_bytes(tensors), FILES[0]: json_bytes({"trainer": trainer})})
    return ()


def read(folder: Path) -> tuple[SparseAutoencoder, tuple[str, ...]]:
    """Return the autoencoder of a folder of the package, and what had to be changed."""
    path = folder / FILES[0]
    trainer = read_config(path).get("trainer")
    name = trainer.get("dict_class") if isinstance(trainer, dict) else None
    architecture = _CLASSES.get(str(name))
    if not isinstance(trainer, dict) or architecture is None:
        raise UserError(f"{path}: the class {name!r} cannot be opened; {', '.join(_CLASSES)} can")
    tensors = read_torch_file(folder / FILES[1])
    names = _NAMES[architecture]
    parts = {
        here: _oriented(names[here], tensor)
        for here, tensor in take(tensors, names, folder / FILES[1]).items()
    }
    notes: tuple[str, ...] = ()
    if architecture in {"batchtopk", "matryoshka"} and bool((parts["threshold"] < 0).any()):
        architecture, notes = "topk", ("it has no threshold yet: the k largest of each row are kept instead",)
        del parts["threshold"]
    if parts["W_enc"].ndim != 2:
        raise UserError(f"{folder / FILES[1]}: the encoder is no matrix; the checkpoint is broken")
    dimension, features = parts["W_enc"].shape
    k = 1 if architecture in {"vanilla", "jumprelu"} else positive_integer(trainer, "k", path)
    groups = (
        take(tensors, {"g": "group_sizes"}, folder / FILES[1])["g"] if architecture == "matryoshka" else None
    )
    settings = SAEConfig(
        architecture,
        dimension,
        features,
        k=k,
        target_l0=1.0,
        groups=() if groups is None else _sizes(groups, path),
    )
    sae = build(settings, parts, folder)
    if architecture == "jumprelu":
        center_encoder(sae)
    return sae, notes


def _sizes(groups: Tensor, path: Path) -> tuple[int, ...]:
    """Return the sizes of nested groups.

    Raises:
        UserError: they are no whole numbers.
    """
    if groups.is_floating_point() or groups.is_complex() or groups.dtype == torch.bool:
        raise UserError(f"{path}: the group sizes are {groups.dtype}; the checkpoint is broken")
    return tuple(groups.reshape(-1).tolist())


def _oriented(name: str, tensor: Tensor) -> Tensor:
    """Turn the matrices of linear layers, which are transposed there."""
    return tensor.mT if name in {"encoder.weight", "decoder.weight"} and tensor.ndim == 2 else tensor
