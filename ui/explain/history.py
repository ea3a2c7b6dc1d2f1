"""The results so far, newest first; choosing one brings it back as it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListWidget, QListWidgetItem, QWidget

from ui.widgets.numbers import plain

if TYPE_CHECKING:
    from engine.attribution.explainer import Explanation
    from engine.attribution.request import ExplainRequest

MAX_ENTRIES = 50
MAX_PAIRS = 400


@dataclass(frozen=True)
class HistoryEntry:
    """A finished result.

    Attributes:
        explanation: the result.
        live: whether it came of typing; more typing may then replace it.
    """

    explanation: Explanation
    live: bool


class HistoryList(QListWidget):
    """A list of results. The current row is the one on screen."""

    chosen = Signal(object)  # Explanation

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

    @property
    def entries(self) -> tuple[HistoryEntry, ...]:
        """Every entry, newest first."""
        return tuple(self.item(row).data(Qt.ItemDataRole.UserRole) for row in range(self.count()))

    def add(self, explanation: Explanation, live: bool) -> ExplainRequest | None:
        """Put a result at the top; one that grew out of typing replaces the one it grew out of.

        Returns:
            The request whose result was replaced, or None.
        """
        newest, replaced = self.item(0), None
        if newest is not None:
            entry: HistoryEntry = newest.data(Qt.ItemDataRole.UserRole)
            same = entry.explanation.request == explanation.request
            if same or (live and entry.live and continues(entry.explanation.request, explanation.request)):
                self.takeItem(0)
                replaced = entry.explanation.request
        item = QListWidgetItem(_title(explanation))
        item.setData(Qt.ItemDataRole.UserRole, HistoryEntry(explanation, live))
        item.setToolTip(_details(explanation))
        item.setSizeHint(QSize(0, 2 * self.fontMetrics().lineSpacing() + 10))
        self.insertItem(0, item)
        self.setCurrentItem(item)
        self._drop_oldest()
        return replaced

    def step(self, by: int) -> None:
        """Choose the result `by` rows further down (older) or up (newer)."""
        row = self.currentRow() + by
        if 0 <= row < self.count():
            self.setCurrentRow(row)
            self._activated(self.item(row))

    def _activated(self, item: QListWidgetItem) -> None:
        self.chosen.emit(item.data(Qt.ItemDataRole.UserRole).explanation)

    def _drop_oldest(self) -> None:
        pairs = 0
        for row, entry in enumerate(self.entries):
            pairs += len(entry.explanation.pairs)
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


def _title(explanation: Explanation) -> str:
    request = explanation.request
    best = max(pair.ledger.similarity for pair in explanation.pairs)
    count = len(explanation.pairs)
    scores = plain(best) if count == 1 else f"best of {count}: {plain(best)}"
    layer = f"layer {request.layer}" if request.method == "integrated-jacobians" else request.method
    return f"{' '.join(request.query[:200].split())}\n{scores}  ·  {layer}"


def _details(explanation: Explanation) -> str:
    request = explanation.request
    lines = [request.query[:300], *(f"→ {text[:120]}" for text in request.candidates[:6])]
    lines.append(f"{explanation.model.name}, {request.method}, {request.references}, {request.similarity}")
    return "\n".join(lines)
