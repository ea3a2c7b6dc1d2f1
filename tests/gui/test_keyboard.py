"""The whole main job by keyboard alone: no mouse, and no call but to look what has come of the keys."""

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from tests.gui.window import PATIENCE_MS, opened, settings_in, wait_settled
from ui.selection import LinkTarget, WordTarget

_MOST_STOPS = 120


class Keyboard:
    """Presses keys on whatever has the focus."""

    def __init__(self, qtbot, window):
        self._qtbot, self._front = qtbot, window

    @property
    def focus(self) -> QWidget:
        popup = QApplication.activePopupWidget()
        found = (popup.focusWidget() or popup) if popup is not None else QApplication.focusWidget()
        if found is None:
            # A window manager would go back to the window that a dialog was opened from.
            if not self._front.isVisible():
                self._front = self._front.parentWidget().window()
            self._front.activateWindow()
            self._qtbot.waitUntil(self._front.isActiveWindow)
            found = QApplication.focusWidget() or self._front.focusWidget()
        assert found is not None, "nothing has the focus"
        if popup is None:
            self._front = found.window()
        return found

    def press(self, keys: str, times: int = 1) -> None:
        """Press a combination of keys: "Ctrl+L", "Down"."""
        combination = QKeySequence(keys)[0]
        for _ in range(times):
            QTest.keyClick(self.focus, combination.key(), combination.keyboardModifiers())

    def write(self, text: str) -> None:
        """Type a text."""
        QTest.keyClicks(self.focus, text)

    def paste(self, text: str) -> None:
        """Paste a text that lies on the clipboard."""
        QGuiApplication.clipboard().setText(text)
        self.press("Ctrl+V")

    def tab_to(self, wanted: QWidget, keys: str = "Tab") -> None:
        """Press Tab until a widget has the focus."""
        passed = []
        for _ in range(_MOST_STOPS):
            if QApplication.focusWidget() is wanted:
                return
            passed.append(QApplication.focusWidget().accessibleName())
            self.press(keys)
        pytest.fail(f"Tab does not reach {wanted.accessibleName()!r}; it passed {passed[-20:]}")

    def name_file(self, keys: str, path: Path) -> None:
        """Press what opens a dialog for files, write a path, and press Return."""

        def answer() -> None:
            dialog = QApplication.activeModalWidget()
            if not isinstance(dialog, QFileDialog) or dialog.focusWidget() is None:
                QTimer.singleShot(50, answer)
                return
            dialog.activateWindow()
            QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
            QTest.keyClicks(dialog.focusWidget(), str(path))
            QTimer.singleShot(50, confirm)

        def confirm() -> None:
            # The first Return may go to the list of files that begin like this.
            dialog = QApplication.activeModalWidget()
            if isinstance(dialog, QFileDialog):
                popup = QApplication.activePopupWidget()
                QTest.keyClick(dialog.focusWidget() if popup is None else popup, Qt.Key.Key_Return)
                QTimer.singleShot(50, confirm)

        QTimer.singleShot(50, answer)
        self.press(keys)

    def until(self, condition) -> None:
        self._qtbot.waitUntil(condition, timeout=PATIENCE_MS)


