"""A pair of texts: the token matrix, what it sums to, and every view of it.

With one padding reference on both sides a matrix does not sum to the score, and each of its cells holds
the component "is not padding" that all words share. Projecting the span of the two reference embeddings
out of every contribution vector leaves a matrix whose sum misses the score only by the little that the
texts share with the references.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from engine.attribution.contributions import TokenContributions
from engine.attribution.request import References, Similarity, Unit
from engine.encoder import FloatArray
from engine.text import Word


@dataclass(frozen=True)
class Ledger:
    """What a score is made of: `similarity = explained + reference + residual`.

    Attributes:
        similarity: s(q, c), cosine or dot product.
        explained: the sum of the token matrix.
        reference: what the references carry: e_q P e_c (projected) or s(q,rc) + s(rq,c) - s(rq,rc).
        residual: what the quadrature, or a method without completeness, leaves.
        reference_parts: for shared references (s(q,rc), s(rq,c), s(rq,rc)), else None.
    """

    similarity: float
    explained: float
    reference: float
    residual: float
    reference_parts: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class PairExplanation:
    """Why a model calls two texts similar, token by token.

    Attributes:
        query: contributions of the query's tokens.
        candidate: contributions of the candidate's tokens.
        references: "projected" or "shared".
        similarity: "cosine" or "dot".
        query_vectors: (Sq, D) and
        candidate_vectors: (Sc, D), references removed and norms divided out, so that
        matrix: (Sq, Sc) is their product; specials included.
        ledger: what the matrix sums to, and what it leaves.
    """

    query: TokenContributions
    candidate: TokenContributions
    references: References
    similarity: Similarity
    query_vectors: FloatArray
    candidate_vectors: FloatArray
    matrix: FloatArray
    ledger: Ledger

    @cached_property
    def word_matrix(self) -> FloatArray:
        """(query words, candidate words): sums of the cells of their tokens."""
        return group_sums(self.matrix, self.query.text.words, self.candidate.text.words)

    @cached_property
    def sentence_matrix(self) -> FloatArray:
        """(query sentences, candidate sentences): sums of the cells of their words' tokens."""
        return group_sums(self.matrix, self.query.text.sentences, self.candidate.text.sentences)

    @property
    def query_importance(self) -> FloatArray:
        """(Sq,) sum of each query token's row; they add up to `ledger.explained`."""
        return np.asarray(self.matrix.sum(axis=1), dtype=np.float32)

    @property
    def candidate_importance(self) -> FloatArray:
        """(Sc,) sum of each candidate token's column; they add up to `ledger.explained`."""
        return np.asarray(self.matrix.sum(axis=0), dtype=np.float32)

    @property
    def query_word_importance(self) -> FloatArray:
        """(query words,) importance summed over each word's tokens."""
        return sum_over(self.query_importance, self.query.text.words)

    @property
    def candidate_word_importance(self) -> FloatArray:
        """(candidate words,) importance summed over each word's tokens."""
        return sum_over(self.candidate_importance, self.candidate.text.words)

    @property
    def between_words(self) -> float:
        """Sum of the word matrix; the rest of `explained` lies with special tokens (none at layer 0)."""
        return float(self.word_matrix.sum(dtype=np.float64))

    def in_unit(self, values: FloatArray, unit: Unit) -> FloatArray:
        """Return contributions as they are, as percent of the matrix sum, or of unit Frobenius norm.

        Args:
            values: any sums of cells of this matrix.
            unit: "raw" (similarity), "percent" (of `ledger.explained`), or "norm" (the values as a unit
                vector).
        """
        if unit == "percent":
            scale = abs(self.ledger.explained) / 100
        elif unit == "norm":
            scale = float(np.linalg.norm(values))
        else:
            scale = 1.0
        return np.asarray(values / max(scale, 1e-12), dtype=np.float32)

    def cell_dimensions(self, query_tokens: Sequence[int], candidate_tokens: Sequence[int]) -> FloatArray:
        """Return how much each embedding dimension (D,) carries of the sum of a block of cells.

        If the candidate's contributions are known only within the span of the query's, the total is
        exact and its spread over dimensions is that of the projection.
        """
        q = self.query_vectors[list(query_tokens)].sum(axis=0)
        c = self.candidate_vectors[list(candidate_tokens)].sum(axis=0)
        return np.asarray(q * c, dtype=np.float32)


