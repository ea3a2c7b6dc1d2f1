"""The architectures on numbers worked out by hand: two dimensions, three features."""

import pytest
import torch

from engine.errors import UserError
from engine.sae.architectures import ARCHITECTURES, SAEConfig, SparseAutoencoder, default_groups
from engine.sae.objective import auxiliary_loss, training_loss

ROWS = torch.tensor([[4.0, 2.5], [0.5, 1.0]], dtype=torch.float64)
# Features point right, up and left; with the centre at (1, 0) the pre-activations of ROWS are:
PRE = [[3.0, 2.5, -3.0], [-0.5, 1.0, 0.5]]
NONE_DEAD = torch.zeros(3, dtype=torch.bool)


def hand_made(architecture, **settings):
    sae = SparseAutoencoder(SAEConfig(architecture, 2, 3, **{"k": 1, "target_l0": 3.0} | settings)).double()
    directions = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    with torch.no_grad():
        sae.encoder.copy_(directions)
        sae.W_dec.copy_(directions)
        sae.b_dec.copy_(torch.tensor([1.0, 0.0]))
        if architecture not in {"vanilla", "topk"}:
            sae.threshold.fill_(0.6)
    return sae


@pytest.mark.parametrize(
    ("architecture", "codes"),
    [
        ("vanilla", [[3, 2.5, 0], [0, 1, 0.5]]),
        ("topk", [[3, 0, 0], [0, 1, 0]]),
        ("batchtopk", [[3, 2.5, 0], [0, 1, 0]]),
        ("matryoshka", [[3, 2.5, 0], [0, 1, 0]]),
        ("jumprelu", [[3, 2.5, 0], [0, 1, 0]]),
    ],
)
def test_codes_and_reconstructions_after_training(architecture, codes):
    sae = hand_made(architecture)
    encoding = sae.encode(ROWS)
    assert encoding.pre.tolist() == PRE
    assert encoding.codes.tolist() == codes
    rebuilt = [[1 + row[0] - row[2], row[1]] for row in codes]
    assert sae.decode(encoding.codes).tolist() == rebuilt
    assert sae(ROWS).tolist() == rebuilt
    values, selection = sae.encode_sparse(ROWS)
    assert values.tolist() == [value for row in codes for value in row if value]
    assert sae.W_enc.shape == (2, 3)
    assert selection.shape == (2, 3)


def test_loss_of_vanilla():
    # The reconstruction is exact; the codes sum to 5.5 and 1.5.
    loss = training_loss(hand_made("vanilla", l1=0.5), ROWS, 4.0, NONE_DEAD)
    assert loss.fvu.item() == 0
    assert loss.loss.item() == pytest.approx(0.5 * 3.5 / 2)
    assert loss.l0.item() == 2
    assert training_loss(hand_made("vanilla", l1=0.5), ROWS, 4.0, NONE_DEAD, 0.0).loss.item() == 0


def test_loss_of_topk():
    # Rows keep 3 and 1: errors (0, 2.5) and (-.5, 0).
    loss = training_loss(hand_made("topk"), ROWS, 2.0, NONE_DEAD)
    assert loss.loss.item() == pytest.approx((6.25 + 0.25) / 2 / 2)
    assert loss.fired.tolist() == [True, True, False]
    assert loss.l0.item() == 1


def test_loss_of_batchtopk():
    # The two largest of the batch, 3 and 2.5, are both in the first row: errors 0 and (-.5, 1).
    loss = training_loss(hand_made("batchtopk"), ROWS, 1.0, NONE_DEAD)
    assert loss.loss.item() == pytest.approx(1.25 / 2)
    assert loss.cut.tolist() == [2.5]
    assert loss.l0.item() == 1


def test_loss_of_matryoshka():
    # The first prefix is feature 0 alone: errors (0, 2.5) and (-.5, 1); the second has both: 0 and (-.5, 1).
    loss = training_loss(hand_made("matryoshka", groups=(1, 2)), ROWS, 1.0, NONE_DEAD)
    assert loss.loss.item() == pytest.approx((7.5 + 1.25) / 2 / 2)
    assert loss.fvu.item() == pytest.approx(1.25 / 2)


def test_loss_and_threshold_gradients_of_jumprelu():
    sae = hand_made("jumprelu", bandwidth=0.4, l0_weight=1.0)
    loss = training_loss(sae, ROWS, 1.0, NONE_DEAD)
    # 3, 2.5 and 1 stay, so L0 is 1.5 of 3; the second row misses .5 of feature 2: error (.5, 0).
    assert loss.l0.item() == 1.5
    assert loss.loss.item() == pytest.approx(0.25 / 2 + 0.25)
    loss.loss.backward()
    # Only .5 lies within .2 of its threshold .6: -(.6 / .4) (-.5) of the error, -(1 / .4) / 2 (-1 / 3) of L0.
    expected = [0.0, 0.0, 0.75 + 1.25 / 3]
    assert sae.threshold.grad.tolist() == pytest.approx(expected)


