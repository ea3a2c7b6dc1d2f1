"""The activations of every document: few in a hundred are not zero, so only those are kept."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError, safe_open
from scipy.sparse import csc_array, csr_array

from engine.errors import UserError
from engine.jobs import Job
from engine.sae.architectures import SparseAutoencoder
from engine.sae.tensor_files import safetensors_bytes, write_folder

FloatArray = npt.NDArray[np.float32]
ACTIVATIONS_FILE = "activations.safetensors"
_ROWS = 4_096


@dataclass(frozen=True)
class Codes:
    """Activations of N documents on F features.

    Attributes:
        by_document: (N, F) float32 in rows; row i belongs to the document with id i + 1.
    """

    by_document: csr_array

    @cached_property
    def by_feature(self) -> csc_array:
        """The same (N, F), in columns: which documents a feature is active on, and how strongly."""
        return self.by_document.tocsc()

    @cached_property
    def fire_rate(self) -> npt.NDArray[np.float64]:
        """(F,) share of the documents on which each feature is active."""
        counts: npt.NDArray[np.int64] = np.diff(self.by_feature.indptr).astype(np.int64)
        rate: npt.NDArray[np.float64] = counts / max(self.by_document.shape[0], 1)
        return rate

    def feature(self, number: int) -> tuple[npt.NDArray[np.int64], FloatArray]:
        """Return the rows of the documents on which a feature is active, strongest first, and how strongly.

        Ties are in the order of the documents.
        """
        columns = self.by_feature
        start, end = columns.indptr[number], columns.indptr[number + 1]
        rows, values = columns.indices[start:end], columns.data[start:end]
        order = np.lexsort((rows, -values))
        return rows[order].astype(np.int64), values[order]


@torch.no_grad()
def encode(sae: SparseAutoencoder, vectors: FloatArray, job: Job | None = None) -> csr_array:
    """Return the activations (N, F) of vectors (N, D), which may be mapped from a file.

    Raises:
        UserError: the vectors are not (N, D).
    """
    job = job or Job()
    values, columns = _Growing(np.float32), _Growing(np.int32)
    offsets = np.zeros(len(vectors) + 1, np.int64)
    at = 0
    for counts, block_columns, block_values in _blocks(sae, vectors, job):
        offsets[at + 1 : at + 1 + len(counts)] = offsets[at] + np.cumsum(counts)
        at += len(counts)
        expected = int(offsets[at] * len(vectors) / at * 1.05)
        values.append(block_values, expected)
        columns.append(block_columns, expected)
    return _matrix(values.filled, columns.filled, offsets, sae.config.features)


class _Growing:
    """Numbers added block by block to one array: many small ones would leave the memory in pieces."""

    def __init__(self, dtype: npt.DTypeLike) -> None:
        self._array = np.empty(0, dtype)
        self._count = 0

    @property
    def filled(self) -> npt.NDArray[Any]:
        """What has been added; the room behind it was never touched and takes no memory."""
        return self._array[: self._count]

    def append(self, block: npt.NDArray[Any], expected: int) -> None:
        """Add a block, making room for `expected` numbers, or half as many again, if there is none left."""
        end = self._count + len(block)
        if end > len(self._array):
            larger = np.empty(max(end, expected, len(self._array) * 3 // 2), self._array.dtype)
            larger[: self._count] = self.filled
            self._array = larger
        self._array[self._count : end] = block
        self._count = end


def _matrix(
    values: npt.NDArray[Any], columns: npt.NDArray[Any], offsets: npt.NDArray[Any], features: int
) -> csr_array:
    # Offsets of 64 bits would make scipy widen the columns too.
    if len(values) <= np.iinfo(np.int32).max:
        offsets = offsets.astype(np.int32)
    return csr_array((values, columns, offsets), shape=(len(offsets) - 1, features))


def _blocks(
    sae: SparseAutoencoder, vectors: FloatArray, job: Job
) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], FloatArray]]:
    """Yield how many features are active on each document, which, and how strongly, block by block."""
    for start in range(0, len(vectors), _ROWS):
        job.step("activations", start / len(vectors))
        block = torch.from_numpy(np.array(vectors[start : start + _ROWS], dtype=np.float32))
        values, selection = sae.encode_sparse(block)
        yield (
            np.diff(selection.offsets.cpu().numpy()),
            selection.columns.cpu().numpy().astype(np.int32),
            values.cpu().numpy(),
        )


def save_codes(folder: Path, codes: Codes, stamp: dict[str, str]) -> None:
    """Write activations beside the checkpoint in `folder`.

    Args:
        folder: of the autoencoder.
        codes: what to keep.
        stamp: what the activations were made of; `load_codes` must be given the same.

    Raises:
        UserError: the folder cannot be written.
    """
    matrix = codes.by_document
    tensors = {
        "offsets": torch.from_numpy(matrix.indptr.astype(np.int64)),
        "features": torch.from_numpy(matrix.indices.astype(np.int32, copy=False)),
        "values": torch.from_numpy(matrix.data),
    }
    meta = {"stamp": json.dumps(stamp, sort_keys=True), "features": str(matrix.shape[1])}
    write_folder(folder, {ACTIVATIONS_FILE: safetensors_bytes(tensors, meta)})


def load_codes(folder: Path, stamp: dict[str, str]) -> Codes | None:
    """Return the activations kept in `folder`; None if there are none, or they are of something else.

    Raises:
        UserError: the file is damaged.
    """
    path = folder / ACTIVATIONS_FILE
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="np") as file:
            meta = file.metadata() or {}
            if meta.get("stamp") != json.dumps(stamp, sort_keys=True):
                return None
            offsets, columns = file.get_tensor("offsets"), file.get_tensor("features")
            values = file.get_tensor("values")
        features = int(meta["features"])
        _check(values, columns, offsets, features)
    except (SafetensorError, OSError, KeyError, ValueError, TypeError) as error:
        raise UserError(f"{path} is damaged ({error}); delete it, and it is made anew") from error
    return Codes(_matrix(values, columns, offsets, features))


def _check(
    values: npt.NDArray[Any], columns: npt.NDArray[Any], offsets: npt.NDArray[Any], features: int
) -> None:
    """Refuse what is no sparse matrix: scipy would read beyond the ends of the arrays.

    Raises:
        ValueError: it is none.
    """
    kinds = [str(array.dtype) for array in (values, columns, offsets)]
    if kinds != ["float32", "int32", "int64"] or {values.ndim, columns.ndim, offsets.ndim} != {1}:
        raise ValueError("arrays of other types")
    if not 1 <= features <= np.iinfo(np.int32).max or not len(values) == len(columns):
        raise ValueError("sizes do not agree")
    if not len(offsets) or offsets[0] != 0 or offsets[-1] != len(values) or (np.diff(offsets) < 0).any():
        raise ValueError("rows out of order")
    if len(columns) and not 0 <= columns.min() <= columns.max() < features:
        raise ValueError("features that are not there")
    if not np.isfinite(values).all():
        raise ValueError("numbers that are not finite")
