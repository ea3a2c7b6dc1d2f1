"""Numbers, segments, links and lines: what every report is made of."""

import random
from dataclasses import replace

import numpy as np
import pytest

from engine.report.colours import THEMES, heat
from engine.report.curves import nice_ticks
from engine.report.ledger import printed_ledger, waterfall
from engine.report.lines import lines_of
from engine.report.links import choose_links, strongest_links
from engine.report.numbers import MINUS, add_up, digits_for, percent, signed, unsigned
from engine.report.segments import control_characters, one_line, runs_right_to_left, segments
from tests.gui.results import make_pair, make_text


def number(printed):
    return float(printed.replace(MINUS, "-"))


def test_numbers_carry_their_sign_unless_they_round_to_zero():
    assert signed(0.12345) == "+0.123"
    assert signed(-0.12345) == f"{MINUS}0.123"
    assert signed(-0.0004) == signed(0.0004) == "0.000"
    assert unsigned(2.5, 1) == "2.5"


def test_digits_show_three_figures_of_the_largest():
    assert [digits_for(value) for value in (0.3, 0.05, 0.0021, 80.0, 4000.0, 0.0)] == [3, 4, 5, 1, 0, 3]


def test_percent_has_two_figures():
    assert percent(0.00043) == "0.043%"
    assert percent(0.284) == "28%"
    assert percent(1.5) == "150%"


def test_printed_terms_give_the_printed_sum():
    generator = random.Random(3)
    for _ in range(500):
        terms = [generator.uniform(-2, 2) for _ in range(generator.randint(1, 6))]
        printed, total = add_up(terms, 4)
        assert sum(round(number(term) * 10_000) for term in printed) == round(number(total) * 10_000)
        assert all(abs(number(p) - term) < 1e-4 for p, term in zip(printed, terms, strict=True))
        assert abs(number(total) - sum(terms)) <= 0.5e-4 + 1e-9


def test_parts_add_up_to_a_sum_printed_elsewhere():
    # Each alone rounds down, and the sum was rounded up to close another ledger.
    printed, total = add_up((0.10004, 0.20004), 4, "+0.3001")
    assert sorted(printed) == ["+0.1000", "+0.2001"] or sorted(printed) == ["+0.1001", "+0.2000"]
    assert total == "+0.3001"


@pytest.mark.parametrize("references", ["projected", "shared"])
@pytest.mark.parametrize("similarity", ["cosine", "dot"])
def test_the_ledger_adds_up_as_printed(references, similarity):
    pair = make_pair(references=references, similarity=similarity)
    ledger = printed_ledger(pair)
    digits = len(ledger.similarity.partition(".")[2])
    total = sum(number(term) for term in (ledger.explained, ledger.reference, ledger.residual))
    assert round(total, digits) == number(ledger.similarity)
    rows = waterfall(pair)
    assert [row.kind for row in rows] == ["term", "term", "term", "total"]
    assert all(0 <= row.start <= row.end <= 100 for row in rows)
    assert rows[-1].printed == ledger.similarity


def test_ledgers_have_four_decimals_unless_they_are_large():
    pair = make_pair(similarity="dot")
    assert len(printed_ledger(pair).similarity.partition(".")[2]) == 4
    large = replace(pair.ledger, explained=81.2, reference=-1.0, similarity=80.25, residual=0.05)
    assert printed_ledger(replace(pair, ledger=large)).similarity == "80.250"


def test_bars_of_the_ledger_begin_where_the_one_before_ends():
    explained, reference, residual, total = waterfall(make_pair())
    assert explained.start == total.start == 0
    came, went = (row.end if row.value > 0 else row.start for row in (explained, reference))
    assert came in (reference.start, reference.end)
    assert went in (residual.start, residual.end)
    assert total.end in (residual.start, residual.end)


def test_segments_joined_are_the_text():
    text = make_text("  One,\ttwo \r\n\u200b three\x07 four ", max_tokens=5)
    found = segments(text, np.arange(len(text.words), dtype=np.float32))
    assert "".join(segment.text for segment in found) == text.text
    assert [segment.text for segment in found if segment.kind == "word"] == ["One", ",", "two"]
    assert found[-1].kind == "beyond"
    assert found[-1].text.startswith(" \r\n")


def test_characters_without_a_token_are_not_seen():
    text = make_text("seen unseen")
    without = type(text)(**{**vars(text), "words": text.words[:1]})
    kinds = [(segment.kind, segment.text) for segment in segments(without, np.ones(1, dtype=np.float32))]
    assert kinds == [("word", "seen"), ("unseen", " unseen")]


