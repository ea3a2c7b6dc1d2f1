"""The sparse products against dense ones in float64, and gradients against finite differences."""

import pytest
import torch

from engine.sae import sparse
from engine.sae.architectures import SAEConfig, SparseAutoencoder, largest_of_batch
from engine.sae.objective import training_loss
from engine.sae.sparse import gather_pre_activations, kth_largest, select, sparse_decode


@pytest.fixture
def problem():
    generator = torch.Generator().manual_seed(0)

    def normal(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    return normal(20, 6), normal(15, 6), normal(15), normal(6), normal(15, 6)


@pytest.mark.parametrize("sampled", [True, False])
def test_gradients_equal_the_dense_ones(problem, sampled, monkeypatch):
    monkeypatch.setattr(sparse, "_samples_products", lambda _: sampled)
    x, *parameters = problem
    encoder, b_enc, b_dec, W_dec = (value.requires_grad_() for value in parameters)
    pre = (x - b_dec) @ encoder.T + b_enc
    kept = pre > 2.0
    dense = (pre * kept) @ W_dec + b_dec
    expected = torch.autograd.grad((dense - x).square().sum(), [encoder, b_enc, b_dec, W_dec])
    selection = select(pre, torch.tensor(2.0))
    assert len(selection.rows) == kept.sum() > 10
    values = gather_pre_activations(x, encoder, b_enc, b_dec, pre, selection)
    rebuilt = sparse_decode(values, W_dec, selection) + b_dec
    torch.testing.assert_close(rebuilt, dense)
    actual = torch.autograd.grad((rebuilt - x).square().sum(), [encoder, b_enc, b_dec, W_dec])
    for one, other in zip(actual, expected, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("architecture", ["vanilla", "topk", "batchtopk", "matryoshka", "jumprelu"])
def test_loss_gradients_against_finite_differences(problem, architecture):
    config = SAEConfig(architecture, 6, 15, k=3, target_l0=3, groups=(5, 10), bandwidth=1e-9)
    sae = SparseAutoencoder(config).double()
    with torch.no_grad():
        for parameter, value in zip([sae.encoder, sae.b_enc, sae.b_dec, sae.W_dec], problem[1:], strict=True):
            parameter.copy_(value)
        if architecture == "jumprelu":
            sae.threshold.fill_(2.0)
    none_dead = torch.zeros(15, dtype=torch.bool)

    def loss():
        return training_loss(sae, problem[0], 2.0, none_dead).loss

    loss().backward()
    generator = torch.Generator().manual_seed(1)
    for parameter in (sae.encoder, sae.b_enc, sae.b_dec, sae.W_dec):
        direction = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
        with torch.no_grad():
            parameter.add_(direction, alpha=1e-6)
            above = loss()
            parameter.sub_(direction, alpha=2e-6)
            slope = (above - loss()) / 2e-6
            parameter.add_(direction, alpha=1e-6)
        assert slope.item() == pytest.approx((parameter.grad * direction).sum().item(), rel=1e-5, abs=1e-7)


def test_empty_selection():
    values, W_dec = torch.zeros(0, requires_grad=True), torch.ones(3, 2, requires_grad=True)
    selection = select(torch.zeros(4, 3), torch.tensor(1.0))
    rebuilt = sparse_decode(values, W_dec, selection)
    assert rebuilt.tolist() == [[0, 0]] * 4
    rebuilt.sum().backward()
    assert values.grad.shape == (0,)
    assert not W_dec.grad.any()


def test_select_and_subselection():
    values = torch.tensor([[1.0, 5.0, 2.0], [0.0, 0.0, 0.0], [7.0, 2.0, 3.0]])
    selection = select(values, torch.tensor(2.0))
    assert selection.rows.tolist() == [0, 2, 2]
    assert selection.columns.tolist() == [1, 0, 2]
    assert selection.offsets.tolist() == [0, 1, 1, 3]
    assert len(select(values, torch.tensor(2.0), inclusive=True).rows) == 5
    # A limit of each column.
    assert select(values, torch.tensor([6.0, 4.0, 9.0])).columns.tolist() == [1, 0]
    part = selection.where(selection.columns > 0)
    assert part.offsets.tolist() == [0, 1, 1, 2]


def test_kth_largest_and_ties():
    values = torch.tensor([[3.0, 1.0, 2.0], [5.0, 5.0, 4.0]])
    assert kth_largest(values, 2).tolist() == [[2.0], [5.0]]
    # Where fewer than k B are positive, only those stay.
    selection, cut = largest_of_batch(torch.tensor([[1.0, -1.0], [-2.0, 0.0]]), 1)
    assert selection.rows.tolist() == [0]
    assert 0 < cut.item() < 1e-30
