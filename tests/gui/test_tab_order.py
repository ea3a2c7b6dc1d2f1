"""Tab in the dialogs, and what the order of reading is."""

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from tests.gui.fake_backend import FakeBackend
from tests.gui.tabbing import check_round, has_ring, kind_of, round_by_tab, said, takers
from tests.gui.window import opened, wait_settled
from ui.help.about import AboutDialog
from ui.help.window import HelpWindow
from ui.preferences.dialog import SECTIONS
from ui.tab_order import ReadingOrder, in_reading_order


class Window(ReadingOrder, QWidget):
    pass


def put(top, name, *place):
    field = QLineEdit(top)
    field.setObjectName(name)
    field.setGeometry(QRect(*place))
    return field


def names(widgets):
    return [widget.objectName() for widget in widgets]


@pytest.fixture
def window(qtbot):
    window = Window()
    qtbot.addWidget(window)
    window.resize(400, 300)
    return window


def test_rows_are_read_before_columns_and_a_tall_neighbour_after_what_is_beside_it(window):
    put(window, "right", 300, 50, 90, 200)
    put(window, "below", 10, 100, 200, 20)
    put(window, "left", 10, 50, 90, 20)
    put(window, "middle", 110, 52, 90, 20)
    put(window, "head", 10, 10, 380, 20)
    window.show()
    assert names(in_reading_order(window)) == ["head", "left", "middle", "below", "right"]


def test_a_grid_is_read_row_by_row(window):
    for name, x, y in (("d", 110, 40), ("b", 110, 10), ("c", 10, 40), ("a", 10, 10)):
        put(window, name, x, y, 90, 20)
    window.show()
    assert names(in_reading_order(window)) == ["a", "b", "c", "d"]


def test_what_is_hidden_behind_disabled_or_folded_away_is_passed_over(window, qtbot):
    put(window, "first", 10, 10, 90, 20)
    put(window, "hidden", 10, 40, 90, 20).hide()
    put(window, "disabled", 10, 70, 90, 20).setEnabled(False)
    put(window, "behind", -500, -500, 90, 20)
    put(window, "clicked", 10, 100, 90, 20).setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    last = put(window, "last", 10, 130, 90, 20)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    assert names(in_reading_order(window)) == ["first", "last"]
    assert names(round_by_tab(last)) == ["last", "first"]


def test_tab_goes_on_from_a_field_that_it_does_not_stop_at(window, qtbot):
    put(window, "above", 10, 10, 90, 20)
    here = put(window, "here", 10, 40, 90, 20)
    here.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    below = put(window, "below", 10, 70, 90, 20)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    here.setFocus()
    qtbot.keyClick(here, Qt.Key.Key_Tab)
    assert window.focusWidget() is below


def test_what_is_scrolled_away_is_reached_and_brought_into_sight(window, qtbot):
    area = QScrollArea(window)
    area.setGeometry(0, 0, 200, 100)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    inner = QWidget()
    layout = QVBoxLayout(inner)
    fields = [QPushButton(str(number)) for number in range(12)]
    for field in fields:
        layout.addWidget(field)
    area.setWidget(inner)
    outside = put(window, "outside", 10, 150, 90, 20)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    outside.setFocus()
    assert fields[-1].visibleRegion().isEmpty()
    qtbot.keyClick(outside, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert window.focusWidget() is fields[-1]
    assert not fields[-1].visibleRegion().isEmpty()


@pytest.fixture
def program(qtbot, tmp_path):
    with opened(qtbot, tmp_path, FakeBackend()) as program:
        wait_settled(qtbot, program)
        yield program


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_tab_goes_round_every_dialog_and_one_sees_where_it_is(qtbot, program, theme):
    window = program.window
    window.actions_[f"view.{theme}"].trigger()
    seen, without = set(), []
    for dialog in dialogs(window):
        dialog.activateWindow()
        qtbot.waitUntil(dialog.isActiveWindow)
        stops = check_round(takers(dialog)[0])
        assert len(stops) > 1
        for stop in stops:
            if kind_of(stop) not in seen:
                seen.add(kind_of(stop))
                if not has_ring(stop, next(other for other in stops if other is not stop)):
                    without.append(f"{said(stop)} of {type(dialog).__name__}")
    assert not without, "no ring: " + "; ".join(without)
    assert len(seen) > 12


def dialogs(window):
    """Open one dialog after the other, each of their parts in front once."""
    for section in SECTIONS:
        window.preferences.open(section)
        yield window.preferences.dialog
    window.preferences.dialog.close()
    for dialog in (AboutDialog(window), HelpWindow()):
        dialog.show()
        tabs = dialog.findChild(QTabWidget)
        for place in range(tabs.count() if tabs is not None else 1):
            if tabs is not None:
                tabs.setCurrentIndex(place)
            yield dialog
        dialog.close()
    log = window.help.show_log()
    yield log
    log.close()
    window.palette_.open_over(window)
    yield window.palette_
    window.palette_.close()
    tray = window.reports.show_tray()
    yield tray
    tray.close()
    corpus = window.pages["Train"].ask_corpus()
    yield corpus
    corpus.reject()