def test_control_characters_stand_alone_and_layout_does_not():
    assert list(control_characters("a\tb\nc\r\nd")) == [("a\tb\nc\r\nd", None)]
    assert list(control_characters("\x1b[0m\x85\r")) == [
        ("\x1b", "U+001B"),
        ("[0m", None),
        ("\x85", "U+0085"),
        ("\r", "U+000D"),
    ]


def test_one_line_cannot_move_the_cursor_or_turn_the_writing():
    assert one_line("a\x1b[2J\nb\u202ec\x7f") == "a␛[2J b\N{REPLACEMENT CHARACTER}c␡"


def test_direction_is_that_of_the_first_letter():
    assert runs_right_to_left("12 שלום abc")
    assert not runs_right_to_left("abc שלום")
    assert not runs_right_to_left("123")


def test_links_are_the_strongest_cells():
    matrix = np.array([[0.1, -0.5], [0.0, 0.3]], dtype=np.float32)
    found = [(link.query, link.candidate, round(link.value, 3)) for link in strongest_links(matrix, 9)]
    assert found == [(0, 1, -0.5), (1, 1, 0.3), (0, 0, 0.1)]
    assert len(strongest_links(matrix, 2)) == 2


def test_a_thinned_plot_keeps_the_words_of_the_strongest_links_in_order():
    matrix = np.zeros((3, 6), dtype=np.float32)
    matrix[0, 4], matrix[2, 1], matrix[1, 5] = 0.9, -0.8, 0.1
    choice = choose_links(matrix, 10, 2)
    assert choice.query_words == (0, 2)
    assert choice.candidate_words == (1, 4)
    assert [(link.query, link.candidate) for link in choice.links] == [(0, 4), (2, 1)]


def test_ticks_are_round_and_enclose():
    assert nice_ticks(-0.03, 0.77) == pytest.approx([-0.2, 0, 0.2, 0.4, 0.6, 0.8])
    assert len(nice_ticks(0, 0)) >= 2
    ticks = nice_ticks(-3.2, 81.0)
    assert ticks[0] <= -3.2
    assert ticks[-1] >= 81


def luminance(colour):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in colour)]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("value", [-1.0, 1.0])
def test_text_stays_readable_on_the_strongest_colour(theme, value):
    ink = {"light": (27, 28, 31), "dark": (236, 236, 234)}[theme]
    lighter, darker = sorted((luminance(ink), luminance(heat(value, 1.0, theme))), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def test_lines_break_where_the_text_does_and_where_it_must():
    text = make_text("aa bb\ncc dddd ee")
    values = np.arange(len(text.words), dtype=np.float32)
    lines, rest = lines_of(text, values, 8, len, 9)
    assert [[piece.text for piece in line] for line in lines] == [["aa", "bb"], ["cc", "dddd"], ["ee"]]
    assert [[piece.x for piece in line] for line in lines] == [[0, 3], [0, 3], [0]]
    assert rest == ""
    lines, rest = lines_of(text, values, 8, len, 2)
    assert len(lines) == 2
    assert rest == "and 1 more words"


def test_words_written_from_the_right_stand_on_the_right():
    text = make_text("אב גד (ab cd) הו")
    (line,), _ = lines_of(text, np.ones(len(text.words), dtype=np.float32), 20, len, 9)
    assert [piece.text for piece in sorted(line, key=lambda piece: piece.x)] == [
        *("הו", "(", "ab", "cd", ")", "גד", "אב")
    ]
    assert [piece.x for piece in sorted(line, key=lambda piece: piece.x)] == [4, 7, 8, 11, 13, 15, 18]
    assert max(piece.x + piece.width for piece in line) == 20
    (line,), _ = lines_of(make_text("אב,ab גד"), np.ones(4, dtype=np.float32), 8, len, 9)
    assert [(piece.text, piece.x) for piece in sorted(line, key=lambda piece: piece.x)] == [
        *(("גד", 0), ("ab", 3), (",", 5), ("אב", 6))
    ]
    mixed = make_text("ab אב גד cd")
    (line,), _ = lines_of(mixed, np.ones(4, dtype=np.float32), 20, len, 9)
    assert [piece.text for piece in sorted(line, key=lambda piece: piece.x)] == ["ab", "גד", "אב", "cd"]
    assert [piece.x for piece in sorted(line, key=lambda piece: piece.x)] == [0, 3, 6, 9]
