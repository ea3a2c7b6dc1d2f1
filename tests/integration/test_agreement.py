"""Methods side by side, and word importance recomputed for a pair."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from engine.attribution import agreement as module
from engine.attribution.agreement import compare_methods, rank_correlations
from engine.attribution.captum_methods import feature_ablation, integrated_gradients, shapley_values
from engine.attribution.explainer import Explainer
from engine.attribution.methods import contributions_by, query_total, word_importance_by
from engine.attribution.pair import explain_pair
from engine.attribution.request import METHODS, REFERENCES, SIMILARITIES, ExplainRequest
from engine.jobs import Job

QUERY = "Carbs become sugar"
CANDIDATE = "Carbs are broken down into sugar in your body"
OTHERS = ("integrated-gradients", "shapley-values", "feature-ablation")


@pytest.fixture(scope="module")
def tiny(tiny_encoder):
    return tiny_encoder("bert", normalize=False)


def explain(encoder, **changes):
    request = replace(ExplainRequest(QUERY, (CANDIDATE,), faithfulness=False), **changes)
    return Explainer(encoder).explain(request).pairs[0]


@pytest.mark.parametrize("references", REFERENCES)
@pytest.mark.parametrize("similarity", SIMILARITIES)
def test_each_method_has_its_row(tiny, references, similarity):
    pair = explain(tiny, references=references, similarity=similarity)
    told = []
    result = compare_methods(tiny, pair, Job(report=told.append))
    assert result.methods == (*METHODS, *OTHERS)
    assert result.left_out == ()
    assert [word.text for word in result.words] == CANDIDATE.split()
    assert result.importances.shape == (6, 9)
    assert np.all(result.seconds > 0)
    assert result.seconds[0] == np.float32(pair.candidate.seconds)
    rows = dict(zip(result.methods, result.importances, strict=True))
    np.testing.assert_array_equal(rows["integrated-jacobians"], pair.candidate_word_importance)
    for method in METHODS[1:]:
        other = contributions_by(method, tiny, pair.candidate.text)
        columns = explain_pair(pair.query, other, references, similarity).candidate_word_importance
        np.testing.assert_allclose(rows[method], columns, atol=1e-5 * np.abs(columns).max())
    query, text = pair.query.embedding, pair.candidate.text
    for name, method in zip(OTHERS, (integrated_gradients, shapley_values, feature_ablation), strict=True):
        np.testing.assert_allclose(rows[name], method(tiny, text, query, similarity).values, atol=1e-5)
    np.testing.assert_allclose(result.spearman, spearmanr(result.importances, axis=1).statistic, atol=1e-5)
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1


@pytest.mark.parametrize("method", METHODS[1:])
def test_the_explained_method_is_taken_as_it_is(tiny, method):
    pair = explain(tiny, method=method)
    result = compare_methods(tiny, pair)
    row = result.methods.index(method)
    np.testing.assert_array_equal(result.importances[row], pair.candidate_word_importance)
    assert result.seconds[row] == np.float32(pair.candidate.seconds)


def test_a_method_that_the_model_does_not_admit_is_left_out_with_its_reason(tiny_encoder):
    encoder = tiny_encoder("bert", pooling="cls")
    result = compare_methods(encoder, explain(encoder))
    assert result.methods == ("integrated-jacobians", "leave-one-out", *OTHERS)
    assert result.importances.shape == (5, 9)
    assert result.spearman.shape == (5, 5)
    assert result.seconds.shape == (5,)
    ((name, reason),) = result.left_out
    assert name == "output-layer"
    assert "needs mean pooling" in reason


def test_longer_texts_get_fewer_orders(tiny, monkeypatch):
    asked = []

    def counting(*args, samples, **named):
        asked.append(samples)
        return shapley_values(*args, samples=2, **named)

    monkeypatch.setattr(module, "shapley_values", counting)
    short = explain(tiny, candidates=("Carbs are broken",))
    long = explain(tiny, candidates=(" ".join(["a b c"] * 25),), layer=2)
    for pair in (short, long):
        compare_methods(tiny, pair)
    assert asked[0] == 25
    assert 3 <= asked[1] < 25


def test_one_word_has_no_ranks(tiny):
    result = compare_methods(tiny, explain(tiny, candidates=("Sugar",)))
    assert result.importances.shape == (6, 1)
    assert np.all(np.isnan(result.spearman))


@pytest.mark.parametrize("references", REFERENCES)
@pytest.mark.parametrize("similarity", SIMILARITIES)
@pytest.mark.parametrize("layer", [0, 2])
def test_importance_seen_in_one_direction_is_the_whole_one(tiny, references, similarity, layer):
    pair = explain(tiny, references=references, similarity=similarity, layer=layer)
    again = word_importance_by("integrated-jacobians", tiny, pair, layer)
    expected = pair.candidate_word_importance
    np.testing.assert_allclose(again, expected, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("references", REFERENCES)
@pytest.mark.parametrize("similarity", SIMILARITIES)
def test_the_total_of_a_query_known_in_part_is_that_of_the_whole(tiny, references, similarity):
    # A long query is known within the span of a short candidate only.
    settings = {"query": " ".join([CANDIDATE] * 3), "candidates": ("Sugar",), "tolerance": 1e-4}
    pair = explain(tiny, references=references, similarity=similarity, **settings)
    assert pair.query.basis is not None
    whole = contributions_by("integrated-jacobians", tiny, pair.query.text, 0, 1e-4)
    expected = query_total(explain_pair(whole, pair.candidate, references, similarity))
    np.testing.assert_allclose(query_total(pair), expected, atol=1e-3 * np.abs(expected).max())
    assert np.linalg.norm(pair.query_vectors.sum(axis=0) - expected) > 0.1 * np.linalg.norm(expected)


def test_rank_correlations():
    rows = np.array([[1, 2, 3, 4], [10, 20, 40, 30], [4, 3, 2, 1], [1, 1, 2, 2], [5, 5, 5, 5]])
    found = rank_correlations(rows)
    np.testing.assert_allclose(found[:4, :4], spearmanr(rows[:4], axis=1).statistic, atol=1e-6)
    np.testing.assert_allclose(found[0, :3], [1, 0.8, -1], atol=1e-6)
    assert np.all(np.isnan(found[4]))
    assert np.all(np.isnan(found[:, 4]))
