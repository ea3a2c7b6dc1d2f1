"""Rows of the settings dialog: a name, what can be chosen, and a quiet line that says what it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ui.plain import PlainLabel
from ui.theme import SPACE_L, SPACE_M, SPACE_S, set_size


class Section(QScrollArea):
    """One section of the dialog: groups of fields below each other."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        body = QWidget()
        self.setWidget(body)
        self._rows = QVBoxLayout(body)
        self._rows.setContentsMargins(SPACE_L, SPACE_M, SPACE_L, SPACE_L)
        self._rows.setSpacing(SPACE_S)

    def add_group(self, title: str, note: str, *fields: QWidget) -> None:
        """Add fields under a title; `note` says what they do."""
        if self._rows.count():
            self._rows.addSpacing(SPACE_L)
        head = PlainLabel(title)
        set_size(head, "heading")
        self._rows.addWidget(head)
        if note:
            self._rows.addWidget(quiet(note))
        self._rows.addSpacing(SPACE_S)
        for field in fields:
            self._rows.addWidget(field)

    def finish(self) -> None:
        """Leave the room that is left below the last group."""
        self._rows.addStretch(1)


class Choices(QWidget):
    """Radio buttons below each other, of which each may have something beside or below it."""

    def __init__(
        self, name: str, options: Sequence[tuple[str, str]], chosen: Callable[[str], object]
    ) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QRadioButton] = {}
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(0, 0, 0, 0)
        self.rows.setSpacing(SPACE_S)
        for value, text in options:
            button = QRadioButton(text)
            button.setAccessibleName(f"{name}: {text}")
            button.clicked.connect(lambda _checked, value=value: chosen(value))
            self._group.addButton(button)
            self._buttons[value] = button
            self.rows.addWidget(button)

    def button(self, value: str) -> QRadioButton:
        """Return the button of an option."""
        return self._buttons[value]

    def show_value(self, value: str) -> None:
        """Mark the option that holds."""
        self._buttons[value].setChecked(True)


def quiet(text: str) -> PlainLabel:
    """Return a line of secondary text."""
    label = PlainLabel(text)
    label.setWordWrap(True)
    label.setForegroundRole(label.palette().ColorRole.PlaceholderText)
    return label
