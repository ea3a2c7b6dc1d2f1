"""A panel without content says what will be there and what to do for it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QLabel, QListWidget, QStackedWidget, QTabWidget, QWidget

from engine.jobs import Cancelled
from tests.gui.fake_backend import FakeBackend
from tests.gui.window import opened
from ui.empty_state import EmptyState
from ui.widgets.canvas import Canvas
from ui.widgets.data_table import Column, DataTable
from ui.widgets.empty_text import EmptyText
from ui.widgets.pixel_view import PixelView


class Silent(FakeBackend):
    """Answers nothing: what is on the screen is what stands there before any answer."""

    def _answer(self, request, job, partial):
        self.hold()
        self._wait(job)
        raise Cancelled


@pytest.fixture
def program(qtbot, tmp_path):
    backend = Silent()
    with opened(qtbot, tmp_path, backend) as program:
        yield program
        program.engine.cancel()
        backend.release()


def speechless(page):
    """Return the lists, tables and pictures of a page that are empty and say nothing."""
    found = []
    for view in page.findChildren(QWidget):
        name = f"{type(view).__name__} {view.accessibleName()!r}"
        if view.window() is not page.window() or stands_behind_words(view):
            continue
        if isinstance(view, QAbstractItemView):
            inner = type(view).__name__ in ("QComboBoxListView", "QHeaderView") or view.model() is None
            if not inner and not view.model().rowCount():
                texts = [text.text() for text in view.findChildren(EmptyText) if not text.isHidden()]
                found += [] if any(len(text) > 15 for text in texts) else [name]
        elif isinstance(view, Canvas | PixelView) and not view.has_content() and len(view._empty) < 15:
            found.append(name)
    return found


def stands_behind_words(view):
    """Return whether something that says what is missing stands in the place of a view."""
    for stack in ancestors(view):
        if isinstance(stack, QStackedWidget) and not isinstance(stack.parentWidget(), QTabWidget):
            shown = stack.currentWidget()
            if not shown.isAncestorOf(view) and any(len(one.text()) > 15 for one in labels(shown)):
                return True
    return False


def labels(widget):
    return [widget] if isinstance(widget, QLabel) else widget.findChildren(QLabel)


def ancestors(widget):
    while (widget := widget.parentWidget()) is not None:
        yield widget


def test_no_panel_of_any_page_is_empty_without_a_word(qtbot, program):
    window = program.window
    for name, page in window.pages.items():
        window.show_page(name)
        assert speechless(page) == [], name


def test_pages_without_a_workspace_offer_one(qtbot, program):
    window, asked = program.window, []
    window.actions_["file.sample"].triggered.connect(lambda: asked.append("sample"))
    for name in ("Rank", "Concepts"):
        window.show_page(name)
        states = [state for state in window.pages[name].findChildren(EmptyState) if state.isVisible()]
        assert [state.title.text() for state in states] == ["No workspace is open."]
        assert states[0].more.text() in states[0].accessibleDescription()
        states[0].button.click()
    assert asked == ["sample", "sample"]


def test_a_state_offers_what_it_can_do(qtbot):
    state = EmptyState("shapes")
    qtbot.addWidget(state)
    done = []
    state.say(
        "Nothing.", "It will be here.", "Do it", lambda: done.append(1), ("Or this", lambda: done.append(2))
    )
    state.show()
    for button in state.buttons:
        assert button.isVisible()
        button.click()
    assert done == [1, 2]
    assert [button.accessibleName() for button in state.buttons] == ["Do it", "Or this"]
    state.say("Nothing.", "")
    assert not any(button.isVisible() for button in state.buttons)


def test_words_stand_in_an_empty_table_and_go_with_the_first_row(qtbot):
    table = DataTable("Table", (Column("A", "a", str),))
    qtbot.addWidget(table)
    table.set_empty_text("Rows appear here.")
    table.resize(300, 200)
    table.show()
    words = table.findChild(EmptyText)
    assert words.isVisible()
    assert table.accessibleDescription() == "Rows appear here."
    assert words.size() == table.viewport().size()
    table.resize(400, 260)
    qtbot.waitUntil(lambda: words.size() == table.viewport().size())
    table.show_records([1, 2])
    assert not words.isVisible()
    assert table.accessibleDescription() == ""
    table.show_only([])
    assert words.isVisible()
    table.set_empty_text("Nothing matches.")
    assert words.text() == "Nothing matches."
    assert words.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


def test_words_stand_in_an_empty_list(qtbot):
    view = QListWidget()
    qtbot.addWidget(view)
    words = EmptyText(view, "Entries appear here.")
    view.show()
    assert words.isVisible()
    view.addItem("one")
    assert not words.isVisible()
    view.takeItem(0)
    assert words.isVisible()
