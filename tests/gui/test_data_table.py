"""The table that pages show their records in."""

import math
from dataclasses import dataclass, replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from ui.theme import SPACE_M, Theme
from ui.widgets.data_table import Column, DataTable


@dataclass(frozen=True)
class Fruit:
    name: str
    weight: float


FRUIT = (Fruit("pear", 0.2), Fruit("Apple\nred", 0.9), Fruit("fig", math.nan), Fruit("melon", -0.5))
COLUMNS = (
    Column("Name", "What it is called", lambda fruit: fruit.name),
    Column(
        "Weight",
        "In kilograms",
        lambda fruit: f"{fruit.weight:.1f}",
        key=lambda fruit: fruit.weight,
        share=lambda fruit: fruit.weight,
        number=True,
        width=8,
    ),
)


@pytest.fixture
def table(qtbot):
    table = DataTable("Fruit", COLUMNS)
    qtbot.addWidget(table)
    table.resize(300, 200)
    table.show_records(FRUIT)
    return table


def shown(table):
    return [table.model().index(row, 0).data() for row in range(table.model().rowCount())]


def test_the_order_given_is_kept_until_a_head_is_clicked(table):
    assert shown(table) == ["pear", "Apple red", "fig", "melon"]
    table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    assert shown(table) == ["Apple red", "pear", "melon", "fig"]
    table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    assert shown(table) == ["Apple red", "fig", "melon", "pear"]


def test_rows_are_known_by_their_record_however_sorted(table, qtbot):
    table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    heard = []
    table.chosen.connect(heard.append)
    table.choose(3)
    assert heard == []
    assert table.current() == 3
    table.setCurrentIndex(table.model().index(0, 0))
    assert heard == [1]
    with qtbot.waitSignal(table.opened) as opened:
        qtbot.keyClick(table, Qt.Key.Key_Return)
    assert opened.args == [1]


def test_what_is_selected_is_copied_as_csv(table, qtbot):
    table.choose(1)
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == 'Name,Weight\n"Apple\nred",0.9\n'
    assert table.as_csv().count("\n") == 6


def test_bars_tell_gain_from_loss_and_missing_from_zero(table):
    table.set_theme(Theme.named("light"))
    image = table.grab().toImage()
    theme = Theme.named("light")
    colours = {
        image.pixelColor(x, y).name() for x in range(0, image.width(), 2) for y in range(image.height())
    }
    assert theme.positive.name() in colours
    assert theme.negative.name() in colours


def test_other_records_leave_nothing_of_the_first(table):
    table.choose(2)
    table.show_records(FRUIT[:1])
    assert shown(table) == ["pear"]
    assert table.current() is None
    assert table.selected() == []


def test_diverging_bars_start_in_the_middle(qtbot):
    theme = Theme.named("light")
    column = Column("w", "", lambda x: "", share=lambda x: x, diverging=True, number=True)
    table = DataTable("Signed", (column,))
    qtbot.addWidget(table)
    table.set_theme(theme)
    table.resize(200, 120)
    table.show_records((1.0, -1.0))
    image = table.viewport().grab().toImage()
    places = {theme.positive.name(): [], theme.negative.name(): []}
    for x in range(image.width()):
        for y in range(image.height()):
            places.get(image.pixelColor(x, y).name(), []).append(x)
    middle = image.width() / 2
    assert min(places[theme.positive.name()]) >= middle - 4
    assert max(places[theme.negative.name()]) <= middle + 4


def test_some_of_the_rows_are_shown_sorted_or_as_given(table):
    table.choose(3)
    table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    assert table.current() == 3
    table.show_only([3, 0, 1])
    assert shown(table) == ["Apple red", "pear", "melon"]
    assert table.current() == 3
    table.show_only([3, 1], as_given=True)
    assert shown(table) == ["melon", "Apple red"]
    assert table.shown() == (3, 1)
    assert table.as_csv().splitlines()[1:] == ["melon,-0.5", '"Apple', 'red",0.9']
    table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    assert shown(table) == ["Apple red", "melon"]
    table.show_only([0])
    assert table.current() is None
    table.show_only(None)
    assert len(shown(table)) == 4


def test_columns_that_share_the_room_shrink_with_the_table(qtbot):
    wide = [Column(f"Column {place}", "A number", lambda _fruit: "1", width=14) for place in range(6)]
    table = DataTable("Fruit", (COLUMNS[0], *wide))
    qtbot.addWidget(table)
    table.resize(1100, 200)
    table.show()
    room = table.columnWidth(0)
    table.resize(400, 200)
    least = 10 * table.fontMetrics().averageCharWidth()
    assert table.columnWidth(0) == least < room
    table.resize(1100, 200)
    assert table.columnWidth(0) == room


def test_rows_can_be_dragged_out_as_text(table):
    table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    model = table.model()
    places = [place for place, row in enumerate(table.shown()) if FRUIT[row].name in ("melon", "pear")]
    indexes = [model.index(place, column) for place in reversed(places) for column in (0, 1)]
    assert all(model.flags(index) & Qt.ItemFlag.ItemIsDragEnabled for index in indexes)
    assert table.dragEnabled()
    assert not table.acceptDrops()
    assert model.mimeData(indexes).text() == "Name,Weight\nmelon,-0.5\npear,0.2\n"


def test_a_screen_reader_is_told_of_signs_and_of_nothing(qtbot):
    star = Column("★", "Starred by you", lambda on: "★" if on else "", said=lambda on: "yes" if on else "no")
    name = Column("Name", "", lambda on: "starred" if on else "")
    table = DataTable("Stars", (star, name))
    qtbot.addWidget(table)
    table.show_records((True, False))
    said = Qt.ItemDataRole.AccessibleTextRole
    model = table.model()
    assert [[model.index(row, column).data(said) for column in (0, 1)] for row in (0, 1)] == [
        ["yes", "starred"],
        ["no", "none"],
    ]
    assert model.headerData(0, Qt.Orientation.Horizontal, said) == "Starred by you"


def test_the_focus_alone_chooses_no_row_and_an_arrow_the_first(table, qtbot):
    table.show()
    table.activateWindow()
    heard = []
    table.chosen.connect(heard.append)
    table.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(table.hasFocus)
    assert (heard, table.current()) == ([], None)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    assert (heard, table.selected()) == ([0], [0])
    qtbot.keyClick(table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert table.selected() == [0, 1]


def test_a_row_is_chosen_alone_whatever_keys_are_held_down(table, qtbot):
    table.choose(0)
    qtbot.keyClick(table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    table.choose(2)
    assert table.selected() == [2]
    table.show_records(FRUIT, current=2)
    assert table.selected() == [2]


def test_numbers_and_heads_are_never_cut(qtbot):
    long = Column("Weight", "", lambda fruit: f"{fruit.weight:.12f}", number=True, width=3)
    table = DataTable("Fruit", (COLUMNS[0], long, replace(COLUMNS[1], title="A longer head", width=2)))
    qtbot.addWidget(table)
    table.setColumnHidden(2, True)
    table.resize(260, 200)
    table.show_records(FRUIT)
    table.setColumnHidden(2, False)
    table.show()
    metrics = table.fontMetrics()
    for place, column in enumerate(table.columns):
        assert table.columnWidth(place) >= metrics.horizontalAdvance(column.title) + 2 * SPACE_M, column.title
    assert table.columnWidth(1) >= metrics.horizontalAdvance("-0.500000000000") + 2 * SPACE_M
