"""The heatmap paints the text as written, on the palette's colours, and works the selection."""

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QFont, QFontMetricsF

from tests.gui.pointing import (
    click,
    grabbed,
    leave,
    move_to,
    no_tooltip_left,  # noqa: F401  (an autouse fixture, seen through this name)
    rgb,
    tooltip,
)
from tests.gui.results import make_text
from ui.selection import LinkTarget, Selection, WordTarget
from ui.theme import Theme, colour_scale
from ui.widgets.text_flow import TextFlow
from ui.widgets.text_ranges import unread_spans
from ui.widgets.token_heatmap import TokenHeatmap

TEXT = "Carbs are broken down\ninto sugar in your body"
VALUES = np.array([0.2, -0.2, 0.0, 0.1, -0.05, 0.15, 0.02, -0.1, 0.05])


@pytest.fixture
def selection(qapp):
    return Selection()


@pytest.fixture
def heatmap(qtbot, selection):
    widget = TokenHeatmap("query", selection)
    qtbot.addWidget(widget)
    widget.set_theme(Theme.named("light"))
    widget.resize(420, 200)
    widget.show()
    widget.show_text(make_text(TEXT), VALUES, 0.2, "similarity")
    return widget


def rect_of(heatmap, word):
    """The first rectangle of a word, in pixels of the viewport."""
    rect = heatmap._flow.word_rects(word)[0]
    origin = heatmap._in_flow(QPointF(0, 0))
    return rect.translated(-origin)


def middle(heatmap, word):
    return rect_of(heatmap, word).center()


def colour_behind(heatmap, word):
    rect = rect_of(heatmap, word)
    pixel = QPoint(round(rect.left() + 4), round(rect.top() + 2))
    image = grabbed(heatmap)
    return rgb(image.pixelColor(heatmap.viewport().mapTo(heatmap, pixel)))


@pytest.mark.parametrize("name", ["light", "dark"])
def test_words_stand_on_the_colour_of_their_value(heatmap, name):
    theme = Theme.named(name)
    heatmap.set_theme(theme)
    scale = colour_scale(theme)
    for word in (0, 1, 2, 5):
        expected = rgb(scale.colour(VALUES[word], 0.2))
        assert np.abs(np.subtract(colour_behind(heatmap, word), expected)).max() <= 2
    assert colour_behind(heatmap, 0) == rgb(theme.positive)
    assert colour_behind(heatmap, 1) == rgb(theme.negative)


def test_negative_words_carry_a_dotted_line(heatmap):
    image = grabbed(heatmap)

    def changes(word):
        rect = rect_of(heatmap, word)
        rows = []
        for y in range(round(rect.bottom()) - 5, round(rect.bottom())):
            row = [
                image.pixelColor(heatmap.viewport().mapTo(heatmap, QPoint(x, y))).lightness()
                for x in range(round(rect.left()) + 4, round(rect.right()) - 4)
            ]
            rows.append(sum(abs(a - b) > 25 for a, b in pairwise(row)))
        return max(rows)

    assert changes(1) > 8  # "are", negative
    assert changes(0) <= 2  # "Carbs", positive


def test_line_breaks_are_kept_and_long_lines_wrap(heatmap):
    tops = [rect_of(heatmap, word).top() for word in range(9)]
    assert len(set(tops[:4])) == 1
    assert tops[4] > tops[3]
    heatmap.resize(150, 200)
    assert len({round(rect_of(heatmap, word).top()) for word in range(9)}) > 2


def test_pointing_selects_the_word_and_shows_its_number(heatmap, selection):
    move_to(heatmap.viewport(), middle(heatmap, 5))
    assert selection.hovered == WordTarget("query", 5)
    assert "sugar" in tooltip()
    assert "+0.150 similarity" in tooltip()
    assert "1 token: " in tooltip()
    move_to(heatmap.viewport(), QPointF(400, 190))
    assert selection.hovered is None
    move_to(heatmap.viewport(), middle(heatmap, 0))
    leave(heatmap.viewport())
    assert selection.hovered is None


