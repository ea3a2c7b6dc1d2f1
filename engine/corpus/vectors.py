"""The vectors of one model for the documents of one workspace: a plain file of float32 and its manifest."""

import dataclasses
import json
import os
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
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if manifest["format"] != _FORMAT or manifest["dtype"] != "float32":
            raise ValueError("another format")
        return IndexModel(**manifest["model"]), str(manifest["workspace"]), int(manifest["count"])
    except FileNotFoundError as error:
        raise UserError(f"there is no index in {folder}; put it back, or embed anew") from error
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UserError(f"{path} is not the manifest of an index; delete {folder} and embed again") from error
