"""The report card of a dictionary's labels: how good they are as a whole, and beside what."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.concepts.labels import MachineLabel


@dataclass(frozen=True)
class Summary:
    """Scores of one set of labels, over the features that have one; NaN without any.

    Attributes:
        features: how many features were to be named.
        live: how many of them fire at all.
        named: share of the live ones that have a name.
        pearson: mean correlation on held-out documents.
        pearson_median: its median.
        auprc: mean.
        f1: mean.
        lexical_f1: mean.
        ranked_first: share of the labels, of features that fire on held-out documents, that correlate best
            with their own feature.
        ceiling: mean correlation of the centroids of the same features' top documents.
        of_ceiling: `pearson` over `ceiling`.
        pearson_of_all: mean correlation with the names that were refused counted in.
    """

    features: int
    live: int
    named: float
    pearson: float
    pearson_median: float
    auprc: float
    f1: float
    lexical_f1: float
    ranked_first: float
    ceiling: float
    of_ceiling: float
    pearson_of_all: float


@dataclass(frozen=True)
class ReportCard:
    """What is to be said about all labels of a dictionary.

    Attributes:
        labels: of this dictionary.
        documents: how many there are.
        held_out: how many of them the scores are taken on.
        phrases: how many distinct phrases were embedded.
        seconds: what naming and scoring took, without the controls.
        reasons: how many features have no name, by reason.
        controls: the same figures for a sample of features of "shuffled activations", where each document
            has another's activations, and of a "random autoencoder"; empty unless asked for.
    """

    labels: Summary
    documents: int
    held_out: int
    phrases: int
    seconds: float
    reasons: Mapping[str, int]
    controls: Mapping[str, Summary] = field(default_factory=dict)


def summarise(
    labels: Sequence[MachineLabel],
    ceiling: npt.NDArray[np.floating],
    pearson_of_all: Sequence[float],
) -> Summary:
    """Sum up labels.

    Args:
        labels: n of them.
        ceiling: (n,) correlation of the centroid of each feature's top documents, NaN where there is none.
        pearson_of_all: correlations on held-out documents, those of refused names among them.
    """
    live = [label for label in labels if label.fire_rate > 0]
    scored = [(label.score, top) for label, top in zip(labels, ceiling, strict=True) if label.score]
    pearson = [score.pearson for score, _ in scored]
    ranks = [score.discrimination_rank for score, _ in scored if score.discrimination_rank is not None]
    mean, top = _mean(pearson), _mean([one for _, one in scored])
    usable = [one for one in pearson if not np.isnan(one)]
    return Summary(
        features=len(labels),
        live=len(live),
        named=sum(label.label is not None for label in live) / len(live) if live else float("nan"),
        pearson=mean,
        pearson_median=float(np.median(usable)) if usable else float("nan"),
        auprc=_mean([score.auprc for score, _ in scored]),
        f1=_mean([score.f1 for score, _ in scored]),
        lexical_f1=_mean([score.lexical_f1 for score, _ in scored]),
        ranked_first=_mean([float(rank == 1) for rank in ranks]),
        ceiling=top,
        of_ceiling=mean / top if top else float("nan"),
        pearson_of_all=_mean(pearson_of_all),
    )


def _mean(values: Sequence[float]) -> float:
    """Return the mean of what is not NaN, NaN if nothing is left."""
    kept = [value for value in values if not np.isnan(value)]
    return float(np.mean(kept)) if kept else float("nan")


def card_data(card: ReportCard) -> dict[str, Any]:
    """Return a report card as JSON's types; NaN becomes None."""
    found: dict[str, Any] = _without_nan(asdict(card))
    return found


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nan(one) for name, one in value.items()}
    return None if isinstance(value, float) and np.isnan(value) else value
