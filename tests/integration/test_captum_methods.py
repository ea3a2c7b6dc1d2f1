"""Captum's methods against integrated Jacobians, true re-encoding, and encoders that are plain sums."""

import itertools

import numpy as np
import pytest
import torch

from engine.attribution import captum_checks as checks
from engine.attribution.captum_checks import captum_checks, infidelity, sensitivity
from engine.attribution.captum_methods import feature_ablation, integrated_gradients, shapley_values
from engine.attribution.explainer import Explainer
from engine.attribution.faithfulness import similarities, without_words
from engine.attribution.integrated_jacobians import differentiation_lock, integrated_jacobians
from engine.attribution.leave_one_out import leave_one_out
from engine.attribution.pair import explain_pair
from engine.attribution.request import METHODS, ExplainRequest
from engine.jobs import Cancelled, CancelToken, Job
from tests.fakes import END, FIRST_WORD, START, SumEncoder, fake_text

QUERY = "Carbs become sugar"
CANDIDATE = "Glucose is a sugar"
# Families that count positions from ids, share layers, or have neither positions nor specials in front.
FAMILIES = ("bert", "roberta", "mpnet", "albert", "t5", "qwen3")


def cosine(a, b):
    return float(a.astype(float) @ b / np.linalg.norm(a) / np.linalg.norm(b))


@pytest.fixture(scope="module")
def tiny(tiny_encoder):
    return tiny_encoder("bert")


@pytest.fixture
def linear():
    """Words gold (4 + 2 in the first dimension), silver and tin; the specials add nothing."""
    return SumEncoder(
        {
            START: [0, 0],
            END: [0, 0],
            FIRST_WORD: [4, 1],
            FIRST_WORD + 1: [2, 0],
            FIRST_WORD + 2: [3, -5],
            FIRST_WORD + 3: [-1, 2],
        }
    )


@pytest.fixture
def words():
    return fake_text(("gold", 2), ("silver", 1), ("tin", 1))


ONE = np.array([1, 0], dtype=np.float32)


# -- integrated gradients ----------------------------------------------------------------------------------


