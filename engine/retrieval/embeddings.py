"""Embeddings that know their model, so that those of two models never meet in one product."""

from dataclasses import dataclass, replace

import numpy as np

from engine.encoder import FloatArray, ModelInfo
from engine.errors import UserError


@dataclass(frozen=True)
class Embeddings:
    """Vectors of one model.

    Attributes:
        vectors: (N, D).
        model: name of the model.
        fingerprint: of the model.
        pooling: how token states became these vectors; of one model, "mean" and "cls" are two spaces.
    """

    vectors: FloatArray
    model: str
    fingerprint: str
    pooling: str

    @classmethod
    def of(cls, vectors: FloatArray, info: ModelInfo, pooling: str | None = None) -> "Embeddings":
        """Return vectors (N, D) that a model has just given, by its own pooling unless another is named."""
        return cls(vectors, info.name, info.fingerprint, pooling or info.pooling)

    def products(self, other: "Embeddings") -> FloatArray:
        """Return the dot products (N, M) with other embeddings of the same model.

        Raises:
            UserError: they are of another model, or pooled in another way.
        """
        if (other.fingerprint, other.pooling) != (self.fingerprint, self.pooling):
            raise UserError(
                f"vectors of {self} cannot be multiplied with vectors of {other}: the axes of two models "
                "mean different things, so that the product is no similarity; compare the similarities or "
                "the ranks that each gives"
            )
        products: FloatArray = self.vectors @ other.vectors.T
        return products

    def cosines(self, other: "Embeddings") -> FloatArray:
        """Return the cosines (N, M) with other embeddings of the same model; 0 for a vector of zeros.

        Raises:
            UserError: they are of another model, or pooled in another way.
        """
        return replace(self, vectors=unit_rows(self.vectors)).products(
            replace(other, vectors=unit_rows(other.vectors))
        )

    def __str__(self) -> str:
        return f"{self.model} ({self.fingerprint[:8]}, {self.pooling} pooling)"


def unit_rows(vectors: FloatArray) -> FloatArray:
    """Return vectors (N, D) at unit length; a vector of zeros stays one."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    rows: FloatArray = vectors / np.maximum(norms, np.finfo(np.float32).tiny)
    return rows
