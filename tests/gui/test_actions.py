"""Every action once; the palette finds it by a few letters."""

from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenuBar, QWidget

from tests.gui.fake_backend import FakeBackend
from tests.gui.window import opened, settings_in
from ui.action_list import ACTIONS
from ui.actions import Actions
from ui.command_palette import CommandPalette, Entry
from ui.fuzzy import match_score


@pytest.fixture
def window(qtbot):
    window = QWidget()
    window.resize(1000, 700)
    qtbot.addWidget(window)
    window.show()
    return window


@pytest.fixture
def palette(qtbot, window, tmp_path):
    palette = CommandPalette(Actions(window), settings_in(tmp_path), window)
    yield palette
    palette.close()


def names(palette):
    return [entry.id for entry in palette.shown]


def test_ids_and_shortcuts_are_unique():
    assert not [key for key, count in Counter(spec.id for spec in ACTIONS).items() if count > 1]
    shortcuts = Counter(spec.shortcut for spec in ACTIONS if spec.shortcut)
    assert not [key for key, count in shortcuts.items() if count > 1]


def test_every_action_has_a_valid_shortcut_if_any(qapp):
    actions = Actions()
    for spec in ACTIONS:
        assert actions[spec.id].shortcut().isEmpty() == (not spec.shortcut), spec.id
    actions.deleteLater()


def test_every_action_stands_in_a_menu_and_is_bound(qtbot, tmp_path):
    with opened(qtbot, tmp_path, FakeBackend()) as program:
        actions = program.window.actions_
        assert actions.unbound == ()
        in_menus = set()

        def collect(menu):
            for action in menu.actions():
                in_menus.add(action.objectName())
                if action.menu() is not None:
                    collect(action.menu())

        collect(program.window.menuBar())
        assert {spec.id for spec in ACTIONS} <= in_menus


def test_mnemonics_of_a_menu_are_unique(qapp):
    actions, bar = Actions(), QMenuBar()
    actions.fill(bar)
    letters = Counter()
    for spec in ACTIONS:
        if "&" in spec.text:
            letters[spec.menu, spec.text[spec.text.index("&") + 1].lower()] += 1
    assert not [key for key, count in letters.items() if count > 1]
    bar.deleteLater()
    actions.deleteLater()


def test_letters_in_their_order_match_and_word_starts_count_more():
    assert match_score("rl", "Reset layout") > match_score("rl", "Result before (all)")
    assert match_score("pal", "Command palette…") > match_score("pal", "Spirals at the left")
    assert match_score("xyz", "Reset layout") is None
    assert match_score("", "anything") == 0


def test_the_palette_lists_everything_then_what_matches(qtbot, window, palette):
    palette.open_over(window)
    assert len(palette.shown) == len(ACTIONS)
    qtbot.keyClicks(palette._field, "reset lay")
    assert names(palette)[0] == "view.reset"
    palette._field.setText("cptm")
    assert names(palette)[0] == "run.captum"
    palette._field.setText("qqqq")
    assert names(palette) == []
    qtbot.keyClick(palette._field, Qt.Key.Key_Return)
    assert palette.isVisible()


def test_arrows_choose_and_return_runs(qtbot, window, palette):
    ran = []
    for spec in ACTIONS:
        palette._registry.bind(spec.id, lambda id=spec.id: ran.append(id))
    palette.open_over(window)
    qtbot.keyClicks(palette._field, "theme")
    second = names(palette)[1]
    qtbot.keyClick(palette._field, Qt.Key.Key_Down)
    qtbot.keyClick(palette._field, Qt.Key.Key_Return)
    assert ran == [second]
    assert not palette.isVisible()


def test_what_cannot_be_done_now_comes_last_and_says_why(qtbot, window, palette):
    ran = []
    registry = palette._registry
    registry.bind("run.cancel", lambda: ran.append("run.cancel"))
    registry["run.cancel"].setEnabled(False)
    registry.bind("train.start", print, "Train")
    registry.show_page("Explain")
    palette.open_over(window)
    assert set(names(palette)[-2:]) == {"run.cancel", "train.start"}
    reasons = {entry.id: entry.why_not for entry in palette.shown}
    assert reasons["run.cancel"] == "Needs work that you are waiting for"
    assert reasons["train.start"] == "On the page Train"
    assert reasons["file.quit"] == ""
    palette._field.setText("cancel")
    assert names(palette)[0] == "run.cancel"
    qtbot.keyClick(palette._field, Qt.Key.Key_Return)
    assert ran == []
    assert palette.isVisible()


def test_what_was_run_last_comes_first(qtbot, window, palette):
    for spec in ACTIONS:
        palette._registry.bind(spec.id, lambda: None)
    for typed in ("reset layout", "captum"):
        palette.open_over(window)
        qtbot.keyClicks(palette._field, typed)
        qtbot.keyClick(palette._field, Qt.Key.Key_Return)
    palette.open_over(window)
    assert names(palette)[:2] == ["run.captum", "view.reset"]
    # What is typed still matters more.
    palette._field.setText("quit")
    assert names(palette)[0] == "file.quit"


def test_other_things_can_be_listed(qtbot, window, palette):
    ran = []
    palette.add_source(lambda: [Entry("help.x", "What a ledger says", "Help topic", lambda: ran.append("x"))])
    palette.open_over(window)
    qtbot.keyClicks(palette._field, "ledger says")
    qtbot.keyClick(palette._field, Qt.Key.Key_Return)
    assert ran == ["x"]


def test_keys_can_be_changed_and_are_never_shared(qapp):
    actions = Actions()
    actions.set_keys("run.explain", "Ctrl+M")
    assert actions.keys("run.explain") == "Ctrl+M"
    assert actions.keys("run.methods") == ""
    assert actions["run.explain"].toolTip().endswith("(Ctrl+M)")
    assert "(" not in actions["run.methods"].toolTip()
    # What is stored says the same again, and defaults give way to it.
    changed = actions.changed_keys()
    assert changed == {"run.explain": "Ctrl+M", "run.methods": ""}
    again = Actions()
    again.use_keys({**changed, "gone.action": "Ctrl+Y", "file.csv": "Ctrl+S"})
    assert again.keys("run.explain") == "Ctrl+M"
    assert (again.keys("file.csv"), again.keys("file.report")) == ("Ctrl+S", "")
    keys = Counter(again.keys(spec.id) for spec in ACTIONS if again.keys(spec.id))
    assert max(keys.values()) == 1
    again.use_keys({})
    assert again.changed_keys() == {}
    for each in (actions, again):
        each.deleteLater()
