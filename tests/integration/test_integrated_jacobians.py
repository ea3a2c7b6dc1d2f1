"""Integrated Jacobians of the embedded model.

The reference is computed here in float64 from forward passes alone: central differences along each
token's displacement, at Gauss-Legendre nodes dense enough to be converged.
"""

import numpy as np
import pytest
import torch

from engine.attribution import integrated_jacobians as module
from engine.attribution.integrated_jacobians import differentiation_lock, integrated_jacobians
from engine.encoder import Encoder
from engine.errors import UserError
from engine.jobs import Cancelled, CancelToken, Job

TEXT = "Glucose is a sugar"
NODES = {0: 56, 3: 24, 5: 16}
STEP = 1e-5


@pytest.fixture(scope="module")
def converged():
    """Contributions (S, D) in float64, by layer."""
    encoder = Encoder(device="cpu")
    encoder.model.double()
    text = encoder.tokenize(TEXT)
    found = {layer: differences(encoder.path(text, layer), nodes) for layer, nodes in NODES.items()}
    for contributions, end_points in found.values():
        # They are converged if they add up to the whole path.
        whole = end_points[1] - end_points[0]
        assert torch.linalg.norm(contributions.sum(dim=0) - whole) < 2e-6 * torch.linalg.norm(whole)
    return {layer: contributions.numpy() for layer, (contributions, _) in found.items()}


def differences(path, nodes):
    reference, displacement = path.reference_states, path.text_states - path.reference_states
    x, w = np.polynomial.legendre.leggauss(nodes)
    length, moved = len(displacement), torch.nonzero(displacement.abs().sum(dim=1))[:, 0]
    each = torch.zeros(len(moved), *displacement.shape, dtype=torch.float64)
    each[torch.arange(len(moved)), moved] = STEP * displacement[moved]
    total = torch.zeros(length, 384, dtype=torch.float64)
    with torch.no_grad():
        for alpha, weight in zip((x + 1) / 2, w / 2, strict=True):
            at = reference + alpha * displacement
            ahead, behind = path(torch.cat([at + each, at - each])).split(len(moved))
            total[moved] += weight * (ahead - behind) / (2 * STEP)
        return total, path(torch.stack([reference, path.text_states]))


@pytest.fixture(scope="module")
def text(encoder):
    return encoder.tokenize(TEXT)


@pytest.mark.parametrize("layer", NODES)
@pytest.mark.parametrize("tolerance", [1e-2, 2e-3, 2e-4])
def test_the_error_is_within_the_tolerance(encoder, text, converged, layer, tolerance):
    result = integrated_jacobians(encoder, text, layer, tolerance)
    error = np.linalg.norm(result.vectors - converged[layer]) / np.linalg.norm(converged[layer])
    assert error <= tolerance
    assert result.error <= tolerance
    assert (result.layer, result.method, result.basis) == (layer, "integrated-jacobians", None)
    np.testing.assert_allclose(result.embedding, encoder.embed([text])[0], atol=1e-6)
    np.testing.assert_allclose(result.reference, encoder.reference_embedding(text), atol=1e-6)


def test_the_stated_error_is_the_completeness_error(encoder, text):
    result = integrated_jacobians(encoder, text, 0, 1e-1)
    whole = result.embedding.astype(float) - result.reference
    missing = np.linalg.norm(result.vectors.sum(axis=0, dtype=float) - whole)
    assert missing > 1e-5
    assert result.error == pytest.approx(missing / np.linalg.norm(whole), rel=1e-3)


def test_specials_get_nothing_at_the_first_layer_and_something_above(encoder, text):
    specials = [i for i in range(len(text.ids)) if i not in text.content]
    assert len(specials) == 2
    first = integrated_jacobians(encoder, text, 0, 1e-2).vectors
    np.testing.assert_array_equal(first[specials], 0)
    assert np.all(np.linalg.norm(first[list(text.content)], axis=1) > 1e-3)
    assert np.all(np.linalg.norm(integrated_jacobians(encoder, text, 3, 1e-2).vectors, axis=1) > 1e-3)


def test_fewer_nodes_for_a_larger_tolerance_and_a_deeper_layer(encoder, text):
    counts = [integrated_jacobians(encoder, text, 5, t).nodes for t in (1e-1, 1e-2, 1e-3, 1e-4)]
    assert counts == sorted(counts)
    assert counts[0] < counts[2] < counts[3]
    assert counts[2] < integrated_jacobians(encoder, text, 0, 1e-3).nodes


