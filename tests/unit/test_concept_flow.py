"""The concept flow and the erasure test: against what taking a token, or a direction, away does."""

import numpy as np
import pytest
import torch

from engine.attribution.contributions import TokenContributions
from engine.concepts.erasure import erase_and_keep
from engine.concepts.flow import concept_flow, flow_directions, shown_flow
from engine.concepts.ledger import concept_ledger
from engine.encoder import TokenizedText
from engine.sae.architectures import SAEConfig, SparseAutoencoder
from engine.text import Word
from tests.dictionaries import dictionary_of

DIMENSION, FEATURES, TOKENS = 8, 20, 6
THRESHOLD = 0.2


@pytest.fixture(params=[False, True], ids=["plain", "layer norm"])
def sae(request) -> SparseAutoencoder:
    config = SAEConfig("batchtopk", DIMENSION, FEATURES, k=4, seed=3, layer_norm=request.param)
    sae = SparseAutoencoder(config)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        sae.threshold.fill_(THRESHOLD)
        sae.b_dec.copy_(0.1 * torch.randn(DIMENSION, generator=generator))
        sae.b_enc.copy_(0.1 * torch.randn(FEATURES, generator=generator))
        sae.encoder.add_(0.2 * torch.randn(FEATURES, DIMENSION, generator=generator))
    return sae.requires_grad_(False)


def text_of_words(*tokens_of_words: tuple[int, ...]) -> TokenizedText:
    """A text of six tokens, the first of which is special."""
    words = tuple(
        Word(chr(97 + number), (2 * number, 2 * number + 1), tokens)
        for number, tokens in enumerate(tokens_of_words)
    )
    return TokenizedText(
        text=" ".join(word.text for word in words),
        prompt="",
        ids=np.arange(TOKENS),
        tokens=tuple("[abcde"),
        spans=(None, *[(0, 1)] * (TOKENS - 1)),
        content=tuple(range(1, TOKENS)),
        words=words,
        total_tokens=TOKENS,
        seen_characters=1,
    )


def contributions(seed: int, text: TokenizedText) -> TokenContributions:
    random = np.random.default_rng(seed)
    common = np.random.default_rng(100).normal(size=DIMENSION)
    vectors = (0.4 * random.normal(size=(TOKENS, DIMENSION)) + common / TOKENS).astype(np.float32)
    reference = (0.3 * random.normal(size=DIMENSION)).astype(np.float32)
    return TokenContributions(
        text, vectors, vectors.sum(axis=0) + reference, reference, reference, 0.0, 16, "made up", 0, 0.0
    )


@pytest.fixture
def sides() -> tuple[TokenContributions, TokenContributions]:
    return (
        contributions(1, text_of_words((1, 2), (3,), (4, 5))),
        contributions(2, text_of_words((1,), (2, 3, 4), (5,))),
    )


def contribution_by_hand(sae, feature, e_q, e_c, frozen_q, frozen_c, norms) -> float:
    """c_f of vectors that may be anything, the activity, scales and norms of the true ones held."""

    def activation(vector, frozen):
        scale = frozen.std(ddof=1) if sae.config.layer_norm else 1.0

        def before(x):
            inputs = (x - x.mean()) / (scale + 1e-5) if sae.config.layer_norm else x
            row = sae.encoder[feature].double().numpy()
            return row @ (inputs - sae.b_dec.double().numpy()) + float(sae.b_enc[feature])

        return scale * before(vector) if before(frozen) > THRESHOLD else 0.0

    direction = sae.W_dec[feature].double().numpy()
    both = activation(e_q, frozen_q) * (direction @ e_c) + activation(e_c, frozen_c) * (direction @ e_q)
    return both / 2 / norms


