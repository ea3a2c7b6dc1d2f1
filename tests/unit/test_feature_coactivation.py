"""Neighbours, families and histograms of planted features, against sums by hand and in float64."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from engine.concepts.coactivation import (
    activation_histogram,
    all_counts,
    coactivation_matrix,
    coactive_features,
    containment,
    phi,
    similar_features,
)
from engine.concepts.codes import Codes
from engine.concepts.dictionary import open_dictionary
from engine.concepts.families import FAMILIES_FILE, feature_families, open_families
from engine.corpus.workspace import Workspace
from engine.jobs import Cancelled, Job
from tests.planted import NAME, plant


def codes_of(*documents: range | list[int], count: int = 100) -> Codes:
    dense = np.zeros((count, len(documents)), dtype=np.float32)
    for feature, rows in enumerate(documents):
        dense[list(rows), feature] = 1.0 + feature
    return Codes(csr_array(dense))


def random_codes(features: int = 12, count: int = 400) -> Codes:
    random = np.random.default_rng(0)
    active = random.random((count, features)) < random.uniform(0.05, 0.6, features)
    return Codes(csr_array(np.where(active, random.random((count, features)) + 0.1, 0).astype(np.float32)))


def test_phi_is_the_correlation_of_being_active():
    codes = random_codes()
    active = (codes.by_document.toarray() > 0).astype(np.float64)
    np.testing.assert_allclose(coactivation_matrix(codes, np.arange(12)), np.corrcoef(active.T), atol=1e-12)
    few = coactivation_matrix(codes, np.array([7, 2]))
    np.testing.assert_allclose(few[0, 1], np.corrcoef(active[:, 7], active[:, 2])[0, 1], atol=1e-12)


def test_counts_are_those_of_the_dense_product(monkeypatch):
    monkeypatch.setattr("engine.concepts.coactivation._FEATURES", 5)
    codes = random_codes()
    active = (codes.by_document.toarray() > 0).astype(int)
    np.testing.assert_array_equal(all_counts(codes), active.T @ active)


def test_features_that_never_or_always_fire_correlate_with_nothing():
    codes = codes_of([], range(100), range(50))
    matrix = coactivation_matrix(codes, np.arange(3))
    np.testing.assert_array_equal(matrix, np.eye(3))


def test_containment_is_phi_over_the_largest_phi():
    total, a, b = 1000, np.array([40, 300]), np.array([100, 100])
    together = np.array([[30, 4], [90, 5]])
    largest = phi(np.minimum(a[:, None], b), a[:, None], b, total)
    expected = np.maximum(phi(together, a[:, None], b, total) / largest, 0)
    np.testing.assert_allclose(containment(together, a[:, None], b, total), expected, atol=1e-6)
    assert containment(together, a[:, None], b, total)[0, 1] == 0
    assert containment(np.array([40]), a[:1], b[:1], total) == 1


def test_coactive_features_come_by_phi_and_must_meet_three_times():
    codes = codes_of(range(20), range(20), range(10, 40), [0, 1], range(60, 90), range(100))
    found = coactive_features(codes, 0)
    assert [(n.feature, n.together) for n in found] == [(1, 20), (2, 10)]
    active = codes.by_document.toarray() > 0
    np.testing.assert_allclose(found[1].value, np.corrcoef(active[:, 0], active[:, 2])[0, 1])
    assert coactive_features(codes_of(range(20), []), 1) == ()


def test_similar_features_come_by_the_cosine_of_their_decoder_rows(tmp_path):
    decoder = np.array([[1, 0, 0], [3, 3, 0], [0, 0, -1.0]])
    with Workspace.open(plant(tmp_path / "w", np.eye(3), decoder=decoder)) as workspace:
        found = similar_features(open_dictionary(workspace, NAME), 0)
    assert [n.feature for n in found] == [1, 2]
    np.testing.assert_allclose([n.value for n in found], [np.sqrt(0.5), 0], atol=1e-6)


def test_the_histogram_counts_every_active_document():
    dense = np.array([[0.5], [1.0], [0.0], [4.0], [3.9]], dtype=np.float32)
    found = activation_histogram(Codes(csr_array(dense)), 0, bins=4)
    np.testing.assert_array_equal(found.counts, [1, 1, 0, 2])
    np.testing.assert_allclose(found.edges, [0, 1, 2, 3, 4])
    assert activation_histogram(codes_of([]), 0).counts.sum() == 0


def families_codes() -> Codes:
    """Two families: 0 over 1 and 2, and 2 over 3; 4 over 5; 6 alone; 7 dead."""
    return codes_of(
        range(60), range(20), range(30, 58), range(30, 45), range(100, 160), range(100, 130),
        range(200, 230), [], count=400,
    )  # fmt: skip


def test_families_are_those_that_were_planted():
    found = feature_families(families_codes())
    assert found.parent.tolist() == [-1, 0, 0, 2, -1, 4, -1, -1]
    assert found.family.tolist() == [0, 0, 0, 0, 4, 4, -1, -1]
    assert found.heads.tolist() == [0, 4]
    assert found.sizes.tolist() == [4, 2]
    assert found.children == {0: (1, 2), 2: (3,), 4: (5,)}
    np.testing.assert_allclose(found.weight, [0, 1, 1, 1, 0, 1, 0, 0])
    assert found.members(0).tolist() == [0, 1, 2, 3]
    assert np.isinf(found.ratios).all()


def test_parents_fire_more_often_and_the_tree_is_the_heaviest():
    codes = codes_of(range(80), range(70, 140), range(60, 90), count=300)
    found = feature_families(codes)
    # 2 lies within 0 (20 of 30) and 1 (20 of 30); 0 and 1 share 10 of 70, fewer than by chance.
    assert found.parent[2] in (0, 1)
    assert found.parent[found.parent[2]] == -1
    fired = np.diff(codes.by_feature.indptr)
    for child, parent in enumerate(found.parent):
        assert parent < 0 or fired[parent] >= fired[child]


def test_the_ratio_compares_inside_with_outside():
    codes = codes_of(range(60), range(30), [*range(50, 60), *range(300, 340)], count=400)
    found = feature_families(codes)
    assert found.family.tolist() == [0, 0, -1]
    active = codes.by_document.toarray() > 0
    fired = active.sum(axis=0).astype(np.float64)
    expected = 60 * 50 / 400
    outside = (10 - expected) / (50 - expected)
    assert fired.tolist() == [60, 30, 50]
    np.testing.assert_allclose(found.ratios, [1 / (outside / 2)], rtol=1e-5)


def test_families_are_kept_until_the_features_change(tmp_path, monkeypatch):
    activations = families_codes().by_document.toarray()
    folder = plant(tmp_path / "w", activations)
    with Workspace.open(folder) as workspace:
        dictionary = open_dictionary(workspace, NAME)
        first = open_families(workspace, dictionary)
        assert (dictionary.folder / FAMILIES_FILE).is_file()
        monkeypatch.setattr("engine.concepts.families.feature_families", None)
        again = open_families(workspace, dictionary)
        np.testing.assert_array_equal(again.parent, first.parent)
        assert again.children == first.children
        (dictionary.folder / FAMILIES_FILE).write_bytes(b"damaged")
        with pytest.raises(TypeError):
            open_families(workspace, dictionary)


def test_families_can_be_cancelled():
    job = Job()
    job.cancel.cancel()
    with pytest.raises(Cancelled):
        feature_families(families_codes(), job)
