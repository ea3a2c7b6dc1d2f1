"""The matrix of a pair and everything summed from it, on numbers small enough to work out by hand.

Query and candidate have two content tokens between two specials, in three dimensions. The third
dimension is "is not padding": both padding embeddings point along it.

    query:      a = (1, 0, 1), b = (0, 2, 0), reference (0, 0, 1), embedding (1, 2, 2), norm 3
    candidate:  c = (2, 1, 0), d = (0, 1, 3), reference (0, 0, 3), embedding (2, 2, 6), norm sqrt(44)
"""

from dataclasses import replace

import numpy as np
import pytest

from engine.attribution.contributions import TokenContributions, completeness_error
from engine.attribution.pair import explain_pair, group_sums, orthonormal_rows, span_basis, sum_over
from engine.text import Word
from tests.fakes import fake_text

QUERY_NORM, CANDIDATE_NORM = 3.0, np.sqrt(44.0)


def contributions(text, vectors, reference, missing=0.0):
    vectors, reference = np.array(vectors, dtype=np.float32), np.array(reference, dtype=np.float32)
    embedding = (reference + vectors.sum(axis=0) + np.array(missing)).astype(np.float32)
    return TokenContributions(
        text=text,
        vectors=vectors,
        embedding=embedding,
        reference=reference,
        padding=reference,
        error=completeness_error(vectors, embedding, reference),
        nodes=4,
        method="integrated-jacobians",
        layer=0,
        seconds=0.0,
    )


@pytest.fixture
def query():
    return contributions(
        fake_text(("alpha", 1), ("beta", 1)), [[0, 0, 0], [1, 0, 1], [0, 2, 0], [0, 0, 0]], [0, 0, 1]
    )


@pytest.fixture
def candidate():
    return contributions(
        fake_text(("gamma", 1), ("delta", 1)), [[0, 0, 0], [2, 1, 0], [0, 1, 3], [0, 0, 0]], [0, 0, 3]
    )


def inner(matrix):
    """The cells of the content tokens; those of the specials must be zero."""
    outside = matrix.copy()
    outside[1:3, 1:3] = 0
    assert not outside.any()
    return matrix[1:3, 1:3]


def test_shared_dot(query, candidate):
    pair = explain_pair(query, candidate, "shared", "dot")
    np.testing.assert_array_equal(inner(pair.matrix), [[2, 3], [2, 2]])
    ledger = pair.ledger
    assert ledger.similarity == 18  # (1, 2, 2) . (2, 2, 6)
    assert ledger.explained == 9
    assert ledger.reference_parts == (6, 6, 3)  # s(q, rc), s(rq, c), s(rq, rc)
    assert ledger.reference == 9
    assert ledger.residual == 0


def test_projected_dot(query, candidate):
    pair = explain_pair(query, candidate, "projected", "dot")
    np.testing.assert_array_equal(inner(pair.matrix), [[2, 0], [2, 2]])
    np.testing.assert_array_equal(pair.query_vectors[:, 2], 0)
    np.testing.assert_array_equal(pair.candidate_vectors[:, 2], 0)
    ledger = pair.ledger
    assert ledger.similarity == 18
    assert ledger.explained == 6
    assert ledger.reference == 12  # 2 * 6, the products along the third dimension
    assert ledger.reference_parts is None
    assert ledger.residual == 0


@pytest.mark.parametrize("references", ["projected", "shared"])
def test_cosine_divides_everything_by_both_norms(query, candidate, references):
    dot = explain_pair(query, candidate, references, "dot")
    cosine = explain_pair(query, candidate, references, "cosine")
    scale = QUERY_NORM * CANDIDATE_NORM
    np.testing.assert_allclose(cosine.matrix, dot.matrix / scale, rtol=1e-6)
    assert cosine.ledger.similarity == pytest.approx(18 / scale)
    assert cosine.ledger.explained == pytest.approx(dot.ledger.explained / scale)
    assert cosine.ledger.reference == pytest.approx(dot.ledger.reference / scale)
    assert cosine.ledger.residual == pytest.approx(0, abs=1e-12)
    if references == "shared":
        assert cosine.ledger.reference_parts == pytest.approx(
            tuple(part / scale for part in dot.ledger.reference_parts)
        )


