"""How features are spread, counted by hand."""

from types import SimpleNamespace

import numpy as np
import torch
from scipy.sparse import csr_array

from engine.concepts.codes import Codes
from engine.concepts.histograms import fire_rate_histogram, threshold_histogram


def test_fire_rates_are_counted_by_their_logarithm_without_the_dead():
    active = np.zeros((100, 4), dtype=np.float32)
    active[:1, 0] = active[:10, 1] = active[:, 2] = 1
    found = fire_rate_histogram(Codes(csr_array(active)), bins=4)
    assert np.allclose(found.edges, [-2, -1.5, -1, -0.5, 0])
    assert found.counts.tolist() == [1, 0, 1, 1]


def test_one_shared_threshold_is_one_bar_and_none_is_none():
    def histogram(values):
        return threshold_histogram(SimpleNamespace(sae=SimpleNamespace(threshold=torch.tensor(values))))

    assert histogram([0.0, 0.0]) is None
    shared = histogram([0.04, 0.04, 0.04])
    assert shared.counts.max() == shared.counts.sum() == 3
    assert shared.edges[0] < 0.04 < shared.edges[-1]
    assert histogram([0.1, 0.3]).counts[[0, -1]].tolist() == [1, 1]