@pytest.mark.timeout(900)
def test_the_main_job_by_keyboard(qtbot, tmp_path, things, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = settings_in(tmp_path)
    settings.add_recent_workspace(str(things))
    settings.last_folder = str(tmp_path)
    # Nothing is explained before it is asked for, and then in the quickest way.
    settings.start, settings.layer = "empty", 5
    with opened(qtbot, tmp_path, settings=settings) as program:
        window = program.window
        window.activateWindow()
        keys = Keyboard(qtbot, window)
        keys.until(lambda: window.navigator.dictionary == "main")
        explain_by_keyboard(qtbot, keys, program, tmp_path)
        rank_by_keyboard(qtbot, keys, program)
        concepts_by_keyboard(keys, program)
        train_by_keyboard(keys, program)
        inspect_by_keyboard(keys, program)
        report_by_keyboard(keys, program, tmp_path)
        keys.press("Ctrl+Q")
        keys.until(lambda: program.over)


def explain_by_keyboard(qtbot, keys, program, folder):
    window, explain = program.window, program.window.explain
    view, selection = explain.view, explain.view.selection
    keys.press("Ctrl+L")
    keys.paste("the owl lays eggs")
    keys.press("Tab")
    assert keys.focus is explain.inputs.candidates
    keys.press("Ctrl+A")
    keys.paste("a garden bird builds its nest\nsteel is cast in a foundry\n")
    keys.press("Ctrl+Return")
    wait_settled(qtbot, program)
    assert explain.explanation.request.query == "the owl lays eggs"
    assert len(explain.explanation.pairs) == 2

    keys.press("Alt+1")
    assert keys.focus is view.query
    keys.press("Right", 2)
    assert selection.hovered == WordTarget("query", 1)
    assert "owl" in view.query.told()
    keys.press("Return")
    assert selection.isolated == WordTarget("query", 1)
    assert view.query.told().endswith("isolated")
    keys.press("Escape")
    assert selection.isolated is None
    keys.press("Alt+2")
    assert keys.focus is view.connections
    keys.press("Down")
    keys.press("Right")
    assert isinstance(selection.hovered, WordTarget)
    assert selection.hovered.side == "candidate"
    keys.press("Alt+3")
    assert keys.focus is view.matrix
    keys.press("Down", 2)
    keys.press("Right")
    keys.press("Return")
    assert isinstance(selection.isolated, LinkTarget)
    keys.press("Escape")
    keys.press("Ctrl+6")
    keys.press("Ctrl+5")
    keys.press("Alt+Down")
    assert explain.result.index == 1
    keys.press("Alt+Up")
    assert explain.result.index == 0
    keys.name_file("Ctrl+S", folder / "quick.html")
    keys.until((folder / "quick.html").exists)
    keys.press("Ctrl+Shift+J")
    keys.until(lambda: QGuiApplication.clipboard().text().startswith("{"))
    assert json.loads(QGuiApplication.clipboard().text())["query"]["text"] == "the owl lays eggs"
    keys.press("Ctrl+D")
    keys.until(lambda: len(window.reports.tray.items) == 1)


def rank_by_keyboard(qtbot, keys, program):
    window, rank = program.window, program.window.pages["Rank"]
    keys.press("F3")
    assert keys.focus is rank.bar.query
    keys.write("bread from the oven")
    keys.press("Return")
    keys.until(lambda: rank._found is not None and rank._query() == "bread from the oven")
    keys.press("Ctrl+D")
    keys.until(lambda: len(window.reports.tray.items) == 2)
    keys.tab_to(rank.table)
    keys.press("Down")
    assert rank.table.current() == 1
    keys.until(lambda: rank.reasons.known[1] is not None)
    hit = rank._found.ranking.hits[1].text
    assert "bread" in rank.hit.query.told() or rank.hit.query.has_content()
    keys.tab_to(rank.tabs.tabBar())
    keys.press("Right")
    assert rank.tabs.currentWidget() is rank.contrast
    keys.tab_to(rank.table, "Shift+Tab")
    keys.press("Return")
    keys.until(lambda: window.page is window.explain)
    wait_settled(qtbot, program)
    assert window.explain.explanation.request.candidates == (hit,)


def concepts_by_keyboard(keys, program):
    window, concepts = program.window, program.window.pages["Concepts"]
    keys.press("F4")
    keys.until(lambda: len(concepts.features.records) == 16)
    keys.press("Ctrl+F")
    assert keys.focus is concepts.head.search
    keys.write("owl")
    keys.until(lambda: len(concepts.features.shown()) > 0)
    keys.tab_to(concepts.features)
    keys.press("Home")
    keys.press("Down")
    keys.until(concepts.feature.examples.has_content)
    feature = window.navigator.feature
    assert feature is not None
    keys.tab_to(concepts.feature.name)
    keys.press("Ctrl+A")
    keys.write("things with wings")
    keys.press("Return")
    keys.until(lambda: concepts.features.records[feature].label == "things with wings")
    # It is no match of the search any more; without the search it is the current row again.
    keys.press("Ctrl+F")
    keys.press("Delete")
    keys.tab_to(concepts.features)
    assert concepts.features.current() == feature
    keys.press("Ctrl+Z")
    keys.until(lambda: concepts.features.records[feature].label != "things with wings")
    keys.press("Ctrl+Shift+Z")
    keys.until(lambda: concepts.features.records[feature].label == "things with wings")
    keys.press("Ctrl+C")
    assert "things with wings" in QGuiApplication.clipboard().text()
    keys.press("Ctrl+D")
    keys.until(lambda: len(window.reports.tray.items) == 3)


def train_by_keyboard(keys, program):
    train = program.window.pages["Train"]
    keys.press("F5")
    keys.until(lambda: [run.name for run in train.table.records] == ["main"])
    for box, value in ((train.panel.features, 8), (train.panel.k, 2), (train.panel.epochs, 2)):
        keys.tab_to(box)
        keys.press("Ctrl+A")
        keys.write(str(value))
        keys.press("Return")
        assert box.value() == value
    keys.tab_to(train.panel.batch_size)
    keys.press("Ctrl+A")
    keys.write("20")
    keys.press("Tab")
    keys.press("Ctrl+Shift+T")
    keys.until(lambda: sorted(run.status for run in train.table.records) == ["finished", "finished"])
    assert 8 in [run.features for run in train.table.records]
    keys.tab_to(train.plot)
    keys.press("Right")
    keys.press("Return")
    assert train.plot.told()
    keys.press("Return")


def inspect_by_keyboard(keys, program):
    inspect = program.window.pages["Inspect"]
    keys.press("F6")
    keys.press("Ctrl+L")
    keys.write("the owl sleeps")
    keys.until(lambda: inspect.inspection is not None and len(inspect.inspection.texts) == 1)
    keys.tab_to(inspect.inside.words)
    keys.press("Right", 2)
    assert "owl" in inspect.inside.words.told()
    keys.press("Ctrl+Shift+P")
    keys.write("worked example")
    keys.press("Return")
    keys.until(lambda: program.window.page is program.window.explain)


def report_by_keyboard(keys, program, folder):
    reports = program.window.reports
    keys.press("Ctrl+R")
    dialog = reports._dialog
    keys.until(dialog.isActiveWindow)
    keys.tab_to(dialog.title)
    keys.write("By keyboard")
    keys.tab_to(dialog.list)
    keys.press("Ctrl+Down")
    assert [item.kind for item in reports.tray.items] == ["ranking", "explanation", "feature"]
    keys.press("Delete")
    assert [item.kind for item in reports.tray.items] == ["ranking", "feature"]
    keys.tab_to(dialog.saves[2])
    keys.name_file("Space", folder / "day.semareport")
    keys.until((folder / "day.semareport").exists)
    keys.until(lambda: "Saved" in dialog.banner.message)
    keys.press("Escape")
    assert not dialog.isVisible()
