"""The connection plot draws the strongest links, finds them under the pointer, and isolates them."""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt

from tests.gui.pointing import (
    click,
    drag,
    grabbed,
    leave,
    letters,
    move_to,
    no_tooltip_left,  # noqa: F401  (an autouse fixture, seen through this name)
    tooltip,
    wheel,
)
from ui.selection import LinkTarget, Selection, WordTarget
from ui.theme import Theme
from ui.widgets.connection_plot import MOST_THICK, ConnectionPlot
from ui.widgets.link_curves import BUCKETS, LinkCurves, Links
from ui.widgets.pixel_axis import PixelAxis, apart

MATRIX = np.array([[0.4, -0.2, 0.0], [0.1, 0.3, -0.05]], dtype=np.float32)


def words(*texts):
    return [SimpleNamespace(text=text) for text in texts]


@pytest.fixture
def selection(qapp):
    return Selection()


@pytest.fixture
def plot(qtbot, selection):
    widget = ConnectionPlot(selection)
    qtbot.addWidget(widget)
    widget.set_theme(Theme.named("light"))
    widget.resize(420, 260)
    widget.show()
    widget.show_pair(words("sugar", "body"), words("glucose", "in", "blood"), MATRIX, 0.4, "similarity")
    return widget


def on_curve(plot, row, column, share=0.5):
    """A point on a curve: the curve of a cubic whose ends are level, worked out on its own."""
    t = np.linspace(0, 1, 2001)
    start, end = plot._axes[0].centre(row), plot._axes[1].centre(column)
    left, right = plot._area.left(), plot._area.right()
    middle = (left + right) / 2
    b = [(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3]
    x = b[0] * left + b[1] * middle + b[2] * middle + b[3] * right
    y = b[0] * start + b[1] * start + b[2] * end + b[3] * end
    i = int(np.abs(x - (left + share * (right - left))).argmin())
    return QPointF(x[i], y[i])


def label(plot, side, index):
    return plot._label_box(side, index).center()


def drawn(curves):
    return set(zip(curves._links.rows.tolist(), curves._links.columns.tolist(), strict=True))


@pytest.mark.parametrize("cell", [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)])
@pytest.mark.parametrize("share", [0.1, 0.35, 0.9])
def test_the_pointer_finds_the_curve_that_is_painted_there(plot, selection, cell, share):
    # One link at a time, so that no other runs nearby.
    alone = np.zeros_like(MATRIX)
    alone[cell] = MATRIX[cell]
    plot.show_pair(words("sugar", "body"), words("glucose", "in", "blood"), alone, 0.4, "similarity")
    point = on_curve(plot, *cell, share)
    move_to(plot.viewport(), point)
    assert selection.hovered == LinkTarget(*cell)
    move_to(plot.viewport(), point + QPointF(0, 40))
    assert selection.hovered is None


def test_a_curve_says_its_words_and_its_number(plot):
    move_to(plot.viewport(), on_curve(plot, 0, 0, 0.2))
    assert "sugar" in tooltip()
    assert "glucose" in tooltip()
    assert "+0.400 similarity" in tooltip()


def test_pointing_at_a_word_brings_out_only_its_links(plot, selection):
    move_to(plot.viewport(), label(plot, 0, 0))
    assert selection.hovered == WordTarget("query", 0)
    assert drawn(plot._bright) == {(0, 0), (0, 1)}
    assert "−0.200" in tooltip()
    move_to(plot.viewport(), label(plot, 1, 0))
    assert drawn(plot._bright) == {(0, 0), (1, 0)}
    leave(plot)
    assert selection.hovered is None
    assert drawn(plot._bright) == set()


def test_a_click_isolates_and_hides_the_rest(plot, selection):
    click(plot.viewport(), label(plot, 1, 1))
    assert selection.isolated == WordTarget("candidate", 1)
    leave(plot)
    assert drawn(plot._base) | drawn(plot._bright) == {(0, 1), (1, 1)}
    click(plot.viewport(), QPointF(plot._area.center().x(), plot._area.bottom() - 1))
    assert selection.isolated is None
    assert len(drawn(plot._base)) == 5


