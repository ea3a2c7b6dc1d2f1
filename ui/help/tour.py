"""A walk through the window: a few words beside each thing they are about. The program goes on underneath."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Signal, Slot
from PySide6.QtWidgets import QWidget

from ui.help.callout import Callout, Outline, place_beside

if TYPE_CHECKING:
    from ui.main_window import MainWindow

_MOVES = (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide)


@dataclass(frozen=True)
class Stop:
    """One step of the tour.

    Attributes:
        page: that is brought to the front.
        panel: of Explain that is brought to the front, empty for none.
        target: returns what the words are about.
        title: in a few words.
        text: one or two sentences.
        query: that is searched for, unless a person has searched already.
    """

    page: str
    panel: str
    target: Callable[[MainWindow], QWidget]
    title: str
    text: str
    query: str = ""


def _panel(name: str) -> Callable[[MainWindow], QWidget]:
    return lambda window: window.explain.panels.dock(name)


STOPS = (
    Stop(
        "Explain",
        "",
        lambda window: window.explain.inputs,
        "Ask why two texts match",
        "Write a query at the left and candidates at the right, one on each line. The answer follows as you "
        "type: a quick one at once, the exact one when you pause.",
    ),
    Stop(
        "Explain",
        "texts",
        _panel("texts"),
        "Words that carry the score",
        "Orange words speak for the match, blue ones with a dotted underline against it. Click a word to see "
        "what it has to do with each word of the other text; Esc shows everything again.",
    ),
    Stop(
        "Explain",
        "connections",
        _panel("connections"),
        "Pairs of words",
        "Each curve is a pair of words and its share of the similarity. Panels can be moved, stacked and "
        "closed; View, Panels brings them back.",
    ),
    Stop(
        "Explain",
        "faithfulness",
        _panel("faithfulness"),
        "Can it be trusted?",
        "Important words are really removed, and the rest is encoded anew. If the curve does not fall faster "
        "than the grey band of random orders, do not trust this explanation.",
    ),
    Stop(
        "Explain",
        "concepts",
        _panel("concepts"),
        "The same score in concepts",
        "Named features learnt from documents split the same similarity. Texts often match in a concept "
        "without a word in common. Double-click one to see what it stands for.",
    ),
    Stop(
        "Rank",
        "",
        lambda window: window.pages["Rank"].bar,
        "Rank documents, and see why",
        "Search the sample's definitions by meaning. Every hit shows the words that drove it; beside the "
        "list you can compare two hits, ask why a document is missing, edit texts, and steer.",
        "a musical instrument with strings",
    ),
    Stop(
        "Concepts",
        "",
        lambda window: window.pages["Concepts"].head,
        "Browse what was learnt",
        "3,072 features with names, scores and examples. Search them by words or by meaning, correct their "
        "names, group them. Undo takes any of it back.",
    ),
    Stop(
        "Train",
        "",
        lambda window: window.header.workspace.button,
        "Now your own documents",
        "Drop a file of documents on the window, train features from them, and all of this works on yours. "
        "F1 opens the guide about whatever you are at; this tour is in the menu Help.",
    ),
)


class Tour(QObject):
    """Goes from stop to stop; `ended` says that it is over, to its end or not."""

    ended = Signal()

    def __init__(self, window: MainWindow, stops: tuple[Stop, ...] = STOPS) -> None:
        super().__init__(window)
        self._window, self._stops = window, stops
        self._place = -1
        self._target: QWidget | None = None
        self.outline = Outline(window)
        self.callout = Callout(window)
        self.callout.next_asked.connect(lambda: self.go(self._place + 1))
        self.callout.back_asked.connect(lambda: self.go(self._place - 1))
        self.callout.skip_asked.connect(self.end)
        window.installEventFilter(self)

    @property
    def place(self) -> int:
        """The stop that is shown, from 0; -1 before the first and after the last."""
        return self._place

    @Slot(int)
    def go(self, place: int) -> None:
        """Show a stop; beyond the last one the tour ends."""
        if place >= len(self._stops):
            self._window.show_page(self._stops[0].page)
            self.end()
            return
        self._place = max(place, 0)
        stop = self._stops[self._place]
        self._window.show_page(stop.page)
        if stop.panel:
            self._window.explain.panels.reveal(stop.panel)
        if stop.query and not self._window.page.query_field().text():
            self._window.navigator.search(stop.query)
        self._watch(stop.target(self._window))
        self.callout.show_words(stop.title, stop.text, self._place + 1, len(self._stops))
        self._follow()
        self.callout.announce()

    @Slot()
    def end(self) -> None:
        """Take everything away."""
        self._place = -1
        self._watch(None)
        self._window.removeEventFilter(self)
        for part in (self.callout, self.outline):
            part.hide()
            part.deleteLater()
        self.ended.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _MOVES and self._place >= 0:
            self._follow()
        return False

    def _watch(self, target: QWidget | None) -> None:
        if self._target is not None:
            self._target.removeEventFilter(self)
        self._target = target
        if target is not None:
            target.installEventFilter(self)

    def _follow(self) -> None:
        """Put the words beside what they are about, or in a corner while that is out of sight."""
        target, window = self._target, self._window
        there = QRect()
        if target is not None and target.isVisible() and not target.visibleRegion().isEmpty():
            there = QRect(target.mapTo(window, QPoint(0, 0)), target.size())
        self.outline.surround(there)
        place_beside(self.callout, there, window.rect())