@pytest.mark.parametrize("layer", [0, 4])
def test_reverse_equals_forward_within_the_basis(encoder, text, layer):
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.normal(size=(encoder.info.dimension, 2)))[0].T.astype(np.float32)
    forward = integrated_jacobians(encoder, text, layer, 1e-2)
    reverse = integrated_jacobians(encoder, text, layer, 1e-2, basis)
    assert reverse.nodes == forward.nodes
    np.testing.assert_array_equal(reverse.basis, basis)
    np.testing.assert_allclose(reverse.vectors @ basis.T, forward.vectors @ basis.T, atol=1e-5)
    np.testing.assert_allclose(reverse.vectors, reverse.vectors @ basis.T @ basis, atol=1e-6)
    assert reverse.error <= 1e-2


def test_a_basis_larger_than_the_text_is_not_used(encoder, text):
    basis = np.eye(encoder.info.dimension, dtype=np.float32)[:30]
    assert integrated_jacobians(encoder, text, 4, 1e-2, basis).basis is None


@pytest.mark.parametrize("directions", [0, 3])
def test_chunks_change_nothing(encoder, text, directions, monkeypatch):
    basis = np.eye(encoder.info.dimension, dtype=np.float32)[:directions] if directions else None
    whole = integrated_jacobians(encoder, text, 5, 1e-1, basis)
    for rows in (1, 3 * len(text.ids)):
        monkeypatch.setattr(module, "_rows_per_pass", lambda *_, rows=rows: rows)
        chunked = integrated_jacobians(encoder, text, 5, 1e-1, basis)
        assert (chunked.basis is None) == (basis is None)
        np.testing.assert_allclose(chunked.vectors, whole.vectors, atol=1e-6)


def test_a_pass_too_large_for_the_memory_is_halved(encoder, text, monkeypatch):
    whole = integrated_jacobians(encoder, text, 4, 1e-2)
    path = type(encoder.path(text, 4))
    run, largest, refused = path.__call__, 3, []

    def limited(self, states):
        if states.shape[0] > largest:
            refused.append(states.shape[0])
            raise torch.OutOfMemoryError("out of memory")
        return run(self, states)

    monkeypatch.setattr(path, "__call__", limited)
    halved = integrated_jacobians(encoder, text, 4, 1e-2)
    assert refused
    np.testing.assert_allclose(halved.vectors, whole.vectors, atol=1e-6)


def test_a_text_that_is_its_own_reference(encoder):
    result = integrated_jacobians(encoder, encoder.tokenize("[PAD]"), 4)
    np.testing.assert_array_equal(result.vectors, 0)
    assert result.error < 0.1  # of a ten-thousandth of the embedding


def test_there_is_no_such_layer(encoder, text):
    with pytest.raises(UserError, match="layers 0 to 5"):
        integrated_jacobians(encoder, text, 6)


class CancelAtCheck(CancelToken):
    """Cancels at the check of the number given, counted from 1."""

    def __init__(self, number):
        super().__init__()
        self.number, self.checks = number, 0

    def check(self):
        self.checks += 1
        if self.checks == self.number:
            self.cancel()
        super().check()


def assert_nothing_left(encoder):
    assert differentiation_lock.acquire(blocking=False)
    differentiation_lock.release()
    hooks = [m for m in encoder.model.modules() if m._forward_pre_hooks or m._forward_hooks]
    assert not hooks
    assert torch.autograd.forward_ad._current_level == -1
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("directions", [0, 2])
def test_cancel_at_every_stage(encoder, text, directions):
    basis = np.eye(encoder.info.dimension, dtype=np.float32)[:directions] if directions else None
    encoder.path(text, 3)  # the first path through a layer is checked, which takes a pass more
    counting = CancelAtCheck(number=-1)
    told = []
    integrated_jacobians(encoder, text, 3, 1e-2, basis, Job(counting, told.append))
    assert counting.checks > 20
    assert told[-1].fraction == 1
    for number in np.unique(np.linspace(1, counting.checks, 12).astype(int)):
        with pytest.raises(Cancelled):
            integrated_jacobians(encoder, text, 3, 1e-2, basis, Job(CancelAtCheck(number)))
        assert_nothing_left(encoder)
    assert integrated_jacobians(encoder, text, 3, 1e-2, basis).error <= 1e-2
