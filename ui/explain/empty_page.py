"""What stands in place of the panels while there is no result: what to do, and a way to start."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from ui.actions import Actions
from ui.icons import large
from ui.plain import PlainLabel
from ui.theme import SPACE_L, SPACE_M

_LINES = (
    "Write a query and at least one candidate above.",
    "The words that make the model call them similar will light up here.",
)


class EmptyPage(QWidget):
    """A quiet page in the middle of the window."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        example = QPushButton("Show the worked example", self)
        example.setAccessibleName("Show the worked example")
        example.clicked.connect(actions["file.example"].trigger)
        layout = QVBoxLayout(self)
        layout.setSpacing(SPACE_M)
        layout.addStretch(2)
        layout.addWidget(large("waypoints", self))
        for number, text in enumerate(_LINES):
            layout.addWidget(_line(text, self, muted=number > 0))
        layout.addSpacing(SPACE_L)
        layout.addWidget(example, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)


def _line(text: str, parent: QWidget, *, muted: bool) -> QLabel:
    label = PlainLabel(text, parent)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setWordWrap(True)
    if muted:
        label.setForegroundRole(label.palette().ColorRole.PlaceholderText)
    return label