@pytest.mark.parametrize("references", ["projected", "shared"])
@pytest.mark.parametrize("similarity", ["cosine", "dot"])
def test_the_ledger_closes_and_the_residual_is_what_is_missing(query, candidate, references, similarity):
    # The candidate's quadrature misses (0.5, 0, 1): the query sees it by its own displacement.
    candidate = contributions(candidate.text, candidate.vectors, [0, 0, 3], missing=(0.5, 0, 1))
    pair = explain_pair(query, candidate, references, similarity)
    ledger = pair.ledger
    assert ledger.explained == pytest.approx(float(pair.matrix.sum()), rel=1e-6)
    assert ledger.explained + ledger.reference + ledger.residual == pytest.approx(
        ledger.similarity, abs=1e-12
    )
    # (1, 2, 1) . (0.5, 0, 1) with references shared, (1, 2, 0) . (0.5, 0, 0) with them projected out.
    missing = {"shared": 1.5, "projected": 0.5}[references]
    norms = QUERY_NORM * np.linalg.norm(candidate.embedding) if similarity == "cosine" else 1
    assert ledger.residual == pytest.approx(missing / norms, rel=1e-6)


def test_different_references_are_both_projected_out(query, candidate):
    candidate = replace(candidate, padding=np.array([0, 1, 0], dtype=np.float32))
    pair = explain_pair(query, candidate, "projected", "dot")
    np.testing.assert_allclose(inner(pair.matrix), [[2, 0], [0, 0]], atol=1e-12)
    assert pair.ledger.reference == pytest.approx(16)  # 2 * 2 + 2 * 6
    assert pair.ledger.residual == pytest.approx(0, abs=1e-12)


def test_parallel_references_count_once(query, candidate):
    candidate = replace(candidate, padding=np.array([0, 0, -7], dtype=np.float32))
    pair = explain_pair(query, candidate, "projected", "dot")
    np.testing.assert_allclose(inner(pair.matrix), [[2, 0], [2, 2]], atol=1e-12)


def test_sums_over_words_and_sentences():
    query = contributions(
        fake_text(("alpha", 2), ("beta", 1)),
        [[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 2], [0, 0, 0]],
        [0, 0, 0],
    )
    candidate = contributions(
        fake_text(("gamma", 1), ("delta", 2)),
        [[0, 0, 0], [3, 1, 1], [0, 4, 1], [1, 0, 0], [0, 0, 1]],
        [0, 0, 0],
    )
    pair = explain_pair(query, candidate, "shared", "dot")
    np.testing.assert_array_equal(pair.matrix[1:4, 1:4], [[3, 0, 1], [1, 4, 0], [2, 2, 0]])
    np.testing.assert_array_equal(pair.word_matrix, [[4, 5], [2, 2]])
    np.testing.assert_array_equal(pair.sentence_matrix, [[13]])
    np.testing.assert_array_equal(pair.query_importance, [4, 4, 5, 6, 0])
    np.testing.assert_array_equal(pair.candidate_importance, [0, 9, 6, 2, 2])
    np.testing.assert_array_equal(pair.query_word_importance, [9, 6])
    np.testing.assert_array_equal(pair.candidate_word_importance, [9, 8])
    assert pair.between_words == 13
    assert pair.ledger.explained == 19  # the first and the last token, which are no words, hold the rest


def test_two_sentences():
    text = fake_text(("One.", 1), ("Two.", 2))
    query = contributions(text, [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 0]], [0, 0, 0])
    pair = explain_pair(query, query, "shared", "dot")
    np.testing.assert_array_equal(pair.sentence_matrix, [[1, 0], [0, 4]])


def test_units(query, candidate):
    pair = explain_pair(query, candidate, "projected", "dot")
    words = pair.word_matrix
    np.testing.assert_array_equal(pair.in_unit(words, "raw"), [[2, 0], [2, 2]])
    np.testing.assert_allclose(
        pair.in_unit(words, "percent"), np.array([[2, 0], [2, 2]]) / 6 * 100, rtol=1e-6
    )
    np.testing.assert_allclose(
        pair.in_unit(words, "norm"), np.array([[2, 0], [2, 2]]) / np.sqrt(12), rtol=1e-6
    )


def test_percent_keeps_the_sign_of_a_negative_sum(query, candidate):
    opposite = contributions(candidate.text, -candidate.vectors, [0, 0, 3])
    pair = explain_pair(query, opposite, "projected", "dot")
    assert pair.in_unit(pair.matrix, "percent").sum() == pytest.approx(-100)


