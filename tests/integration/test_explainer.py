"""Requests in, explanations out: settings, partial answers, the cache, and long texts."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.attribution import explainer as module
from engine.attribution import methods
from engine.attribution.explainer import Explainer
from engine.attribution.integrated_jacobians import integrated_jacobians
from engine.attribution.pair import explain_pair
from engine.attribution.request import METHODS, REFERENCES, SIMILARITIES, ExplainRequest
from engine.errors import UserError
from engine.jobs import Cancelled, CancelToken, Job

QUERY = "Carbs are broken down into sugar"
CANDIDATE = "Glucose and sugar"
LONG = "Carbohydrates are metabolized into glucose, which the body burns as fuel when muscles work hard."
# The last layer of a tiny model at a loose tolerance: as quick as it gets.
QUICK = ExplainRequest(QUERY, (CANDIDATE,), layer=2, tolerance=1e-1, faithfulness=False)


@pytest.fixture(scope="module")
def encoder(tiny_encoder):
    return tiny_encoder("bert")


@pytest.fixture
def explainer(encoder):
    return Explainer(encoder)


@pytest.fixture
def computed(monkeypatch):
    """The texts whose contributions were computed, with their layers, and not taken from the cache."""
    texts = []

    def counting(encoder, text, layer, *rest):
        texts.append((text.text, layer))
        return integrated_jacobians(encoder, text, layer, *rest)

    monkeypatch.setattr(methods, "integrated_jacobians", counting)
    return texts


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"candidates": ()}, "there is no candidate; give at least one"),
        ({"method": "lime"}, "unknown method 'lime'; choose one of integrated-jacobians, leave-one-out"),
        ({"references": "zero"}, "unknown references 'zero'; choose one of projected, shared"),
        ({"similarity": "l2"}, "unknown similarity 'l2'; choose one of cosine, dot"),
        ({"layer": -1}, "layer -1 is not there: "),
        ({"layer": 3}, "layer 3 is not there: tiny-bert has layers 0 to 2"),
        ({"tolerance": 0.0}, "tolerance 0 is out of range; choose one from "),
        ({"tolerance": 0.6}, "tolerance 0.6 is out of range"),
        ({"tolerance": float("nan")}, "tolerance nan is out of range"),
        ({"query": " \n"}, "query: the text is empty; write at least one word"),
        ({"candidates": (CANDIDATE, "\t")}, "candidate: the text is empty; write at least one word"),
        ({"candidates": ("\x00\x01",)}, "candidate: the model sees no token in"),
    ],
)
def test_a_bad_request_is_refused_in_one_line(explainer, computed, change, message):
    with pytest.raises(UserError) as refused:
        explainer.explain(replace(QUICK, **change))
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)
    assert not computed


@pytest.mark.parametrize("similarity", SIMILARITIES)
@pytest.mark.parametrize("references", REFERENCES)
@pytest.mark.parametrize("method", METHODS)
def test_the_ledger_closes_for_every_setting(explainer, encoder, method, references, similarity):
    request = replace(QUICK, method=method, references=references, similarity=similarity)
    result = explainer.explain(request)
    (pair,) = result.pairs
    ledger = pair.ledger
    texts = encoder.tokenize(QUERY, "query"), encoder.tokenize(CANDIDATE)
    similar = float(np.prod([encoder.embed([text])[0] for text in texts], axis=0).sum())
    assert ledger.similarity == pytest.approx(similar, abs=1e-5)
    assert ledger.explained == pytest.approx(float(pair.matrix.sum()), abs=1e-6)
    assert ledger.explained + ledger.reference + ledger.residual == pytest.approx(similar, abs=1e-5)
    assert (pair.references, pair.similarity, pair.query.method) == (references, similarity, method)
    if method == "integrated-jacobians":
        assert abs(ledger.residual) < 0.05
    assert pair.word_matrix.shape == (6, 3)
    assert result.request == request
    assert result.model == encoder.info
    assert result.faithfulness == (None,)
    assert not result.preview


def test_faithfulness_is_tested_when_asked_for(explainer):
    (tested,) = explainer.explain(replace(QUICK, faithfulness=True)).faithfulness
    assert tested.leave_one_out.shape == (6, 3)
    assert tested.candidate_error <= 1e-1
    assert 0 < tested.deletion.area < 1.2
    assert tested.deletion.values[0] == pytest.approx(tested.insertion.values[-1])


def test_partial_results_after_every_candidate_but_the_last(explainer):
    request = replace(QUICK, candidates=("Starch", "Iron", "Sugar"), faithfulness=True)
    partial, told = [], []
    result = explainer.explain(request, Job(report=told.append), partial.append)
    assert [len(one.pairs) for one in partial] == [1, 2]
    assert [len(one.faithfulness) for one in partial] == [1, 2]
    assert [pair.candidate.text.text for pair in result.pairs] == ["Starch", "Iron", "Sugar"]
    assert partial[1].pairs[:1] == partial[0].pairs
    assert partial[0].seconds <= partial[1].seconds <= result.seconds
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1


def test_what_was_finished_before_a_cancel_is_kept(explainer, computed):
    token, partial = CancelToken(), []

    def keep(result):
        partial.append(result)
        token.cancel()

    request = replace(QUICK, candidates=("Starch", "Iron"))
    with pytest.raises(Cancelled):
        explainer.explain(request, Job(token), keep)
    assert [len(one.pairs) for one in partial] == [1]
    before = len(computed)
    explainer.explain(request)
    assert computed[before:] == [("Iron", 2)]


def test_one_more_candidate_costs_one_text(explainer, computed):
    explainer.explain(QUICK)
    assert computed == [(QUERY, 2), (CANDIDATE, 2)]
    explainer.explain(replace(QUICK, candidates=(CANDIDATE, "Iron")))
    assert computed[2:] == [("Iron", 2)]
    for change in ({"similarity": "dot"}, {"references": "shared"}, {"faithfulness": True}, {}):
        explainer.explain(replace(QUICK, **change))
    assert len(computed) == 3
    explainer.explain(replace(QUICK, tolerance=5e-2))
    assert computed[3:] == [(QUERY, 2), (CANDIDATE, 2)]
    explainer.explain(replace(QUICK, layer=1))
    assert computed[5:] == [(QUERY, 1), (CANDIDATE, 1)]


def test_the_cached_answer_is_the_computed_one(explainer, encoder):
    first, second = explainer.explain(QUICK), explainer.explain(QUICK)
    np.testing.assert_array_equal(first.pairs[0].matrix, second.pairs[0].matrix)
    fresh = Explainer(encoder).explain(QUICK)
    np.testing.assert_allclose(fresh.pairs[0].matrix, first.pairs[0].matrix, atol=1e-6)


def test_a_full_cache_forgets_what_was_used_longest_ago(explainer, encoder, computed, monkeypatch):
    size = len(encoder.tokenize("Iron").ids) * encoder.info.dimension * 4
    monkeypatch.setattr(module, "CACHE_BYTES", 3 * size)
    query = replace(QUICK, query="Iron")
    for candidate in ("Gold", "Zinc", "Lead"):  # as long as the query
        explainer.explain(replace(query, candidates=(candidate,)))
    assert [text for text, _ in computed] == ["Iron", "Gold", "Zinc", "Lead"]
    explainer.explain(replace(query, candidates=("Lead", "Zinc")))
    assert len(computed) == 4
    explainer.explain(replace(query, candidates=("Gold",)))
    assert [text for text, _ in computed[4:]] == ["Gold"]


def test_the_cache_holds_no_more_texts_than_it_may_however_small_they_are(explainer, computed, monkeypatch):
    monkeypatch.setattr(module, "CACHE_TEXTS", 2)
    explainer.explain(replace(QUICK, query="Iron", candidates=("Gold", "Zinc")))
    explainer.explain(replace(QUICK, query="Zinc", candidates=("Iron",)))
    assert [text for text, _ in computed] == ["Iron", "Gold", "Zinc"]
    explainer.explain(replace(QUICK, query="Iron", candidates=("Gold",)))
    assert [text for text, _ in computed[3:]] == ["Gold"]


def test_a_text_larger_than_the_cache_is_still_explained(explainer, monkeypatch):
    whole = explainer.explain(QUICK).pairs[0].matrix
    monkeypatch.setattr(module, "CACHE_BYTES", 1)
    np.testing.assert_allclose(Explainer(explainer.encoder).explain(QUICK).pairs[0].matrix, whole, atol=1e-6)


def test_a_text_and_itself(explainer, computed):
    (pair,) = explainer.explain(replace(QUICK, candidates=(QUERY,))).pairs
    assert pair.ledger.similarity == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(pair.matrix, pair.matrix.T, atol=1e-6)
    assert len(computed) == 1


def test_a_preview_comes_first_where_the_whole_takes_long(explainer, computed):
    request = replace(QUICK, layer=1, candidates=("Starch", "Iron"), preview=True)
    partial = []
    result = explainer.explain(request, partial=partial.append)
    assert explainer.preview_layer == 2
    assert [(one.preview, len(one.pairs)) for one in partial] == [(True, 1), (True, 2), (False, 1)]
    assert partial[0].request.layer == 2
    assert partial[1].faithfulness == (None, None)
    assert (result.preview, result.request.layer) == (False, 1)
    assert [layer for _, layer in computed] == [2, 2, 2, 1, 1, 1]


def test_a_very_long_text_is_previewed_from_the_last_layer(explainer, monkeypatch):
    monkeypatch.setattr(module, "_LONG_CHARACTERS", 250)
    for text, layer in (("sugar " * 40, 2), ("sugar " * 42, explainer.encoder.info.layers - 1)):
        partial = []
        request = replace(QUICK, layer=1, candidates=(text.strip(),), preview=True)
        explainer.explain(request, partial=partial.append)
        assert partial[0].request.layer == layer


@pytest.mark.parametrize(
    "change",
    [
        {"preview": False},
        {"candidates": ("Starch",)},
        {"layer": 2},
        {"method": "output-layer"},
    ],
)
def test_no_preview_where_it_would_not_help(explainer, change):
    request = replace(QUICK, layer=1, candidates=("Starch", "Iron"), preview=True)
    partial = []
    explainer.explain(replace(request, **change), partial=partial.append)
    assert not any(one.preview for one in partial)


@pytest.mark.parametrize("references", REFERENCES)
@pytest.mark.parametrize(
    ("query", "candidate", "sides"),
    [
        ("Iron", "Gold", (False, False)),
        (LONG, LONG.replace("glucose", "sugar").upper(), (False, True)),
        ("Sugar", LONG, (False, True)),
        (LONG, "Sugar", (True, False)),
    ],
)
def test_long_sides_are_seen_as_far_as_the_short_ones_see(
    explainer, encoder, query, candidate, sides, references
):
    request = replace(QUICK, query=query, candidates=(candidate,), references=references)
    (pair,) = explainer.explain(request).pairs
    assert (pair.query.basis is not None, pair.candidate.basis is not None) == sides
    texts = encoder.tokenize(query, "query"), encoder.tokenize(candidate)
    whole = explain_pair(*(integrated_jacobians(encoder, text, 2, 1e-1) for text in texts), references)
    np.testing.assert_allclose(pair.matrix, whole.matrix, atol=2e-5)
    assert pair.ledger.explained == pytest.approx(whole.ledger.explained, abs=2e-4)
    assert pair.ledger.reference == pytest.approx(whole.ledger.reference, abs=1e-5)
    assert pair.query.error <= 1e-1
    assert pair.candidate.error <= 1e-1


def test_a_side_seen_from_one_text_is_not_shown_to_another(explainer, computed):
    explainer.explain(replace(QUICK, query="Sugar", candidates=(LONG,)))
    explainer.explain(replace(QUICK, query="Iron", candidates=(LONG,)))
    assert [text for text, _ in computed] == ["Sugar", LONG, "Iron", LONG]
    explainer.explain(replace(QUICK, query="Iron", candidates=(LONG,), references="shared"))
    assert [text for text, _ in computed[4:]] == [LONG]
    explainer.explain(replace(QUICK, query="Sugar", candidates=(LONG,)))
    assert len(computed) == 5


def test_a_text_longer_than_the_model_reads(explainer, encoder):
    (pair,) = explainer.explain(replace(QUICK, query="Sugar", candidates=(LONG * 5,))).pairs
    text = pair.candidate.text
    assert text.truncated
    assert len(text.ids) == encoder.info.max_tokens
    assert pair.matrix.shape == (3, encoder.info.max_tokens)
    assert text.seen_characters < len(text.text)


def test_no_memory_left(explainer, encoder, monkeypatch):
    def full(self, states):
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(type(encoder.path(encoder.tokenize("a"), 2)), "__call__", full)
    with pytest.raises(UserError, match="not enough memory on cpu: use a shorter text") as refused:
        explainer.explain(QUICK)
    assert "\n" not in str(refused.value)