def test_a_click_isolates_and_a_click_beside_shows_all(heatmap, selection):
    click(heatmap.viewport(), middle(heatmap, 3))
    assert selection.isolated == WordTarget("query", 3)
    click(heatmap.viewport(), QPointF(400, 190))
    assert selection.isolated is None


def test_every_word_is_found_where_it_is_painted(heatmap, selection):
    for word in range(9):
        rect = rect_of(heatmap, word)
        for x in (rect.left() + 2, rect.center().x(), rect.right() - 2):
            move_to(heatmap.viewport(), QPointF(x, rect.center().y()))
            assert selection.hovered == WordTarget("query", word)


def test_the_keyboard_walks_words_and_isolates(qtbot, heatmap, selection):
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right):
        qtbot.keyClick(heatmap, key)
    assert selection.hovered == WordTarget("query", 1)
    qtbot.keyClick(heatmap, Qt.Key.Key_Down)
    assert selection.hovered.word in {4, 5}  # below "are"
    qtbot.keyClick(heatmap, Qt.Key.Key_Up)
    qtbot.keyClick(heatmap, Qt.Key.Key_End)
    assert selection.hovered == WordTarget("query", 8)
    qtbot.keyClick(heatmap, Qt.Key.Key_Return)
    assert selection.isolated == WordTarget("query", 8)
    qtbot.keyClick(heatmap, Qt.Key.Key_Escape)
    assert selection.isolated is None
    assert selection.hovered is None


def test_arrows_follow_the_eye_in_text_from_right_to_left(qtbot, heatmap, selection):
    heatmap.show_text(make_text("שלום עולם זהו"), np.zeros(3), 1, "similarity")
    assert rect_of(heatmap, 0).left() > rect_of(heatmap, 1).left() > rect_of(heatmap, 2).left()
    assert rect_of(heatmap, 0).right() > heatmap.viewport().width() - 20
    qtbot.keyClick(heatmap, Qt.Key.Key_Home)
    qtbot.keyClick(heatmap, Qt.Key.Key_Left)
    assert selection.hovered == WordTarget("query", 1)


def test_what_others_point_at_lights_up_here(heatmap, selection):
    plain = grabbed(heatmap)
    selection.hover(LinkTarget(0, 3))
    lit = grabbed(heatmap)
    assert lit != plain
    selection.hover(WordTarget("candidate", 0))
    assert grabbed(heatmap) == plain
    selection.hover(WordTarget("query", 99))
    assert grabbed(heatmap) == plain


def test_links_with_an_isolated_word_recolour_the_text(heatmap):
    links = np.zeros(9)
    links[2] = -0.04
    heatmap.set_linked_values(links)
    assert colour_behind(heatmap, 2) == rgb(Theme.named("light").negative)
    assert colour_behind(heatmap, 0) == rgb(Theme.named("light").neutral)
    move_to(heatmap.viewport(), middle(heatmap, 2))
    assert "−0.0400 with the isolated word" in tooltip()
    heatmap.set_linked_values(None)
    assert colour_behind(heatmap, 0) == rgb(Theme.named("light").positive)


def test_what_the_model_did_not_read_is_grey_and_says_so(heatmap, selection):
    text = make_text("one two three four", max_tokens=4)
    heatmap.show_text(text, np.array([0.1, -0.1]), 0.2, "similarity")
    assert unread_spans(text) == [(7, 18)]
    assert "not read by the model" in heatmap.accessibleDescription()
    move_to(heatmap.viewport(), middle(heatmap, 1) + QPointF(50, 0))
    assert selection.hovered is None
    assert "Not read by the model" in tooltip()
    assert "4 of the 6 tokens" in tooltip()


def test_the_strongest_words_are_said(heatmap):
    said = heatmap.accessibleDescription()
    assert said.index("Carbs") < said.index("sugar")
    assert "+0.200" in said
    assert heatmap.accessibleName() == "Query, words coloured by contribution"
    assert heatmap.focusPolicy() == Qt.FocusPolicy.StrongFocus


