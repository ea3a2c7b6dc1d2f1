"""The log of this run and of those before it, to be read, copied and saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from engine.errors import UserError
from engine.files import write_atomically
from ui.banner import Banner
from ui.help.run_log import LEVELS, LoggedRun, at_least
from ui.plain import PlainLabel
from ui.save_dialog import ask_save_path
from ui.tab_order import ReadingOrder
from ui.theme import SPACE_M

_LEVELS = {"INFO": "Everything", "WARNING": "Warnings and errors", "ERROR": "Errors"}
_SIZE = (860, 560)


class LogViewer(ReadingOrder, QDialog):
    """Shows one run at a time.

    Args:
        runs: returns the logs that are there.
        parent: the window.
    """

    def __init__(self, runs: Callable[[], tuple[LoggedRun, ...]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._read = runs
        self._runs: tuple[LoggedRun, ...] = ()
        self.setWindowTitle("Log")
        self.setAccessibleName("Log")
        self.run = QComboBox(self)
        self.run.setAccessibleName("Run")
        self.run.view().setAccessibleName("Runs")
        self.level = QComboBox(self)
        self.level.setAccessibleName("What is shown")
        self.level.view().setAccessibleName("Levels")
        for level in LEVELS:
            self.level.addItem(_LEVELS[level], level)
        self.text = QPlainTextEdit(self)
        self.text.setAccessibleName("Text of the log")
        self.text.setReadOnly(True)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.banner = Banner(self)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        role = QDialogButtonBox.ButtonRole.ActionRole
        self.again = buttons.addButton("&Read again", role)
        self.copy = buttons.addButton("&Copy", role)
        self.save = buttons.addButton("&Save as a file…", role)
        buttons.rejected.connect(self.reject)
        row = QHBoxLayout()
        row.setSpacing(SPACE_M)
        for title, field in (("Run", self.run), ("Show", self.level)):
            label = PlainLabel(title, self)
            label.setBuddy(field)
            row.addWidget(label)
            row.addWidget(field)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.addLayout(row)
        layout.addWidget(self.banner)
        layout.addWidget(self.text, 1)
        layout.addWidget(buttons)
        self.run.currentIndexChanged.connect(self._show)
        self.level.currentIndexChanged.connect(self._show)
        self.again.clicked.connect(self.read)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text.toPlainText()))
        self.save.clicked.connect(self._save)
        self.resize(*_SIZE)
        self.read()

    @Slot()
    def read(self) -> None:
        """Read the logs anew."""
        place = max(self.run.currentIndex(), 0)
        self._runs = self._read()
        self.run.blockSignals(True)
        self.run.clear()
        self.run.addItems([run.title for run in self._runs])
        self.run.setCurrentIndex(min(place, len(self._runs) - 1))
        self.run.blockSignals(False)
        self._show()

    @Slot()
    def _show(self) -> None:
        place = self.run.currentIndex()
        if place < 0:
            self.text.setPlainText("There is no log: its folder could not be written.")
            return
        shown = at_least(self._runs[place].text, self.level.currentData())
        self.text.setPlainText(shown or f"Nothing of this kind: {_LEVELS[self.level.currentData()].lower()}.")
        bar = self.text.verticalScrollBar()
        bar.setValue(bar.maximum())

    @Slot()
    def _save(self) -> None:
        path, _ = ask_save_path(self, "Save the log", "semascope-log.txt", "Text (*.txt)")
        if not path:
            return
        try:
            write_atomically(Path(path), self.text.toPlainText().encode())
        except UserError as error:
            self.banner.show_error(str(error))
        else:
            self.banner.show_note(f"Saved {path}")
