"""Words and sentences against what a reader would say, and tokens grouped by them."""

import time

import pytest

from engine.text import (
    LONGEST_SENTENCE_WORDS,
    Word,
    group_tokens_by_word,
    group_words_by_sentence,
    sentence_spans,
    word_spans,
)

FAMILY, FLAG, THUMB = "👨\u200d👩\u200d👧", "🏳️\u200d🌈", "👍🏽"


def cut(text, spans):
    return [text[start:end] for start, end in spans]


def words_of(text):
    """Return the words, each its own token."""
    return group_tokens_by_word(text, word_spans(text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Carbs are broken down!", ["Carbs", "are", "broken", "down", "!"]),
        ("aren't can’t stop", ["aren't", "can’t", "stop"]),
        ("3.14 1,000.50 a_b U.S.A", ["3.14", "1,000.50", "a_b", "U.S.A"]),
        ("well-known (yes)", ["well", "-", "known", "(", "yes", ")"]),
        ("über e\u0301te\u0301 naïve", ["über", "e\u0301te\u0301", "naïve"]),
        ("机器学习 model，你好。", ["机", "器", "学", "习", "model", "，", "你", "好", "。"]),
        ("カタカナとひらがな", ["カタカナ", "と", "ひ", "ら", "が", "な"]),
        ("한국어 텍스트", ["한국어", "텍스트"]),
        # Without a dictionary a Thai text falls into its syllable signs, never within one.
        ("สวัสดี", ["ส", "วั", "ส", "ดี"]),
        (f"{FAMILY} and {FLAG}!{THUMB}", [FAMILY, "and", FLAG, "!", THUMB]),
        ("שלום עולם, مرحبا!", ["שלום", "עולם", ",", "مرحبا", "!"]),
        ("<b>bold</b> &amp;", ["<", "b", ">", "bold", "<", "/", "b", ">", "&", "amp", ";"]),
        ("a\x07b \x00 \u200b c", ["a", "b", "c"]),
        ("  \t\n", []),
        ("", []),
        ("x", ["x"]),
    ],
)
def test_words_are_those_that_a_reader_sees(text, words):
    assert cut(text, word_spans(text)) == words


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three? four", ["One.", "Two!", "Three?", "four"]),
        ("He said “no.” Then he left.", ["He said “no.”", "Then he left."]),
        ("3.14 is pi. e is 2.72", ["3.14 is pi.", "e is 2.72"]),
        ("Wait... what?! (Yes.) Fine", ["Wait...", "what?!", "(Yes.)", "Fine"]),
        ("第一句。第二句！「第三？」第四", ["第一句。", "第二句！", "「第三？」", "第四"]),
        ("a title\n\nline two\nline three", ["a title", "line two", "line three"]),
        ("  no end  ", ["no end"]),
        ("  \n\x00 ", []),
    ],
)
def test_sentences_end_at_full_stops_before_white_space_and_at_line_breaks(text, sentences):
    assert cut(text, sentence_spans(text)) == sentences


def test_tokens_of_a_word_are_put_together():
    #       0123456789
    text = "unseen day"
    spans = [None, (0, 2), (2, 6), (7, 10), None]
    assert group_tokens_by_word(text, spans) == (
        Word("unseen", (0, 6), (1, 2)),
        Word("day", (7, 10), (3,)),
    )


def test_words_that_share_a_token_are_one():
    text = "机器学习 x"
    words = group_tokens_by_word(text, [(0, 1), (1, 3), (3, 4), (5, 6)])
    assert [(word.text, word.tokens) for word in words] == [
        ("机", (0,)),
        ("器学", (1,)),
        ("习", (2,)),
        ("x", (3,)),
    ]
    words = group_tokens_by_word(text, [(0, 2), (1, 4), (5, 6)])
    assert [(word.text, word.tokens) for word in words] == [("机器学习", (0, 1)), ("x", (2,))]


def test_pieces_of_one_character_are_one_word():
    assert group_tokens_by_word("a 🙂", [(0, 1), (2, 3), (2, 3), (2, 3)]) == (
        Word("a", (0, 1), (0,)),
        Word("🙂", (2, 3), (1, 2, 3)),
    )


def test_a_word_without_a_token_is_left_out():
    assert [word.text for word in group_tokens_by_word("one two three", [(0, 3), (8, 13)])] == [
        "one",
        "three",
    ]


def test_a_token_between_words_is_a_word_of_its_own():
    # A byte-level tokenizer gives control characters a token, though no reader sees a word there.
    assert [word.text for word in group_tokens_by_word("a\x00b", [(0, 1), (1, 2), (2, 3)])] == [
        "a",
        "\x00",
        "b",
    ]


def test_a_piece_of_nothing_goes_with_the_word_after_it():
    text = "one two"
    spans = [None, None, (0, 3), None, (4, 6), (6, 7), None, None]
    words = group_tokens_by_word(text, spans, content=(1, 2, 3, 4, 5, 6))
    assert [(word.text, word.tokens) for word in words] == [("one", (1, 2)), ("two", (3, 4, 5, 6))]
    assert [word.tokens for word in group_tokens_by_word(text, spans)] == [(2,), (4, 5)]
    assert group_tokens_by_word(text, [None, None], content=(0, 1)) == ()


def test_sentences_are_made_of_whole_words():
    text = "One two. Three\nfour"
    sentences = group_words_by_sentence(text, words_of(text))
    assert sentences == (
        Word("One two.", (0, 8), (0, 1, 2)),
        Word("Three", (9, 14), (3,)),
        Word("four", (15, 19), (4,)),
    )
    assert group_words_by_sentence("", ()) == ()


def test_a_long_sentence_is_cut_into_runs():
    text = "word " * (2 * LONGEST_SENTENCE_WORDS + 5)
    sentences = group_words_by_sentence(text, words_of(text))
    assert [len(sentence.tokens) for sentence in sentences] == [40, 40, 5]
    assert sentences[1].span == (200, 399)
    tokens = [token for sentence in sentences for token in sentence.tokens]
    assert tokens == list(range(85))


@pytest.mark.parametrize("piece", ["Lorem ipsum dolor sit. ", "字", "a", ".", ' "?!'])
def test_a_hundred_thousand_characters_take_no_time(piece):
    text = piece * (100_000 // len(piece)) + "x"
    start = time.process_time()
    words = words_of(text)
    pieces = group_tokens_by_word(text, [(i, i + 1) for i in range(len(text))])
    sentences = group_words_by_sentence(text, words)
    assert time.process_time() - start < 5
    assert words[-1].span[1] == pieces[-1].span[1] == len(text)
    assert sum(len(sentence.tokens) for sentence in sentences) == len(words)
