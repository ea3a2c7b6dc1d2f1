"""How well labels stand for their features, on documents that did not make them.

The held-out documents are a uniform sample, told by a hash of their ids, so that the same ones are held
out every time. A label is scored as a detector of its feature: the similarity of its embedding with each
document against the feature's activation there.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from engine.concepts.moments import DoubleArray, FloatArray, IntArray, Moments, unit
from engine.jobs import Job

HELD_OUT = 5_000
_LARGEST_SHARE = 0.2
_BLOCK = 64
BoolArray = npt.NDArray[np.bool_]


def held_out(documents: int) -> BoolArray:
    """Return (N,) which documents are held out: about 5,000 of them, a fifth of a small corpus.

    Row i is the document with id i + 1; what decides is a hash of the id (SplitMix64, Steele et al. 2014).
    """
    share = min(_LARGEST_SHARE, HELD_OUT / max(documents, 1))
    return _hashed(documents) < share


def making_sample(documents: int) -> IntArray:
    """Return rows of about 5,000 documents that may make labels: thresholds are chosen on them."""
    order = np.argsort(np.where(held_out(documents), np.inf, _hashed(documents)), kind="stable")
    kept = min(HELD_OUT, documents - int(held_out(documents).sum()))
    rows: IntArray = np.sort(order[:kept])
    return rows


def _hashed(documents: int) -> DoubleArray:
    """Return (N,) numbers evenly spread over 0 to 1, by the ids 1 to N."""
    x = np.arange(1, documents + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    spread: DoubleArray = (x ^ (x >> np.uint64(31))).astype(np.float64) / 2.0**64
    return spread


@dataclass(frozen=True)
class Detection:
    """Scores of n labels, (n,) each; NaN where the feature does not fire on the documents."""

    pearson: DoubleArray
    auprc: DoubleArray
    f1: DoubleArray


@dataclass(frozen=True)
class Sample:
    """Documents to score on.

    Attributes:
        vectors: (M, D) at unit length.
        codes: (M, F) activations.
    """

    vectors: FloatArray
    codes: csr_array


def sample(vectors: FloatArray, codes: csr_array, rows: IntArray) -> Sample:
    """Return the documents in `rows`."""
    return Sample(unit(vectors[rows]), codes[rows])


def detect(
    labels: FloatArray, features: IntArray, making: Sample, test: Sample, known: Moments, job: Job
) -> Detection:
    """Score labels as detectors of their features.

    Args:
        labels: (n, D) embeddings, at unit length.
        features: (n,) which feature each is the label of.
        making: documents on which the threshold with the best F1 is chosen.
        test: held-out documents.
        known: moments over the held-out documents.
        job: progress and cancellation.
    """
    auprc, f1 = np.full(len(labels), np.nan), np.full(len(labels), np.nan)
    making_codes, test_codes = making.codes.tocsc(), test.codes.tocsc()
    for start in range(0, len(labels), _BLOCK):
        job.step("scoring", start / len(labels))
        here = slice(start, start + _BLOCK)
        thresholds = best_thresholds(labels[here] @ making.vectors.T, _active(making_codes, features[here]))
        job.cancel.check()
        similar, active = labels[here] @ test.vectors.T, _active(test_codes, features[here])
        auprc[here] = average_precision(similar, active)
        found = similar >= thresholds[:, None]
        f1[here] = f1_score((found & active).sum(1), found.sum(1), active.sum(1))
    return Detection(known.own(labels, features), auprc, f1)


def _active(columns: csr_array, features: IntArray) -> BoolArray:
    """Return (n, M) whether each of some features is active on each document."""
    active: BoolArray = columns[:, features].toarray().T > 0
    return active


def average_precision(scores: npt.NDArray[np.floating], active: BoolArray) -> DoubleArray:
    """Return (n,) the area under precision and recall of each row, by steps; NaN without a positive.

    Documents of equal score come together, as scikit-learn's `average_precision_score` has it.

    Args:
        scores: (n, M).
        active: (n, M) bool.
    """
    _, hits, precision = _curve(scores, active)
    gained = np.diff(hits, axis=1, prepend=0)
    with np.errstate(invalid="ignore"):
        area: DoubleArray = (gained * precision).sum(axis=1) / active.sum(axis=1)
    return area


def best_thresholds(scores: npt.NDArray[np.floating], active: BoolArray) -> DoubleArray:
    """Return (n,) the score at and above which each row is best told active, by F1; inf without one."""
    ordered, hits, _ = _curve(scores, active)
    told = np.arange(1, scores.shape[1] + 1)
    f1 = 2 * hits / (told + active.sum(axis=1, keepdims=True))
    # Of equal scores only the last has all of them above the threshold.
    f1[:, :-1][ordered[:, :-1] == ordered[:, 1:]] = -1
    best = f1.argmax(axis=1)
    limits = np.take_along_axis(ordered, best[:, None], axis=1)[:, 0].astype(np.float64)
    return np.where(active.any(axis=1), limits, np.inf)


def _curve(
    scores: npt.NDArray[np.floating], active: BoolArray
) -> tuple[npt.NDArray[np.floating], IntArray, DoubleArray]:
    """Return scores from high to low, the hits among the first k, and the precision where ties end."""
    order = np.argsort(-scores, axis=1, kind="stable")
    ordered = np.take_along_axis(scores, order, axis=1)
    hits = np.cumsum(np.take_along_axis(active, order, axis=1), axis=1, dtype=np.int64)
    count = scores.shape[1]
    ends = np.full(scores.shape, count - 1)
    ends[:, :-1] = np.where(ordered[:, :-1] != ordered[:, 1:], np.arange(count - 1), count - 1)
    ends = np.minimum.accumulate(ends[:, ::-1], axis=1)[:, ::-1]
    precision = np.take_along_axis(hits, ends, axis=1) / (ends + 1)
    return ordered, hits, precision


def f1_score(
    hits: npt.NDArray[np.integer], told: npt.NDArray[np.integer], positives: npt.NDArray[np.integer]
) -> DoubleArray:
    """Return F1 from counts: told and true, told, true; NaN where nothing is true."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = 2 * hits / (told + positives)
    return np.where(positives > 0, found, np.nan)


