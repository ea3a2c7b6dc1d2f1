"""The scores of labels, against scikit-learn, scipy and sums done by hand."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.stats import pearsonr
from sklearn.metrics import average_precision_score
from sklearn.metrics import f1_score as reference_f1

from engine.concepts.candidates import Examples
from engine.concepts.coherence import mean_cosine, unity
from engine.concepts.moments import moments, unit
from engine.concepts.scoring import (
    average_precision,
    best_thresholds,
    detect,
    discrimination_ranks,
    f1_score,
    held_out,
    lexical_f1,
    making_sample,
    sample,
)
from engine.jobs import Job

ROWS, DIMENSION, FEATURES = 300, 6, 5


@pytest.fixture
def world():
    generator = np.random.default_rng(1)
    vectors = generator.normal(size=(ROWS, DIMENSION)).astype(np.float32) + 0.3
    codes = np.maximum(vectors @ generator.normal(size=(DIMENSION, FEATURES)) - 1.5, 0).astype(np.float32)
    codes[:, 4] = 0
    return vectors, codes


def test_correlations_are_pearsons(world):
    vectors, codes = world
    rows = np.arange(0, ROWS, 2)
    known = moments(vectors, csr_array(codes), rows, Job())
    directions = np.random.default_rng(2).normal(size=(7, DIMENSION))
    similar = (unit(vectors).astype(float) @ directions.T)[rows]
    found = known.correlations(directions)
    for i in range(7):
        for feature in range(4):
            expected = pearsonr(similar[:, i], codes[rows, feature].astype(float)).statistic
            assert found[i, feature] == pytest.approx(expected, abs=2e-5)
    assert np.isnan(found[:, 4]).all()
    own = known.own(directions[:5], np.arange(5))
    assert own[:4] == pytest.approx(np.diag(found[:4, :4]), abs=2e-5)
    assert np.isnan(own[4])


def test_a_direction_that_all_documents_share_correlates_with_nothing(world):
    vectors, codes = world
    vectors = np.hstack([vectors, np.zeros((ROWS, 1), np.float32)])
    known = moments(vectors, csr_array(codes), np.arange(ROWS), Job())
    assert np.isnan(known.correlations(np.eye(7)[6:])).all()


@pytest.mark.parametrize("levels", [1000, 4])
def test_average_precision_and_thresholds_with_and_without_ties(levels: int):
    generator = np.random.default_rng(3)
    scores = generator.integers(levels, size=(20, 80)) / levels
    active = generator.random((20, 80)) < 0.2
    active[0] = False
    found = average_precision(scores, active)
    thresholds = best_thresholds(scores, active)
    assert np.isnan(found[0])
    assert thresholds[0] == np.inf
    for row in range(1, 20):
        assert found[row] == pytest.approx(average_precision_score(active[row], scores[row]))
        best = max(reference_f1(active[row], scores[row] >= limit) for limit in scores[row])
        assert reference_f1(active[row], scores[row] >= thresholds[row]) == pytest.approx(best)


def test_f1_by_hand():
    found = f1_score(np.array([2, 0, 0]), np.array([3, 4, 0]), np.array([5, 1, 0]))
    assert found[:2] == pytest.approx([0.5, 0])
    assert np.isnan(found[2])


def test_detection_chooses_thresholds_on_the_making_documents(world):
    vectors, codes = world
    sparse = csr_array(codes)
    first, second = np.arange(200), np.arange(200, ROWS)
    labels = unit(np.random.default_rng(4).normal(size=(5, DIMENSION)))
    features = np.array([3, 1, 0, 2, 4])
    known = moments(vectors, sparse, second, Job())
    found = detect(
        labels, features, sample(vectors, sparse, first), sample(vectors, sparse, second), known, Job()
    )
    similar, active = unit(vectors) @ labels.T, codes[:, features] > 0
    for i in range(4):
        limits = similar[first, i]
        scores = [reference_f1(active[first, i], similar[first, i] >= limit) for limit in limits]
        told = similar[second, i] >= limits[int(np.argmax(scores))]
        assert found.f1[i] == pytest.approx(reference_f1(active[second, i], told))
        assert found.auprc[i] == pytest.approx(average_precision_score(active[second, i], similar[second, i]))
        expected = pearsonr(similar[second, i], codes[second, features[i]]).statistic
        assert found.pearson[i] == pytest.approx(expected, abs=2e-5)
    assert np.isnan([found.pearson[4], found.auprc[4], found.f1[4]]).all()


def test_a_label_is_ranked_among_the_features_that_fire(world):
    vectors, codes = world
    known = moments(vectors, csr_array(codes), np.arange(ROWS), Job())
    labels = unit(np.random.default_rng(5).normal(size=(5, DIMENSION)))
    found = known.correlations(labels)
    ranks = list(discrimination_ranks(labels, np.arange(5), known, Job()))
    assert ranks[4] is None
    for i in range(4):
        assert ranks[i] == 1 + (found[i, :4] > found[i, i]).sum()
    assert len(set(ranks)) > 2


def test_features_that_are_the_same_share_the_worse_rank(world):
    vectors, codes = world
    codes[:, 1] = codes[:, 0]
    known = moments(vectors, csr_array(codes), np.arange(ROWS), Job())
    own = known.cross[[0]] @ np.linalg.inv(known.spread)
    assert list(discrimination_ranks(unit(own), np.array([0]), known, Job())) == [2]


def test_lexical_f1_by_hand():
    held = csr_array(np.array([[1, 1, 0], [0, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=np.float32))
    members = csr_array(np.array([[1, 1, 0], [0, 0, 1]], dtype=np.float32))
    codes = csr_array(np.array([[5.0, 0], [2.0, 0], [0, 0], [1.0, 0]]))
    found = lexical_f1(held, members, np.array([0, 1]), codes)
    # Told: documents 0 and 2; true: 0, 1 and 3.
    assert found[0] == pytest.approx(2 * 1 / (2 + 3))
    assert np.isnan(found[1])


@pytest.mark.parametrize(("documents", "expected"), [(100_000, 5_000), (1_000, 200)])
def test_held_out_documents_are_a_steady_sample(documents: int, expected: int):
    out = held_out(documents)
    assert out.sum() == pytest.approx(expected, rel=0.1)
    assert (held_out(documents) == out).all()
    # No part of the corpus is favoured, and the sample for thresholds lies outside.
    halves = out.reshape(10, -1).sum(axis=1)
    assert halves.min() > 0.6 * halves.mean()
    making = making_sample(documents)
    assert not out[making].any()
    assert len(np.unique(making)) == len(making) == min(5_000, (~out).sum())


def test_coherence_by_hand():
    rows = np.array([[1.0, 0], [0.6, 0.8], [0, 1.0]], dtype=np.float32)
    assert mean_cosine(rows) == pytest.approx((0.6 + 0 + 0.8) / 3)
    assert np.isnan(mean_cosine(rows[:1]))


def test_groups_are_found_where_there_are_two():
    generator = np.random.default_rng(6)
    background = generator.normal(size=(400, 40))
    one = np.eye(40)[0] * 5 + generator.normal(size=(20, 40)) * 0.5
    two = np.where(np.arange(20)[:, None] % 3 == 0, np.eye(40)[1] * 5, np.eye(40)[2] * 5)
    two = two + generator.normal(size=(20, 40)) * 0.5
    vectors = np.vstack([background, one, two]).astype(np.float32)
    tops = (np.arange(400, 420), np.arange(420, 440), np.arange(20), np.arange(1))
    nothing = np.zeros((4, 40), np.float32)
    found = unity(vectors, Examples(np.arange(4), tops, tops, nothing, nothing), np.arange(400), Job())
    assert [group is not None for group in found.groups] == [False, True, False, False]
    split = found.groups[1]
    assert set(np.flatnonzero(split)) in (set(range(0, 20, 3)), set(range(20)) - set(range(0, 20, 3)))
    assert list(found.incoherent) == [False, False, True, False]
    assert found.coherence[0] > 0.7
    assert abs(found.coherence[2]) < 0.05
    assert np.isnan(found.coherence[3])