@pytest.mark.parametrize("similarity", ["cosine", "dot"])
def test_a_band_is_what_the_contribution_loses_without_the_token(sae, sides, similarity):
    dictionary = dictionary_of(sae)
    query, candidate = sides
    e_q, e_c = (side.embedding.astype(np.float64) for side in sides)
    ledger = concept_ledger(dictionary, query.embedding, candidate.embedding, similarity)
    flow = concept_flow(dictionary, ledger, query, candidate)
    norms = np.linalg.norm(e_q) * np.linalg.norm(e_c) if similarity == "cosine" else 1.0
    assert len(flow.features) > 5
    for column, feature in enumerate(flow.features):
        whole = contribution_by_hand(sae, feature, e_q, e_c, e_q, e_c, norms)
        assert flow.contributions[column] == pytest.approx(whole, rel=1e-5, abs=1e-6)
        for token in range(TOKENS):
            without = contribution_by_hand(sae, feature, e_q - query.vectors[token], e_c, e_q, e_c, norms)
            assert flow.query.bands[token, column] == pytest.approx(whole - without, abs=1e-5)
            without = contribution_by_hand(sae, feature, e_q, e_c - candidate.vectors[token], e_q, e_c, norms)
            assert flow.candidate.bands[token, column] == pytest.approx(whole - without, abs=1e-5)


@pytest.mark.parametrize("known", [None, 3])
def test_a_folded_flow_adds_up_its_members(sae, sides, known):
    dictionary = dictionary_of(sae)
    ledger = concept_ledger(dictionary, sides[0].embedding, sides[1].embedding)
    flow = concept_flow(dictionary, ledger, *sides, known)
    families = np.full(dictionary.features, -1)
    families[ledger.features[[0, 2]]] = 5
    folded = flow.folded(ledger.folded(families))
    (family,) = (place for place, one in enumerate(folded.features) if one == ledger.features[0])
    for side, before in ((folded.query, flow.query), (folded.candidate, flow.candidate)):
        np.testing.assert_allclose(side.bands[:, family], before.bands[:, 0] + before.bands[:, 2])
        np.testing.assert_allclose(side.activations[:, family], before.activations[:, [0, 2]].sum(axis=1))
        np.testing.assert_allclose(side.word_bands.sum(axis=0) + side.outside, folded.contributions)
    total = folded.contributions.sum() + folded.rest
    assert total == pytest.approx(ledger.contributions.sum())
    assert len(folded.features) + folded.rest_count == len(ledger.features) - 1
    assert len(folded.features) == (len(ledger.features) - 1 if known is None else 2)


def test_words_and_what_is_outside_them_sum_to_the_contribution(sae, sides):
    dictionary = dictionary_of(sae)
    ledger = concept_ledger(dictionary, sides[0].embedding, sides[1].embedding)
    flow = concept_flow(dictionary, ledger, *sides)
    np.testing.assert_array_equal(flow.contributions, ledger.contributions)
    for side in (flow.query, flow.candidate):
        expected = np.array([side.bands[list(word.tokens)].sum(axis=0) for word in side.text.words])
        np.testing.assert_allclose(side.word_bands, expected)
        np.testing.assert_allclose(side.word_bands.sum(axis=0) + side.outside, ledger.contributions)
        # The special token's band belongs to no word.
        assert np.abs(side.outside - (ledger.contributions - side.bands.sum(axis=0))).max() > 1e-3


def test_contributions_within_the_span_that_is_needed_give_the_same_flow(sae, sides):
    dictionary = dictionary_of(sae)
    ledger = concept_ledger(dictionary, sides[0].embedding, sides[1].embedding)
    basis = flow_directions(dictionary, ledger.features[:2])
    assert len(basis) < DIMENSION
    within = [
        TokenContributions(**{**vars(side), "vectors": side.vectors @ basis.T @ basis, "basis": basis})
        for side in sides
    ]
    whole, part = (concept_flow(dictionary, ledger, *pair, features=2) for pair in (sides, within))
    np.testing.assert_allclose(part.query.bands, whole.query.bands, atol=1e-5)
    np.testing.assert_allclose(part.candidate.bands, whole.candidate.bands, atol=1e-5)
    assert whole.rest == pytest.approx(ledger.contributions[2:].sum())
    assert whole.rest_count == len(ledger.features) - 2