def explain_pair(
    query: TokenContributions,
    candidate: TokenContributions,
    references: References = "projected",
    similarity: Similarity = "cosine",
) -> PairExplanation:
    """Return the token matrix of a pair and its ledger.

    Args:
        query: contributions of the query's tokens, (Sq, D).
        candidate: contributions of the candidate's tokens, (Sc, D). If either holds a basis, it must be
            the `span_basis` of the other under the same references.
        references: "projected" (default) takes both references out of every vector; "shared" keeps them,
            as published (Moeller et al. 2024).
        similarity: "cosine" (default) divides by both norms throughout; "dot" by none.
    """
    e_q, e_c = query.embedding.astype(np.float64), candidate.embedding.astype(np.float64)
    if similarity == "cosine":
        norm_q, norm_c = (max(float(np.linalg.norm(e)), 1e-12) for e in (e_q, e_c))
    else:
        norm_q = norm_c = 1.0
    g_q = query.vectors.astype(np.float64) / norm_q
    g_c = candidate.vectors.astype(np.float64) / norm_c
    score = float(e_q @ e_c) / (norm_q * norm_c)
    parts: tuple[float, float, float] | None = None
    if references == "projected":
        span = orthonormal_rows(np.stack([query.padding, candidate.padding]).astype(np.float64))
        g_q -= (g_q @ span.T) @ span
        g_c -= (g_c @ span.T) @ span
        reference = float((span @ e_q) @ (span @ e_c)) / (norm_q * norm_c)
    else:
        r_q = query.reference.astype(np.float64) / norm_q
        r_c = candidate.reference.astype(np.float64) / norm_c
        parts = (float(e_q @ r_c) / norm_q, float(r_q @ e_c) / norm_c, float(r_q @ r_c))
        reference = parts[0] + parts[1] - parts[2]
    matrix = g_q @ g_c.T
    explained = float(matrix.sum())
    return PairExplanation(
        query=query,
        candidate=candidate,
        references=references,
        similarity=similarity,
        query_vectors=g_q.astype(np.float32),
        candidate_vectors=g_c.astype(np.float32),
        matrix=matrix.astype(np.float32),
        ledger=Ledger(score, explained, reference, score - explained - reference, parts),
    )


def orthonormal_rows(rows: npt.NDArray[np.floating], cutoff: float = 1e-5) -> npt.NDArray[np.float64]:
    """Return an orthonormal basis (R, D) of the span of `rows` (N, D).

    Args:
        rows: vectors that need not be independent.
        cutoff: directions with a singular value below this share of the largest are left out.
    """
    _, strengths, directions = np.linalg.svd(np.asarray(rows, dtype=np.float64), full_matrices=False)
    return np.asarray(directions[strengths > cutoff * max(float(strengths[0]), 1e-300)])


def span_basis(known: TokenContributions, other_padding: FloatArray, references: References) -> FloatArray:
    """Return the basis (R, D) within which the other side of a pair must be known.

    The matrix only needs products with one side's vectors; with references projected out, with what
    is left of them.
    """
    rows = known.vectors.astype(np.float64)
    if references == "projected":
        span = orthonormal_rows(np.stack([known.padding, other_padding]))
        rows = rows - (rows @ span.T) @ span
    return orthonormal_rows(rows).astype(np.float32)


def sum_over(values: FloatArray, groups: Sequence[Word]) -> FloatArray:
    """Return the sums (groups,) of `values` (tokens,) over each group's tokens."""
    return np.array([values[list(group.tokens)].sum(dtype=np.float64) for group in groups], dtype=np.float32)


def group_sums(matrix: FloatArray, rows: Sequence[Word], columns: Sequence[Word]) -> FloatArray:
    """Return the sums (rows, columns) of the blocks of `matrix`; a mean would break completeness."""
    left = _membership(rows, matrix.shape[0])
    right = _membership(columns, matrix.shape[1])
    return np.asarray(left @ matrix.astype(np.float64) @ right.T, dtype=np.float32)


def _membership(groups: Sequence[Word], tokens: int) -> npt.NDArray[np.float64]:
    member = np.zeros((len(groups), tokens))
    for index, group in enumerate(groups):
        member[index, list(group.tokens)] = 1
    return member
