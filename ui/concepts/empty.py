"""What stands in place of the features while there are none: what to do, and a button that does it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from ui.icons import large
from ui.plain import PlainLabel
from ui.theme import SPACE_L, SPACE_M


class EmptyState(QWidget):
    """Two lines and a button."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._callback: Callable[[], object] | None = None
        self.title = PlainLabel(self)
        self.more = PlainLabel(self)
        self.more.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self.button = QPushButton(self)
        self.button.setAccessibleName("What to do")
        self.button.clicked.connect(self._clicked)
        layout = QVBoxLayout(self)
        layout.setSpacing(SPACE_M)
        layout.addStretch(2)
        layout.addWidget(large("shapes", self))
        for label in (self.title, self.more):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
            layout.addWidget(label)
        layout.addSpacing(SPACE_L)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)

    def say(
        self, title: str, more: str, button: str = "", callback: Callable[[], object] | None = None
    ) -> None:
        """Say what is missing and offer one thing to do about it."""
        self.title.setText(title)
        self.more.setText(more)
        self.button.setText(button)
        self.button.setAccessibleName(button or "What to do")
        self.button.setVisible(bool(button))
        self._callback = callback

    @Slot()
    def _clicked(self) -> None:
        if self._callback is not None:
            self._callback()