def test_only_the_strongest_are_drawn(plot):
    plot.set_top(2)
    assert drawn(plot._base) == {(0, 0), (1, 1)}
    plot.set_top(100)
    assert len(drawn(plot._base)) == 5  # the link of value zero is none


def test_negative_links_are_dashed_and_in_their_own_colour(plot):
    theme = Theme.named("light")
    styles = {(pen.color().name(), bool(pen.dashPattern())) for pen, _ in plot._base._paths}
    assert styles == {(theme.positive.name(), False), (theme.negative.name(), True)}
    assert all(pen.widthF() == 1 for pen, _ in plot._base._paths)
    alphas = sorted(pen.color().alphaF() for pen, _ in plot._base._paths)
    assert alphas[-1] == pytest.approx(1, abs=0.01)
    assert alphas[0] < 0.3


def test_thousands_of_links_need_few_pens_and_few_are_thick(plot, selection):
    generator = np.random.default_rng(0)
    many = [SimpleNamespace(text=f"word{i}") for i in range(200)]
    plot.show_pair(many, many, generator.normal(size=(200, 200)), 4, "similarity")
    plot.set_top(2000)
    assert len(plot._base._links) == 2000
    assert len(plot._base._paths) <= 2 * BUCKETS
    selection.hover(WordTarget("query", 5))
    assert 0 < len(plot._bright._links) <= MOST_THICK
    grabbed(plot)


def test_hits_agree_with_a_search_over_all_points_of_all_curves(qapp):
    generator = np.random.default_rng(1)
    matrix = generator.normal(size=(12, 9)).astype(np.float32)
    curves = LinkCurves()
    left, right = np.sort(generator.uniform(0, 300, 12)), np.sort(generator.uniform(0, 300, 9))
    curves.place(QRectF(100, 0, 250, 300), left, right)
    links = Links.between(matrix).strongest(108)
    curves.show_links(links, 1, Qt.GlobalColor.red, Qt.GlobalColor.blue, thick=False)
    t = np.linspace(0, 1, 4001)
    xs = 100 + 250 * (1.5 * t * (1 - t) ** 2 + 1.5 * t**2 * (1 - t) + t**3)
    ys = left[:, None, None] + (right[None, :, None] - left[:, None, None]) * (3 * t**2 - 2 * t**3)
    for x, y in generator.uniform((110, 0), (340, 300), size=(60, 2)):
        distance = np.hypot(xs - x, ys - y).min(axis=2)
        found = curves.link_at(x, y)
        if found is None:
            assert distance.min() > 5
        else:
            assert distance[found] <= distance.min() + 2


def test_links_of_a_matrix_are_its_cells():
    links = Links.between(MATRIX, column=1)
    assert links.rows.tolist() == [0, 1]
    assert links.columns.tolist() == [1, 1]
    assert links.values.tolist() == pytest.approx([-0.2, 0.3])
    assert Links.between(MATRIX).strongest(3).values.tolist() == pytest.approx([0.4, 0.3, -0.2])
    assert len(Links.between(MATRIX).strongest(99)) == 5
    assert len(Links.between(np.zeros((0, 3), np.float32)).strongest(2)) == 0


def test_labels_never_overlap_and_the_wheel_brings_out_more(plot, monkeypatch):
    many = [SimpleNamespace(text=f"word{i}") for i in range(300)]
    generator = np.random.default_rng(0)
    plot.show_pair(words("sugar"), many, generator.normal(size=(1, 300)), 3, "similarity")
    painted = []
    paint_word = ConnectionPlot._paint_word

    def remember(self, painter, side, index, active, bold):
        painted.append((side, index))
        paint_word(self, painter, side, index, active, bold)

    monkeypatch.setattr(ConnectionPlot, "_paint_word", remember)
    for _ in range(8):
        painted.clear()
        grabbed(plot)
        centres = sorted(plot._places[1][index] for side, index in painted if side == 1)
        assert len(centres) > 3
        assert all(b - a >= letters(plot) for a, b in pairwise(centres))
        wheel(plot.viewport(), QPointF(400, 130), 2)
    assert plot._axes[1].zoomed()
    assert not plot._axes[0].zoomed()
    assert plot._axes[1].pitch >= plot.fontMetrics().height()


