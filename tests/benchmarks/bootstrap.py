"""Means with percentile bootstrap intervals (Efron 1979, doi:10.1214/aos/1176344552)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

RESAMPLES = 10_000
SEED = 0


def bootstrap_mean(values: npt.ArrayLike, level: float = 0.95) -> tuple[float, float, float]:
    """Mean of ``values`` (N,) and the interval of the means of resamples; resampled over pairs of texts."""
    sample = np.asarray(values, dtype=np.float64)
    picks = np.random.default_rng(SEED).integers(0, len(sample), size=(RESAMPLES, len(sample)))
    low, high = np.quantile(sample[picks].mean(axis=1), [(1 - level) / 2, (1 + level) / 2])
    return float(sample.mean()), float(low), float(high)
