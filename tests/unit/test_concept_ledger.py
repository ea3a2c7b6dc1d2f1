"""The concept ledger: against its formula written out by hand in float64, for every kind of model."""

import numpy as np
import pytest
import torch

from engine.concepts.ledger import ConceptLedger, concept_ledger, concept_ledgers, strongest_shared
from engine.errors import UserError
from engine.sae.architectures import SAEConfig, SparseAutoencoder
from tests.dictionaries import dictionary_of

DIMENSION, FEATURES = 8, 20


@pytest.fixture(params=[False, True], ids=["plain", "layer norm"])
def sae(request) -> SparseAutoencoder:
    config = SAEConfig("batchtopk", DIMENSION, FEATURES, k=4, seed=3, layer_norm=request.param)
    sae = SparseAutoencoder(config)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        sae.threshold.fill_(0.2)
        sae.b_dec.copy_(0.1 * torch.randn(DIMENSION, generator=generator))
        sae.b_enc.copy_(0.1 * torch.randn(FEATURES, generator=generator))
        sae.encoder.add_(0.2 * torch.randn(FEATURES, DIMENSION, generator=generator))
    return sae.requires_grad_(False)


@pytest.fixture
def pair() -> tuple[np.ndarray, np.ndarray]:
    """Two vectors of no particular length with something in common."""
    random = np.random.default_rng(3)
    common = random.normal(size=DIMENSION)
    query, candidate = (common + random.normal(size=DIMENSION) + 0.3 for _ in range(2))
    return query.astype(np.float32), (1.3 * candidate).astype(np.float32)


def activations_by_hand(sae: SparseAutoencoder, vector: np.ndarray) -> tuple[np.ndarray, float, float]:
    x = vector.astype(np.float64)
    mean, scale = (x.mean(), x.std(ddof=1)) if sae.config.layer_norm else (0.0, 1.0)
    inputs = (x - mean) / (scale + 1e-5) if sae.config.layer_norm else x
    pre = sae.encoder.double().numpy() @ (inputs - sae.b_dec.double().numpy()) + sae.b_enc.double().numpy()
    return np.where(pre > 0.2, pre, 0), float(mean), float(scale)


def unit(vector: np.ndarray) -> np.ndarray:
    return (vector / np.linalg.norm(vector)).astype(np.float32)


@pytest.mark.parametrize("similarity", ["cosine", "dot"])
@pytest.mark.parametrize("normalised", [True, False])
def test_every_term_is_that_of_the_formula(sae, pair, similarity, normalised):
    query, candidate = map(unit, pair) if normalised else pair
    ledger = concept_ledger(dictionary_of(sae), query, candidate, similarity)
    e_q, e_c = query.astype(np.float64), candidate.astype(np.float64)
    norms = np.linalg.norm(e_q) * np.linalg.norm(e_c) if similarity == "cosine" else 1.0
    z_q, mean_q, scale_q = activations_by_hand(sae, query)
    z_c, mean_c, scale_c = activations_by_hand(sae, candidate)
    decoder, bias = sae.W_dec.double().numpy(), sae.b_dec.double().numpy()
    shared = one_sided = 0.0
    expected = {}
    for f in range(FEATURES):
        if z_q[f] or z_c[f]:
            c = (scale_q * z_q[f] * (decoder[f] @ e_c) + scale_c * z_c[f] * (decoder[f] @ e_q)) / 2 / norms
            expected[f] = c
            shared += c if z_q[f] and z_c[f] else 0.0
            one_sided += 0.0 if z_q[f] and z_c[f] else c
    bias_q, bias_c = scale_q * bias + mean_q, scale_c * bias + mean_c
    assert shared != 0
    assert one_sided != 0
    assert dict(zip(ledger.features, ledger.contributions, strict=True)) == pytest.approx(
        expected, rel=1e-6, abs=1e-6
    )
    assert (np.diff(np.abs(ledger.contributions)) <= 0).all()
    np.testing.assert_allclose(ledger.query_activations, z_q[ledger.features], atol=1e-6)
    np.testing.assert_allclose(ledger.candidate_activations, z_c[ledger.features], atol=1e-6)
    assert ledger.shared == pytest.approx(shared, abs=1e-6)
    assert ledger.one_sided == pytest.approx(one_sided, abs=1e-6)
    assert ledger.bias == pytest.approx((bias_q @ e_c + bias_c @ e_q) / 2 / norms, abs=1e-6)
    error_q = e_q - scale_q * z_q @ decoder - bias_q
    error_c = e_c - scale_c * z_c @ decoder - bias_c
    assert ledger.residual == pytest.approx((error_q @ e_c + error_c @ e_q) / 2 / norms, abs=1e-6)
    assert ledger.similarity == pytest.approx(e_q @ e_c / norms, abs=1e-12)
    total = ledger.shared + ledger.one_sided + ledger.bias + ledger.residual
    assert total == pytest.approx(ledger.similarity, abs=1e-12)


