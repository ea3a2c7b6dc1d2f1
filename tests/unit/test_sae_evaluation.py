"""Measures on cases small enough to work out, and controls that must behave as controls."""

import numpy as np
import pytest
import torch

from engine.sae.architectures import SAEConfig, SparseAutoencoder
from engine.sae.evaluation import (
    decoder_redundancy,
    evaluate,
    neighbour_agreement,
    principal_components,
    random_control,
    stability,
)


def axes(directions, architecture="vanilla", **settings):
    """An SAE centred at 0 with the given directions on both sides."""
    rows = torch.tensor(directions)
    sae = SparseAutoencoder(SAEConfig(architecture, rows.shape[1], len(rows), **settings))
    with torch.no_grad():
        sae.encoder.copy_(rows)
        sae.W_dec.copy_(rows)
    return sae


def test_reconstruction_by_hand():
    # Only the first axis is seen: (3, 4) becomes (3, 0), (1, 0) stays.
    sae = axes([[1.0, 0.0], [-1.0, 0.0]])
    quality = evaluate(sae, torch.tensor([[3.0, 4.0], [1.0, 0.0]]))
    # The mean is (2, 2): distances 1 + 4 and 1 + 4.
    assert quality.fvu == pytest.approx(16 / 10)
    assert quality.cosine == pytest.approx((0.6 + 1) / 2)
    assert quality.l0 == 1
    assert quality.fire_rate.tolist() == [1, 0]
    assert quality.dead_fraction == 0.5


def test_mean_as_reconstruction_has_fvu_one():
    x = torch.randn(5000, 6) + 3
    sae = SparseAutoencoder(SAEConfig("jumprelu", 6, 4, target_l0=1), x.mean(dim=0))
    with torch.no_grad():
        sae.threshold.fill_(100)
    assert evaluate(sae, x).fvu == pytest.approx(1, abs=1e-6)


def test_neighbour_agreement():
    x = torch.randn(700, 4, generator=torch.Generator().manual_seed(0))
    both = torch.cat([torch.eye(4), -torch.eye(4)])
    assert neighbour_agreement(axes(both.tolist()), x) == 1
    # Three axes of four are lost: hardly better than the chance of 10 in 699.
    assert neighbour_agreement(axes([[1.0, 0, 0, 0], [-1.0, 0, 0, 0]]), x) < 0.1
    # By hand, with one neighbour: on the first axis, rows 0 and 1 stay a pair, 2 and 3 too.
    rows = torch.tensor([[1.0, 0.1], [1.0, 0.2], [-1.0, 0.3], [-1.0, 0.35]])
    assert neighbour_agreement(axes([[1.0, 0.0], [-1.0, 0.0]]), rows, neighbours=1) == 1


def test_decoder_redundancy():
    sae = axes([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0], [-1.0, 0.0]])
    np.testing.assert_allclose(decoder_redundancy(sae), [0.6, 0.8, 0.8, 0], atol=1e-7)
    alive = torch.tensor([True, False, True, True])
    np.testing.assert_allclose(decoder_redundancy(sae, alive), [0, 0, 0], atol=1e-7)


def test_stability():
    first, second = axes([[1.0, 0.0], [0.0, 1.0]]), axes([[0.0, -1.0], [0.8, 0.6]])
    np.testing.assert_allclose(stability(first, second), [0.8, 0.6], rtol=1e-6)
    np.testing.assert_allclose(stability(first, first), [1, 1])
    only = torch.tensor([True, False])
    np.testing.assert_allclose(stability(first, second, second_alive=only), [0, -1], atol=1e-7)
    np.testing.assert_allclose(stability(first, second, alive=~only), [0.6], rtol=1e-6)


def test_random_control_fires_as_often():
    x = torch.randn(400, 8, generator=torch.Generator().manual_seed(0)) + 0.5
    sae = axes(torch.eye(8).tolist(), "topk", k=3)
    control = random_control(sae, x, seed=1)
    assert control.config.features == 8
    assert evaluate(control, x).l0 == pytest.approx(evaluate(sae, x).l0, abs=0.01)
    assert not torch.equal(control.W_dec, random_control(sae, x, seed=2).W_dec)


def test_principal_components():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(3000, 3, generator=generator) * torch.tensor([3.0, 2.0, 1.0]) + 5
    train, test = x[:2500], x[2500:]
    # One component carries 9 of 14 parts of the variance.
    assert principal_components(train, test, 1).fvu == pytest.approx(5 / 14, abs=0.04)
    whole = principal_components(train, test, 7)
    assert whole.components == 3
    assert whole.fvu < 1e-9
    assert whole.cosine == pytest.approx(1)
