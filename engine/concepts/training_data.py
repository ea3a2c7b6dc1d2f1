"""Which vectors to train on: those of a workspace, even while it is being embedded, or those of a file."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.concepts.categories import Categories, workspace_categories
from engine.corpus.schema import DATABASE
from engine.corpus.workspace import Workspace
from engine.errors import UserError
from engine.sae.vector_files import open_vectors

MINIMUM_WHILE_EMBEDDING = 2_000
_LOOKED_AT = 256


@dataclass(frozen=True)
class TrainingData:
    """Vectors to train on and where they come from.

    Attributes:
        vectors: (N, D) float32 or float16, mapped from a file.
        provenance: JSON-serialisable, to keep with the autoencoder.
        documents: how many documents the workspace has; those from N on have no vectors yet. 0 for a file
            of vectors.
        categories: known ones of the documents, to measure quality with; None if there are none.
    """

    vectors: npt.NDArray[np.floating[Any]]
    provenance: dict[str, Any]
    documents: int
    categories: Categories | None = None

    @property
    def note(self) -> str | None:
        """What a person should know before training on them."""
        missing = self.documents - len(self.vectors)
        if missing <= 0:
            return None
        done = f"{len(self.vectors):,} of {self.documents:,}"
        return f"embedding is not done: training on the first {done} documents"


def workspace_data(workspace: Workspace) -> TrainingData:
    """Return the vectors that a workspace has now; those that are added later change nothing.

    While its first embedding is running, 2,000 vectors are enough to begin with.

    Raises:
        UserError: it has none, or too few.
    """
    index = workspace.vectors_so_far(MINIMUM_WHILE_EMBEDDING)
    documents = workspace.document_count
    provenance = {"model": asdict(index.model), "data": {"documents": documents}}
    categories = workspace_categories(workspace, index.count)
    return TrainingData(index.vectors, provenance, documents, categories)


def file_data(folder: str | Path, path: str | Path) -> TrainingData:
    """Return the vectors of a file, to train an autoencoder on that will lie in `folder`.

    If the folder is a workspace, the vectors must be of its model, and the features are then named and
    browsed with its documents. In any other folder there are no documents: features can be exported from
    there, and imported into a workspace, but not named or searched.

    Raises:
        UserError: the file cannot be used, or its vectors cannot be of the workspace's model.
    """
    vectors = open_vectors(path)
    data: dict[str, Any] = {"file": Path(path).name}
    if not (Path(folder).expanduser() / DATABASE).is_file():
        return TrainingData(vectors, {"data": data}, 0)
    with Workspace.open(folder) as workspace:
        model = workspace.active_vectors().model
    if vectors.shape[1] != model.dimension:
        raise UserError(
            f"the vectors of {path} have {vectors.shape[1]} numbers each, but those of {model.name}, which "
            f"{folder} uses, have {model.dimension}; give vectors of that model, or another folder"
        )
    norms = np.linalg.norm(np.asarray(vectors[:_LOOKED_AT], dtype=np.float64), axis=1)
    # Half precision keeps a norm to a thousandth.
    if model.normalized and len(norms) and np.isfinite(norms).all() and np.abs(norms - 1).max() > 0.01:
        raise UserError(
            f"the vectors of {path} are not of unit length as those of {model.name} are, which {folder} uses;"
            " give vectors of that model, or another folder"
        )
    return TrainingData(vectors, {"model": asdict(model), "data": data}, 0)