def test_many_pairs_are_as_one_by_one(sae):
    random = np.random.default_rng(5)
    queries, candidates = random.normal(size=(2, 7, DIMENSION)).astype(np.float32)
    together = concept_ledgers(dictionary_of(sae), queries, candidates, "dot")
    assert len(together) == 7
    for query, candidate, ledger in zip(queries, candidates, together, strict=True):
        alone = concept_ledger(dictionary_of(sae), query, candidate, "dot")
        np.testing.assert_array_equal(ledger.features, alone.features)
        np.testing.assert_allclose(ledger.contributions, alone.contributions, rtol=1e-5)
        assert ledger.residual == pytest.approx(alone.residual, rel=1e-4)


def test_families_fold_into_one_row_and_nothing_is_lost(sae, pair):
    ledger = concept_ledger(dictionary_of(sae), *pair)
    families = np.full(FEATURES, -1)
    families[ledger.features[[1, 3]]] = 7
    folded = ledger.folded(families)
    assert len(folded.features) == len(ledger.features) - 1
    (row,) = (i for i, members in enumerate(folded.members) if len(members) == 2)
    assert folded.features[row] == ledger.features[1]
    assert folded.contributions[row] == pytest.approx(ledger.contributions[[1, 3]].sum())
    assert folded.query_activations[row] == pytest.approx(ledger.query_activations[[1, 3]].sum())
    total = folded.shared + folded.one_sided + folded.bias + folded.residual
    assert total == pytest.approx(ledger.similarity, abs=1e-12)


def test_a_family_is_shared_where_each_text_has_a_member(sae, pair):
    ledger = concept_ledger(dictionary_of(sae), *pair)
    of_query = np.flatnonzero((ledger.query_activations != 0) & (ledger.candidate_activations == 0))
    of_candidate = np.flatnonzero((ledger.query_activations == 0) & (ledger.candidate_activations != 0))
    families = np.full(FEATURES, -1)
    rows = [of_query[0], of_candidate[0]]
    families[ledger.features[rows]] = 0
    folded = ledger.folded(families)
    assert folded.shared == pytest.approx(ledger.shared + ledger.contributions[rows].sum())


def test_the_strongest_shared_ones_are_for_the_match():
    ledger = ConceptLedger(
        "cosine",
        features=np.array([4, 9, 2, 7, 1]),
        contributions=np.array([0.5, -0.4, 0.3, 0.2, 0.1]),
        query_activations=np.array([1.0, 1.0, 1.0, 0.0, 1.0]),
        candidate_activations=np.array([1.0, 1.0, 1.0, 1.0, 1.0]),
        bias=0.0,
        residual=0.0,
        similarity=0.7,
    )
    assert strongest_shared(ledger, 5).tolist() == [4, 2, 1]
    assert strongest_shared(ledger, 2).tolist() == [4, 2]


def test_texts_without_any_active_feature_have_bias_and_residual(sae, pair):
    sae.threshold.fill_(1e6)
    ledger = concept_ledger(dictionary_of(sae), *pair)
    assert len(ledger.features) == 0
    assert (ledger.shared, ledger.one_sided) == (0, 0)
    assert ledger.bias + ledger.residual == pytest.approx(ledger.similarity, abs=1e-12)


def test_vectors_of_another_dimension_are_refused(sae):
    with pytest.raises(UserError, match="use vectors of the model"):
        concept_ledger(dictionary_of(sae), np.ones(5), np.ones(5))
