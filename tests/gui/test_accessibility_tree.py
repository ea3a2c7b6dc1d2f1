"""The window over the real engine, full: what a screen reader is told of it, and where Tab goes."""

import shutil

import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QLabel

from tests.gui.accessibility import nameless, nodes, valueless
from tests.gui.tabbing import check_round, has_ring, kind_of, said, takers
from tests.gui.window import PATIENCE_MS, opened, settings_in, wait_settled


@pytest.fixture(scope="module")
def program(qapp, tmp_path_factory, trained_things):
    """One window for the whole file: nothing here changes what it holds."""
    from pytestqt.qtbot import QtBot

    folder = tmp_path_factory.mktemp("accessibility")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder))

        class Request:
            node = None

        bot = QtBot(Request())
        settings = settings_in(folder)
        settings.add_recent_workspace(str(shutil.copytree(trained_things, folder / "things")))
        settings.layer = 5  # the quickest
        with opened(bot, folder, settings=settings) as program:
            wait_settled(bot, program)
            fill(bot, program)
            yield program


def fill(bot, program):
    """Give every page something to show."""
    window = program.window
    concepts, rank, train = (window.pages[name] for name in ("Concepts", "Rank", "Train"))
    bot.waitUntil(lambda: bool(window.navigator.dictionary), timeout=PATIENCE_MS)
    window.show_page("Rank")
    rank._search_asked("bread from the oven")
    bot.waitUntil(lambda: rank._found is not None and any(rank.reasons.known), timeout=PATIENCE_MS)
    window.show_page("Concepts")
    bot.waitUntil(lambda: bool(concepts.features.records), timeout=PATIENCE_MS)
    window.navigator.choose_feature(concepts.features.shown()[0])
    bot.waitUntil(concepts.feature.examples.has_content, timeout=PATIENCE_MS)
    window.show_page("Train")
    bot.waitUntil(lambda: bool(train.table.records), timeout=PATIENCE_MS)
    window.show_page("Inspect")
    bot.waitUntil(lambda: window.page.inspection is not None, timeout=PATIENCE_MS)
    bot.waitUntil(lambda: not program.engine.busy, timeout=PATIENCE_MS)


PAGES = ("Explain", "Rank", "Concepts", "Train", "Inspect")


def tabs_of(page):
    tabs = getattr(page, "tabs", None)
    return tabs, range(tabs.count()) if tabs is not None else (0,)


@pytest.mark.parametrize("name", PAGES)
def test_every_control_of_a_page_has_a_name_a_role_and_its_value(qtbot, program, name):
    window = program.window
    window.show_page(name)
    for dock in window.explain.panels._docks.values():
        dock.raise_()
    tabs, places = tabs_of(window.page)
    for place in places:
        if tabs is not None:
            tabs.setCurrentIndex(place)
        qtbot.wait(20)
        found = [*nameless(window), *valueless(window)]
        assert not found, "\n".join(found)
    assert len(list(nodes(window))) > 40


def test_an_empty_label_says_what_it_is_filled_with(program):
    empty = [
        label for label in program.window.findChildren(QLabel) if not label.text() and label.pixmap().isNull()
    ]
    assert len(empty) > 5
    for label in empty:
        told = QAccessible.queryAccessibleInterface(label)
        label.setText("filled later")
        assert "filled later" in told.text(QAccessible.Text.Name), said(label)
        label.clear()


def test_a_choice_of_one_is_told_as_such_and_can_be_made_by_a_screen_reader(qtbot, program):
    window = program.window
    window.show_page("Explain")
    found = {node.name: node for node in nodes(window) if node.role == QAccessible.Role.RadioButton}
    assert {"Page Rank", "Values: Unit norm", "Matrix of: Words"} <= set(found)
    rank = QAccessible.queryAccessibleInterface(found["Page Rank"].widget)
    assert not rank.state().checked
    rank.actionInterface().doAction("Press")
    assert window.page_name == "Rank"
    assert rank.state().checked


@pytest.mark.parametrize("name", PAGES)
def test_tab_goes_round_a_page_in_reading_order(qtbot, program, name):
    for _ in views(qtbot, program.window, name):
        stops = check_round(program.window.header.model)
        assert len(stops) > 8


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_one_sees_where_the_focus_is(qtbot, program, theme):
    window = program.window
    for name in {"light": ("dark", "light"), "dark": ("light", "dark")}[theme]:
        window.actions_[f"view.{name}"].trigger()
    seen, without = set(), []
    for name in PAGES:
        for _ in views(qtbot, window, name):
            for widget in takers(window):
                if kind_of(widget) not in seen:
                    seen.add(kind_of(widget))
                    elsewhere = (
                        window.header.model if widget is not window.header.model else window.header.device
                    )
                    if not has_ring(widget, elsewhere):
                        without.append(said(widget))
    assert not without, "no ring: " + "; ".join(without)
    assert len(seen) > 25


def views(qtbot, window, name):
    """Bring a page to the front, and one after the other all that lies behind tabs on it."""
    window.show_page(name)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    tabs, places = tabs_of(window.page)
    for place in places:
        if tabs is not None:
            tabs.setCurrentIndex(place)
        qtbot.wait(20)
        yield
    if name == "Explain":
        for dock in window.explain.panels._docks.values():
            if dock.widget().visibleRegion().isEmpty():
                dock.raise_()
                qtbot.wait(20)
                yield
