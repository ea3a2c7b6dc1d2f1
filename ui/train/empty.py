"""What stands in place of Train while there is nothing to train on: what to do about it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ui.actions import Actions
from ui.buttons import action_button
from ui.icons import large
from ui.plain import PlainLabel
from ui.theme import SPACE_L, SPACE_M
from ui.widgets.numbers import counted


class EmptyTrain(QWidget):
    """A quiet page in the middle of the window."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._first, self._second = _line(self, muted=False), _line(self, muted=True)
        self.embed = QPushButton("Embed the documents", self)
        self.embed.setAccessibleName("Embed the documents")
        self.embed.setProperty("look", "primary")
        self._make = action_button(actions["file.corpus"], parent=self)
        self._open = action_button(actions["file.workspace"], parent=self)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for button in (self.embed, self._make, self._open):
            buttons.addWidget(button)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setSpacing(SPACE_M)
        layout.addStretch(2)
        layout.addWidget(large("chart-line", self))
        layout.addWidget(self._first)
        layout.addWidget(self._second)
        layout.addSpacing(SPACE_L)
        layout.addLayout(buttons)
        layout.addStretch(3)
        self.show_no_workspace()

    def show_no_workspace(self) -> None:
        """Say that documents are needed first."""
        self._first.setText("Features are learnt from documents: drop a file of them on this window.")
        self._second.setText("CSV, TSV, JSON Lines, Parquet, text with one document a line, or a folder.")
        self._say()
        self.embed.hide()

    def show_not_embedded(self, documents: int) -> None:
        """Say that the documents have no vectors yet."""
        self._first.setText(
            f"{counted(documents, 'document')} of this workspace have no complete vectors yet."
        )
        self._second.setText("Embedding can be stopped at any time, and goes on where it was.")
        self._say()
        self.embed.show()

    def _say(self) -> None:
        self.setAccessibleDescription(f"{self._first.text()} {self._second.text()}")


def _line(parent: QWidget, *, muted: bool) -> QLabel:
    label = PlainLabel(parent)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setWordWrap(True)
    if muted:
        label.setForegroundRole(label.palette().ColorRole.PlaceholderText)
    return label
