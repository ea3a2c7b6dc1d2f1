"""Activations of documents: against a dense computation by hand, and through their file."""

import numpy as np
import pytest
import torch

from engine.concepts.codes import ACTIVATIONS_FILE, Codes, encode, load_codes, save_codes
from engine.errors import UserError
from engine.sae.architectures import SAEConfig, SparseAutoencoder


@pytest.fixture
def sae() -> SparseAutoencoder:
    sae = SparseAutoencoder(SAEConfig("batchtopk", 6, 10, k=3, seed=1))
    with torch.no_grad():
        sae.threshold.fill_(0.4)
        sae.b_dec.copy_(torch.linspace(-0.2, 0.2, 6))
        sae.b_enc.copy_(torch.linspace(-0.1, 0.3, 10))
    return sae.requires_grad_(False)


@pytest.fixture
def vectors() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)


def by_hand(sae: SparseAutoencoder, vectors: np.ndarray) -> np.ndarray:
    weights, centre = sae.encoder.double().numpy(), sae.b_dec.double().numpy()
    pre = (vectors - centre) @ weights.T + sae.b_enc.double().numpy()
    return np.where(pre > 0.4, pre, 0)


def test_activations_are_those_of_the_formula(sae, vectors, monkeypatch):
    monkeypatch.setattr("engine.concepts.codes._ROWS", 7)
    codes = Codes(encode(sae, vectors))
    expected = by_hand(sae, vectors)
    np.testing.assert_allclose(codes.by_document.toarray(), expected, atol=1e-6)
    np.testing.assert_allclose(codes.fire_rate, (expected > 0).mean(axis=0))
    strongest = int(expected.sum(axis=0).argmax())
    rows, values = codes.feature(strongest)
    order = np.argsort(-expected[:, strongest], kind="stable")
    np.testing.assert_array_equal(rows, order[: len(rows)])
    np.testing.assert_allclose(values, expected[rows, strongest], atol=1e-6)
    assert (np.diff(values) <= 0).all()


def test_documents_may_become_busier_and_indices_stay_small(sae, vectors, monkeypatch):
    monkeypatch.setattr("engine.concepts.codes._ROWS", 4)
    growing = vectors * np.linspace(0, 5, len(vectors), dtype=np.float32)[:, None]
    codes = encode(sae, growing)
    np.testing.assert_allclose(codes.toarray(), by_hand(sae, growing), atol=1e-5)
    assert (codes.indices.dtype, codes.indptr.dtype) == (np.int32, np.int32)


def test_no_documents_and_no_activity_are_no_error(sae):
    empty = Codes(encode(sae, np.zeros((0, 6), np.float32)))
    assert empty.by_document.shape == (0, 10)
    assert (empty.fire_rate == 0).all()
    silent = SparseAutoencoder(SAEConfig("jumprelu", 6, 10, target_l0=2)).requires_grad_(False)
    with torch.no_grad():
        silent.threshold.fill_(100)
    rows, values = Codes(encode(silent, np.ones((3, 6), np.float32))).feature(2)
    assert len(rows) == len(values) == 0


def test_a_file_gives_back_what_was_saved_to_whom_it_belongs(sae, vectors, tmp_path):
    codes = Codes(encode(sae, vectors))
    assert load_codes(tmp_path, {"documents": "50"}) is None
    save_codes(tmp_path, codes, {"documents": "50"})
    found = load_codes(tmp_path, {"documents": "50"})
    assert found is not None
    np.testing.assert_array_equal(found.by_document.toarray(), codes.by_document.toarray())
    assert load_codes(tmp_path, {"documents": "51"}) is None


def test_a_damaged_file_is_named(tmp_path):
    (tmp_path / ACTIVATIONS_FILE).write_bytes(b"\x08\0\0\0\0\0\0\0nonsense")
    with pytest.raises(UserError, match="is damaged"):
        load_codes(tmp_path, {})