def test_before_a_result_there_is_a_quiet_line(qtbot, selection):
    empty = TokenHeatmap("candidate", selection)
    qtbot.addWidget(empty)
    empty.resize(300, 120)
    move_to(empty.viewport(), QPointF(20, 20))
    click(empty.viewport(), QPointF(20, 20))
    qtbot.keyClick(empty, Qt.Key.Key_Right)
    empty.set_linked_values(np.zeros(3))
    assert selection.hovered is None
    image = grabbed(empty)
    colours = {image.pixelColor(x, y).name() for x in range(300) for y in range(60, 75)}
    assert len(colours) > 2


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "👩‍👩‍👧 emoji 🍬🍭 and flags 🇩🇪",
        "碳水化合物在体内分解成糖。",
        "<b>bold</b> & \x00\x07 control \x1b[31m",
        "tabs\tand\r\nlines\rand\x0cfeeds\u2028more",
        "lone surrogate \ud800 here",
        "\n\n\nlate",
        "x" * 3000,
    ],
)
def test_any_text_can_be_shown(heatmap, selection, text):
    tokens = make_text(text)
    heatmap.show_text(tokens, np.linspace(-1, 1, len(tokens.words)), 1, "similarity")
    for word in range(len(tokens.words)):
        assert heatmap._flow.word_rects(word)
    move_to(heatmap.viewport(), middle(heatmap, 0))
    assert selection.hovered == WordTarget("query", 0)
    grabbed(heatmap)


def test_characters_beyond_sixteen_bits_do_not_shift_words(qapp):
    text = "🍬🍬 sugar"
    flow = TextFlow(text, [(0, 1), (1, 2), (3, 8)], QFont())
    flow.lay_out(1000, [])
    box = flow.word_rects(2)[0]
    metrics = QFontMetricsF(QFont())
    assert box.width() == pytest.approx(metrics.horizontalAdvance("sugar"), abs=4)
    assert box.right() == pytest.approx(metrics.horizontalAdvance(text), abs=3)
    assert flow.character_at(QPointF(box.right() - 3, box.center().y())) == 7


def test_a_word_in_the_other_direction_keeps_its_place(qapp):
    text = "And with שלום inside"
    words = [word.span for word in make_text(text).words]
    flow = TextFlow(text, words, QFont())
    flow.lay_out(1000, [])
    boxes = [flow.word_rects(word)[0] for word in range(4)]
    for box, following in pairwise(boxes):
        assert box.width() > 10
        assert box.right() < following.left() + 1


def test_paragraphs_of_both_directions_lean_to_their_sides(qapp):
    text = "שלום\nhello\nمرحبا"
    flow = TextFlow(text, [word.span for word in make_text(text).words], QFont())
    flow.lay_out(400, [])
    hebrew, english, arabic = (flow.word_rects(word)[0] for word in range(3))
    assert english.left() < 5
    assert min(hebrew.right(), arabic.right()) > 395
    assert hebrew.bottom() <= english.top() + 3 <= arabic.top() + 3


def test_a_word_broken_over_lines_has_a_box_on_each(qapp):
    flow = TextFlow("y" * 200, [(0, 200)], QFont())
    flow.lay_out(100, [])
    boxes = flow.word_rects(0)
    assert len(boxes) > 3
    assert all(flow.word_at(box.center()) == 0 for box in boxes)


def test_of_a_long_text_only_what_can_be_seen_is_painted(heatmap):
    generator = np.random.default_rng(0)
    text = " ".join(generator.choice(["sugar", "glucose", "body", "in"], 5000))
    heatmap.show_text(make_text(text), generator.normal(size=5000), 1, "similarity")
    flow = heatmap._flow
    bar = heatmap.verticalScrollBar()
    assert bar.maximum() > 1000
    for value in (0, bar.maximum() // 2, bar.maximum()):
        shown = flow.words_between(value, value + heatmap.viewport().height())
        assert 20 < len(shown) < 200
    assert shown.stop == 5000


def test_a_hundred_thousand_characters_can_be_shown(heatmap):
    text = make_text(("sugar and glucose in your body " * 3300)[:100_000], max_tokens=256)
    heatmap.show_text(text, np.zeros(len(text.words)), 1, "similarity")
    assert heatmap.verticalScrollBar().maximum() > 10_000
    heatmap.verticalScrollBar().setValue(heatmap.verticalScrollBar().maximum())
    grabbed(heatmap)
