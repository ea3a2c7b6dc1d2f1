"""The vectors of an index as something to search: exact scores, places and percentiles."""

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from engine.attribution.request import Similarity
from engine.corpus.vectors import FloatArray, IndexModel
from engine.errors import UserError
from engine.jobs import Job

IntArray = npt.NDArray[np.int64]
Float64Array = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
BACKGROUND_PAIRS = 20_000
_BLOCK = 16_384
_SEED = 0
_TINY = 1e-12
# More than float32 can err in a dot product of unit vectors: what lies closer is compared in float64.
_CLOSE = 1e-5


class Best(NamedTuple):
    """The best rows of an index: rows (n,), best first, and their similarities (n,) in float64."""

    rows: IntArray
    similarities: Float64Array


class Vectors(Protocol):
    """Vectors (N, D) and the model that they are of: a `VectorStore`, or `TextVectors`."""

    @property
    def vectors(self) -> FloatArray:
        """(N, D)."""

    @property
    def model(self) -> IndexModel:
        """The model that they are of."""


class TextVectors(NamedTuple):
    """The vectors (N, D) of texts that are in no workspace, and their model."""

    vectors: FloatArray
    model: IndexModel


class SearchIndex:
    """Exact search over the vectors of one model, block by block, as they lie in the file.

    A query is scored against all documents in float32; whatever decides an order is then computed again
    in float64, so that the order is exact, and documents of equal similarity stand in the order of their
    ids. Memory: 4 bytes a document (8 for a cosine of vectors that are not normalised), and one block.

    Args:
        store: a completed index, row i of the document with id i + 1; or the vectors of some texts.
        similarity: "cosine" (default) or "dot".

    Attributes:
        vectors: (N, D) as mapped from the file.
        model: the model they are of.
        similarity: what scores are.

    Raises:
        UserError: the index is empty.
    """

    def __init__(self, store: Vectors, similarity: Similarity = "cosine") -> None:
        self.vectors, self.model, self.similarity = store.vectors, store.model, similarity
        if not len(self.vectors):
            raise UserError("the index holds no vectors; run `workspace` again")

    def __len__(self) -> int:
        return len(self.vectors)

    @cached_property
    def norms(self) -> FloatArray | None:
        """(N,) lengths of the vectors, None where all are 1 as the model makes them so."""
        if self.model.normalized:
            return None
        norms = [np.linalg.norm(self.vectors[block], axis=1) for block in _blocks(len(self))]
        return np.asarray(np.maximum(np.concatenate(norms), _TINY), dtype=np.float32)

    def scores(self, query: npt.NDArray[np.floating], job: Job | None = None) -> FloatArray:
        """Return the similarity (N,) of each document with a query vector (D,), in float32."""
        job = job or Job()
        direction = self._direction(query).astype(np.float32)
        scores = np.empty(len(self), dtype=np.float32)
        for block in _blocks(len(self)):
            job.step("searching", block.start / len(self))
            np.matmul(self.vectors[block], direction, out=scores[block])
        if self.similarity == "cosine" and self.norms is not None:
            scores /= self.norms
        return scores

    def exact(self, query: npt.NDArray[np.floating], rows: IntArray) -> Float64Array:
        """Return the similarities (n,) of some rows with a query vector (D,), in float64."""
        direction = self._direction(query)
        out = np.empty(len(rows), dtype=np.float64)
        for block in _blocks(len(rows)):
            vectors = self.vectors[rows[block]].astype(np.float64)
            # Summed row by row: equal vectors get equal sums, which a matrix product does not promise.
            out[block] = (vectors * direction).sum(axis=1)
            if self.similarity == "cosine" and not self.model.normalized:
                out[block] /= np.maximum(np.sqrt((vectors**2).sum(axis=1)), _TINY)
        return out

    def best(
        self,
        query: npt.NDArray[np.floating],
        count: int,
        scores: FloatArray | None = None,
        allowed: BoolArray | None = None,
        job: Job | None = None,
    ) -> Best:
        """Return the `count` rows most similar to a query vector (D,), ties in the order of ids.

        Args:
            query: a vector of this model.
            count: how many, at most.
            scores: what `scores` gave for this query; computed if not given.
            allowed: (N,) which rows may be returned; all by default.
            job: progress and cancellation.
        """
        scores = self.scores(query, job) if scores is None else scores
        rows = np.arange(len(self)) if allowed is None else np.flatnonzero(allowed)
        kept = scores if allowed is None else scores[rows]
        if len(rows) > count:
            last = np.partition(kept, len(rows) - count)[len(rows) - count]
            rows = rows[kept >= last - self._margin(query)]
        similarities = self.exact(query, rows)
        order = np.lexsort((rows, -similarities))[:count]
        return Best(rows[order].astype(np.int64), similarities[order])

    def rank(
        self,
        query: npt.NDArray[np.floating],
        similarity: float,
        row: int,
        scores: FloatArray | None = None,
        job: Job | None = None,
    ) -> int:
        """Return the place, from 1, that a document of some similarity has among the others.

        Args:
            query: a vector (D,) of this model.
            similarity: the document's, in float64, for instance of its edited text.
            row: its row, which is not counted against it.
            scores: what `scores` gave for this query; computed if not given.
            job: progress and cancellation.
        """
        scores = self.scores(query, job) if scores is None else scores
        margin = self._margin(query)
        above = scores > similarity + margin
        close = np.flatnonzero(np.abs(scores.astype(np.float64) - similarity) <= margin)
        above[close] = False
        exact = self.exact(query, close)
        ahead = (exact > similarity) | ((exact == similarity) & (close < row))
        others = int(above.sum()) - int(above[row]) + int(ahead[close != row].sum())
        return others + 1

    def percentiles(self, similarities: npt.NDArray[np.floating]) -> Float64Array | None:
        """Return the percentile (n,), 0 to 100, of each similarity among random pairs of documents.

        None for an index of one document, which has no pairs.
        """
        background = self.background
        if not len(background):
            return None
        low = np.searchsorted(background, similarities, side="left")
        high = np.searchsorted(background, similarities, side="right")
        percentiles: Float64Array = 50.0 * (low + high) / len(background)
        return percentiles

    @cached_property
    def background(self) -> Float64Array:
        """Similarities of 20,000 random pairs of different documents, ascending; always the same pairs."""
        count = len(self)
        if count < 2:
            return np.zeros(0)
        generator = np.random.default_rng(_SEED)
        left = generator.integers(0, count, BACKGROUND_PAIRS)
        right = (left + generator.integers(1, count, BACKGROUND_PAIRS)) % count
        out = np.empty(BACKGROUND_PAIRS)
        for block in _blocks(BACKGROUND_PAIRS, 2_048):
            a, b = (self.vectors[rows[block]].astype(np.float64) for rows in (left, right))
            out[block] = (a * b).sum(axis=1)
            if self.similarity == "cosine" and not self.model.normalized:
                out[block] /= np.maximum(np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1), _TINY)
        out.sort()
        return out

    def check_model(self, name: str, fingerprint: str) -> None:
        """Refuse a model whose vectors are not those of this index.

        Raises:
            UserError: `fingerprint` is not that of the index's model.
        """
        if fingerprint != self.model.fingerprint:
            raise UserError(
                f"the index in use holds vectors of {self.model.name} ({self.model.fingerprint[:8]}), and "
                f"the model loaded is {name} ({fingerprint[:8]}): vectors of two models cannot be compared; "
                "load that model, or index the documents with this one"
            )

    def similarities_of(
        self, query: npt.NDArray[np.floating], vectors: npt.NDArray[np.floating]
    ) -> Float64Array:
        """Return the similarities (n,) of vectors (n, D) that are not in the index with a query (D,)."""
        wide = np.atleast_2d(vectors).astype(np.float64)
        products: Float64Array = (wide * self._direction(query)).sum(axis=1)
        if self.similarity == "cosine" and not self.model.normalized:
            products /= np.maximum(np.linalg.norm(wide, axis=1), _TINY)
        return products

    def _direction(self, query: npt.NDArray[np.floating]) -> Float64Array:
        if query.shape != (self.model.dimension,):
            raise ValueError(f"a query of {self.model.dimension} numbers expected, got {query.shape}")
        wide = query.astype(np.float64)
        return wide if self.similarity == "dot" else wide / max(float(np.linalg.norm(wide)), _TINY)

    def _margin(self, query: npt.NDArray[np.floating]) -> float:
        if self.similarity == "cosine":
            return _CLOSE
        longest = 1.0 if self.norms is None else float(self.norms.max())
        return _CLOSE * longest * float(np.linalg.norm(query))


def _blocks(count: int, size: int = _BLOCK) -> Iterator[slice]:
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))
