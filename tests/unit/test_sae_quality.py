"""The report on quality: each number against its own measure, and categories that features give away."""

import numpy as np
import pytest
import torch
from scipy.linalg import hadamard

from engine.jobs import Cancelled, CancelToken, Job
from engine.sae.activation_store import ActivationStore
from engine.sae.architectures import SAEConfig, SparseAutoencoder
from engine.sae.evaluation import evaluate, neighbour_agreement, principal_components
from engine.sae.quality import assess

ROWS, DIMENSION = 1200, 8
NAMES = np.array(["animal", "food", "plant", "tool", "verb", "water", "act", "body"])


@pytest.fixture(scope="module")
def numbers():
    return np.random.default_rng(0).integers(DIMENSION, size=ROWS)


@pytest.fixture(scope="module")
def store(numbers):
    """Rows near one of eight axes, turned so that each dimension sees four of them alike."""
    generator = np.random.default_rng(1)
    rotation = hadamard(DIMENSION) / np.sqrt(DIMENSION)
    rows = np.eye(DIMENSION)[numbers] + 0.15 * generator.normal(size=(ROWS, DIMENSION))
    store = ActivationStore((rows @ rotation).astype(np.float32), batch_size=50, held_out=0.2)
    store.rotation = rotation
    return store


@pytest.fixture(scope="module")
def sae(store):
    """Eight features are the axes, the ninth is the first again, the last is silent."""
    sae = SparseAutoencoder(SAEConfig("jumprelu", DIMENSION, 10, target_l0=1.0))
    rows = torch.from_numpy(
        np.vstack([store.rotation, store.rotation[:1], -np.ones((1, DIMENSION)) * 9])
    ).float()
    with torch.no_grad():
        sae.encoder.copy_(rows)
        sae.W_dec.copy_(torch.nn.functional.normalize(rows))
        sae.W_dec[8] *= 1e-6
        sae.threshold.fill_(0.5)
        sae.threshold[9] = 1e6
    return sae


def test_each_number_is_that_of_its_measure(sae, store):
    quality = assess(sae, store)
    held_out = store.held_out()
    whole = evaluate(sae, held_out)
    assert quality.rows == len(held_out) == 240
    assert (quality.fvu, quality.cosine, quality.l0) == (whole.fvu, whole.cosine, whole.l0)
    assert quality.silent_fraction == 1 / 10
    assert quality.recall_at_10 == neighbour_agreement(sae, held_out)
    # Of nine features that fire two are the same; the others are orthogonal.
    assert quality.redundancy == pytest.approx(2 / 9, abs=1e-6)
    assert quality.redundant_fraction == pytest.approx(2 / 9)
    kept = round(whole.l0)
    assert (
        quality.principal_components.fvu
        == principal_components(store.training_sample(9999), held_out, kept).fvu
    )
    assert quality.fvu < 0.2 < quality.random.fvu
    assert quality.fvu < quality.principal_components.fvu
    assert (quality.stability, quality.probes) == (None, None)
    assert 0 < quality.seconds < 60


def test_a_twin_tells_how_stable_features_are(sae, store):
    twin = SparseAutoencoder(sae.config)
    with torch.no_grad():
        twin.W_dec.copy_(sae.W_dec.flip(0))
    assert assess(sae, store, twin=twin).stability == pytest.approx(1)


def test_one_feature_gives_a_category_away_but_no_single_dimension(sae, store, numbers):
    labels = list(NAMES[numbers])
    labels[:100] = [None] * 100
    probes = assess(sae, store, column="kind", labels=labels).probes
    assert (probes.column, [score.k for score in probes.features]) == ("kind", [1, 5, None])
    assert [score.k for score in probes.principal_components] == [1, 5]
    assert all(score.categories == 8 for score in probes.features)
    assert probes.features[0].f1 > 0.97
    assert probes.embeddings[0].f1 < 0.5
    assert probes.embeddings[2].f1 > 0.99


def test_labels_that_have_nothing_to_do_with_the_vectors(sae, store):
    labels = list(NAMES[np.random.default_rng(9).integers(3, size=ROWS)])
    probes = assess(sae, store, column="kind", labels=labels).probes
    for scores in (probes.features, probes.embeddings, probes.principal_components):
        assert all(score.auc == pytest.approx(0.5, abs=0.1) for score in scores)


def test_one_category_is_nothing_to_tell_apart(sae, store):
    assert assess(sae, store, column="kind", labels=["animal"] * ROWS).probes is None


def test_a_corpus_of_few_rows():
    rows = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)
    quality = assess(SparseAutoencoder(SAEConfig("topk", 4, 6, k=2)), ActivationStore(rows))
    assert quality.rows == 2
    assert quality.recall_at_10 == 1


def test_cancelling(sae, store):
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        assess(sae, store, Job(token))
