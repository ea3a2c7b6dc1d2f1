"""Everything that the keyboard can reach has a name, and the keyboard can reach everything."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu, QPushButton, QWidget

from tests.gui.accessibility import nameless, valueless
from tests.gui.fake_backend import FakeBackend
from tests.gui.window import opened, wait_settled
from ui.help.about import AboutDialog
from ui.help.window import HelpWindow


def unnamed(top: QWidget) -> list[str]:
    """Return the focusable widgets below `top` that a screen reader could not name."""
    found = []
    for widget in [top, *top.findChildren(QWidget)]:
        takes_focus = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if takes_focus and not widget.accessibleName() and widget.focusProxy() is None and not _inner(widget):
            found.append(f"{type(widget).__name__} {widget.objectName()!r} in {_path(widget)}")
    return found


def _inner(widget: QWidget) -> bool:
    """Return whether a widget is part of another that speaks for it, or a push button with a text."""
    parent = widget.parentWidget()
    names = ("qt_spinbox_lineedit", "qt_scrollarea_viewport", "qt_toolbar_ext_button")
    return (
        widget.objectName() in names
        or (isinstance(widget, QPushButton) and bool(widget.text()))
        or (isinstance(widget, QAbstractButton) and type(parent).__name__ in ("QTabBar", "QDockWidget"))
        or type(widget).__name__ in ("QTabBar", "QMenuBar", "QMenu", "QHeaderView")
    )


def _path(widget: QWidget) -> str:
    names = []
    while (widget := widget.parentWidget()) is not None:
        names.append(type(widget).__name__)
    return " < ".join(names)


@pytest.fixture
def program(qtbot, tmp_path):
    with opened(qtbot, tmp_path, FakeBackend()) as program:
        wait_settled(qtbot, program)
        yield program


def test_an_unnamed_field_is_found(qtbot):
    top = QWidget()
    qtbot.addWidget(top)
    field = QPushButton(top)
    assert len(unnamed(top)) == 1
    field.setAccessibleName("Do it")
    assert unnamed(top) == []


def test_every_focusable_widget_has_a_name(qtbot, program):
    window = program.window
    window.actions_["run.methods"].trigger()
    qtbot.waitUntil(lambda: "2 methods" in window.explain.panels.compared.text)
    window.explain.banner.show_note("note", "Do it", print)
    assert unnamed(window) == []
    assert unnamed(window.palette_) == []
    window.preferences.open("Keyboard")
    about = AboutDialog(window)
    about.tabs.setCurrentIndex(2)
    for dialog in (window.preferences.dialog, about, window.help.show_log(), HelpWindow()):
        assert unnamed(dialog) == []
        told_of(qtbot, dialog)
        dialog.close()


def test_dialogs_and_menus_tell_a_screen_reader_what_they_are(qtbot, program):
    window = program.window
    window.palette_.open_over(window)
    told_of(qtbot, window.palette_)
    window.palette_.close()
    for page in ("Rank", "Concepts", "Train", "Inspect", "Explain"):
        window.show_page(page)
        told_of(qtbot, window)
    tray = window.reports.show_tray()
    told_of(qtbot, tray)
    tray.close()
    dialog = window.pages["Train"].ask_corpus()
    told_of(qtbot, dialog)
    dialog.reject()
    menus = menus_below(window.menuBar())
    assert len(menus) > 8
    for menu in menus:
        assert menu.title()
        entries = QAccessible.queryAccessibleInterface(menu)
        for place in range(entries.childCount()):
            entry = entries.child(place)
            if entry.role() != QAccessible.Role.Separator:
                assert entry.text(QAccessible.Text.Name), menu.title()


def test_a_line_of_text_is_told_with_its_name_and_a_choice_with_what_is_chosen(qtbot, program):
    window = program.window

    def told(widget, kind):
        return QAccessible.queryAccessibleInterface(widget).text(kind)

    assert told(window.status.model, QAccessible.Text.Name).startswith("Model in use: all-MiniLM-L6-v2")
    assert "nodes" in told(window.status.result, QAccessible.Text.Name)
    method = window.explain.inputs.method
    assert told(method, QAccessible.Text.Name) == "Method"
    assert told(method, QAccessible.Text.Value) == "Integrated Jacobians"
    heatmap = QAccessible.queryAccessibleInterface(window.explain.view.query)
    assert heatmap.role() == QAccessible.Role.Chart
    assert heatmap.text(QAccessible.Text.Value) == ""
    qtbot.keyClick(window.explain.view.query, Qt.Key.Key_Right)
    assert heatmap.text(QAccessible.Text.Value).startswith("Carbs ")
    assert "Strongest words" in heatmap.text(QAccessible.Text.Description)


def menus_below(holder):
    """Return the menus of a bar or a menu, and those inside them."""
    here = [action.menu() for action in holder.actions() if isinstance(action.menu(), QMenu)]
    return [menu for one in here for menu in (one, *menus_below(one))]


def told_of(qtbot, top):
    qtbot.wait(20)
    found = [*nameless(top), *valueless(top)]
    assert not found, "\n".join(found)


def test_tab_reaches_every_panel_and_field(qtbot, program):
    window, explain = program.window, program.window.explain
    window.activateWindow()
    explain.inputs.query.setFocus()
    reached = set()
    for _ in range(80):
        widget = QApplication.focusWidget()
        reached.add(widget)
        qtbot.keyClick(widget, Qt.Key.Key_Tab)
    wanted = {
        explain.inputs.query,
        explain.inputs.candidates,
        explain.inputs.method,
        explain.inputs.layer,
        explain.inputs.run,
        explain.inputs.recent,
        explain.bar.export,
        explain.view.query,
        explain.view.candidate,
        explain.view.connections,
        explain.view.matrix,
        explain.view.ledger,
        explain.view.faithfulness,
        explain.panels.candidates,
        window.header.model,
        window.header.device,
    }
    assert {widget.accessibleName() for widget in wanted - reached} == set()
