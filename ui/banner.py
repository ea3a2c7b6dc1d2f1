"""The one place for messages: a line above the panels that never stops anyone from working."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from ui.buttons import tool_button
from ui.theme import RADIUS, SPACE_M, SPACE_S, Theme, blend


class Banner(QFrame):
    """Shows the newest message until it is dismissed or outdated."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self.setAccessibleName("Message")
        self._callback: Callable[[], object] | None = None
        self._error = self._passing = False
        self._theme = Theme.for_system()
        self._text = QLabel(self)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._button = QPushButton(self)
        self._button.setAccessibleName("Act on the message")
        self._button.clicked.connect(self._act)
        self._close = tool_button("\N{MULTIPLICATION SIGN}", "Dismiss the message", "Dismiss", "flat", self)
        self._close.clicked.connect(self.dismiss)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_S, SPACE_S, SPACE_S)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._button)
        layout.addWidget(self._close)
        self.hide()

    @property
    def message(self) -> str:
        """What is shown now; empty if nothing is."""
        return self._text.text() if not self.isHidden() else ""

    @property
    def is_error(self) -> bool:
        """Whether an error is shown now."""
        return self._error and not self.isHidden()

    def show_error(self, text: str, passing: bool = False) -> None:
        """Say in one line what went wrong; a passing error is outdated by the next attempt."""
        self._show(text, error=True)
        self._passing = passing

    def show_note(self, text: str, button: str = "", callback: Callable[[], object] | None = None) -> None:
        """Say something, and offer one thing to do about it."""
        self._show(text, error=False, button=button, callback=callback)

    def dismiss(self) -> None:
        """Take the message away."""
        self.hide()

    def dismiss_passing(self) -> None:
        """Take a passing error away, as there is a new attempt."""
        if self._passing:
            self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        edge = theme.warning if self._error else theme.accent
        self._theme = theme
        background = blend(theme.panel, edge, 0.14).name()
        self.setStyleSheet(
            f"#banner {{ background: {background}; border: 1px solid {edge.name()}; "
            f"border-radius: {RADIUS}px; }}"
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)

    def _show(
        self, text: str, *, error: bool, button: str = "", callback: Callable[[], object] | None = None
    ) -> None:
        self._error, self._callback, self._passing = error, callback, False
        self._text.setText(text)
        self._button.setText(button)
        self._button.setVisible(bool(button))
        self.set_theme(self._theme)
        self.setAccessibleDescription(text)
        self.show()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def _act(self) -> None:
        callback = self._callback
        self.dismiss()
        if callback is not None:
            callback()