def test_integrated_gradients_are_the_integrated_jacobians_seen_from_the_query(encoder):
    text = encoder.tokenize(CANDIDATE)
    (query,) = encoder.embed([encoder.tokenize(QUERY, "query")])
    result = integrated_gradients(encoder, text, query, steps=64)
    contributions = integrated_jacobians(encoder, text, 0, 2e-4)
    expected = contributions.vectors @ query
    assert np.linalg.norm(result.tokens - expected) < 2e-3 * np.linalg.norm(expected)
    np.testing.assert_array_equal(result.tokens[[0, -1]], 0)
    assert result.method == "integrated-gradients"
    assert result.words == text.words
    np.testing.assert_allclose(result.values, result.tokens[1:-1], rtol=1e-6)  # one token a word
    explained = cosine(contributions.embedding, query) - cosine(contributions.reference, query)
    assert result.tokens.sum() == pytest.approx(explained, abs=1e-3)
    assert result.delta == pytest.approx(result.tokens.sum() - explained, abs=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_baseline_is_the_padding_reference_of_every_family(tiny_encoder, family):
    # Without unit norms, so that dividing by them matters; with prompts, which the baseline keeps.
    encoder = tiny_encoder(family, normalize=False, prompts={"document": "text: "})
    text = encoder.tokenize("Carbs are broken down into sugar")
    (query,) = encoder.embed([encoder.tokenize("Sugar in your body", "query")])
    ends = encoder.embed([text])[0], encoder.reference_embedding(text)
    by_cosine = integrated_gradients(encoder, text, query, "cosine")
    assert abs(by_cosine.delta) < 1e-3
    change = cosine(ends[0], query) - cosine(ends[1], query)
    assert by_cosine.tokens.sum() == pytest.approx(change, abs=1e-3)
    by_product = integrated_gradients(encoder, text, query, "dot")
    jacobians = integrated_jacobians(encoder, text, 0, 1e-4).vectors @ query
    np.testing.assert_allclose(by_product.tokens, jacobians, atol=2e-3 * np.abs(jacobians).max())
    kept = [i for i in range(len(text.ids)) if i not in text.content]
    assert len(kept) > 2
    np.testing.assert_array_equal(by_product.tokens[kept], 0)
    sums = [by_product.tokens[list(word.tokens)].sum() for word in text.words]
    np.testing.assert_allclose(by_product.values, sums, rtol=1e-5, atol=1e-6)


def test_the_delta_shrinks_with_the_steps(tiny):
    text = tiny.tokenize(CANDIDATE)
    (query,) = tiny.embed([tiny.tokenize(QUERY, "query")])
    few, many = (integrated_gradients(tiny, text, query, steps=steps) for steps in (1, 40))
    assert abs(few.delta) > 100 * abs(many.delta)


# -- Shapley values and ablation ---------------------------------------------------------------------------


def test_ablation_is_the_loss_of_re_encoding(encoder):
    text = encoder.tokenize(CANDIDATE)
    (query,) = encoder.embed([encoder.tokenize(QUERY, "query")])
    shorter = ["is a sugar", "Glucose a sugar", "Glucose is sugar", "Glucose is a"]
    embedded = encoder.embed([text, *map(encoder.tokenize, shorter)])
    whole, *without = (cosine(one, query) for one in embedded)
    none = cosine(encoder.embed_ids([text.ids[[0, -1]]], text)[0], query)
    result = feature_ablation(encoder, text, query)
    np.testing.assert_allclose(result.values, [whole - one for one in without], atol=1e-5)
    assert result.delta == pytest.approx(result.values.sum() - (whole - none), abs=1e-5)
    assert abs(result.delta) > 1e-2  # taking words out one by one does not add up
    assert result.tokens is None


@pytest.mark.parametrize("method", [feature_ablation, shapley_values])
def test_a_sum_of_words_is_told_apart_exactly(linear, words, method):
    result = method(linear, words, 2 * ONE, "dot")
    np.testing.assert_allclose(result.values, [12, 6, -2], rtol=1e-6)
    assert result.delta == pytest.approx(0, abs=1e-5)
    assert [word.text for word in result.words] == ["gold", "silver", "tin"]
    assert linear.batches == [len(linear_subsets(method))]  # all of them in one batch


def linear_subsets(method):
    """Which words are there: all, none, and for ablation all but one; random orders meet all eight."""
    return range(5) if method is feature_ablation else range(8)


@pytest.mark.parametrize("similarity", ["cosine", "dot"])
def test_shapley_values_add_up(tiny_encoder, similarity):
    tiny = tiny_encoder("bert", normalize=False)
    text = tiny.tokenize("Carbs are broken down")
    (query,) = tiny.embed([tiny.tokenize(QUERY, "query")])
    result = shapley_values(tiny, text, query, similarity, samples=4)
    ends = tiny.embed_ids([text.ids, without_words(text, text.words)], text)
    whole, none = similarities(query, ends, similarity)
    assert result.values.sum() == pytest.approx(whole - none, rel=1e-4)
    assert result.delta == pytest.approx(0, abs=1e-5)


def test_shapley_values_come_near_the_average_over_all_orders(tiny):
    text = tiny.tokenize("Carbs are broken")
    (query,) = tiny.embed([tiny.tokenize(QUERY, "query")])
    exact, orders = np.zeros(3), list(itertools.permutations(range(3)))
    for order in orders:
        for place, word in enumerate(order):
            texts = [
                without_words(text, [text.words[w] for w in range(3) if w not in order[:end]])
                for end in (place, place + 1)
            ]
            before, after = similarities(query, tiny.embed_ids(texts, text), "cosine")
            exact[word] += (after - before) / len(orders)
    estimate = shapley_values(tiny, text, query, samples=300).values
    np.testing.assert_allclose(estimate, exact, atol=0.1 * np.abs(exact).max())
    assert np.abs(feature_ablation(tiny, text, query).values - exact).max() > 0.1 * np.abs(exact).max()


def test_shapley_values_are_seeded(tiny):
    text = tiny.tokenize("Carbs are broken down into sugar")
    (query,) = tiny.embed([tiny.tokenize(QUERY, "query")])
    state = torch.random.get_rng_state()
    one, same, other = (shapley_values(tiny, text, query, samples=2, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.values, same.values)
    assert np.abs(one.values - other.values).max() > 1e-4
    assert torch.equal(torch.random.get_rng_state(), state)


@pytest.mark.parametrize("method", [feature_ablation, shapley_values])
def test_one_word(linear, method):
    result = method(linear, fake_text(("gold", 2)), ONE, "dot")
    np.testing.assert_allclose(result.values, [6])
    assert result.delta == 0


# -- infidelity and sensitivity ----------------------------------------------------------------------------


def linear_pair(encoder, candidate, similarity="dot"):
    query = fake_text(("silver", 1), ("tin", 1), first_id=FIRST_WORD + 2)
    return explain_pair(
        leave_one_out(encoder, query), leave_one_out(encoder, candidate), "shared", similarity
    )


def test_a_perfect_explanation_of_a_sum_has_no_infidelity(linear, words):
    assert infidelity(linear, linear_pair(linear, words)) == pytest.approx(0, abs=1e-8)


def test_infidelity_is_the_mean_square_of_what_is_claimed_in_vain(linear):
    # Specials that add (0, 7) leave the words as they are, but the query's own sum lacks them.
    linear.word_embeddings.weight[START] = torch.tensor([0.0, 7.0])
    pair = linear_pair(linear, fake_text(("gold", 2)))
    # The one word is always removed. Gold (6, 1) claims 6 * 2 - 1 * 3, and its loss is 6 * 2 + 1 * 4.
    np.testing.assert_allclose(pair.candidate_word_importance, [9])
    assert infidelity(linear, pair) == pytest.approx((9 - 16) ** 2)


def test_infidelity_draws_every_size_of_set_with_a_seed(linear, words):
    linear.word_embeddings.weight[START] = torch.tensor([0.0, 7.0])
    pair = linear_pair(linear, words)
    first, again, other = (infidelity(linear, pair, seed=seed) for seed in (0, 0, 1))
    assert first == again != other
    # A removed set of words claims 7 times its sum in the second dimension too little: 1, -5 and 2.
    second = np.array([1, -5, 2])
    sets = [np.array(s) for s in itertools.product((0, 1), repeat=3) if any(s)]
    weights = np.array([1 / 3 / (1 if s.sum() == 3 else 3) for s in sets])
    expected = sum(w * (7 * second @ s) ** 2 for w, s in zip(weights, sets, strict=True))
    assert infidelity(linear, pair, removals=4000) == pytest.approx(expected, rel=0.1)


def test_sensitivity_of_a_sum_is_the_share_of_the_nudge(linear, words):
    pair = linear_pair(linear, words)
    table = linear.word_embeddings.weight[FIRST_WORD : FIRST_WORD + 4].clone()
    radius = 0.1 * float(table.square().mean().sqrt())
    torch.manual_seed(3)
    nudges = torch.FloatTensor(10, 4, 2).uniform_(-radius, radius).numpy()
    query = np.array([2, -3])
    moved = np.stack([nudges[:, :2].sum(axis=1), nudges[:, 2], nudges[:, 3]], axis=1) @ query
    still = np.array([[6, 1], [3, -5], [-1, 2]]) @ query
    expected = np.linalg.norm(moved, axis=1).max() / np.linalg.norm(still)
    assert sensitivity(linear, pair, seed=3) == pytest.approx(expected, rel=1e-4)
    assert torch.equal(linear.word_embeddings.weight[FIRST_WORD : FIRST_WORD + 4], table)
    assert not linear.word_embeddings._forward_hooks


def test_no_nudge_no_change(linear, words, monkeypatch):
    monkeypatch.setattr(checks, "NUDGE", 0.0)
    assert sensitivity(linear, linear_pair(linear, words)) == 0


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("references", ["projected", "shared"])
def test_both_checks_of_every_method(tiny, method, references):
    request = ExplainRequest(QUERY, (CANDIDATE,), method=method, references=references, faithfulness=False)
    (pair,) = Explainer(tiny).explain(request).pairs
    told = []
    checked = captum_checks(tiny, pair, Job(report=told.append))
    assert 0 < checked.infidelity < 10
    assert 1e-4 < checked.sensitivity < 2
    assert checked == captum_checks(tiny, pair)
    assert [progress.fraction for progress in told] == sorted(progress.fraction for progress in told)
    assert not any(module._forward_hooks for module in tiny.model.modules())


# -- jobs --------------------------------------------------------------------------------------------------


class CancelAtCheck(CancelToken):
    def __init__(self, number):
        super().__init__()
        self.number, self.checks = number, 0

    def check(self):
        self.checks += 1
        if self.checks == self.number:
            self.cancel()
        super().check()


@pytest.mark.parametrize("method", [integrated_gradients, shapley_values, feature_ablation])
def test_cancel_leaves_nothing_behind(tiny, method):
    text = tiny.tokenize(CANDIDATE)
    (query,) = tiny.embed([tiny.tokenize(QUERY, "query")])
    counting, told = CancelAtCheck(number=-1), []
    state = torch.random.get_rng_state()
    method(tiny, text, query, job=Job(counting, told.append))
    assert counting.checks >= 3
    assert told
    for number in np.unique(np.linspace(1, counting.checks, 6).astype(int)):
        with pytest.raises(Cancelled):
            method(tiny, text, query, job=Job(CancelAtCheck(number)))
        assert differentiation_lock.acquire(blocking=False)
        differentiation_lock.release()
        assert not any(m._forward_hooks or m._forward_pre_hooks for m in tiny.model.modules())
        assert torch.equal(torch.random.get_rng_state(), state)
        assert torch.is_grad_enabled()
