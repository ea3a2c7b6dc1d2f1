"""Read and write the files of checkpoints: JSON and named tensors, never code."""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from engine.errors import UserError
from engine.files import write_atomically
from engine.sae.architectures import SAEConfig, SparseAutoencoder

_LARGEST_CONFIG = 50_000_000
_DIMENSIONS = {"W_enc": 2, "W_dec": 2, "encoder": 2, "b_enc": 1, "b_dec": 1}


def read_config(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file.

    Raises:
        UserError: the file is missing, or is not a JSON object.
    """
    try:
        value = json.loads(_read(path, _LARGEST_CONFIG))
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is not JSON: {error}; the checkpoint is broken, get it again") from error
    if not isinstance(value, dict):
        raise UserError(f"{path} holds no settings; the checkpoint is broken, get it again")
    return value


def read_safetensors(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a safetensors file.

    Raises:
        UserError: the file is missing or of another format.
    """
    data = _read(path)
    try:
        return load(data)
    except SafetensorError as error:
        raise UserError(f"{path} is not a safetensors file ({error}); get the checkpoint again") from error


def read_torch_file(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a file that `torch.save` wrote; anything but tensors and numbers is refused.

    Raises:
        UserError: the file is missing, of another format, or has a pickle of other things inside.
    """
    data = _read(path)
    try:
        _refuse_packed(data)
        value = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:  # what torch raises on foreign bytes has many types
        raise UserError(
            f"{path} is no file of weights alone, and may run code when opened: refused;"
            " ask its author for safetensors"
        ) from error
    if not isinstance(value, dict) or not all(isinstance(one, Tensor) for one in value.values()):
        raise UserError(f"{path} holds no named tensors; give the folder of a sparse autoencoder")
    return value


def _refuse_packed(data: bytes) -> None:
    """Refuse an archive whose parts unpack to more than it holds; `torch.save` does not compress.

    Raises:
        ValueError: it is such an archive.
    """
    stream = io.BytesIO(data)
    if zipfile.is_zipfile(stream):
        with zipfile.ZipFile(stream) as archive:
            if sum(part.file_size for part in archive.infolist()) > len(data):
                raise ValueError("compressed")


def _read(path: Path, most: int | None = None) -> bytes:
    try:
        if most is not None and path.stat().st_size > most:
            raise UserError(f"{path} is too large to hold settings; the checkpoint is broken, get it again")
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"cannot read {path}: {reason}; give the folder of a sparse autoencoder") from error


def take(tensors: Mapping[str, Tensor], names: Mapping[str, str], path: Path) -> dict[str, Tensor]:
    """Return tensors under their names here.

    Args:
        tensors: as read from `path`.
        names: name here to name in the file.
        path: for the message.

    Raises:
        UserError: one is not there, or holds no plain numbers.
    """
    missing = [name for name in names.values() if name not in tensors]
    if missing:
        raise UserError(f"{path} has no tensor {', '.join(missing)}; it is not of this format")
    found = {here: tensors[there] for here, there in names.items()}
    for name, tensor in found.items():
        # A tensor can claim any size if each of its numbers is the same place in memory.
        if tensor.layout != torch.strided or tensor.device.type != "cpu" or _claims_more(tensor):
            raise UserError(f"{path}: {names[name]} is no plain array of numbers; the checkpoint is broken")
        if name in _DIMENSIONS and tensor.ndim != _DIMENSIONS[name]:
            raise UserError(
                f"{path}: {names[name]} has {tensor.ndim} dimensions where {_DIMENSIONS[name]} belong;"
                " the checkpoint is broken"
            )
    return found


def _claims_more(tensor: Tensor) -> bool:
    return tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes()


def build(config: SAEConfig, parts: Mapping[str, Tensor], source: Path) -> SparseAutoencoder:
    """Return an autoencoder of given weights.

    Args:
        config: its architecture and sizes.
        parts: `W_enc` (D, F), `b_enc` (F,), `W_dec` (F, D), `b_dec` (D,) and, for the architectures that
            have one, `threshold` (F,) or a single number.
        source: for the message.

    Raises:
        UserError: a shape does not fit, or a number is not finite.
    """
    features, dimension = config.features, config.input_dim
    shapes = {
        "W_enc": (dimension, features),
        "b_enc": (features,),
        "W_dec": (features, dimension),
        "b_dec": (dimension,),
    }
    given = dict(parts)
    if "threshold" in given:
        shapes["threshold"] = (features,)
        if given["threshold"].numel() == 1:
            given["threshold"] = given["threshold"].reshape(1).expand(features)
    for name, shape in shapes.items():
        if not given[name].is_floating_point():
            raise UserError(f"{source}: {name} holds {given[name].dtype}; the checkpoint is broken")
        if tuple(given[name].shape) != shape:
            raise UserError(
                f"{source}: {name} has shape {tuple(given[name].shape)} where {shape} belongs; "
                "the checkpoint does not fit its settings"
            )
        given[name] = given[name].float()
    refuse_not_finite(given, source)
    sae = SparseAutoencoder(config)
    with torch.no_grad():
        sae.encoder.copy_(given.pop("W_enc").T)
        for name, value in given.items():
            getattr(sae, name).copy_(value)
    return sae


def refuse_not_finite(tensors: Mapping[str, Tensor], source: Path) -> None:
    """Raise `UserError` if a number of a tensor is not finite, or did not fit into 32 bits."""
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise UserError(f"{source}: {name} has numbers that are not finite; the checkpoint is broken")


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files of a checkpoint, each whole or not at all, in the order given.

    Raises:
        UserError: the folder cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"cannot make the folder {folder}: {reason}; choose another place") from error
    for name, data in files.items():
        write_atomically(folder / name, data)


def safetensors_bytes(tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None) -> bytes:
    """Return tensors as the bytes of a safetensors file, with text to go with them."""
    plain = {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
    return save(plain, None if metadata is None else dict(metadata))


def torch_bytes(tensors: Mapping[str, Tensor]) -> bytes:
    """Return tensors as the bytes that `torch.save` writes."""
    stream = io.BytesIO()
    torch.save({name: tensor.detach().clone() for name, tensor in tensors.items()}, stream)
    return stream.getvalue()


def json_bytes(value: Mapping[str, Any]) -> bytes:
    """Return an object as indented JSON."""
    return (json.dumps(value, indent=2) + "\n").encode()


def positive_integer(config: Mapping[str, Any], name: str, path: Path) -> int:
    """Return a whole number from 1 in a checkpoint's settings.

    Raises:
        UserError: it is missing or something else.
    """
    value = config.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise UserError(f"{path}: {name} is {value!r} where a whole number from 1 belongs")
    return value
