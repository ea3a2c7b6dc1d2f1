"""Help in the window: each panel has a page, F1 opens it, links and search work, nothing is fetched."""

import importlib
import pkgutil

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QTextDocument
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QVBoxLayout, QWidget

import ui
from tests.gui.fake_backend import FakeBackend
from tests.gui.window import opened, wait_settled
from ui.appearance import apply_theme
from ui.errors.dialog import ErrorDialog
from ui.errors.report import Mishap
from ui.help.about import AboutDialog
from ui.help.library import CONTENTS, Library
from ui.help.topics import OF_CLASSES, OF_PANELS, set_topic, topic_of
from ui.help.window import HelpWindow
from ui.report.verify_dialog import VerifyDialog
from ui.theme import Theme


@pytest.fixture
def program(qtbot, tmp_path):
    with opened(qtbot, tmp_path, FakeBackend()) as program:
        wait_settled(qtbot, program)
        yield program


@pytest.fixture
def guide(qtbot):
    guide = HelpWindow()
    guide.resize(900, 600)
    yield guide
    guide.close()
    guide.deleteLater()


def focusable(top):
    return [
        widget
        for widget in [top, *top.findChildren(QWidget)]
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]


def test_every_panel_of_every_page_has_a_topic_that_exists(program):
    library = Library()
    window = program.window
    without = []
    for name, page in window.pages.items():
        assert topic_of(page) != CONTENTS, name
        for widget in focusable(page):
            topic = topic_of(widget)
            if topic == CONTENTS or not library.has(topic):
                without.append(f"{type(widget).__name__} {widget.accessibleName()!r}: {topic}")
    assert without == []
    assert topic_of(window.header.model) == "first-steps#the-window"
    explain = window.explain.panels
    for name in explain._docks:
        assert library.has(topic_of(explain.dock(name).widget())), name
        assert topic_of(explain.dock(name).widget()) == OF_PANELS[name]


def test_every_topic_in_the_table_exists():
    library = Library()
    missing = [topic for topic in (*OF_CLASSES.values(), *OF_PANELS.values()) if not library.has(topic)]
    assert missing == []


def test_every_class_in_the_table_is_one_of_the_window():
    found = set()
    for module in pkgutil.walk_packages(ui.__path__, "ui."):
        found |= set(vars(importlib.import_module(module.name)))
    assert set(OF_CLASSES) - found == set()


def test_panels_of_rank_and_concepts_have_pages_of_their_own(program):
    pages = program.window.pages
    assert topic_of(pages["Rank"].missing.search) == "missing"
    assert topic_of(pages["Rank"].steering.search) == "steer"
    assert topic_of(pages["Rank"].bar.query) == "rank#search"
    assert topic_of(pages["Concepts"].overview.map) == "concepts#map"
    assert topic_of(pages["Inspect"].indexes.queries) == "models#index"


def test_every_dialog_has_a_topic_that_exists(qtbot, program, tmp_path):
    window, library = program.window, Library()
    window.actions_["edit.settings"].trigger()
    dialogs = {
        "settings": window.preferences.dialog,
        "reports#collect-items": window.reports.show_tray(),
        "reports#verify-a-report": VerifyDialog("no.html", window.background, window.preferences, window),
        "documents#import-a-file": window.pages["Train"].ask_corpus(),
        "trouble#the-log": window.help.show_log(),
        "trouble#an-unexpected-error": ErrorDialog("Title", Mishap("words", "", "", None), "saved", print),
        "install#licences": AboutDialog(window),
        "first-steps#find-a-command": window.palette_,
    }
    assert {type(dialog).__name__ for dialog in dialogs.values()} == dialog_classes()
    for topic, dialog in dialogs.items():
        assert library.has(topic)
        assert topic_of(dialog) == topic, type(dialog).__name__
        for widget in focusable(dialog):
            assert topic_of(widget) == topic, (type(dialog).__name__, type(widget).__name__)
        dialog.close()
        dialog.deleteLater()


def dialog_classes():
    """Return the names of all dialogs that the window has."""
    found = set()
    for module in pkgutil.walk_packages(ui.__path__, "ui."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, QDialog) and value.__module__.startswith("ui."):
                found.add(value.__name__)
    return found


def test_a_widget_may_carry_a_topic_of_its_own(qtbot):
    outer = QWidget()
    qtbot.addWidget(outer)
    inner = QLineEdit(outer)
    assert topic_of(inner) == CONTENTS
    set_topic(outer, "reports")
    assert topic_of(inner) == "reports"
    set_topic(inner, "train#runs")
    assert topic_of(inner) == "train#runs"


def test_f1_opens_the_page_of_what_has_the_focus(qtbot, program):
    window = program.window
    window.activateWindow()
    window.explain.view.ledger.setFocus()
    window.actions_["help.here"].trigger()
    guide = window.help.guide
    assert guide.isVisible()
    assert guide.address == "trust#ledger"
    window.activateWindow()
    window.show_page("Train")
    window.pages["Train"].setFocus()
    window.actions_["help.guide"].trigger()
    assert guide.address == CONTENTS


