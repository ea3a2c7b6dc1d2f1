"""The matrix shows the palette's colours, its numbers under the pointer, and isolates links of words."""

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QFontMetricsF

from tests.gui.pointing import (
    click,
    drag,
    grabbed,
    leave,
    letters,
    move_to,
    no_tooltip_left,  # noqa: F401  (an autouse fixture, seen through this name)
    rgb,
    tooltip,
    wheel,
)
from ui.selection import LinkTarget, Selection, WordTarget
from ui.theme import SPACE_XS, Theme, colour_scale
from ui.widgets.legend import ScaleLegend
from ui.widgets.matrix_layout import MatrixLayout
from ui.widgets.matrix_plot import MatrixPlot

VALUES = np.array([[0.4, -0.4, 0.0], [0.1, 0.2, -0.05]], dtype=np.float32)
ROWS, COLUMNS = ["sugar", "body"], ["glucose", "in", "blood"]


@pytest.fixture
def selection(qapp):
    return Selection()


@pytest.fixture
def matrix(qtbot, selection):
    widget = MatrixPlot(selection)
    qtbot.addWidget(widget)
    widget.set_theme(Theme.named("light"))
    widget.resize(460, 240)
    widget.show()
    widget.show_matrix(VALUES, ROWS, COLUMNS, 0.4, "similarity", "words")
    return widget


def cell(matrix, row, column):
    return matrix._layout.spot_box((row, column)).center()


def corner_colour(matrix, row, column):
    """The colour in a corner of a cell, where no number stands."""
    box = matrix._layout.spot_box((row, column))
    point = QPoint(round(box.left() + 4), round(box.top() + 4))
    return rgb(grabbed(matrix).pixelColor(point))


@pytest.mark.parametrize("name", ["light", "dark"])
def test_cells_have_the_colour_of_their_value(matrix, name):
    theme = Theme.named(name)
    matrix.set_theme(theme)
    scale = colour_scale(theme)
    for row in range(2):
        for column in range(3):
            expected = rgb(scale.colour(float(VALUES[row, column]), 0.4))
            assert np.abs(np.subtract(corner_colour(matrix, row, column), expected)).max() <= 2
    assert corner_colour(matrix, 0, 0) == rgb(theme.positive)
    assert corner_colour(matrix, 0, 1) == rgb(theme.negative)


def test_rows_are_the_query_and_the_first_is_at_the_top(matrix):
    assert cell(matrix, 0, 0).y() < cell(matrix, 1, 0).y()
    assert cell(matrix, 0, 0).x() < cell(matrix, 0, 1).x()


def test_pointing_at_a_cell_shows_its_number_and_selects_its_link(matrix, selection):
    plain = grabbed(matrix)
    move_to(matrix.viewport(), cell(matrix, 1, 2))
    assert selection.hovered == LinkTarget(1, 2)
    assert "body" in tooltip()
    assert "blood" in tooltip()
    assert "−0.050 similarity" in tooltip()
    assert grabbed(matrix) != plain
    leave(matrix)
    assert selection.hovered is None
    assert grabbed(matrix) == plain


def test_a_click_isolates_and_tells(qtbot, matrix, selection):
    with qtbot.waitSignal(matrix.cell_activated) as heard:
        click(matrix.viewport(), cell(matrix, 0, 1))
    assert heard.args == [0, 1]
    assert selection.isolated == LinkTarget(0, 1)
    click(matrix.viewport(), QPointF(2, 2))
    assert selection.isolated is None


@pytest.mark.parametrize("level", ["tokens", "sentences"])
def test_other_levels_leave_the_selection_alone(qtbot, matrix, selection, level):
    matrix.show_matrix(VALUES, ROWS, COLUMNS, 0.4, "similarity", level)
    plain = grabbed(matrix)
    selection.hover(LinkTarget(0, 0))
    assert grabbed(matrix) == plain
    selection.hover(None)
    with qtbot.waitSignal(matrix.cell_activated) as heard:
        click(matrix.viewport(), cell(matrix, 1, 0))
    assert heard.args == [1, 0]
    move_to(matrix.viewport(), cell(matrix, 1, 0))
    assert "+0.100" in tooltip()
    assert selection.hovered is selection.isolated is None


