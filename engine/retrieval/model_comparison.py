"""Two models on the same texts: never their vectors together, but the similarities and ranks each gives."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from engine.encoder import Encoder, FloatArray, ModelInfo
from engine.errors import UserError
from engine.jobs import Job
from engine.retrieval.embedding_inspection import hierarchical_order, nearest_first, tokenize_all
from engine.retrieval.embeddings import Embeddings

FEWEST_TEXTS = 3
_MOST_DISAGREEMENTS = 500


@dataclass(frozen=True)
class Disagreement:
    """A pair of texts that two models see differently.

    Attributes:
        texts: places of the two texts.
        similarities: cosine by each model.
        percentiles: 0 to 100: the share of all pairs that a model finds less alike, ties counted by half.
            Cosines of two models are not on one scale; these are.
    """

    texts: tuple[int, int]
    similarities: tuple[float, float]
    percentiles: tuple[float, float]

    @property
    def difference(self) -> float:
        """By how many percentiles the second model puts the pair higher."""
        return self.percentiles[1] - self.percentiles[0]


@dataclass(frozen=True)
class ModelComparison:
    """What two models make of N texts.

    Attributes:
        models: the two.
        texts: the N texts.
        similarities: (2, N, N) cosines by each.
        rankings: (2, N, N) for each model and text: all texts, itself first, then the most similar.
        order: (N,) texts in the hierarchical order of the first model.
        correlation: Spearman's rank correlation of the models' similarities over all pairs; NaN if one
            tells no pairs apart.
        text_correlations: (N,) the same over the pairs of each text.
        disagreements: at most 500 pairs, the largest difference of percentiles first.
    """

    models: tuple[ModelInfo, ModelInfo]
    texts: tuple[str, ...]
    similarities: FloatArray
    rankings: npt.NDArray[np.int64]
    order: npt.NDArray[np.int64]
    correlation: float
    text_correlations: npt.NDArray[np.float64]
    disagreements: tuple[Disagreement, ...]


def compare_models(
    first: Encoder, second: Encoder, texts: Sequence[str], job: Job | None = None
) -> ModelComparison:
    """Compare what two models make of the same texts, each embedded as a document.

    Args:
        first: a model.
        second: another.
        texts: 3 to 500: with fewer there is nothing to rank.
        job: progress and cancellation.

    Raises:
        UserError: there are too few texts or too many, or one cannot be read.
    """
    job = job or Job()
    if len(texts) < FEWEST_TEXTS:
        raise UserError(f"two models are compared on at least {FEWEST_TEXTS} texts; add some")
    similarities = np.empty((2, len(texts), len(texts)), dtype=np.float32)
    for place, encoder in enumerate((first, second)):
        vectors = encoder.embed(tokenize_all(encoder, texts), job.part(place / 2, (place + 1) / 2))
        embeddings = Embeddings.of(vectors, encoder.info)
        similarities[place] = embeddings.cosines(embeddings)
    others = ~np.eye(len(texts), dtype=bool)
    rows, columns = np.triu_indices(len(texts), 1)
    pairs = similarities[:, rows, columns]
    job.step("comparing", 1.0)
    return ModelComparison(
        models=(first.info, second.info),
        texts=tuple(texts),
        similarities=similarities,
        rankings=np.stack([nearest_first(cosines) for cosines in similarities]),
        order=hierarchical_order(similarities[0]),
        correlation=rank_correlation(pairs[0], pairs[1]),
        text_correlations=np.array(
            [rank_correlation(a[keep], b[keep]) for a, b, keep in zip(*similarities, others, strict=True)]
        ),
        disagreements=_disagreements(rows, columns, pairs),
    )


def rank_correlation(first: npt.NDArray[np.floating], second: npt.NDArray[np.floating]) -> float:
    """Return Spearman's rank correlation of two rows of numbers, ties given their mean rank.

    NaN where one of them is the same throughout, or there are fewer than two numbers.
    """
    ranks = np.stack([rankdata(first), rankdata(second)]) if len(first) else np.zeros((2, 0))
    centred = ranks - ranks.mean(axis=1, keepdims=True) if len(first) else ranks
    size = float(np.sqrt((centred[0] ** 2).sum() * (centred[1] ** 2).sum()))
    return float((centred[0] * centred[1]).sum() / size) if size > 0 else float("nan")


def _disagreements(
    rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64], pairs: FloatArray
) -> tuple[Disagreement, ...]:
    percentiles = 100 * (rankdata(pairs, axis=1) - 0.5) / pairs.shape[1]
    order = np.argsort(-np.abs(percentiles[1] - percentiles[0]), kind="stable")[:_MOST_DISAGREEMENTS]
    return tuple(
        Disagreement(
            (int(rows[i]), int(columns[i])),
            (float(pairs[0, i]), float(pairs[1, i])),
            (float(percentiles[0, i]), float(percentiles[1, i])),
        )
        for i in order
    )
