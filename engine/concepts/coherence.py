"""Whether the documents of a feature have something in common: one thing, two, or nothing."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.concepts.candidates import EXAMPLES, Examples
from engine.concepts.moments import DoubleArray, FloatArray, IntArray, unit
from engine.jobs import Job

_PAIRS = 20_000
_DEVIATIONS = 1.5
_SMALLEST = 5  # documents of the smaller of two things
_ROUNDS = 10
_APART = 0.2  # of the likeness inside two groups, what may be left between them
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Unity:
    """How far n features are one thing each.

    Attributes:
        coherence: (n,) mean cosine of pairs of the 20 top documents, less that of random documents; NaN
            for a single document.
        incoherent: (n,) whether the mean cosine is less than 1.5 standard deviations above that of pairs
            of random documents.
        groups: for each feature, which of two groups each of its documents belongs to, (m,) bool, if they
            are two things; None otherwise.
    """

    coherence: DoubleArray
    incoherent: BoolArray
    groups: tuple[BoolArray | None, ...]


def unity(vectors: FloatArray, examples: Examples, making: IntArray, job: Job) -> Unity:
    """Tell features that are one thing from those that are two, or nothing.

    Two things are two groups of at least five documents each, found by two-means on the sphere, that are
    alike inside and hardly more alike between them than random documents are.

    Args:
        vectors: (N, D), may be mapped from a file.
        examples: of the features.
        making: rows of the documents that random ones are drawn from.
        job: progress and cancellation.
    """
    generator = np.random.default_rng(0)
    left, right = making[generator.integers(len(making), size=(2, _PAIRS))]
    differ = left != right
    drawn = np.einsum("pd,pd->p", unit(vectors[left[differ]]), unit(vectors[right[differ]]))
    random = float(drawn.mean()) if len(drawn) else 0.0
    limit = random + _DEVIATIONS * float(drawn.std()) if len(drawn) else 0.0
    found = np.full(len(examples.top), np.nan)
    groups: list[BoolArray | None] = []
    for position, own in enumerate(examples.top):
        job.step("looking for what documents share", position / len(examples.top))
        rows = unit(vectors[own[:EXAMPLES]])
        found[position] = mean_cosine(rows) - random
        groups.append(_two_groups(rows, random, limit))
    return Unity(found, found <= limit - random, tuple(groups))


def mean_cosine(rows: FloatArray) -> float:
    """Return the mean cosine of all pairs of unit rows (m, D); NaN for fewer than two."""
    count = len(rows)
    if count < 2:
        return float("nan")
    total = rows.sum(axis=0, dtype=np.float64)
    squares = np.square(rows, dtype=np.float64).sum()
    return float((total @ total - squares) / (count * (count - 1)))


def _two_groups(rows: FloatArray, random: float, limit: float) -> BoolArray | None:
    """Split unit rows in two, and return the split if it is clean."""
    if len(rows) < 2 * _SMALLEST:
        return None
    centred = rows - rows.mean(axis=0)
    _, axes = np.linalg.eigh(centred @ centred.T)
    second = axes[:, -1] > 0
    for _ in range(_ROUNDS):
        if not _SMALLEST <= second.sum() <= len(rows) - _SMALLEST:
            return None
        nearer = rows @ (rows[second].mean(axis=0) - rows[~second].mean(axis=0)) > 0
        if (nearer == second).all():
            break
        second = nearer
    if not _SMALLEST <= second.sum() <= len(rows) - _SMALLEST:
        return None
    inside = min(mean_cosine(rows[second]), mean_cosine(rows[~second]))
    between = float((rows[second] @ rows[~second].T).mean())
    clean = inside > limit and between - random <= _APART * (inside - random)
    return second if clean else None
