"""Correlations of any direction with all features over many documents, from sums taken once.

The similarity of a direction with a document is linear in the document's vector, so its covariance with
an activation is the direction's product with the covariance of vectors and activations. One pass over the
documents gives that (F, D) matrix; the correlation of every phrase with every feature over all of them is
then one matrix product.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from engine.jobs import Job

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]
DoubleArray = npt.NDArray[np.float64]
_ROWS = 4_096


@dataclass(frozen=True)
class Moments:
    """Second moments of unit vectors (D) and activations (F) over some documents.

    Attributes:
        spread: (D, D) covariance of the vectors.
        cross: (F, D) covariance of activations and vectors.
        deviation: (F,) standard deviations of the activations, 0 for a feature that never fired.
    """

    spread: DoubleArray
    cross: DoubleArray
    deviation: DoubleArray

    def correlations(self, directions: npt.NDArray[np.floating]) -> FloatArray:
        """Return (K, F): Pearson's correlation of the similarity with each direction and each activation.

        Args:
            directions: (K, D); their lengths do not matter.

        Returns:
            NaN where a feature never fired, or all similarities are the same.
        """
        scale = self._scale(directions)[:, None] * self.deviation
        with np.errstate(divide="ignore", invalid="ignore"):
            found = (directions.astype(np.float32) @ self.cross.T.astype(np.float32)) / scale
        return np.where(scale > 0, found, np.nan).astype(np.float32)

    def own(self, directions: npt.NDArray[np.floating], features: IntArray) -> DoubleArray:
        """Return (K,): the correlation of each direction with one feature, `features[i]` for row i."""
        scale = self._scale(directions) * self.deviation[features]
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.einsum("kd,kd->k", directions, self.cross[features]) / scale
        defined: DoubleArray = np.where(scale > 0, found, np.nan)
        return defined

    def _scale(self, directions: npt.NDArray[np.floating]) -> DoubleArray:
        variance = np.einsum("kd,kd->k", directions @ self.spread, directions)
        scale: DoubleArray = np.sqrt(np.maximum(variance, 0.0))
        return scale


def moments(vectors: FloatArray, codes: csr_array, rows: IntArray, job: Job) -> Moments:
    """Take the moments of the documents in `rows` (n,); vectors (N, D) may be mapped from a file.

    Vectors are scaled to unit length first: similarity is the cosine.
    """
    dimension, features = vectors.shape[1], codes.shape[1]
    total_x, total_z = np.zeros(dimension), np.zeros(features)
    squares_x, squares_z = np.zeros((dimension, dimension)), np.zeros(features)
    products = np.zeros((features, dimension))
    for start in range(0, len(rows), _ROWS):
        job.step("correlations", start / len(rows))
        block = rows[start : start + _ROWS]
        x, z = unit(vectors[block]), codes[block]
        total_x += x.sum(axis=0, dtype=np.float64)
        squares_x += x.T @ x
        total_z += z.sum(axis=0)
        squares_z += z.power(2).sum(axis=0)
        products += z.T @ x
    count = max(len(rows), 1)
    mean_x, mean_z = total_x / count, total_z / count
    variance = squares_z / count - mean_z**2
    # What rounding leaves of a constant is no variance.
    variance[variance <= 1e-12 * squares_z / count] = 0.0
    return Moments(
        squares_x / count - np.outer(mean_x, mean_x),
        products / count - np.outer(mean_z, mean_x),
        np.sqrt(variance),
    )


def unit(vectors: npt.NDArray[np.floating]) -> FloatArray:
    """Return vectors (N, D) at unit length; a vector of zeros stays."""
    rows = np.asarray(vectors, dtype=np.float32)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: FloatArray = (rows / np.where(norms > 0, norms, 1)).astype(np.float32, copy=False)
    return scaled
