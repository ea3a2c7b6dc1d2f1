"""How the features of an autoencoder are spread: how often they fire, and from which threshold on."""

import numpy as np

from engine.concepts.coactivation import DoubleArray, Histogram
from engine.concepts.codes import Codes
from engine.concepts.dictionary import Dictionary

BINS = 40


def fire_rate_histogram(codes: Codes, bins: int = BINS) -> Histogram:
    """Return the histogram of log10 of the fire rates of the live features; dead ones have none."""
    alive = codes.fire_rate[codes.fire_rate > 0]
    return _histogram(np.log10(alive), bins)


def threshold_histogram(dictionary: Dictionary, bins: int = BINS) -> Histogram | None:
    """Return the histogram of the thresholds (F,); None if there are none.

    Features of TopK compete for places, and those of a vanilla autoencoder are active above zero. Those of
    BatchTopK and Matryoshka share one threshold, which is one bar.
    """
    thresholds = dictionary.sae.threshold.detach().numpy().astype(np.float64)
    return _histogram(thresholds, bins) if thresholds.any() else None


def _histogram(values: DoubleArray, bins: int) -> Histogram:
    if len(values):
        low, high = float(values.min()), float(values.max())
        if high - low <= 1e-9 * max(abs(high), 1e-9):
            # One value: a bar in the middle of a tenth about it.
            room = 0.05 * abs(high) or 0.5
            low, high = low - room, high + room
    else:
        low, high = 0.0, 1.0
    counts, edges = np.histogram(values, bins=bins, range=(low, high))
    return Histogram(counts.astype(np.int64), edges.astype(np.float64))
