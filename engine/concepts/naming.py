"""Names of features: KeyBERT proposes, the autoencoder judges.

A keyword that fires its own feature is the better name. So each candidate is judged by the feature's
pre-activation of its embedding, by the correlation of its similarity with the activation over the
documents that make the labels, by how much nearer it is to the feature's documents than to near ones that
do not fire, by KeyBERT's relevance, and by how many top documents hold it. Keywords are then taken by
maximal marginal relevance (Carbonell and Goldstein 1998), no word twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from engine.concepts.candidates import Candidates, Examples
from engine.concepts.labels import Keyword
from engine.concepts.moments import DoubleArray, FloatArray, IntArray, Moments, unit
from engine.jobs import Job
from engine.sae.architectures import SparseAutoencoder

KEYWORDS = 5
IN_LABEL = 3
SEPARATOR = ", "
_BLOCK = 512
_DIVERSITY = 0.25
# A keyword joins the label only if the correlation grows by this part.
_GAIN = 1.02
_A_WORD = 0.02


@dataclass(frozen=True)
class Name:
    """What a feature is called.

    Attributes:
        keywords: best first, at most five.
        used: how many of them, from the first, make the label; 0 for no name.
        vector: (D,) the label's embedding, the unit mean of those of its keywords.
    """

    keywords: tuple[Keyword, ...]
    used: int
    vector: FloatArray


@dataclass(frozen=True)
class Judgement:
    """What speaks for each candidate, (P,) each, in the order of the candidates' pairs."""

    correlation: DoubleArray
    """With the feature's activation over the making documents."""

    rival: DoubleArray
    """The best correlation with another feature."""

    activation: DoubleArray
    """Pre-activation of the phrase, in units of the feature's mean activation on its top documents."""

    contrast: DoubleArray
    """Cosine with the top documents' centroid less that with the near documents'."""


def judge(
    candidates: Candidates,
    examples: Examples,
    known: Moments,
    sae: SparseAutoencoder,
    scale: DoubleArray,
    job: Job,
) -> Judgement:
    """Judge every candidate.

    Args:
        candidates: P pairs.
        examples: of the n features.
        known: moments over the making documents.
        sae: the autoencoder.
        scale: (n,) mean activation of each feature on its top documents.
        job: progress and cancellation.
    """
    pairs = len(candidates.phrase)
    correlation, rival, activation = np.zeros(pairs), np.zeros(pairs), np.zeros(pairs)
    order = np.argsort(candidates.phrase, kind="stable")
    sorted_phrases = candidates.phrase[order]
    numbers = examples.features[candidates.feature]
    for start in range(0, len(candidates.phrases), _BLOCK):
        job.step("judging phrases", start / len(candidates.phrases))
        block = candidates.vectors[start : start + _BLOCK]
        first, last = np.searchsorted(sorted_phrases, [start, start + len(block)])
        here = order[first:last]
        row, column = candidates.phrase[here] - start, numbers[here]
        found = np.nan_to_num(known.correlations(unit(block)), nan=-1.0)
        correlation[here] = found[row, column]
        rival[here] = _best_of_others(found, row, column)
        with torch.no_grad():
            pre = sae.pre_activations(sae.prepare(torch.from_numpy(block))[0]).numpy()
        activation[here] = pre[row, column]
    away = examples.centroids - examples.contrast
    directions = unit(candidates.vectors)[candidates.phrase]
    contrast = np.einsum("pd,pd->p", directions, away[candidates.feature]).astype(np.float64)
    return Judgement(correlation, rival, activation / scale[candidates.feature], contrast)


def _best_of_others(found: FloatArray, row: IntArray, column: IntArray) -> DoubleArray:
    """Return for each pair the largest correlation of its phrase with another feature."""
    if found.shape[1] < 2:
        return np.full(len(row), -1.0)
    two = np.argpartition(-found, 1, axis=1)[:, :2]
    first, second = np.take_along_axis(found, two, axis=1).T
    largest, next_largest = np.maximum(first, second), np.minimum(first, second)
    at_largest = np.where(first >= second, two[:, 0], two[:, 1])
    others: DoubleArray = np.where(at_largest[row] == column, next_largest[row], largest[row]).astype(float)
    return others


