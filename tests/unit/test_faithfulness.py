"""The tests of an explanation, on an encoder whose embedding is a sum over tokens.

Under the dot product such an encoder is linear in its words, so that curves, areas and second
differences follow from single products. The query is (1, 0) throughout: a word adds its first entry.

    base (both specials together)   10
    gold                             6     (two tokens of 4 and 2)
    silver                           3
    tin                              1
    rust                            -2
"""

from dataclasses import replace

import numpy as np
import pytest

from engine.attribution.contributions import TokenContributions
from engine.attribution.faithfulness import (
    MAX_STEPS,
    RANDOM_ORDERS,
    RANDOM_ORDERS_LONG,
    check_faithfulness,
    pair_leave_one_out,
    similarities,
    without_words,
    word_curves,
)
from engine.attribution.leave_one_out import leave_one_out
from engine.attribution.pair import explain_pair
from engine.jobs import Cancelled, CancelToken, Job
from tests.fakes import END, FIRST_WORD, START, SumEncoder, fake_text

QUERY = np.array([1, 0], dtype=np.float32)
IMPORTANCE = np.array([6, 3, 1, -2], dtype=np.float32)


@pytest.fixture
def encoder():
    return SumEncoder(
        {
            START: [7, 1],
            END: [3, 0],
            FIRST_WORD: [4, 9],
            FIRST_WORD + 1: [2, 0],
            FIRST_WORD + 2: [3, -5],
            FIRST_WORD + 3: [1, 0],
            FIRST_WORD + 4: [-2, 3],
        }
    )


@pytest.fixture
def text():
    return fake_text(("gold", 2), ("silver", 1), ("tin", 1), ("rust", 1))


