"""Phrases, and how keywords are chosen among them."""

import numpy as np
import pytest

from engine.concepts.candidates import find_examples, propose
from engine.concepts.moments import moments
from engine.concepts.naming import choose_names, judge, stems
from engine.concepts.phrases import phrase_matrix, phrases_of
from engine.concepts.scoring import held_out
from engine.jobs import Job
from tests.unit.label_world import DOCUMENTS, FRUIT, TOPICS, TWO, WATERS, Embedder, material


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("Birds of prey", ["birds", "prey", "birds of prey"]),
        # No phrase spans what was left out between its words.
        ("a pea, or a pea", ["pea", "pea"]),
        ("the sea; the lake", ["sea", "lake"]),
        ("a well-kept garden", ["well-kept", "garden", "well-kept garden"]),
        ("in 1917 b.c.", []),
        ("born in 1917", ["born", "born in 1917"]),
        ("paid the bill", ["paid", "bill", "paid the bill"]),
        ("Müller's\nnotes", ["müller's", "notes"]),
        ("", []),
        ("...", []),
    ],
)
def test_phrases_stand_in_the_text(text: str, phrases: list[str]):
    assert sorted(phrases_of(text)) == sorted(phrases)


def test_only_what_a_model_reads_is_read():
    text = " ".join(f"word{number}" for number in range(400))
    assert "word255" in set(phrases_of(text))
    assert "word256" not in set(phrases_of(text))


def test_the_matrix_says_which_text_holds_which_phrase():
    matrix, phrases = phrase_matrix(["red wine", "red", "the wine"], Job())
    assert sorted(phrases) == ["red", "red wine", "wine"]
    column = {phrase: matrix.toarray()[:, number].tolist() for number, phrase in enumerate(phrases)}
    assert column == {"red": [1, 1, 0], "wine": [1, 0, 1], "red wine": [1, 0, 0]}
    asked, same = phrase_matrix(["red wine", "white wine"], Job(), {"wine": 0, "beer": 1})
    assert same == ["wine", "beer"]
    assert asked.toarray().tolist() == [[1, 0], [1, 0]]


def test_words_that_differ_by_an_ending_are_one():
    assert stems("roses") & stems("wild rose")
    assert stems("studies") & stems("study")
    assert stems("a fishing") & stems("fished")
    assert not stems("glass") & stems("gla")


@pytest.fixture(scope="module")
def world():
    of_world = material()
    out = held_out(DOCUMENTS)
    features = np.array([FRUIT, WATERS, TWO])
    examples = find_examples(of_world.vectors, of_world.codes, features, ~out, Job())
    return of_world, out, examples


def test_examples_are_the_strongest_and_the_nearest_that_do_not_fire(world):
    of_world, out, examples = world
    dense = of_world.codes.by_document.toarray()
    for position, feature in enumerate(examples.features):
        top, near = examples.top[position], examples.near[position]
        strength = dense[top, feature]
        assert (strength > 0).all()
        assert (np.diff(strength) <= 0).all()
        assert strength[-1] >= np.max(np.delete(dense[:, feature] * ~out, top))
        assert (dense[near, feature] == 0).all()
        assert not out[top].any()
        assert not out[near].any()
    centroid = of_world.vectors[examples.top[0][:20]].mean(axis=0)
    assert examples.centroids[0] == pytest.approx(centroid / np.linalg.norm(centroid), abs=1e-6)


def test_keybert_ranks_by_similarity_to_the_centroid(world):
    of_world, _, examples = world
    found = propose(examples, of_world.codes, of_world.texts, Embedder(), Job())
    assert (np.diff(found.feature) >= 0).all()
    expected = np.einsum("pd,pd->p", found.vectors[found.phrase], examples.centroids[found.feature])
    assert found.relevance == pytest.approx(expected, abs=1e-4)  # it rounds to four places
    for position in range(3):
        own = found.feature == position
        assert (np.diff(found.relevance[own]) <= 0).all()
    fruit = found.feature == 0
    shares = {
        found.phrases[i]: share for i, share in zip(found.phrase[fruit], found.share[fruit], strict=True)
    }
    assert set(shares) == set(TOPICS[0])
    top = [of_world.texts([row])[0] for row in examples.top[0]]
    assert shares["pear"] == pytest.approx(np.mean(["pear" in text for text in top]))


def test_the_label_is_the_best_keyword_and_those_that_add_to_it(world):
    of_world, out, examples = world
    known = moments(of_world.vectors, of_world.codes.by_document, np.flatnonzero(~out), Job())
    found = propose(examples, of_world.codes, of_world.texts, Embedder(), Job())
    judged = judge(found, examples, known, of_world.sae, np.ones(3), Job())
    everything = known.correlations(found.vectors)
    for pair, (position, phrase) in enumerate(zip(found.feature, found.phrase, strict=True)):
        feature = examples.features[position]
        assert judged.correlation[pair] == pytest.approx(everything[phrase, feature])
        others = np.delete(np.nan_to_num(everything[phrase], nan=-1), feature)
        assert judged.rival[pair] == pytest.approx(others.max())
        direction = found.vectors[phrase]
        expected = direction @ of_world.sae.encoder[feature].numpy()
        assert judged.activation[pair] == pytest.approx(expected, abs=1e-6)
    name = choose_names(found, judged, examples, known, Job())[0]
    assert name.keywords[0].text == "apple"
    rows = dict(zip(found.phrases, found.vectors, strict=True))
    label = np.sum([rows[keyword.text] for keyword in name.keywords[: name.used]], axis=0)
    assert name.vector == pytest.approx(label / np.linalg.norm(label), abs=1e-6)
    best, own = name.keywords[0], np.array([FRUIT])
    assert known.own(label[None], own)[0] > 1.02 * known.own(rows[best.text][None], own)[0]
    texts = [keyword.text for keyword in name.keywords]
    assert len(set(texts)) == len(texts)