def test_what_others_point_at_is_outlined(matrix, selection):
    plain = grabbed(matrix)
    for target in (WordTarget("query", 1), WordTarget("candidate", 2), LinkTarget(0, 0)):
        selection.hover(target)
        assert grabbed(matrix) != plain
    for absent in (None, WordTarget("query", 9), LinkTarget(0, 9)):
        selection.hover(absent)
        assert grabbed(matrix) == plain


def test_the_keyboard_walks_cells_and_isolates(qtbot, matrix, selection):
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Down):
        qtbot.keyClick(matrix, key)
    assert selection.hovered == LinkTarget(1, 1)
    with qtbot.waitSignal(matrix.cell_activated):
        qtbot.keyClick(matrix, Qt.Key.Key_Return)
    assert selection.isolated == LinkTarget(1, 1)
    qtbot.keyClick(matrix, Qt.Key.Key_Escape)
    assert selection.isolated is None


def test_numbers_stand_in_cells_only_where_they_fit(matrix, monkeypatch):
    drawn = []
    monkeypatch.setattr("ui.widgets.matrix_plot.signed", lambda value, limit: drawn.append(value) or "+0.000")
    grabbed(matrix)
    in_bar = 2
    assert len(drawn) > 6 + in_bar
    wide = np.zeros((2, 60), dtype=np.float32)
    matrix.show_matrix(wide, ROWS, [f"w{i}" for i in range(60)], 0.4, "similarity", "words")
    drawn.clear()
    grabbed(matrix)
    assert len(drawn) <= 4


def test_cells_too_small_for_numbers_mark_what_is_negative(matrix):
    theme = Theme.named("light")
    for value, marked in ((-0.2, True), (0.2, False)):
        values = np.full((2, 24), value, dtype=np.float32)
        matrix.show_matrix(values, ROWS, ["w"] * 24, 0.4, "similarity", "words")
        centre = cell(matrix, 0, 12)
        image = grabbed(matrix)
        found = {
            rgb(image.pixelColor(round(centre.x()) + dx, round(centre.y()) + dy))
            for dx in (-1, 0, 1)
            for dy in (-1, 0, 1)
        }
        assert (rgb(colour_scale(theme).colour(value, 0.4)) in found) is True
        assert (len(found) > 1) is marked


def test_labels_never_overlap(matrix, monkeypatch):
    count = 120
    labels = [f"supercalifragilistic{i}" for i in range(count)]
    values = np.random.default_rng(0).normal(size=(count, count)).astype(np.float32)
    matrix.show_matrix(values, labels, labels, 3, "similarity", "words")
    painted = []
    paint_label = MatrixPlot._paint_label
    monkeypatch.setattr(
        MatrixPlot,
        "_paint_label",
        lambda self, painter, axis, index: (
            painted.append((axis, index)) or paint_label(self, painter, axis, index)
        ),
    )
    for _ in range(4):
        painted.clear()
        grabbed(matrix)
        height = letters(matrix)
        for axis, pixels in ((0, matrix._layout.rows), (1, matrix._layout.columns)):
            centres = np.sort([pixels.centre(index) for a, index in painted if a == axis])
            assert len(centres) > 2
            assert (np.diff(centres) >= height).all()
        wheel(matrix.viewport(), QPointF(250, 150), 3)


def test_the_wheel_zooms_a_drag_moves_and_a_double_click_shows_all(qtbot, matrix, selection):
    values = np.random.default_rng(0).normal(size=(100, 100)).astype(np.float32)
    matrix.show_matrix(values, [str(i) for i in range(100)], [str(i) for i in range(100)], 3, "s", "words")
    point = cell(matrix, 50, 50)
    wheel(matrix.viewport(), point, 5)
    assert matrix._layout.cell_at(point) == (50, 50)
    assert matrix._layout.rows.zoomed()
    move_to(matrix.viewport(), cell(matrix, 51, 50))
    assert selection.hovered == LinkTarget(51, 50)
    before = cell(matrix, 50, 50)
    drag(matrix.viewport(), point, point + QPointF(-20, -10))
    assert cell(matrix, 50, 50) == before + QPointF(-20, -10)
    assert selection.isolated is None
    qtbot.mouseDClick(matrix.viewport(), Qt.MouseButton.LeftButton, pos=point.toPoint())
    assert not matrix._layout.rows.zoomed()