def merit(candidates: Candidates, judged: Judgement) -> DoubleArray:
    """Return (P,) how good each candidate is beside the others of its feature, at most 1.

    Weights are such that the correlation decides, and the rest decides between keywords that are nearly as
    good; a word more must pay for itself.
    """
    parts = (
        (1.0, judged.correlation),
        (0.2, judged.correlation - judged.rival),
        (0.2, judged.activation),
        (0.1, judged.contrast),
        (0.1, candidates.relevance),
        (0.05, np.sqrt(candidates.share)),
    )
    total = np.zeros(len(candidates.phrase))
    for weight, part in parts:
        total += weight * _relative(part, candidates.feature)
    more_words = np.array([phrase.count(" ") for phrase in candidates.phrases])
    merits: DoubleArray = total / sum(weight for weight, _ in parts)
    return merits - _A_WORD * more_words[candidates.phrase] if len(merits) else merits


def _relative(values: DoubleArray, group: IntArray) -> DoubleArray:
    """Return values over the largest size in their group."""
    largest = np.full(int(group.max(initial=-1)) + 1, 1e-9)
    np.maximum.at(largest, group, np.abs(values))
    relative: DoubleArray = values / largest[group]
    return relative


def choose_names(
    candidates: Candidates, judged: Judgement, examples: Examples, known: Moments, job: Job
) -> list[Name]:
    """Choose the keywords and the label of every feature, without asking whether it deserves one.

    A feature without a candidate, or none that correlates with it, gets no name.
    """
    value = merit(candidates, judged)
    directions = unit(candidates.vectors)
    bounds = np.searchsorted(candidates.feature, np.arange(len(examples.features) + 1))
    names = []
    for position, feature in enumerate(examples.features):
        job.step("choosing names", position / len(examples.features))
        own = np.arange(bounds[position], bounds[position + 1])
        own = own[judged.correlation[own] > 0]
        if len(own) == 0:
            nothing = np.zeros(examples.centroids.shape[1], np.float32)
            names.append(Name((), 0, nothing))
            continue
        phrases = candidates.phrase[own]
        texts = [candidates.phrases[phrase] for phrase in phrases]
        own_directions = directions[phrases]
        distinct = _distinct(texts)
        first = _label(value[own], own_directions, distinct, int(feature), known)
        picked = _diverse(first, value[own], own_directions, distinct)
        keywords = tuple(Keyword(texts[i], float(judged.correlation[own[i]])) for i in picked)
        vector = unit(own_directions[first].sum(axis=0, keepdims=True))[0]
        names.append(Name(keywords, len(first), vector))
    return names


def _distinct(texts: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Return (k, k) whether two phrases have no word in common."""
    words = [stems(text) for text in texts]
    return np.array([[not mine & other for other in words] for mine in words])


def _label(
    value: DoubleArray,
    directions: FloatArray,
    distinct: npt.NDArray[np.bool_],
    feature: int,
    known: Moments,
) -> list[int]:
    """Return which phrases make the label: the best, and at most two that add to its correlation.

    The label's embedding is the mean of its keywords' directions, so the correlation of any choice comes
    from (k,) covariances with the activation and (k, k) covariances with each other.
    """
    toward = directions @ known.cross[feature]
    shared = directions @ known.spread @ directions.T
    picked = [int(value.argmax())]
    free = distinct[picked[0]].copy()
    while len(picked) < IN_LABEL and free.any():
        before = toward[picked].sum() / np.sqrt(shared[np.ix_(picked, picked)].sum())
        variance = shared[np.ix_(picked, picked)].sum() + 2 * shared[picked].sum(axis=0) + np.diag(shared)
        after = (toward[picked].sum() + toward) / np.sqrt(np.maximum(variance, 1e-30))
        best = int(np.where(free, after, -np.inf).argmax())
        if after[best] <= _GAIN * before:
            break
        picked.append(best)
        free &= distinct[best]
    return picked


def _diverse(
    picked: Sequence[int], value: DoubleArray, directions: FloatArray, distinct: npt.NDArray[np.bool_]
) -> list[int]:
    """Return five keywords: those of the label, and more by maximal marginal relevance."""
    found = list(picked)
    nearest = (directions @ directions[found].T).max(axis=1)
    free = distinct[found].all(axis=0)
    while len(found) < KEYWORDS and free.any():
        best = int(np.where(free, (1 - _DIVERSITY) * value - _DIVERSITY * nearest, -np.inf).argmax())
        found.append(best)
        nearest = np.maximum(nearest, directions @ directions[best])
        free &= distinct[best]
    return found


def stems(text: str) -> set[str]:
    """Return the words of a phrase without the commonest English endings, so that plurals are no news."""
    found = set()
    for word in text.replace("-", " ").split():
        stem = word.removesuffix("'s").removesuffix("’s")
        for ending in ("ies", "es", "s", "ing", "ed", "y", "e"):
            if len(stem) - len(ending) >= 3 and stem.endswith(ending) and not stem.endswith("ss"):
                stem = stem.removesuffix(ending)
                break
        found.add(stem)
    return found
