"""Vectors from a file with no texts beside them, mapped rather than loaded."""

import json
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import UserError

FORMATS = (".npy", ".safetensors")
_SAFETENSORS = {"F16": "<f2", "F32": "<f4"}
# The format's own limit on its header.
_HEADER_BYTES = 100_000_000


def open_vectors(path: str | Path) -> npt.NDArray[Any]:
    """Return the vectors (N, D) of a file, mapped read-only; numbers of 16 or 32 bits as they are.

    Args:
        path: a .npy file with one matrix, or a .safetensors file with one matrix of any name.

    Raises:
        UserError: the file is missing, broken, of another format, or holds something other than one matrix
            of floating-point numbers.
    """
    source = Path(path).expanduser()
    if source.suffix.lower() not in FORMATS:
        raise UserError(f"{source}: vectors are read from {' or '.join(FORMATS)} files; convert it")
    try:
        mapped = _map_npy(source) if source.suffix.lower() == ".npy" else _map_safetensors(source)
    except OSError as error:
        raise UserError(f"cannot read {source}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, RecursionError, TokenError) as error:
        raise UserError(
            f"{source} is not a whole {source.suffix} file of plain numbers; save it anew"
        ) from error
    if mapped.ndim != 2 or mapped.dtype not in (np.float16, np.float32):
        raise UserError(
            f"{source} holds {mapped.dtype} of shape {mapped.shape}; save one matrix of 16- or 32-bit floats,"
            " a row for each vector"
        )
    return mapped


def _map_npy(path: Path) -> npt.NDArray[Any]:
    array: npt.NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    if not isinstance(array, np.ndarray):
        raise ValueError("an archive")
    return array


def _map_safetensors(path: Path) -> npt.NDArray[Any]:
    """Map the one matrix of a file: a length, a JSON header, and the numbers behind it."""
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if not 0 < length <= min(_HEADER_BYTES, path.stat().st_size - 8):
            raise ValueError("no header")
        header = json.loads(stream.read(length))
    tensors = {name: entry for name, entry in header.items() if name != "__metadata__"}
    matrices = {name: entry for name, entry in tensors.items() if len(entry["shape"]) == 2}
    if len(matrices) != 1:
        found = ", ".join(tensors) or "nothing"
        raise UserError(f"{path} holds {found}; save a file with one matrix, a row for each vector")
    ((name, entry),) = matrices.items()
    if entry["dtype"] not in _SAFETENSORS:
        raise UserError(f"{path}: {name} is of type {entry['dtype']}; save it as 32-bit floats (F32)")
    start, end = entry["data_offsets"]
    dtype, shape = np.dtype(_SAFETENSORS[entry["dtype"]]), tuple(entry["shape"])
    if end - start != dtype.itemsize * shape[0] * shape[1]:
        raise ValueError("sizes do not agree")
    return np.memmap(path, dtype=dtype, mode="r", offset=8 + length + start, shape=shape)