def test_units_of_a_matrix_of_zeros(query, candidate):
    nothing = contributions(candidate.text, np.zeros((4, 3)), [0, 0, 3])
    pair = explain_pair(query, nothing, "projected", "dot")
    for unit in ("raw", "percent", "norm"):
        np.testing.assert_array_equal(pair.in_unit(pair.matrix, unit), 0)


@pytest.mark.parametrize("references", ["projected", "shared"])
@pytest.mark.parametrize("similarity", ["cosine", "dot"])
def test_dimensions_of_cells_sum_to_the_cells(query, candidate, references, similarity):
    pair = explain_pair(query, candidate, references, similarity)
    assert pair.cell_dimensions([1], [2]).shape == (3,)
    assert pair.cell_dimensions([1], [2]).sum() == pytest.approx(pair.matrix[1, 2], abs=1e-7)
    block = pair.cell_dimensions([1, 2], [0, 1, 2])
    assert block.sum() == pytest.approx(pair.matrix[np.ix_([1, 2], [0, 1, 2])].sum())


def test_dimensions_of_a_cell(query, candidate):
    pair = explain_pair(query, candidate, "shared", "dot")
    np.testing.assert_array_equal(pair.cell_dimensions([1], [2]), [0, 0, 3])
    np.testing.assert_array_equal(pair.cell_dimensions([1, 2], [1]), [2, 2, 0])


@pytest.mark.parametrize("references", ["projected", "shared"])
def test_a_side_known_within_the_span_of_the_other_gives_the_same_matrix(references):
    rng = np.random.default_rng(0)
    query_text, candidate_text = fake_text(("a", 1), ("b", 1)), fake_text(*((c, 2) for c in "cdefg"))
    query = contributions(query_text, rng.normal(size=(4, 16)), rng.normal(size=16))
    candidate = contributions(candidate_text, rng.normal(size=(12, 16)), rng.normal(size=16))
    whole = explain_pair(query, candidate, references)
    basis = span_basis(query, candidate.padding, references)
    assert len(basis) == 4
    within = replace(candidate, vectors=candidate.vectors @ basis.T @ basis, basis=basis)
    partial = explain_pair(query, within, references)
    np.testing.assert_allclose(partial.matrix, whole.matrix, atol=1e-6)
    assert partial.ledger.residual == pytest.approx(whole.ledger.residual, abs=1e-6)


def test_orthonormal_rows():
    rows = np.array([[3.0, 4.0, 0.0], [6.0, 8.0, 0.0], [0.0, 0.0, 1.0]])
    basis = orthonormal_rows(rows)
    assert basis.shape == (2, 3)
    np.testing.assert_allclose(basis @ basis.T, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(rows @ basis.T @ basis, rows, atol=1e-12)


def test_sums_over_groups():
    groups = [Word("x", (0, 1), (0, 2)), Word("y", (1, 2), (1,))]
    np.testing.assert_array_equal(sum_over(np.array([1, 10, 100], dtype=np.float32), groups), [101, 10])
    matrix = np.arange(9, dtype=np.float32).reshape(3, 3)
    np.testing.assert_array_equal(group_sums(matrix, groups, groups), [[16, 8], [8, 4]])


def test_completeness_error():
    vectors = np.array([[3, 0], [0, 3]], dtype=np.float32)
    embedding, reference = np.array([4, 4], dtype=np.float32), np.array([0, 1], dtype=np.float32)
    assert completeness_error(vectors, embedding, reference) == pytest.approx(1 / 5)
    within_first = np.array([[1, 0]], dtype=np.float32)
    assert completeness_error(vectors, embedding, reference, within_first) == pytest.approx(1 / 4)
    within_second = np.array([[0, 1]], dtype=np.float32)
    assert completeness_error(vectors, embedding, reference, within_second) == pytest.approx(0)


def test_completeness_error_where_there_is_nothing_to_explain():
    embedding = np.array([1, 0], dtype=np.float32)
    assert completeness_error(np.zeros((2, 2), dtype=np.float32), embedding, embedding) == 0
    slip = np.array([[1e-7, 0]], dtype=np.float32)
    assert completeness_error(slip, embedding, embedding) == pytest.approx(1e-3)
