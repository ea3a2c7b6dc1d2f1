"""The guide leaves out no page, no panel and no command of the window."""

import re

import pytest
from PySide6.QtWidgets import QDockWidget, QTabWidget

import guide_tables
from tests.gui.fake_backend import FakeBackend
from tests.gui.window import opened, wait_settled
from ui.action_list import ACTIONS
from ui.help.library import Library


def folded(text):
    """Return words without marks of Markdown, in small letters."""
    return " ".join(re.sub(r"[*`&…]", "", text).casefold().split())


@pytest.fixture(scope="module")
def prose():
    """All pages without their generated tables."""
    text = "\n".join(topic.source for topic in Library().topics.values())
    return folded(re.sub(r"<!-- ([\w-]+) -->.*?<!-- /\1 -->", "", text, flags=re.DOTALL))


def test_the_tables_of_commands_are_those_of_the_window():
    """If this fails: `.venv/bin/python packaging/guide_tables.py`; a new menu needs its heading and marks."""
    tables = guide_tables.action_tables()
    text = (guide_tables.GUIDE / "keyboard.md").read_text(encoding="utf-8")
    assert guide_tables.page("keyboard.md", tables) == text
    for name in tables:
        assert f"<!-- {name} -->" in text, name
    for spec in ACTIONS:
        assert spec.text.replace("&", "") in text, spec.id
        assert not spec.shortcut or f"`{spec.shortcut}`" in text, spec.id


def test_every_page_panel_and_tab_is_explained(qtbot, tmp_path, prose):
    with opened(qtbot, tmp_path, FakeBackend()) as program:
        wait_settled(qtbot, program)
        window = program.window
        names = list(window.pages)
        names += [dock.windowTitle() for dock in window.explain.findChildren(QDockWidget)]
        for page in window.pages.values():
            for tabs in page.findChildren(QTabWidget):
                names += [tabs.tabText(place) for place in range(tabs.count())]
    assert len(names) > 30
    assert [name for name in names if folded(name) not in prose] == []


def test_what_a_person_may_not_find_alone_is_explained_in_words(prose):
    """Commands whose name does not say what they do: each stands in the text, not in a table alone."""
    for id in (
        "file.corpus", "file.layer_path", "edit.group", "edit.palette", "edit.settings", "run.live",
        "run.methods", "run.captum", "train.pause", "train.finish", "train.logarithmic", "train.name",
        "inspect.model", "inspect.build", "inspect.compare", "inspect.switch", "view.reset", "help.tour",
        "help.log",
    ):  # fmt: skip
        (spec,) = (spec for spec in ACTIONS if spec.id == id)
        assert folded(spec.text) in prose, id
