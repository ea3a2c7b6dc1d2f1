"""Changed meanings of a text, and words taken out of it."""

import pytest

from engine.retrieval.probes import changed_texts, without_spans


def changed(text: str, kind: str) -> list[str]:
    return [change.text for change in changed_texts(text) if change.kind == kind]


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("the drug is safe", "the drug is not safe"),
        ("Can birds fly?", "Can not birds fly?"),
        ("the drug is not safe", "the drug is safe"),
        ("it isn't safe", "it is safe"),
        ("It can’t work", "It can work"),
        ("won't do", "will do"),
        ("they cannot swim", "they can swim"),
        ("tea without sugar", "tea with sugar"),
        ("a wild cat", "not a wild cat"),
        ("no", None),
    ],
)
def test_negation(text, result):
    assert changed(text, "negation") == ([] if result is None else [result])


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("3 cats in 1990", "8 cats in 6445"),
        ("at 50 and 5.7", "at 95 and 9.2"),
        ("Two dogs and twenty cats", "Five dogs and fifty cats"),
        ("a million", "a three"),
        ("no numbers here", None),
    ],
)
def test_numbers(text, result):
    assert changed(text, "number") == ([] if result is None else [result])


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("yesterday Anna beat Bert", "yesterday Bert beat Anna"),
        ("The dog bites the man", "The man bites the dog"),
        ("Paris is in Paris", None),
        ("Rome, not Paris, is older than Rome", "Paris, not Rome, is older than Rome"),
        ("cats", None),
    ],
)
def test_names(text, result):
    assert changed(text, "names") == ([] if result is None else [result])


def test_what_was_changed_is_said():
    assert [change.what for change in changed_texts("Anna is 9 and Bert is 10")] == [
        "'not' put in after 'is'",
        "'9' made '4', '10' made '65'",
        "'Anna' and 'Bert' swapped",
    ]


def test_words_go_with_their_blanks():
    text = "one two,  three\nfour"
    assert without_spans(text, [(4, 7), (0, 3)]) == ", three\nfour"
    assert without_spans("one two three", [(4, 7)]) == "one three"
    assert without_spans("one two", []) == "one two"
