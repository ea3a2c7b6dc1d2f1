"""What stands in place of a page or a panel while it has nothing to show: what will be there, what to do."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ui.banner import Offer
from ui.icons import large
from ui.plain import PlainLabel
from ui.theme import SPACE_L, SPACE_M


class EmptyState(QWidget):
    """An icon, two lines, and buttons that do what is missing.

    Args:
        icon: its name.
        parent: the page or panel.
    """

    def __init__(self, icon: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = PlainLabel(self)
        self.more = PlainLabel(self)
        self.more.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self.buttons = (QPushButton(self), QPushButton(self))
        self._offers: tuple[Offer, ...] = ()
        row = QHBoxLayout()
        row.setSpacing(SPACE_M)
        row.addStretch(1)
        for button in self.buttons:
            button.clicked.connect(self._clicked)
            row.addWidget(button)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setSpacing(SPACE_M)
        layout.addStretch(2)
        layout.addWidget(large(icon, self))
        for label in (self.title, self.more):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
            layout.addWidget(label)
        layout.addSpacing(SPACE_L)
        layout.addLayout(row)
        layout.addStretch(3)
        self.say("", "")

    @property
    def button(self) -> QPushButton:
        """The first of the buttons."""
        return self.buttons[0]

    def say(
        self,
        title: str,
        more: str,
        button: str = "",
        callback: Callable[[], object] | None = None,
        *others: Offer,
    ) -> None:
        """Say what is missing, and offer one thing or two to do about it."""
        self.title.setText(title)
        self.more.setText(more)
        self.setAccessibleDescription(f"{title} {more}".strip())
        first = ((button, callback),) if callback is not None else ()
        self._offers = (*first, *others)[: len(self.buttons)]
        for place, widget in enumerate(self.buttons):
            text = self._offers[place][0] if place < len(self._offers) else ""
            widget.setText(text)
            widget.setAccessibleName(text or "What to do")
            widget.setVisible(bool(text))

    @Slot()
    def _clicked(self) -> None:
        self._offers[self.buttons.index(self.sender())][1]()
