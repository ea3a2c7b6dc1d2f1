"""Which features fire on the same documents, and which lie close to each other.

Two measures are used, for two questions. Phi, Pearson's correlation of two features' being active, says
how far they fire together and apart: it is symmetric, 0 at chance, and no rare feature can score by a few
documents shared with a frequent one. Cole's coefficient, phi over the largest phi that the two fire rates
allow (L. C. Cole, The measurement of interspecific association, Ecology 30, 1949), is 1 as soon as the
rarer feature fires only where the other does, so it finds a narrow feature under a broad one. Pointwise
mutual information was left out: it ranks pairs by rarity. The Jaccard index is not 0 at chance.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array, csr_array

from engine.concepts.codes import Codes, FloatArray
from engine.concepts.dictionary import Dictionary
from engine.jobs import Job

DoubleArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
LEAST_TOGETHER = 3  # documents: two features that meet once or twice say nothing
_FEATURES = 128


@dataclass(frozen=True)
class Neighbour:
    """Another feature beside one.

    Attributes:
        feature: its number.
        value: cosine of the decoder rows, or phi.
        together: on how many documents both fire.
    """

    feature: int
    value: float
    together: int


@dataclass(frozen=True)
class Histogram:
    """How strongly a feature fires where it does.

    Attributes:
        counts: (bins,) documents.
        edges: (bins + 1,) activations, ascending from 0.
    """

    counts: IntArray
    edges: DoubleArray


def activation_histogram(codes: Codes, feature: int, bins: int = 30) -> Histogram:
    """Return the histogram of a feature's activations that are not 0; all counts 0 if it never fires."""
    values = codes.feature(feature)[1]
    highest = float(values[0]) if len(values) else 1.0
    counts, edges = np.histogram(values, bins=bins, range=(0.0, highest))
    return Histogram(counts.astype(np.int64), edges.astype(np.float64))


def similar_features(dictionary: Dictionary, feature: int, count: int = 10) -> tuple[Neighbour, ...]:
    """Return the features whose decoder rows are closest to that of `feature` by cosine, closest first."""
    rows = dictionary.decoder
    norms = np.linalg.norm(rows, axis=1)
    cosines = (rows @ rows[feature]) / np.maximum(norms * norms[feature], np.finfo(np.float32).tiny)
    return _best(cosines.astype(np.float64), counts_with(dictionary.codes, feature), feature, count)


def coactive_features(codes: Codes, feature: int, count: int = 10) -> tuple[Neighbour, ...]:
    """Return the features that fire on the same documents as `feature`, highest phi first.

    Only features that meet it on 3 documents or more, and more often than by chance, are returned.
    """
    together = counts_with(codes, feature)
    fired = _fired(codes)
    correlations = phi(together, fired[[feature]], fired, codes.by_document.shape[0])
    correlations[together < LEAST_TOGETHER] = -1.0
    found = _best(correlations, together, feature, count)
    return tuple(neighbour for neighbour in found if neighbour.value > 0)


def counts_with(codes: Codes, feature: int) -> IntArray:
    """Return (F,) on how many documents each feature fires with one; for itself, how often it fires."""
    rows, _ = codes.feature(feature)
    counts: IntArray = np.bincount(codes.by_document[rows].indices, minlength=codes.by_document.shape[1])
    return counts


def coactivation_matrix(codes: Codes, features: IntArray) -> DoubleArray:
    """Return phi (n, n) of every two of n features, 1 on the diagonal; 0 where one never fires."""
    active = _ones(codes.by_feature[:, features])
    together = (active.T @ active).toarray().astype(np.float64)
    fired = together.diagonal()
    matrix = phi(together, fired[:, None], fired, codes.by_document.shape[0])
    np.fill_diagonal(matrix, 1.0)
    return matrix


def all_counts(codes: Codes, job: Job | None = None) -> npt.NDArray[np.float32]:
    """Return (F, F) float32: on how many documents every two features fire together."""
    job = job or Job()
    active = csr_array(_ones(codes.by_document))
    transposed = csr_array(active.T)
    features = active.shape[1]
    counts = np.zeros((features, features), dtype=np.float32)
    for start in range(0, features, _FEATURES):
        job.step("co-activation", start / features)
        counts[start : start + _FEATURES] = (transposed[start : start + _FEATURES] @ active).toarray()
    return counts


def phi(
    together: npt.NDArray[np.number], left: npt.NDArray[np.number], right: npt.NDArray[np.number], total: int
) -> DoubleArray:
    """Return Pearson's correlation of being active; 0 where one fires never or always.

    Args:
        together: documents on which both fire.
        left: documents on which the first fires, and
        right: the second; all three of one shape, or of shapes that are broadcast.
        total: N documents.
    """
    a, b = left.astype(np.float64), right.astype(np.float64)
    scale = np.sqrt(a * (total - a)) * np.sqrt(b * (total - b))
    excess = total * together.astype(np.float64) - a * b
    found: DoubleArray = np.divide(excess, scale, out=np.zeros(scale.shape), where=scale > 0)
    return found


def containment(
    together: npt.NDArray[np.number], left: npt.NDArray[np.number], right: npt.NDArray[np.number], total: int
) -> FloatArray:
    """Return Cole's coefficient, 0 for pairs that meet no more often than by chance; arguments as of phi."""
    a, b = left.astype(np.float32), right.astype(np.float32)
    expected = a * (b / np.float32(max(total, 1)))
    room = np.minimum(a, b) - expected
    found = np.divide(together - expected, room, out=np.zeros(room.shape, np.float32), where=room > 0)
    clipped: FloatArray = np.clip(found, 0.0, 1.0)
    return clipped


def _fired(codes: Codes) -> IntArray:
    fired: IntArray = np.diff(codes.by_feature.indptr).astype(np.int64)
    return fired


def _ones(codes: csr_array | csc_array) -> csr_array | csc_array:
    ones = codes.copy()
    ones.data = np.ones_like(ones.data)
    return ones


def _best(values: DoubleArray, together: IntArray, feature: int, count: int) -> tuple[Neighbour, ...]:
    order = np.lexsort((np.arange(len(values)), -values))
    best = order[order != feature][:count]
    return tuple(Neighbour(int(f), float(values[f]), int(together[f])) for f in best)
