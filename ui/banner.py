"""The one place for messages: a line above the panels that never stops anyone from working."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from ui.buttons import tool_button
from ui.colours import blend
from ui.icons import icons
from ui.plain import PlainLabel
from ui.theme import RADIUS, SPACE_M, SPACE_S, Theme

MOST_OFFERS = 4
# What a button says, and what it does.
Offer = tuple[str, Callable[[], object]]


class Banner(QFrame):
    """Shows the newest message until it is dismissed or outdated."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self.setAccessibleName("Message")
        self._offers: tuple[Offer, ...] = ()
        self._error = self._passing = False
        self._theme = Theme.for_system()
        self._text = PlainLabel(self)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._buttons = [QPushButton(self) for _ in range(MOST_OFFERS)]
        for place, button in enumerate(self._buttons):
            button.setAccessibleName("Act on the message")
            button.clicked.connect(lambda _checked=False, place=place: self._act(place))
        self._button = self._buttons[0]
        self._mark = PlainLabel(self)
        self._close = tool_button("", "Dismiss the message", "Dismiss", "flat", self, icon="x")
        self._close.clicked.connect(self.dismiss)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * SPACE_M, SPACE_S, SPACE_M + SPACE_S, SPACE_S)
        layout.addWidget(self._mark)
        layout.addWidget(self._text, 1)
        for button in self._buttons:
            layout.addWidget(button)
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

    def show_error(self, text: str, passing: bool = False, offers: tuple[Offer, ...] = ()) -> None:
        """Say in one line what went wrong, and offer what can be done about it.

        A passing error is outdated by the next attempt.
        """
        self._show(text, error=True, offers=offers)
        self._passing = passing

    def show_note(
        self, text: str, button: str = "", callback: Callable[[], object] | None = None, *more: Offer
    ) -> None:
        """Say something, and offer what can be done about it: one thing, or a few."""
        first = () if callback is None else ((button, callback),)
        self._show(text, error=False, offers=(*first, *more))

    def add_note(self, text: str, button: str = "", callback: Callable[[], object] | None = None) -> None:
        """Say something more, beside the note that is shown; what it offers stays."""
        offer = () if callback is None else ((button, callback),)
        shown, offers = (self.message, self._offers) if not self.is_error else ("", ())
        self._show(f"{shown} {text}".strip(), error=False, offers=(*offers, *offer) if shown else offer)

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
            f"border-radius: {RADIUS}px; margin: 0 {SPACE_M}px; }}"
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)

    def _show(self, text: str, *, error: bool, offers: tuple[Offer, ...] = ()) -> None:
        self._error, self._offers, self._passing = error, offers[:MOST_OFFERS], False
        self._text.setText(capitalised(text))
        icons.give(self._mark, *(("triangle-alert", "warning") if error else ("info", "accent")))
        for place, button in enumerate(self._buttons):
            label = self._offers[place][0] if place < len(self._offers) else ""
            button.setText(label)
            button.setAccessibleName(label or "Act on the message")
            button.setVisible(bool(label))
        self.set_theme(self._theme)
        self.setAccessibleDescription(self._text.text())
        self.show()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def _act(self, place: int) -> None:
        offers = self._offers
        self.dismiss()
        if place < len(offers):
            offers[place][1]()


def capitalised(sentence: str) -> str:
    """Return a sentence that begins with a capital letter, as the engine's messages do not.

    What begins with a path or a name that has capitals or signs of its own stays as it is.
    """
    first = sentence.split(maxsplit=1)[:1]
    plain = first and first[0].rstrip(",.:;").isalpha() and first[0].islower()
    return sentence[:1].upper() + sentence[1:] if plain else sentence