def test_zoomed_cells_stay_out_of_the_margins(matrix):
    values = np.full((50, 50), 3, dtype=np.float32)
    matrix.show_matrix(values, [""] * 50, [""] * 50, 3, "s", "words")
    wheel(matrix.viewport(), cell(matrix, 25, 25), 6)
    image = grabbed(matrix)
    surface = rgb(Theme.named("light").surface)
    area = matrix._layout.area
    for x, y in ((1, 120), (250, 1), (area.right() + 4, 200), (250, area.bottom() + 4)):
        assert rgb(image.pixelColor(round(x), round(y))) == surface
    assert rgb(image.pixelColor(area.center().toPoint())) != surface


def test_a_matrix_of_nothing_but_zeros_and_one_cell_can_be_shown(matrix):
    for values in (np.zeros((3, 2)), np.ones((1, 1))):
        labels = [["x"] * size for size in values.shape]
        matrix.show_matrix(values, *labels, float(values.max()), "similarity", "words")
        grabbed(matrix)


def test_the_strongest_cells_are_said(matrix):
    assert "2 by 3 words" in matrix.accessibleDescription()
    assert "sugar with glucose" in matrix.accessibleDescription()


def test_before_a_result_there_is_a_quiet_line(qtbot, selection):
    empty = MatrixPlot(selection)
    qtbot.addWidget(empty)
    empty.resize(300, 150)
    empty.show()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Plus):
        qtbot.keyClick(empty, key)
    move_to(empty.viewport(), QPointF(50, 50))
    wheel(empty.viewport(), QPointF(50, 50), 1)
    image = grabbed(empty)
    assert len({image.pixelColor(x, y).name() for x in range(300) for y in range(60, 90)}) > 2


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_legend_runs_from_minus_to_plus(qtbot, name):
    theme = Theme.named(name)
    legend = ScaleLegend()
    qtbot.addWidget(legend)
    legend.set_theme(theme)
    legend.show_scale(0.25, "similarity")
    legend.resize(legend.sizeHint())
    image = grabbed(legend)
    middle = 9
    bar = [rgb(image.pixelColor(x, middle)) for x in range(10, legend.width() // 2 + 60)]
    assert np.abs(np.subtract(bar[0], rgb(theme.negative))).max() <= 6
    nearest = min(np.abs(np.subtract(colour, rgb(theme.neutral))).max() for colour in bar)
    assert nearest <= 4
    assert "−0.250 to +0.250 similarity" in legend.accessibleDescription()


def test_a_long_name_takes_what_its_neighbours_leave_and_no_more(qapp):
    layout, metrics = MatrixLayout(), QFontMetricsF(qapp.font())
    names = ["Carbohydrates", "a", "Carbohydrates", "Carbohydrates", "b"]
    widths = [metrics.horizontalAdvance(name) for name in names]
    widened = 0
    for width in range(450, 900, 7):
        layout.place(QSize(width, 300), (["a row of words"], names), metrics, 30.0)
        if layout.upright:
            continue
        boxes = [layout.column_label(column) for column in range(len(names))]
        seen = [min(own, box.width()) for own, box in zip(widths, boxes, strict=True)]
        gaps = [
            right.center().x() - left.center().x() - (one + other) / 2
            for (left, right), (one, other) in zip(pairwise(boxes), pairwise(seen), strict=True)
        ]
        assert min(gaps) >= 2 * SPACE_XS - 0.01
        assert boxes[0].left() >= 0
        widened += boxes[0].width() > layout.columns.pitch
    assert widened