def lexical_f1(held: csr_array, members: csr_array, features: IntArray, codes: csr_array) -> DoubleArray:
    """Return (n,) F1 of "active" told by whether a document holds a keyword; NaN without a positive.

    Args:
        held: (M, V) which phrases stand in which documents.
        members: (n, V) which phrases are keywords of which label.
        features: (n,) which feature each label is of.
        codes: (M, F) activations.
    """
    told = (held @ members.T).tocsc()
    told.data[:] = 1
    own = codes.tocsc()[:, features]
    own.data[:] = 1
    hits = np.asarray(told.multiply(own).sum(axis=0)).ravel()
    return f1_score(hits, np.asarray(told.sum(axis=0)).ravel(), np.asarray(own.sum(axis=0)).ravel())


def discrimination_ranks(
    labels: FloatArray, features: IntArray, known: Moments, job: Job
) -> Iterator[int | None]:
    """Yield for each label the rank of its own feature among all that fire, by correlation, from 1.

    A feature that correlates as well counts as better. None where the own feature never fires.

    Args:
        labels: (n, D).
        features: (n,) which feature each is the label of.
        known: moments over the held-out documents.
        job: progress and cancellation.
    """
    for start in range(0, len(labels), _BLOCK):
        job.step("comparing labels", start / len(labels))
        found = known.correlations(labels[start : start + _BLOCK])
        for row, feature in zip(found, features[start : start + _BLOCK], strict=True):
            own = row[feature]
            yield None if np.isnan(own) else int((row >= own).sum())
