"""The settings dialog: what is chosen holds at once, is remembered, and can be reset; keys can be changed."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QHeaderView, QLabel, QMessageBox, QPushButton

from tests.gui.fake_backend import FakeBackend
from tests.gui.window import opened, settings_in
from ui.actions import Actions
from ui.preferences.dialog import SECTIONS, SETTINGS
from ui.preferences.key_rules import refusal


@pytest.fixture
def program(qtbot, tmp_path):
    with opened(qtbot, tmp_path, FakeBackend()) as program:
        yield program


@pytest.fixture
def dialog(qtbot, program):
    program.window.actions_["edit.settings"].trigger()
    dialog = program.window.preferences.dialog
    qtbot.waitUntil(dialog.isVisible)
    return dialog


def test_theme_and_palette_hold_at_once_and_are_remembered(program, dialog, tmp_path):
    window = program.window
    dialog.theme.button("dark").click()
    dialog.palette_choice.button("purple-green").click()
    shown = window.explain.view.query.theme
    assert (shown.name, shown.palette) == ("dark", "purple-green")
    assert window.actions_["view.dark"].isChecked()
    assert window.preferences.theme.positive.name() == "#6fc77e"
    program.window.settings.save()
    stored = settings_in(tmp_path)
    assert (stored.theme, stored.palette) == ("dark", "purple-green")


def test_the_menu_and_the_dialog_say_the_same(program, dialog):
    program.window.actions_["view.light"].trigger()
    assert dialog.theme.button("light").isChecked()


def test_text_size_reaches_everything_at_once(program, dialog):
    window = program.window
    before = QApplication.font().pointSizeF()
    widgets = (window.explain.inputs.query, window.explain.view.matrix, window.header.model, dialog.sections)
    sizes = [widget.font().pointSizeF() for widget in widgets]
    dialog.text_size.setCurrentIndex(dialog.text_size.findData(140))
    dialog.text_size.activated.emit(dialog.text_size.currentIndex())
    assert QApplication.font().pointSizeF() == pytest.approx(1.4 * before, abs=0.1)
    for widget, size in zip(widgets, sizes, strict=True):
        assert widget.font().pointSizeF() == pytest.approx(1.4 * size, abs=0.1), widget
    # Also on pages that are not in front, and in the heads of tables.
    written = [each for each in window.findChildren(QLabel) + window.findChildren(QPushButton) if each.text()]
    for widget in [*written, *window.findChildren(QHeaderView)]:
        if not widget.property("textsize"):
            assert widget.font().pointSizeF() == pytest.approx(1.4 * before, abs=0.1), widget
    window.actions_["view.larger"].trigger()
    assert window.settings.text_size == 160
    window.actions_["view.larger"].trigger()
    assert window.settings.text_size == 160
    window.actions_["view.usual_size"].trigger()
    assert dialog.text_size.currentData() == 100
    window.actions_["view.smaller"].trigger()
    assert window.settings.text_size == 90
    assert QApplication.font().pointSizeF() == pytest.approx(0.9 * before, abs=0.1)


def test_tables_have_the_font_from_the_start(program):
    heads = program.window.findChildren(QHeaderView)
    assert len(heads) > 5
    assert {head.font().family() for head in heads} == {QApplication.font().family()}


def test_live_start_and_cores(program, dialog):
    settings = program.window.settings
    dialog.live.click()
    assert not program.window.actions_["run.live"].isChecked()
    program.window.actions_["run.live"].trigger()
    assert dialog.live.isChecked()
    dialog.start.button("empty").click()
    dialog.threads.setValue(3)
    assert (settings.start, settings.threads) == ("empty", 3)


def test_reset_gives_everything_its_first_value(qtbot, program, dialog):
    window, settings = program.window, program.window.settings
    settings.add_recent_model("/models/a")
    dialog.theme.button("dark").click()
    window.actions_["view.larger"].trigger()
    window.preferences.set_keys("run.explain", "Ctrl+E")
    dialog.live.click()
    dialog.reset.click()
    asked = dialog.findChild(QMessageBox)
    asked.button(QMessageBox.StandardButton.Reset).click()
    assert (settings.theme, settings.text_size, settings.shortcuts, settings.live) == (
        "system",
        100,
        {},
        True,
    )
    assert window.actions_.changed_keys() == {}
    assert dialog.theme.button("system").isChecked()
    assert window.actions_["run.live"].isChecked()
    assert settings.recent_models == ("/models/a",)


def test_everything_is_reached_by_keys(qtbot, dialog):
    dialog.sections.setFocus()
    for place, name in enumerate(SECTIONS):
        assert dialog.sections.currentItem().text() == name
        reached = set()
        for _ in range(40):
            widget = QApplication.focusWidget()
            reached.add(widget.accessibleName())
            qtbot.keyClick(widget, Qt.Key.Key_Tab)
        assert len(reached) > 2, name
        dialog.sections.setFocus()
        if place < len(SECTIONS) - 1:
            qtbot.keyClick(dialog.sections, Qt.Key.Key_Down)


def test_every_setting_of_the_palette_has_a_section(program):
    for name, section in SETTINGS:
        assert section in SECTIONS, name
        program.window.preferences.open(section)
        assert program.window.preferences.dialog.sections.currentItem().text() == section


class TestShortcuts:
    @pytest.fixture
    def editor(self, program, dialog):
        dialog.show_section("Keyboard")
        return dialog.shortcuts

    def press(self, editor, id, keys):
        editor.choose(id)
        editor.keys.setKeySequence(QKeySequence(keys))

    def test_free_keys_are_assigned_stored_and_shown(self, qtbot, program, editor, tmp_path):
        self.press(editor, "run.captum", "Ctrl+Alt+K")
        assert "free" in editor.said.text()
        qtbot.keyClick(editor.keys, Qt.Key.Key_Return)
        actions = program.window.actions_
        assert actions.keys("run.captum") == "Ctrl+Alt+K"
        assert "Ctrl+Alt+K" in actions["run.captum"].toolTip()
        program.window.settings.save()
        assert settings_in(tmp_path).shortcuts == {"run.captum": "Ctrl+Alt+K"}
        editor.reset.click()
        assert program.window.settings.shortcuts == {}

    def test_a_conflict_is_named_and_taken_over_knowingly(self, program, editor):
        actions = program.window.actions_
        self.press(editor, "run.captum", "Ctrl+T")
        assert "Explain while typing" in editor.said.text()
        assert editor.assign.text() == "Take over"
        assert actions.keys("run.live") == "Ctrl+T"
        editor.assign.click()
        assert (actions.keys("run.captum"), actions.keys("run.live")) == ("Ctrl+T", "")
        editor.reset_all.click()
        assert actions.keys("run.live") == "Ctrl+T"

    def test_keys_that_typing_needs_are_refused(self, program, editor):
        self.press(editor, "run.captum", "Ctrl+C")
        assert "copies" in editor.said.text()
        assert not editor.assign.isEnabled()

    def test_the_list_is_searched_by_name_and_by_keys(self, editor):
        rows = [editor.list.topLevelItem(row) for row in range(editor.list.topLevelItemCount())]
        editor.search.setText("ctrl+shift+d")
        assert [item.text(0) for item in rows if not item.isHidden()] == ["Dark"]
        assert editor.current == "view.dark"
        editor.search.setText("captum")
        assert [item.text(0) for item in rows if not item.isHidden()] == ["Captum checks"]
        editor.search.setText("qqq")
        assert editor.current == ""
        assert not editor.assign.isEnabled()

    def test_a_shortcut_can_be_removed(self, program, editor):
        editor.choose("run.live")
        editor.remove.click()
        assert program.window.actions_.keys("run.live") == ""
        assert program.window.settings.shortcuts == {"run.live": ""}


def test_stored_keys_hold_from_the_start(qtbot, tmp_path):
    settings = settings_in(tmp_path)
    settings.shortcuts = {"run.captum": "Ctrl+Alt+K"}
    with opened(qtbot, tmp_path, FakeBackend(), settings) as program:
        assert program.window.actions_["run.captum"].shortcut() == QKeySequence("Ctrl+Alt+K")


@pytest.mark.parametrize("keys", ["A", "Shift+A", "Return", "Ctrl+V", "Alt+F", "Ctrl+K, Ctrl+B", "Tab"])
def test_refused_keys(qapp, keys):
    actions = Actions()
    assert refusal(QKeySequence(keys), actions)
    actions.deleteLater()


@pytest.mark.parametrize("keys", ["", "F9", "Esc", "Ctrl+K", "Alt+Shift+F", "Meta+A"])
def test_allowed_keys(qapp, keys):
    actions = Actions()
    assert refusal(QKeySequence(keys), actions) == ""
    actions.deleteLater()
