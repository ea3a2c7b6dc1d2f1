"""The one place for messages: a line above the panels that never stops anyone from working."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt, Slot
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


@dataclass(frozen=True)
class _Message:
    """Something that is said; `passing` if the next attempt outdates it."""

    text: str
    error: bool
    offers: tuple[Offer, ...] = ()
    passing: bool = False


class Banner(QFrame):
    """Shows the newest message until it is dismissed or outdated, and below it a note that was to be kept."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self.setAccessibleName("Message")
        self._newest: _Message | None = None
        self._kept: _Message | None = None
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
        self._close.clicked.connect(self._put_away)
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
        return self._newest is not None and self._newest.error

    def show_error(self, text: str, passing: bool = False, offers: tuple[Offer, ...] = ()) -> None:
        """Say in one line what went wrong, and offer what can be done about it.

        A passing error is outdated by the next attempt.
        """
        self._say(_Message(text, True, offers, passing))

    def show_note(
        self, text: str, button: str = "", callback: Callable[[], object] | None = None, *more: Offer
    ) -> None:
        """Say something, and offer what can be done about it: one thing, or a few."""
        first = () if callback is None else ((button, callback),)
        self._say(_Message(text, False, (*first, *more)))

    def keep_note(self, text: str, *offers: Offer) -> None:
        """Say something that later messages stand above and do not replace: only a person takes it away."""
        self._kept, self._newest = _Message(text, False, offers), None
        self._show()

    def add_note(self, text: str, button: str = "", callback: Callable[[], object] | None = None) -> None:
        """Say something more, beside the note that is shown; what it offers stays."""
        offer = () if callback is None else ((button, callback),)
        there = self._newest
        if there is None or there.error:
            self._say(_Message(text, False, offer))
        else:
            self._say(_Message(f"{there.text} {text}".strip(), False, (*there.offers, *offer)))

    def dismiss(self) -> None:
        """Take the message away, but for a note that was to be kept."""
        self._newest = None
        self._show()

    def dismiss_passing(self) -> None:
        """Take a passing error away, as there is a new attempt."""
        if self._newest is not None and self._newest.passing:
            self.dismiss()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        edge = theme.warning if self.is_error else theme.accent
        self._theme = theme
        background = blend(theme.panel, edge, 0.14).name()
        self.setStyleSheet(
            f"#banner {{ background: {background}; border: 1px solid {edge.name()}; "
            f"border-radius: {RADIUS}px; margin: 0 {SPACE_M}px; }}"
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._put_away()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _put_away(self) -> None:
        """Take away what a person has read: the newest first."""
        if self._newest is None:
            self._kept = None
        self.dismiss()

    def _say(self, message: _Message) -> None:
        self._newest = message
        self._show()

    def _show(self) -> None:
        shown = [one for one in (self._newest, self._kept) if one is not None]
        if not shown:
            self.hide()
            return
        self._text.setText("\n".join(capitalised(one.text) for one in shown if one.text))
        icons.give(self._mark, *(("triangle-alert", "warning") if self.is_error else ("info", "accent")))
        offers = self._offers()
        for place, button in enumerate(self._buttons):
            label = offers[place][0] if place < len(offers) else ""
            button.setText(label)
            button.setAccessibleName(label or "Act on the message")
            button.setVisible(bool(label))
        self.set_theme(self._theme)
        self.setAccessibleDescription(self._text.text())
        self.show()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def _offers(self) -> tuple[Offer, ...]:
        """Return what can be done: first about the newest message, then about the note that is kept."""
        shown = (one for one in (self._newest, self._kept) if one is not None)
        return tuple(offer for one in shown for offer in one.offers)[:MOST_OFFERS]

    def _act(self, place: int) -> None:
        offers = self._offers()
        if self._newest is None or place >= len(self._newest.offers):
            self._kept = None
        else:
            self._newest = None
        self._show()
        if place < len(offers):
            offers[place][1]()


def capitalised(sentence: str) -> str:
    """Return a sentence that begins with a capital letter, as the engine's messages do not.

    What begins with a path or a name that has capitals or signs of its own stays as it is.
    """
    first = sentence.split(maxsplit=1)[:1]
    plain = first and first[0].rstrip(",.:;").isalpha() and first[0].islower()
    return sentence[:1].upper() + sentence[1:] if plain else sentence
