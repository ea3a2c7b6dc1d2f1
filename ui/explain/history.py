"""The results so far, newest first; choosing one brings it back as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListWidget, QListWidgetItem, QWidget

from ui.plain import one_line, plain_tip
from ui.theme import Theme
from ui.widgets.empty_text import EmptyText
from ui.widgets.numbers import counted, plain
from ui.widgets.view_picture import list_size, paint_list

if TYPE_CHECKING:
    from engine.attribution.explainer import Explanation
    from engine.attribution.request import ExplainRequest

MAX_ENTRIES = 50
MAX_PAIRS = 400


@dataclass(frozen=True)
class HistoryEntry:
    """A finished result, or the request of one that an earlier run has shown.

    Attributes:
        request: what was asked.
        explanation: the result; None if it is to be computed anew.
        live: whether it came of typing; more typing may then replace it.
    """

    request: ExplainRequest
    explanation: Explanation | None
    live: bool


class HistoryList(QListWidget):
    """A list of results. The current row is the one on screen."""

    chosen = Signal(object)  # Explanation
    wanted = Signal(object)  # ExplainRequest, of which there is no result yet

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("History of results")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setUniformItemSizes(True)
        self.itemActivated.connect(self._activated)
        self.itemClicked.connect(self._activated)
        self._empty = EmptyText(self, "Every result appears here, newest first. Choose one to see it again.")

    @property
    def entries(self) -> tuple[HistoryEntry, ...]:
        """Every entry, newest first."""
        return tuple(self.item(row).data(Qt.ItemDataRole.UserRole) for row in range(self.count()))

    @property
    def requests(self) -> tuple[ExplainRequest, ...]:
        """What was asked, newest first."""
        return tuple(entry.request for entry in self.entries)

    def show_requests(self, requests: Sequence[ExplainRequest]) -> None:
        """List what an earlier run has shown, in place of all that is there; the newest comes first."""
        self.clear()
        for request in requests:
            self.insertItem(self.count(), self._item(HistoryEntry(request, None, False)))

    def add(self, explanation: Explanation, live: bool) -> ExplainRequest | None:
        """Put a result at the top; one that grew out of typing replaces the one it grew out of.

        Returns:
            The request whose result was replaced, or None.
        """
        request, entries, replaced = explanation.request, self.entries, None
        place = next((row for row, one in enumerate(entries) if _awaits(one, request)), 0)
        if entries:
            entry = entries[place]
            same = entry.request == request
            if same or (live and entry.live and continues(entry.request, request)):
                self.takeItem(place)
                replaced = entry.request
            else:
                place = 0
        item = self._item(HistoryEntry(request, explanation, live))
        self.insertItem(place, item)
        self.setCurrentItem(item)
        self._drop_oldest()
        return replaced

    def step(self, by: int) -> None:
        """Choose the result `by` rows further down (older) or up (newer)."""
        row = self.currentRow() + by
        if 0 <= row < self.count():
            self.setCurrentRow(row)
            self._activated(self.item(row))

    def picture_size(self) -> QSize:
        """Return the size of the whole list."""
        return list_size(self)

    def paint_picture(self, painter: QPainter) -> None:
        """Paint the whole list, on white."""
        paint_list(self, painter, Theme.named("light"))

    def _activated(self, item: QListWidgetItem) -> None:
        entry: HistoryEntry = item.data(Qt.ItemDataRole.UserRole)
        if entry.explanation is None:
            self.wanted.emit(entry.request)
        else:
            self.chosen.emit(entry.explanation)

    def _item(self, entry: HistoryEntry) -> QListWidgetItem:
        item = QListWidgetItem(_title(entry))
        item.setData(Qt.ItemDataRole.UserRole, entry)
        item.setToolTip(plain_tip(_details(entry)))
        item.setSizeHint(QSize(0, 2 * self.fontMetrics().lineSpacing() + 10))
        return item

    def _drop_oldest(self) -> None:
        pairs = 0
        for row, entry in enumerate(self.entries):
            pairs += 0 if entry.explanation is None else len(entry.explanation.pairs)
            if row and (row >= MAX_ENTRIES or pairs > MAX_PAIRS):
                while self.count() > row:
                    self.takeItem(row)
                return


def continues(before: ExplainRequest, after: ExplainRequest) -> bool:
    """Return whether typing on leads from one request to the other."""

    def grew(old: str, new: str) -> bool:
        return old.startswith(new) or new.startswith(old)

    old, new = "\n".join(before.candidates), "\n".join(after.candidates)
    return grew(before.query, after.query) and grew(old, new)


def _awaits(entry: HistoryEntry, request: ExplainRequest) -> bool:
    return entry.explanation is None and entry.request == request


def _title(entry: HistoryEntry) -> str:
    request = entry.request
    layer = f"layer {request.layer}" if request.method == "integrated-jacobians" else request.method
    return f"{one_line(request.query[:200])}\n{_scores(entry)}  ·  {layer}"


def _scores(entry: HistoryEntry) -> str:
    if entry.explanation is None:
        return f"{counted(len(entry.request.candidates), 'candidate')}, of an earlier run"
    pairs = entry.explanation.pairs
    best = plain(max(pair.ledger.similarity for pair in pairs))
    return best if len(pairs) == 1 else f"best of {len(pairs)}: {best}"


def _details(entry: HistoryEntry) -> str:
    request, explanation = entry.request, entry.explanation
    lines = [request.query[:300], *(f"→ {text[:120]}" for text in request.candidates[:6])]
    settings = f"{request.method}, {request.references}, {request.similarity}"
    if explanation is None:
        lines.append(f"{settings}; explained anew when chosen")
    else:
        lines.append(f"{explanation.model.name}, {settings}")
    return "\n".join(lines)
