"""The activations of every document: few in a hundred are not zero, so only those are kept."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

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
    blocks = list(_blocks(sae, vectors, job))
    counts = np.concatenate([[0], *(lengths for lengths, _, _ in blocks)])
    return csr_array(
        (
            np.concatenate([np.zeros(0, np.float32), *(values for _, _, values in blocks)]),
            np.concatenate([np.zeros(0, np.int32), *(columns for _, columns, _ in blocks)]),
            np.cumsum(counts),
        ),
        shape=(len(vectors), sae.config.features),
    )


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
        "features": torch.from_numpy(matrix.indices.astype(np.int32)),
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
            offsets, features = file.get_tensor("offsets"), file.get_tensor("features")
            values = file.get_tensor("values")
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path} is damaged ({error}); delete it, and it is made anew") from error
    shape = (len(offsets) - 1, int(meta["features"]))
    return Codes(csr_array((values, features, offsets), shape=shape))