def test_a_drag_moves_what_the_wheel_has_zoomed(plot, selection):
    many = [SimpleNamespace(text=f"word{i}") for i in range(300)]
    plot.show_pair(words("sugar"), many, np.ones((1, 300)), 3, "similarity")
    wheel(plot.viewport(), QPointF(400, 130), 6)
    before = plot._axes[1].centre(150)
    drag(plot.viewport(), QPointF(400, 130), QPointF(400, 100))
    assert plot._axes[1].centre(150) == pytest.approx(before - 30)
    assert selection.isolated is None


def test_the_keyboard_walks_words_crosses_over_and_isolates(qtbot, plot, selection):
    qtbot.keyClick(plot, Qt.Key.Key_Down)
    assert selection.hovered == WordTarget("query", 0)
    qtbot.keyClick(plot, Qt.Key.Key_Down)
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    assert selection.hovered == WordTarget("candidate", 1)  # the strongest partner of "body"
    qtbot.keyClick(plot, Qt.Key.Key_Return)
    assert selection.isolated == WordTarget("candidate", 1)
    qtbot.keyClick(plot, Qt.Key.Key_Escape)
    assert selection.isolated is None


def test_the_strongest_links_are_said(plot):
    assert "sugar with glucose" in plot.accessibleDescription()
    assert "+0.400" in plot.accessibleDescription()
    assert plot.accessibleName() == "Connections between words"


def test_selections_of_other_texts_do_no_harm(plot, selection):
    for target in (WordTarget("query", 50), WordTarget("candidate", 50), LinkTarget(9, 9)):
        selection.hover(target)
        selection.isolate(target)
        grabbed(plot)


def test_before_a_result_there_is_a_quiet_line(qtbot, selection):
    empty = ConnectionPlot(selection)
    qtbot.addWidget(empty)
    empty.resize(300, 150)
    empty.show()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Escape):
        qtbot.keyClick(empty, key)
    move_to(empty.viewport(), QPointF(50, 50))
    click(empty.viewport(), QPointF(50, 50))
    wheel(empty.viewport(), QPointF(50, 50), 1)
    assert selection.hovered is None
    image = grabbed(empty)
    assert len({image.pixelColor(x, y).name() for x in range(300) for y in range(60, 90)}) > 2


def test_an_axis_fits_zooms_about_a_point_and_stays_within_its_ends():
    axis = PixelAxis(align=0.5)
    axis.place(100, 20, 200, 30)
    assert axis.pitch == 2
    assert axis.item_at(20) == 0
    assert axis.item_at(219.9) == 99
    assert axis.item_at(19) is axis.item_at(221) is None
    there = axis.item_at(101)
    axis.zoom(4, 101)
    assert axis.pitch == 8
    assert axis.item_at(101) == there
    axis.pan(10_000)
    assert axis.centre(0) == pytest.approx(24)
    axis.pan(-10_000)
    assert axis.centre(99) == pytest.approx(216)
    axis.reveal(0)
    assert axis.centre(0) == pytest.approx(24)
    axis.fit()
    axis.place(4, 20, 200, 30)
    assert axis.origin == pytest.approx(60)  # four rows of thirty pixels, in the middle


def test_labels_go_first_to_what_matters():
    axis = PixelAxis()
    axis.place(10, 0, 50, 30)
    assert apart(axis, 12, [4, 5, 0, 9, 1]) == [0, 4, 9]
    assert apart(axis, 5, []) == list(range(10))
