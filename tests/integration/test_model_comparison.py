"""Two models side by side, against scipy; and no product of their vectors."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from engine.errors import UserError
from engine.retrieval.embeddings import Embeddings, unit_rows
from engine.retrieval.model_comparison import compare_models, rank_correlation

TEXTS = (
    "bees make honey",
    "nectar turns into sweet honey",
    "the market fell again today",
    "a cat sleeps in the sun",
    "prices of sugar rise",
)


@pytest.fixture(scope="module")
def comparison(tiny_encoder):
    return compare_models(tiny_encoder("bert"), tiny_encoder("roberta"), TEXTS)


def test_similarities_are_those_of_each_model(comparison, tiny_encoder):
    for place, family in enumerate(("bert", "roberta")):
        vectors = tiny_encoder(family).model.encode(list(TEXTS), show_progress_bar=False)
        np.testing.assert_allclose(comparison.similarities[place], vectors @ vectors.T, atol=1e-5)
        assert comparison.models[place] == tiny_encoder(family).info
        ranked = np.take_along_axis(vectors @ vectors.T, comparison.rankings[place], axis=1)
        assert (np.diff(ranked[:, 1:], axis=1) <= 1e-6).all()
        assert comparison.rankings[place][:, 0].tolist() == list(range(len(TEXTS)))
    assert sorted(comparison.order) == list(range(len(TEXTS)))


def test_correlations_are_those_of_scipy(comparison):
    first, second = comparison.similarities.astype(np.float64)
    upper = np.triu_indices(len(TEXTS), 1)
    assert comparison.correlation == pytest.approx(spearmanr(first[upper], second[upper])[0])
    for row in range(len(TEXTS)):
        others = [i for i in range(len(TEXTS)) if i != row]
        expected = spearmanr(first[row, others], second[row, others])[0]
        assert comparison.text_correlations[row] == pytest.approx(expected)


def test_the_pairs_on_which_they_disagree_most_come_first(comparison):
    first, second = comparison.similarities
    pairs = comparison.disagreements
    assert {one.texts for one in pairs} == {(i, j) for i in range(5) for j in range(i + 1, 5)}
    differences = [abs(one.difference) for one in pairs]
    assert differences == sorted(differences, reverse=True)
    for one in pairs:
        assert one.similarities == (float(first[one.texts]), float(second[one.texts]))
        for place, values in enumerate((first, second)):
            below = sum(float(values[other.texts]) < one.similarities[place] for other in pairs)
            assert one.percentiles[place] == pytest.approx(100 * (below + 0.5) / len(pairs))


def test_rank_correlation_of_ties_and_of_nothing():
    assert rank_correlation(np.array([1, 2, 2, 4]), np.array([1, 3, 3, 9])) == pytest.approx(1)
    assert rank_correlation(np.array([1, 2, 3]), np.array([3, 2, 1])) == pytest.approx(-1)
    assert np.isnan(rank_correlation(np.array([1, 1]), np.array([1, 2])))
    assert np.isnan(rank_correlation(np.array([]), np.array([])))


def test_two_texts_are_too_few(tiny_encoder):
    with pytest.raises(UserError, match="at least 3 texts"):
        compare_models(tiny_encoder("bert"), tiny_encoder("roberta"), TEXTS[:2])


def test_vectors_of_two_models_never_meet(tiny_encoder):
    bert, roberta = (
        Embeddings.of(np.eye(3, dtype=np.float32), tiny_encoder(family).info)
        for family in ("bert", "roberta")
    )
    with pytest.raises(UserError, match=r"tiny-bert .* cannot be multiplied with vectors of tiny-roberta"):
        bert.products(roberta)
    with pytest.raises(UserError, match="cannot be multiplied"):
        roberta.cosines(bert)
    pooled = Embeddings.of(np.eye(3, dtype=np.float32), tiny_encoder("bert").info, "max")
    with pytest.raises(UserError, match="max pooling"):
        bert.products(pooled)
    np.testing.assert_array_equal(bert.products(bert), np.eye(3))


def test_cosines_by_hand():
    one = Embeddings(np.array([[3, 4], [0, 0]], dtype=np.float32), "m", "f", "mean")
    other = Embeddings(np.array([[0, 2]], dtype=np.float32), "m", "f", "mean")
    np.testing.assert_allclose(one.cosines(other), [[0.8], [0.0]], rtol=1e-6)
    np.testing.assert_allclose(one.products(other), [[8], [0]])
    np.testing.assert_allclose(unit_rows(one.vectors), [[0.6, 0.8], [0, 0]], rtol=1e-6)
