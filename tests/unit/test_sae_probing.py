"""Sparse probes on categories that certain dimensions give away, and on those that nothing does."""

import numpy as np
import pytest
from scipy.sparse import csc_array

from engine.sae.probing import probe, usable_rows

ROWS, NAMES = 600, np.array(["animal", "food", "plant"])


def labelled(seed):
    """Rows of three categories; dimension c is larger in category c, dimension 3 is pure noise, large."""
    generator = np.random.default_rng(seed)
    numbers = generator.integers(3, size=ROWS)
    values = generator.normal(size=(ROWS, 4)) * [0.1, 0.1, 0.1, 100.0]
    values[np.arange(ROWS), numbers] += 1.0
    return values, NAMES[numbers]


def test_one_dimension_a_category_is_found():
    score = probe(*labelled(0), *labelled(1), k=1)
    assert (score.k, score.categories) == (1, 3)
    assert score.f1 > 0.99
    assert score.auc > 0.99


def test_what_is_spread_over_all_dimensions_needs_them_all():
    directions = np.random.default_rng(2).normal(size=(3, 60))

    def spread(seed):
        generator = np.random.default_rng(seed)
        numbers = generator.integers(3, size=ROWS)
        return directions[numbers] + 2.5 * generator.normal(size=(ROWS, 60)), NAMES[numbers]

    one, whole = (probe(*spread(0), *spread(1), k) for k in (1, None))
    assert one.f1 < 0.85
    assert whole.f1 > 0.95


def test_nothing_is_told_by_noise():
    train, labels = labelled(0)
    test, test_labels = labelled(1)
    score = probe(train[:, 3:], labels, test[:, 3:], test_labels, k=1)
    assert score.auc == pytest.approx(0.5, abs=0.06)
    assert score.f1 < 0.45


def test_sparse_columns_are_as_good_as_dense_ones():
    train, labels = labelled(0)
    test, test_labels = labelled(1)
    train, test = np.where(train > 0.5, train, 0), np.where(test > 0.5, test, 0)
    dense = probe(train, labels, test, test_labels, k=2)
    sparse = probe(csc_array(train), labels, csc_array(test), test_labels, k=2)
    assert sparse.f1 == pytest.approx(dense.f1)
    assert sparse.auc == pytest.approx(dense.auc)


def test_many_sparse_columns_are_not_made_dense():
    generator = np.random.default_rng(0)
    labels = NAMES[generator.integers(3, size=ROWS)]
    values = (generator.random((ROWS, 150)) < 0.05) * 1.0
    for number, name in enumerate(NAMES):
        values[:, number] = labels == name
    score = probe(csc_array(values), labels, csc_array(values), labels, k=None)
    assert score.f1 == 1


def test_a_dimension_that_never_changes_is_left_out():
    train, labels = labelled(0)
    train[:, 3] = 0.1
    assert probe(train, labels, train, labels, k=None).f1 > 0.99


def test_f1_and_auc_by_hand():
    # One dimension that says "b" of the last row of "a": b's classifier is sure of 3 rows, 2 of them right.
    values = np.array([[0.0], [0.0], [0.0], [1.0], [1.0], [1.0]])
    train_labels = np.array(["a", "a", "a", "b", "b", "b"])
    test_labels = np.array(["a", "a", "a", "a", "b", "b"])
    score = probe(values, train_labels, values, test_labels, k=1)
    assert score.f1 == pytest.approx((2 * 3 / 7 + 2 * 2 / 5) / 2)
    assert score.auc == pytest.approx((3 + 0.5) / 4)


def test_categories_need_rows_on_both_sides():
    train = ["a"] * 20 + ["b"] * 19 + ["c"] * 20 + [None] * 30
    test = ["a"] * 5 + ["b"] * 5 + ["c"] * 4 + [None] * 30
    rows, test_rows = usable_rows(train, test)
    assert rows.tolist() == list(range(20))
    assert test_rows.tolist() == list(range(5))