@pytest.mark.parametrize("kept", [None, 4])
def test_a_picture_folds_what_is_weak_and_drops_nothing(sae, sides, kept):
    dictionary = dictionary_of(sae)
    ledger = concept_ledger(dictionary, sides[0].embedding, sides[1].embedding)
    flow = concept_flow(dictionary, ledger, *sides, features=kept)
    shown = shown_flow(flow, features=3, words=2, least=0.2)
    assert shown.features == tuple(ledger.features[:3])
    assert shown.others == len(ledger.features) - 3
    assert shown.contributions.sum() == pytest.approx(ledger.contributions.sum())
    for side, whole in ((shown.query, flow.query), (shown.candidate, flow.candidate)):
        assert 0 < len(side.words) <= 2
        assert list(side.words) == sorted(side.words)
        np.testing.assert_allclose(side.bands.sum(axis=0), shown.contributions)
        drawn = side.bands[:-2]
        narrow = 0.2 * np.abs(ledger.contributions[:3]).max()
        assert (np.abs(drawn[drawn != 0]) >= narrow).all()
        for row, word in enumerate(side.words):
            for column in range(3):
                assert drawn[row, column] in (0, whole.word_bands[word, column])
        np.testing.assert_allclose(side.bands[-1, :3], whole.outside[:3])


def projected_out(vector: np.ndarray, directions: np.ndarray) -> np.ndarray:
    weights = np.linalg.lstsq(directions.T, vector, rcond=None)[0]
    return vector - weights @ directions


@pytest.mark.parametrize("similarity", ["cosine", "dot"])
def test_erasing_is_what_least_squares_leaves(sae, sides, similarity):
    dictionary = dictionary_of(sae)
    e_q, e_c = (side.embedding.astype(np.float64) for side in sides)
    ledger = concept_ledger(dictionary, e_q, e_c, similarity)
    test = erase_and_keep(dictionary, ledger, e_q, e_c, count=2, draws=9)
    assert len(test.features) == 2
    directions = sae.W_dec[torch.from_numpy(test.features)].double().numpy()
    rest_q, rest_c = projected_out(e_q, directions), projected_out(e_c, directions)
    inside = (e_q - rest_q) @ (e_c - rest_c)
    if similarity == "cosine":
        erased = rest_q @ rest_c / np.linalg.norm(rest_q) / np.linalg.norm(rest_c)
        inside /= np.linalg.norm(e_q) * np.linalg.norm(e_c)
    else:
        erased = rest_q @ rest_c
    assert test.erased == pytest.approx(erased, abs=1e-6)
    assert test.kept == pytest.approx(inside, abs=1e-6)
    assert test.drop == pytest.approx(test.similarity - erased, abs=1e-6)
    assert len(test.random_erased) == len(test.random_kept) == 9
    drop = test.random_drop
    assert drop.mean == pytest.approx(np.mean(ledger.similarity - test.random_erased))
    assert drop.low <= np.median(ledger.similarity - test.random_erased) <= drop.high


def test_random_features_are_active_and_others_than_those_erased(sae, sides):
    dictionary = dictionary_of(sae)
    e_q, e_c = (side.embedding for side in sides)
    ledger = concept_ledger(dictionary, e_q, e_c)
    test = erase_and_keep(dictionary, ledger, e_q, e_c, count=2, draws=20)
    others = [f for f in ledger.features if f not in test.features]
    possible = []
    for i, first in enumerate(others):
        for second in others[i + 1 :]:
            directions = sae.W_dec[[int(first), int(second)]].double().numpy()
            rest = [projected_out(e.astype(np.float64), directions) for e in (e_q, e_c)]
            possible.append(rest[0] @ rest[1] / np.linalg.norm(rest[0]) / np.linalg.norm(rest[1]))
    assert np.abs(np.array(possible)[:, None] - test.random_erased).min(axis=0).max() < 1e-6


def test_nothing_shared_means_nothing_erased(sae, sides):
    sae.threshold.fill_(1e6)
    dictionary = dictionary_of(sae)
    e_q, e_c = (side.embedding for side in sides)
    ledger = concept_ledger(dictionary, e_q, e_c)
    test = erase_and_keep(dictionary, ledger, e_q, e_c)
    assert (len(test.features), test.drop, test.kept) == (0, 0, 0)
    assert test.random_drop is None
    flow = concept_flow(dictionary, ledger, *sides)
    assert shown_flow(flow).contributions.tolist() == [0]
