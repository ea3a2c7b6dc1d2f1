"""The similarity of two texts as an exact sum over the features of a sparse autoencoder."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from engine.attribution.request import Similarity
from engine.concepts.codes import FloatArray
from engine.concepts.dictionary import Dictionary
from engine.jobs import Job
from engine.sae.architectures import SparseAutoencoder

Float64Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
_TINY = 1e-12


@dataclass(frozen=True)
class ConceptLedger:
    """A similarity as a sum: `similarity = shared + one_sided + bias + residual`.

    Rows are features that are active on at least one side, strongest contribution (by absolute value)
    first; of a folded ledger, families of them.

    Attributes:
        kind: "cosine" or "dot", what the similarity is.
        features: (n,) numbers of the features; of a family, its strongest member.
        contributions: (n,) float64, how much of the similarity each row carries, signed.
        query_activations: (n,) and
        candidate_activations: (n,) activations in the autoencoder's own units, 0 where not active; of a
            family, their sums.
        bias: what the decoder's bias carries: what all texts of the corpus have in common.
        residual: what the autoencoder does not reconstruct.
        similarity: s(q, c) of the two vectors, computed from them alone.
        members: of a folded ledger, the features (strongest first) of each row; else empty.
    """

    kind: Similarity
    features: IntArray
    contributions: Float64Array
    query_activations: Float64Array
    candidate_activations: Float64Array
    bias: float
    residual: float
    similarity: float
    members: tuple[IntArray, ...] = ()

    @cached_property
    def on_both(self) -> npt.NDArray[np.bool_]:
        """(n,) which rows are active on both sides."""
        both: npt.NDArray[np.bool_] = (self.query_activations != 0) & (self.candidate_activations != 0)
        return both

    @property
    def shared(self) -> float:
        """What the rows that are active on both sides carry."""
        return float(self.contributions[self.on_both].sum())

    @property
    def one_sided(self) -> float:
        """What the other rows carry: features of one text that point towards the other all the same."""
        return float(self.contributions[~self.on_both].sum())

    def folded(self, families: npt.NDArray[np.integer]) -> "ConceptLedger":
        """Return the ledger with one row a family; all four terms together still give the similarity.

        A family is shared if each text activates some member of it, not necessarily the same, so part
        of `one_sided` may move to `shared`.

        Args:
            families: (F,) the family of each feature; one with a negative number stays by itself.
        """
        rows: dict[tuple[bool, int], list[int]] = {}
        for row, feature in enumerate(self.features):
            family = int(families[feature])
            rows.setdefault((True, family) if family >= 0 else (False, int(feature)), []).append(row)
        groups = list(rows.values())
        sums = np.array([self.contributions[group].sum() for group in groups], dtype=np.float64)
        order = np.argsort(-np.abs(sums), kind="stable")
        groups = [groups[i] for i in order]
        return ConceptLedger(
            self.kind,
            np.array([self.features[group[0]] for group in groups], dtype=np.int64),
            sums[order],
            np.array([self.query_activations[group].sum() for group in groups], dtype=np.float64),
            np.array([self.candidate_activations[group].sum() for group in groups], dtype=np.float64),
            self.bias,
            self.residual,
            self.similarity,
            tuple(self.features[group] for group in groups),
        )


class Decomposition(NamedTuple):
    """A vector as the autoencoder sees it: `vector = activations * scale @ decoder[features] + bias + error`.

    Attributes:
        features: (n,) the active ones, ascending.
        activations: (n,) in the autoencoder's own units.
        scale: what layer normalisation divided by; 1 without.
        bias: (D,) the decoder's bias times the scale, and the mean that was taken off.
        error: (D,) what is not reconstructed.
    """

    features: IntArray
    activations: Float64Array
    scale: float
    bias: Float64Array
    error: Float64Array


@torch.no_grad()
def decompose(sae: SparseAutoencoder, vectors: FloatArray) -> list[Decomposition]:
    """Return each of the vectors (N, D) in the terms of an autoencoder, in float64.

    Which features are active, and how much, is the autoencoder's own float32 computation; everything
    after it is float64, the error of each vector included.
    """
    rows = torch.from_numpy(np.array(np.atleast_2d(vectors), dtype=np.float32))
    values, selection = sae.encode_sparse(rows)
    _, means, scales = sae.prepare(rows)
    columns, offsets = selection.columns.numpy().astype(np.int64), selection.offsets.numpy()
    activations, decoder = values.double().numpy(), sae.W_dec
    found = []
    for row in range(len(rows)):
        part = slice(int(offsets[row]), int(offsets[row + 1]))
        scale = float(scales[row])
        bias = sae.b_dec.double().numpy() * scale + float(means[row])
        directions = decoder[torch.from_numpy(columns[part])].double().numpy()
        error = rows[row].double().numpy() - (activations[part] * scale) @ directions - bias
        found.append(Decomposition(columns[part], activations[part], scale, bias, error))
    return found


def concept_ledger(
    dictionary: Dictionary,
    query_vector: npt.NDArray[np.floating],
    candidate_vector: npt.NDArray[np.floating],
    similarity: Similarity = "cosine",
) -> ConceptLedger:
    """Return the ledger of two vectors of the model whose vectors the autoencoder reads.

    With z the activations, d_f the decoder's rows, b its bias and eps what it misses, each vector is

        e = sum_f z_f d_f + b + eps

    The dot product is linear in either side. Put in the expansion of e_q, then that of e_c, and take the
    mean of the two, which treats both sides alike:

        e_q.e_c = sum_f (z_f(q) d_f.e_c + z_f(c) d_f.e_q) / 2 + b.(e_q + e_c) / 2
                  + (eps_q.e_c + eps_c.e_q) / 2

    term by term the features' contributions, the bias, and the residual. Nothing is left out, so they
    add up exactly, whether or not d_f are orthogonal. (Products z_f(q) z_f(c) alone would not: the cross
    terms of different features carry most of a typical match.)

    The autoencoder reads the model's own vectors, normalised or not, and so does this. For a cosine every
    term is divided by |e_q| |e_c|, which is 1 for a model that normalises. An autoencoder with layer
    normalisation reconstructs `scale (sum_f z_f d_f + b) + mean`, with the mean and the scale of the
    vector's own numbers: z_f stands for scale z_f above, and b for scale b + mean, on either side its own.

    Args:
        dictionary: the features.
        query_vector: e_q (D,), as the model gives it.
        candidate_vector: e_c (D,).
        similarity: "cosine" (default) or "dot".

    Raises:
        UserError: the vectors have another dimension than the autoencoder reads.
    """
    (ledger,) = concept_ledgers(dictionary, query_vector[None], candidate_vector[None], similarity)
    return ledger


def concept_ledgers(
    dictionary: Dictionary,
    query_vectors: npt.NDArray[np.floating],
    candidate_vectors: npt.NDArray[np.floating],
    similarity: Similarity = "cosine",
    job: Job | None = None,
) -> list[ConceptLedger]:
    """Return the ledgers of N pairs, row i of (N, D) with row i of (N, D); see `concept_ledger`."""
    job = job or Job()
    queries, candidates = (
        np.asarray(vectors, dtype=np.float32) for vectors in (query_vectors, candidate_vectors)
    )
    sides = zip(decompose(dictionary.sae, queries), decompose(dictionary.sae, candidates), strict=True)
    ledgers = []
    for row, (query, candidate) in enumerate(sides):
        job.step("concepts", row / len(queries))
        e_q, e_c = queries[row].astype(np.float64), candidates[row].astype(np.float64)
        ledgers.append(_ledger(dictionary.decoder, (query, candidate), (e_q, e_c), similarity))
    return ledgers


def norms_of(query: Float64Array, candidate: Float64Array, similarity: Similarity) -> float:
    """Return what every term is divided by: |e_q| |e_c| for a cosine, 1 for a dot product."""
    if similarity == "dot":
        return 1.0
    return max(float(np.linalg.norm(query)), _TINY) * max(float(np.linalg.norm(candidate)), _TINY)


def strongest_shared(ledger: ConceptLedger, count: int) -> IntArray:
    """Return the at most `count` features active on both sides that speak most for the match."""
    shared = ledger.features[ledger.on_both & (ledger.contributions > 0)]
    return shared[:count]


def _ledger(
    decoder: FloatArray,
    sides: Sequence[Decomposition],
    vectors: tuple[Float64Array, Float64Array],
    similarity: Similarity,
) -> ConceptLedger:
    query, candidate = sides
    e_q, e_c = vectors
    norms = norms_of(e_q, e_c, similarity)
    features = np.union1d(query.features, candidate.features)
    activations = np.zeros((2, len(features)))
    for row, side in enumerate(sides):
        activations[row, np.searchsorted(features, side.features)] = side.activations
    directions = decoder[features].astype(np.float64)  # (n, D)
    contributions = activations[0] * query.scale * (directions @ e_c)
    contributions += activations[1] * candidate.scale * (directions @ e_q)
    contributions /= 2 * norms
    order = np.argsort(-np.abs(contributions), kind="stable")
    return ConceptLedger(
        similarity,
        features[order],
        contributions[order],
        activations[0, order],
        activations[1, order],
        bias=float(query.bias @ e_c + candidate.bias @ e_q) / (2 * norms),
        residual=float(query.error @ e_c + candidate.error @ e_q) / (2 * norms),
        similarity=float(e_q @ e_c) / norms,
    )