def test_auxiliary_loss_of_a_dead_feature():
    sae = hand_made("topk")
    dead = torch.tensor([False, False, True])
    residual = torch.tensor([[0.0, 2.5], [-0.5, 0.0]], dtype=torch.float64)
    loss = auxiliary_loss(sae, ROWS, residual, dead)
    # Feature 2 gives (0, 0) and (-.5, 0): the first row's error stays, and no bias is added.
    assert loss.item() == pytest.approx(6.25 / 32 / 2)
    loss.backward()
    assert sae.b_dec.grad is None
    assert not sae.encoder.grad[:2].any()
    assert not sae.W_dec.grad[:2].any()


def test_auxiliary_loss_uses_the_largest_half_dimension():
    sae = hand_made("topk")
    residual = torch.zeros(2, 2, dtype=torch.float64)
    # One of three: 3 and 1 are rebuilt, and are all error.
    assert auxiliary_loss(sae, ROWS, residual, ~NONE_DEAD).item() == pytest.approx((9 + 1) / 32 / 2)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_start(architecture):
    mean = torch.tensor([0.5, -1.0, 2.0, 0.0])
    sae = SparseAutoencoder(SAEConfig(architecture, 4, 8, k=2, target_l0=2, seed=3), mean)
    torch.testing.assert_close(sae.W_dec.norm(dim=1), torch.ones(8))
    assert torch.equal(sae.W_enc, sae.W_dec.T)
    assert torch.equal(sae.b_dec, mean)
    again = SparseAutoencoder(SAEConfig(architecture, 4, 8, k=2, target_l0=2, seed=3), mean)
    other = SparseAutoencoder(SAEConfig(architecture, 4, 8, k=2, target_l0=2, seed=4), mean)
    assert torch.equal(sae.W_dec, again.W_dec)
    assert not torch.equal(sae.W_dec, other.W_dec)


def test_decoder_keeps_unit_norm_and_loses_its_parallel_gradient():
    sae = hand_made("topk")
    sae.W_dec.grad = torch.tensor([[2.0, 3.0], [1.0, 5.0], [4.0, 6.0]], dtype=torch.float64)
    sae.remove_parallel_gradient()
    assert sae.W_dec.grad.tolist() == [[0, 3], [1, 0], [0, 6]]
    with torch.no_grad():
        sae.W_dec.mul_(3)
    sae.normalise_decoder()
    assert sae.W_dec.tolist() == [[1, 0], [0, 1], [-1, 0]]


def test_layer_norm_is_undone():
    sae = SparseAutoencoder(SAEConfig("vanilla", 4, 8, layer_norm=True))
    x = torch.randn(5, 4)
    mean, deviation = x.mean(dim=1, keepdim=True), x.std(dim=1, keepdim=True)
    inputs = (x - mean) / (deviation + 1e-5)
    torch.testing.assert_close(sae.encode(x).pre, inputs @ sae.W_enc)
    torch.testing.assert_close(sae(x), sae.decode((inputs @ sae.W_enc).relu()) * deviation + mean)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"architecture": "gated"}, "unknown architecture"),
        ({"k": 9}, "choose 1 to 8"),
        ({"k": 0}, "choose 1 to 8"),
        ({"features": 0, "k": 0}, "at least one"),
        ({"architecture": "jumprelu", "target_l0": 0}, "target L0"),
        ({"architecture": "matryoshka", "groups": (4, 5)}, "sum to 8"),
        ({"architecture": "matryoshka", "groups": (0, 8)}, "positive"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(UserError, match=message):
        SAEConfig(**{"architecture": "topk", "input_dim": 4, "features": 8, "k": 2} | settings)


@pytest.mark.parametrize("shape", [(5, 3), (4,), (1, 5, 4)])
def test_vectors_of_another_shape(shape):
    sae = SparseAutoencoder(SAEConfig("topk", 4, 8, k=2))
    with pytest.raises(UserError, match="rows of 4 numbers"):
        sae(torch.zeros(shape))


@pytest.mark.parametrize("features", [1, 2, 3, 8, 16, 100, 3072])
def test_default_groups(features):
    groups = default_groups(features)
    assert sum(groups) == features
    assert min(groups) >= 1
    assert default_groups(3072) == (192, 192, 384, 768, 1536)
