"""The one selection of the window: what is pointed at or isolated anywhere lights up everywhere."""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Signal

Side = Literal["query", "candidate"]


@dataclass(frozen=True)
class WordTarget:
    """A word (by its index) of the query or of the candidate."""

    side: Side
    word: int


@dataclass(frozen=True)
class LinkTarget:
    """A pair of words, by their indices."""

    query_word: int
    candidate_word: int


@dataclass(frozen=True)
class ConceptTarget:
    """A feature of an autoencoder, and what each word of either text brings to it.

    Attributes:
        feature: its number.
        name: what it is called.
        query: a share for each word of the query, signed, and
        candidate: for each word of the candidate.
    """

    feature: int
    name: str
    query: tuple[float, ...]
    candidate: tuple[float, ...]


Target = WordTarget | LinkTarget | ConceptTarget


class Selection(QObject):
    """What the pointer is over, and what a click has isolated; both may be None.

    Signals carry a `Target` or None. Panels paint `isolated` if it is set and `hovered` above it.
    """

    hovered_changed = Signal(object)
    isolated_changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.hovered: Target | None = None
        self.isolated: Target | None = None

    def hover(self, target: Target | None) -> None:
        """Say what the pointer is over now."""
        if target != self.hovered:
            self.hovered = target
            self.hovered_changed.emit(target)

    def isolate(self, target: Target | None) -> None:
        """Isolate a target; isolating the same target again, or None, shows everything."""
        target = None if target == self.isolated else target
        if target != self.isolated:
            self.isolated = target
            self.isolated_changed.emit(target)

    def clear(self) -> None:
        """Forget both, as the texts behind the indices have changed."""
        self.hover(None)
        if self.isolated is not None:
            self.isolate(None)
