"""Explaining and ranking by keyboard alone: no mouse, and no call but to look what has come of the keys."""

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from engine.cli import main
from tests.gui.test_concepts_end_to_end import TOPICS
from tests.gui.window import PATIENCE_MS, opened, settings_in, wait_settled
from ui.selection import LinkTarget, WordTarget

_MOST_STOPS = 120


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    root = tmp_path_factory.mktemp("keyboard")
    corpus, folder = root / "things.txt", root / "things"
    corpus.write_text("".join(f"{a} {b}\n" for things, ways in TOPICS for a in things for b in ways))
    quick = ("--features", "16", "--k", "2", "--epochs", "300", "--batch-size", "25")
    for arguments in (
        ("workspace", str(folder), "--corpus", str(corpus)),
        ("train", str(folder), "--name", "main", "--architecture", "batchtopk", *quick),
        ("label", str(folder), "--sae", "main"),
    ):
        assert main(list(arguments)) == 0
    return folder


class Keyboard:
    """Presses keys on whatever has the focus."""

    def __init__(self, qtbot, window):
        self._qtbot, self._window = qtbot, window

    @property
    def focus(self) -> QWidget:
        popup = QApplication.activePopupWidget()
        found = (popup.focusWidget() or popup) if popup is not None else QApplication.focusWidget()
        if found is None:
            # No window manager goes back to the window when a dialog is closed.
            self._window.activateWindow()
            self._qtbot.waitUntil(self._window.isActiveWindow)
            found = QApplication.focusWidget() or self._window.focusWidget()
        assert found is not None, "nothing has the focus"
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
def test_explaining_and_ranking_by_keyboard(qtbot, tmp_path, workspace, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = settings_in(tmp_path)
    settings.add_recent_workspace(str(workspace))
    settings.last_folder = str(tmp_path)
    with opened(qtbot, tmp_path, settings=settings) as program:
        window = program.window
        window.activateWindow()
        keys = Keyboard(qtbot, window)
        wait_settled(qtbot, program)
        keys.until(lambda: window.navigator.dictionary == "main")
        explain_by_keyboard(qtbot, keys, program, tmp_path)
        rank_by_keyboard(qtbot, keys, program)
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