def test_deletion_and_insertion_curves(encoder, text):
    deletion, insertion = word_curves(encoder, QUERY, text, IMPORTANCE, "dot")
    np.testing.assert_allclose(deletion.fractions, [0, 0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(deletion.values, [18, 12, 9, 8, 10])
    np.testing.assert_allclose(insertion.fractions, [0, 0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(insertion.values, [10, 16, 19, 20, 18])
    # Trapezoids over quarters, as shares of the undisturbed similarity of 18.
    assert deletion.area == pytest.approx((18 / 2 + 12 + 9 + 8 + 10 / 2) / 4 / 18)
    assert insertion.area == pytest.approx((10 / 2 + 16 + 19 + 20 + 18 / 2) / 4 / 18)
    for curve in (deletion, insertion):
        assert curve.orders == RANDOM_ORDERS
        assert np.all(curve.random_low <= curve.random_mean)
        assert np.all(curve.random_mean <= curve.random_high)
        # All orders start and end at the same texts.
        assert curve.random_low[0] == curve.random_high[0] == curve.values[0]
        assert curve.random_low[-1] == curve.random_high[-1] == curve.values[-1]


def test_random_orders_do_what_chance_does(encoder, text):
    deletion, insertion = word_curves(encoder, QUERY, text, IMPORTANCE, "dot")
    # On average half of what the words carry is gone half way, and 18 falls to 10 on a straight line.
    assert deletion.random_area == pytest.approx(14 / 18, abs=0.05)
    np.testing.assert_allclose(deletion.random_mean, [18, 16, 14, 12, 10], atol=1.2)
    np.testing.assert_allclose(insertion.random_mean, deletion.random_mean[::-1])
    assert insertion.random_area == pytest.approx(deletion.random_area)


def test_z_is_positive_for_the_right_order_and_negative_for_the_wrong_one(encoder, text):
    for sign in (1, -1):
        deletion, insertion = word_curves(encoder, QUERY, text, sign * IMPORTANCE, "dot")
        assert deletion.z * sign > 1
        assert insertion.z * sign > 1
        assert (deletion.area < deletion.random_area) == (sign > 0)
        assert (insertion.area > insertion.random_area) == (sign > 0)


def test_z_counts_standard_deviations_of_the_random_areas(encoder, text):
    deletion, _ = word_curves(encoder, QUERY, text, IMPORTANCE, "dot")
    generator = np.random.default_rng(0)
    areas = []
    for _ in range(RANDOM_ORDERS):
        values = 18 - np.concatenate([[0], np.cumsum(IMPORTANCE[generator.permutation(4)])])
        areas.append(np.trapezoid(values, np.linspace(0, 1, 5)) / 18)
    assert deletion.random_area == pytest.approx(np.mean(areas))
    assert deletion.z == pytest.approx((np.mean(areas) - deletion.area) / np.std(areas), rel=1e-5)


def test_curves_are_the_same_every_time(encoder, text):
    first, second = (word_curves(encoder, QUERY, text, IMPORTANCE, "dot") for _ in range(2))
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.random_mean, other.random_mean)
        np.testing.assert_array_equal(one.random_low, other.random_low)
        assert (one.area, one.random_area, one.z) == (other.area, other.random_area, other.z)


def test_cosine_divides_by_both_norms(encoder, text):
    deletion, _ = word_curves(encoder, 5 * QUERY, text, IMPORTANCE, "cosine")
    whole, without_gold = np.array([18.0, 8.0]), np.array([12.0, -1.0])
    expected = [vector[0] / np.linalg.norm(vector) for vector in (whole, without_gold)]
    np.testing.assert_allclose(deletion.values[:2], expected, rtol=1e-6)


def test_a_negative_similarity_is_not_turned_round(encoder, text):
    deletion, _ = word_curves(encoder, -QUERY, text, -IMPORTANCE, "dot")
    assert deletion.values[0] == -18
    # Rust alone raises this similarity, so it goes first: -18, -20, -19, -16, -10.
    np.testing.assert_allclose(deletion.values, [-18, -20, -19, -16, -10])
    assert deletion.area == pytest.approx(-(9 + 20 + 19 + 16 + 5) / 4 / 18)
    assert deletion.z > 0


def test_one_word(encoder):
    one = fake_text(("gold", 2))
    deletion, insertion = word_curves(encoder, QUERY, one, np.array([6], dtype=np.float32), "dot")
    np.testing.assert_allclose(deletion.values, [16, 10])
    np.testing.assert_allclose(insertion.values, [10, 16])
    assert deletion.area == pytest.approx(13 / 16)
    assert deletion.z == insertion.z == 0  # there is one order only, and it says nothing


def test_long_texts_are_sampled():
    words = [(f"w{i}", 1) for i in range(100)]
    text = fake_text(*words)
    encoder = SumEncoder({START: [1, 0], END: [0, 0]} | {FIRST_WORD + i: [i, 0] for i in range(100)})
    deletion, insertion = word_curves(encoder, QUERY, text, np.arange(100, dtype=np.float32), "dot")
    assert len(deletion.values) == len(insertion.values) == MAX_STEPS + 1
    assert (deletion.fractions[0], deletion.fractions[-1]) == (0, 1)
    assert deletion.orders == RANDOM_ORDERS_LONG
    removed = (deletion.fractions * 100).round().astype(int)
    # With k words gone, 0 + 1 + ... + (99 - k) are left, and 1 from the specials.
    np.testing.assert_allclose(deletion.values, [(100 - k) * (99 - k) / 2 + 1 for k in removed])


def test_similarities():
    others = np.array([[3, 4], [0, 2], [0, 0]], dtype=np.float32)
    query = np.array([2, 0], dtype=np.float32)
    np.testing.assert_allclose(similarities(query, others, "dot"), [6, 0, 0])
    np.testing.assert_allclose(similarities(query, others, "cosine"), [0.6, 0, 0])


def test_without_words(text):
    gold, silver, _, rust = text.words
    assert without_words(text, []).tolist() == text.ids.tolist()
    assert without_words(text, [gold]).tolist() == [START, 12, 13, 14, END]
    assert without_words(text, [rust, silver]).tolist() == [START, 10, 11, 13, END]
    assert without_words(text, text.words).tolist() == [START, END]


@pytest.fixture
def pair(encoder, text):
    query = fake_text(("silver", 1), ("tin", 1), first_id=FIRST_WORD + 2)
    return explain_pair(leave_one_out(encoder, query), leave_one_out(encoder, text), "projected", "dot")


def test_pair_leave_one_out_of_a_linear_encoder(encoder, pair):
    # The second difference is the product of the two words' own vectors.
    second = pair_leave_one_out(encoder, pair, [0, 1], [0, 2, 3])
    silver, tin = (3, -5), (1, 0)
    gold, rust = (6, 9), (-2, 3)
    expected = [[np.dot(a, b) for b in (gold, tin, rust)] for a in (silver, tin)]
    assert expected == [[-27, 3, -21], [6, 1, -2]]
    np.testing.assert_allclose(second, expected, atol=1e-4)


def test_pair_leave_one_out_under_the_cosine(encoder, text):
    query = fake_text(("silver", 1), ("tin", 1), first_id=FIRST_WORD + 2)
    pair = explain_pair(leave_one_out(encoder, query), leave_one_out(encoder, text), "projected", "cosine")

    def cosine(a, b):
        return np.dot(a, b) / np.linalg.norm(a) / np.linalg.norm(b)

    q, without_tin, c, without_silver = (14, -4), (13, -4), (18, 8), (15, 13)
    expected = cosine(q, c) - cosine(without_tin, c) - cosine(q, without_silver)
    expected += cosine(without_tin, without_silver)
    second = pair_leave_one_out(encoder, pair, [1], [1])
    assert second.shape == (1, 1)
    assert second[0, 0] == pytest.approx(expected, rel=1e-4)


def test_check_of_a_perfect_explanation(encoder, pair):
    checked = check_faithfulness(encoder, pair)
    assert checked.tested_words == ((0, 1), (0, 1, 2, 3))
    assert checked.leave_one_out.shape == (2, 4)
    assert checked.query_error == pair.query.error
    assert checked.candidate_error == pytest.approx(0, abs=1e-6)
    # Shared references leave the products of whole vectors, which are the second differences.
    shared = explain_pair(pair.query, pair.candidate, "shared", "dot")
    assert check_faithfulness(encoder, shared).spearman == pytest.approx(1)
    assert checked.spearman < 1


def test_an_inverted_explanation_is_found_out(encoder, pair):
    shared = explain_pair(pair.query, pair.candidate, "shared", "dot")
    inverted = explain_pair(pair.query, negated(pair.candidate), "shared", "dot")
    good, bad = check_faithfulness(encoder, shared), check_faithfulness(encoder, inverted)
    assert bad.spearman == pytest.approx(-1)
    assert bad.deletion.z < 0 < good.deletion.z
    assert bad.insertion.z < 0 < good.insertion.z
    np.testing.assert_allclose(bad.leave_one_out, good.leave_one_out)


def negated(contributions: TokenContributions) -> TokenContributions:
    return replace(contributions, vectors=-contributions.vectors)


def test_rank_correlation_needs_four_cells(encoder):
    one, two = fake_text(("gold", 2)), fake_text(("gold", 2), ("silver", 1))
    single = explain_pair(leave_one_out(encoder, one), leave_one_out(encoder, two), "shared", "dot")
    checked = check_faithfulness(encoder, single)
    assert checked.leave_one_out.shape == (1, 2)
    assert checked.spearman is None


def test_a_flat_explanation_has_no_rank_correlation(encoder, pair):
    flat = replace(pair.candidate, vectors=np.zeros_like(pair.candidate.vectors))
    checked = check_faithfulness(encoder, explain_pair(pair.query, flat, "shared", "dot"))
    assert checked.spearman is None


def test_words_of_long_texts_are_tested_at_even_distances(encoder):
    long = fake_text(*((f"w{i}", 1) for i in range(300)))
    encoder = SumEncoder({START: [1, 0], END: [0, 1]} | {FIRST_WORD + i: [1, i % 7] for i in range(300)})
    pair = explain_pair(leave_one_out(encoder, fake_text(("w", 1))), leave_one_out(encoder, long))
    query_words, candidate_words = check_faithfulness(encoder, pair).tested_words
    assert query_words == (0,)
    assert 10 < len(candidate_words) < 30
    assert (candidate_words[0], candidate_words[-1]) == (0, 299)
    steps = np.diff(candidate_words)
    assert steps.max() - steps.min() <= 1


def test_leave_one_out_of_a_linear_encoder(encoder, text):
    result = leave_one_out(encoder, text)
    np.testing.assert_allclose(result.vectors, [[0, 0], [4, 9], [2, 0], [3, -5], [1, 0], [-2, 3], [0, 0]])
    np.testing.assert_allclose(result.embedding, [18, 8])
    np.testing.assert_allclose(result.reference, [10, 1])
    assert result.error == pytest.approx(0, abs=1e-6)


def test_the_job_is_asked_and_told(pair):
    class Counting(SumEncoder):
        def embed_ids(self, sequences, like, job=None):
            job.step("embedding", 1)
            return super().embed_ids(sequences, like, job)

    encoder = Counting({START: [7, 1], END: [3, 0]} | {FIRST_WORD + i: [i, 1] for i in range(5)})
    told = []
    check_faithfulness(encoder, pair, Job(report=told.append))
    assert told[-1].fraction == 1
    assert [progress.fraction for progress in told] == sorted(progress.fraction for progress in told)
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        check_faithfulness(encoder, pair, Job(token))