def test_f1_works_in_a_dialog_that_keeps_the_window_from_answering(qtbot, program):
    dialog = QDialog(program.window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    set_topic(dialog, "reports")
    field = QLineEdit(dialog)
    QVBoxLayout(dialog).addWidget(field)
    dialog.open()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is field)
    qtbot.keyClick(field, Qt.Key.Key_F1)
    assert program.window.help.guide.address == "reports"
    dialog.close()


def test_links_lead_from_page_to_page_and_back(qtbot, guide):
    guide.open("explain")
    assert "Write the texts" in guide.view.toPlainText()
    guide.view.verticalScrollBar().setValue(50)
    guide._follow("trust.md#ledger")
    assert guide.address == "trust#ledger"
    assert guide.view.verticalScrollBar().value() > 0
    guide._follow("#methods")
    assert guide.address == "trust#methods"
    guide.back.click()
    guide.back.click()
    assert guide.address == "explain"
    assert guide.view.verticalScrollBar().value() == 50
    assert not guide.back.isEnabled()
    guide.forward.click()
    assert guide.address == "trust#ledger"
    guide._follow("nowhere.md")
    assert guide.address == "trust#ledger"


def test_a_page_that_is_not_there_gives_the_contents(guide):
    guide.open("no-such-page#at-all")
    assert guide.address == CONTENTS


def test_nothing_outside_is_a_link_and_nothing_is_fetched(guide, monkeypatch):
    opened_outside = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened_outside.append)
    for name in guide.library.topics:
        guide.open(name)
        block = guide.view.document().begin()
        while block.isValid():
            pieces = block.begin()
            while not pieces.atEnd():
                address = pieces.fragment().charFormat().anchorHref()
                if address:
                    page, _, anchor = address.partition("#")
                    target = page.removesuffix(".md") or name
                    assert guide.library.has(f"{target}#{anchor}" if anchor else target), (name, address)
                pieces += 1
            block = block.next()
    kind = QTextDocument.ResourceType.ImageResource.value
    assert guide.view.loadResource(kind, QUrl("https://example.org/a.png")) is None
    assert opened_outside == []


def test_the_contents_lists_every_page_and_a_choice_shows_it(guide):
    guide.open()
    titles = [item.text(0) for item in guide._items()]
    for topic in guide.library.topics.values():
        assert topic.name == CONTENTS or topic.title in titles
    item = next(item for item in guide._items() if item.text(0) == "Steer a search")
    guide.tree.setCurrentItem(item)
    assert guide.address == "steer"


def test_search_finds_in_all_pages_and_marks_the_words(qtbot, guide):
    guide.open()
    guide.search.setText("Infidelity SETS")
    guide._first_result()
    assert guide.results.count() >= 1
    assert guide.address == "numbers-tests#infidelity"
    marks = [mark.cursor.selectedText().lower() for mark in guide.view.extraSelections()]
    assert "infidelity" in marks
    assert "sets" in marks
    guide.search.setText("qqqq")
    guide._search()
    assert "No section" in guide.found.text()
    guide._escape()
    guide._search()
    assert guide._left.currentIndex() == 0


def test_title_hits_come_first():
    hits = Library().search("steering")
    assert hits[0].title == "Steering"
    assert all("steering" in f"{hit.title} {hit.snippet}".lower() or hit.score for hit in hits)
    assert Library().search("   ") == ()
    assert Library().search("infidelity qqqq") == ()


def test_text_follows_font_and_theme(qtbot, guide, qapp):
    guide.open("steer")

    def looks():
        cursor = guide.view.document().find("trained features")
        return cursor.charFormat().fontPointSize(), cursor.charFormat().foreground().color().name()

    apply_theme(qapp, Theme.named("light"))
    qtbot.waitUntil(lambda: looks()[1] == Theme.named("light").text.name())
    small = looks()[0]
    font = qapp.font()
    font.setPointSizeF(font.pointSizeF() + 6)
    guide.view.setFont(font)
    qtbot.waitUntil(lambda: looks()[0] > small + 4)
    apply_theme(qapp, Theme.named("dark"))
    qtbot.waitUntil(lambda: looks()[1] == Theme.named("dark").text.name())


def test_pictures_fit_the_room_and_follow_the_theme(qtbot, guide, qapp):
    apply_theme(qapp, Theme.named("light"))
    guide.open("first-steps")
    kind, name = QTextDocument.ResourceType.ImageResource.value, QUrl("pictures/window-light.png")
    light = guide.view.loadResource(kind, name)
    assert 200 < light.width() / light.devicePixelRatio() <= guide.view.viewport().width()
    apply_theme(qapp, Theme.named("dark"))
    qtbot.waitUntil(guide.view._is_dark)
    assert (
        guide.view.loadResource(kind, name).pixelColor(3, 3).lightness() < light.pixelColor(3, 3).lightness()
    )


def test_the_keyboard_drives_it(qtbot, guide):
    guide.open("steer")
    guide.open("rank")
    with qtbot.waitActive(guide):
        guide.activateWindow()
    guide.view.setFocus()
    qtbot.keyClick(guide.view, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert guide.address == "steer"
    qtbot.keyClick(guide.view, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert guide.focusWidget() is guide.search
    qtbot.keyClick(guide.search, Qt.Key.Key_Escape)
    assert not guide.isVisible()
