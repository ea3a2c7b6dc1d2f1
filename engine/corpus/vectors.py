"""The vectors of one model for the documents of one workspace: a plain file of float32 and its manifest."""

import dataclasses
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.corpus.schema import storage_errors
from engine.errors import UserError
from engine.files import write_atomically

FloatArray = npt.NDArray[np.float32]
VECTORS = "vectors.f32"
MANIFEST = "manifest.json"
_FORMAT = 1
_ITEM_BYTES = 4
_LARGEST_MANIFEST = 1_000_000
_MOST_VECTORS, _MOST_DIMENSIONS = 2**40, 2**20


@dataclass(frozen=True)
class IndexModel:
    """The model that an index belongs to.

    Attributes:
        name: how it is shown.
        fingerprint: sha256 over its files; vectors of different fingerprints never meet.
        pooling: how token states become one vector.
        prompt: what stands before each document.
        dimension: D, the length of a vector.
        normalized: whether vectors have unit length.
        max_tokens: where texts are cut.
    """

    name: str
    fingerprint: str
    pooling: str
    prompt: str
    dimension: int
    normalized: bool
    max_tokens: int


class VectorStore:
    """Vectors in a file, row i for the document with id i + 1; only `count` rows count.

    Rows are written behind the last one, and flushed to disk before the manifest says that they are
    there, so that a process may die at any point. Written through the file, read through a memory map:
    a full disk is then an error and not a bus error.

    Args:
        folder: the folder of the index.
        model: what its manifest must say; for a new folder, what it will say.
        workspace: the identity of the workspace whose documents the vectors belong to.

    Raises:
        UserError: the index is of another model or workspace, or its files are damaged.
    """

    def __init__(self, folder: Path, model: IndexModel, workspace: str) -> None:
        if not is_fingerprint(model.fingerprint):
            raise UserError(f"{model.fingerprint!r} is no fingerprint of a model; load the model again")
        self.folder, self.model, self._workspace = folder, model, workspace
        self.count = 0
        if (folder / MANIFEST).is_file():
            found, of_workspace, self.count = read_manifest(folder)
            if found != model:
                raise UserError(
                    f"the vectors in {folder} are of another model ({found.name}, not {model.name}); "
                    "vectors of two models cannot be mixed"
                )
            if of_workspace != workspace:
                raise UserError(f"the vectors in {folder} belong to another workspace; delete that folder")
            self._check_size()

    @property
    def vectors(self) -> FloatArray:
        """The vectors (count, D), mapped from the file, read-only."""
        if self.count == 0:
            return np.zeros((0, self.model.dimension), dtype=np.float32)
        shape = (self.count, self.model.dimension)
        return np.memmap(self.folder / VECTORS, dtype="<f4", mode="r", shape=shape)

    def append(self, block: FloatArray) -> None:
        """Add rows (N, D) behind the last one; after this returns they are on disk.

        Raises:
            UserError: a number is not finite, or the disk is full; the rows before stay as they are.
        """
        if block.ndim != 2 or block.shape[1] != self.model.dimension:
            raise ValueError(f"rows of {self.model.dimension} numbers expected, got {block.shape}")
        broken = np.flatnonzero(~np.isfinite(block).all(axis=1))
        if len(broken):
            raise UserError(
                f"{self.model.name} gives no finite vector for document {self.count + int(broken[0]) + 1}; "
                "choose another model"
            )
        with storage_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            # What a killed process left behind the last counted row is written over.
            (self.folder / VECTORS).touch()
            with (self.folder / VECTORS).open("r+b") as stream:
                stream.seek(self.count * self._row_bytes)
                stream.write(np.ascontiguousarray(block, dtype="<f4").tobytes())
                stream.truncate()
                stream.flush()
                os.fsync(stream.fileno())
        self._write_manifest(self.count + len(block))
        self.count += len(block)

    @property
    def _row_bytes(self) -> int:
        return self.model.dimension * _ITEM_BYTES

    def _write_manifest(self, count: int) -> None:
        manifest = {
            "format": _FORMAT,
            "model": dataclasses.asdict(self.model),
            "workspace": self._workspace,
            "dtype": "float32",
            "count": count,
        }
        write_atomically(self.folder / MANIFEST, json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")

    def _check_size(self) -> None:
        file = self.folder / VECTORS
        size = file.stat().st_size if file.is_file() else 0
        if size < self.count * self._row_bytes:
            raise UserError(
                f"{file} is cut short: it should hold {self.count} vectors; delete {self.folder} and "
                "embed again"
            )


def read_manifest(folder: Path) -> tuple[IndexModel, str, int]:
    """Return model, workspace identity and number of vectors that the manifest of an index states.

    Raises:
        UserError: there is no manifest, or it is not one.
    """
    path = folder / MANIFEST
    try:
        with path.open("rb") as stream:
            manifest = json.loads(stream.read(_LARGEST_MANIFEST))
        if manifest["format"] != _FORMAT or manifest["dtype"] != "float32":
            raise ValueError("another format")
        model, count = IndexModel(**manifest["model"]), manifest["count"]
        if not _is_sound(model) or not _is_count(count, _MOST_VECTORS, least=0):
            raise ValueError("numbers out of range")
        return model, str(manifest["workspace"]), count
    except FileNotFoundError as error:
        raise UserError(f"there is no index in {folder}; put it back, or embed anew") from error
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise UserError(f"{path} is not the manifest of an index; delete {folder} and embed again") from error


def is_fingerprint(text: str) -> bool:
    """Return whether a text may name the folder of an index: it must not lead to another folder."""
    return re.fullmatch(r"[0-9A-Za-z_-]{1,128}", text) is not None


def _is_sound(model: IndexModel) -> bool:
    """Tell whether the fields of a model that was read from a file are what they should be."""
    texts = (model.name, model.fingerprint, model.pooling, model.prompt)
    return (
        all(isinstance(text, str) for text in texts)
        and is_fingerprint(model.fingerprint)
        and isinstance(model.normalized, bool)
        and _is_count(model.dimension, _MOST_DIMENSIONS)
        and _is_count(model.max_tokens, _MOST_VECTORS)
    )


def _is_count(value: object, most: int, least: int = 1) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
