"""The table of features, filtered as somebody types."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

from ui.concepts.requests import FeatureRow, FeatureRows
from ui.widgets.data_table import Column, DataTable
from ui.widgets.numbers import counted, percent, plain, tip

# Letters that the table must have room for before a column is shown.
_NEEDED = {3: 68, 4: 84, 6: 56}
STAR, NO_STAR = "\N{BLACK STAR}", ""


def placeholder(row: FeatureRow) -> str:
    """Return what stands where a name would: why there is none."""
    if not row.alive:
        return "(dead: no document fires it)"
    return f"(no name: {row.reason})" if row.reason else "(not named yet)"


class FeatureList(DataTable):
    """All features as rows; `show_matching` leaves those that match."""

    matched = Signal(int)  # how many rows are shown
    hovered = Signal(object)  # id of the feature under the pointer, or None
    first_order = (1, True)  # by score, best first

    def __init__(self, parent: QWidget | None = None) -> None:
        self._brightest = 1.0
        self._names: dict[int, str] = {}
        self._families: dict[int, int] = {}
        self._haystack: list[str] = []
        self._words = ""
        self._sorted_by: tuple[int, Qt.SortOrder] | None = None
        self._to_select: tuple[int, ...] = ()
        self._meant: tuple[int, ...] | None = None
        columns = (
            Column(
                "Name",
                "What the feature stands for; in brackets, why it has no name",
                lambda row: row.label or placeholder(row),
                key=lambda row: row.label or "\uffff" + placeholder(row),
                tooltip=self._tip,
            ),
            Column(
                "Score",
                "Correlation of the name's similarity with the activation, on documents that did not make it",
                lambda row: plain(row.score, 2),
                key=lambda row: row.score,
                number=True,
                width=6,
            ),
            Column(
                "Fires on",
                "Share of the documents that fire the feature; the bar is relative to the most active one",
                lambda row: percent(row.fire_rate),
                key=lambda row: row.fire_rate,
                share=lambda row: math.sqrt(row.fire_rate / self._brightest),
                number=True,
                width=8,
            ),
            Column(
                "Coherence",
                "How alike its strongest examples are: mean cosine between them",
                lambda row: plain(row.coherence, 2),
                key=lambda row: row.coherence,
                number=True,
                width=9,
            ),
            Column(
                "Family",
                "The broadest feature that it fires together with",
                self._family,
                width=14,
            ),
            Column(STAR, "Starred by you", lambda row: STAR if row.starred else NO_STAR, width=2,
                   said=lambda row: "starred" if row.starred else "not starred"),
            Column("Id", "Number of the feature", lambda row: str(row.feature), key=lambda row: row.feature,
                   number=True, width=7),
        )  # fmt: skip
        super().__init__("Features", columns, parent, sorted_by=self.first_order)
        self.set_empty_text("No feature matches. Try fewer words, or search by meaning as well.")
        self._under: int | None = None
        self._pointed: int | None = None
        self._scrolled_from: int | None = None
        self.setMouseTracking(True)

    def resizeEvent(self, event: QEvent) -> None:
        # The name needs the room more than what stands on the feature's page as well.
        letters = self.viewport().width() / self.fontMetrics().averageCharWidth()
        for column, needed in _NEEDED.items():
            self.setColumnHidden(column, letters < needed)
        super().resizeEvent(event)

    def show_rows(self, rows: FeatureRows, current: int | None) -> None:
        """Show features; what is searched for stays searched for."""
        self._brightest = max((row.fire_rate for row in rows.rows), default=0.0) or 1.0
        self._names = {row.feature: row.name for row in rows.rows}
        self._haystack = [_searched(row) for row in rows.rows]
        self.show_records(rows.rows)
        self._filter(current)
        self._select_wanted()

    @property
    def order(self) -> tuple[int, Qt.SortOrder] | None:
        """The column that sorts where no search by meaning has an order of its own; None for none."""
        header = self.horizontalHeader()
        if header.sortIndicatorSection() < 0:
            return self._sorted_by
        return header.sortIndicatorSection(), header.sortIndicatorOrder()

    @property
    def wanted_selection(self) -> tuple[int, ...]:
        """The features that are selected, or are to be once they are there."""
        return self._to_select or tuple(self.selected())

    def select_when_shown(self, features: Sequence[int]) -> None:
        """Select features beside the current one, now or as soon as they are there."""
        self._to_select = tuple(features)
        if self.records:
            self._select_wanted()

    def show_families(self, families: dict[int, int]) -> None:
        """Take the head of each feature's family."""
        self._families = families
        current = self.current()
        self.show_records(self.records)
        self._filter(current)

    def show_matching(self, words: str, meant: Sequence[int] | None = None) -> None:
        """Show the features whose name, keywords, note, group or id holds all words, and those meant.

        Args:
            words: white space parts them; empty for no filter by words.
            meant: features nearest in meaning, nearest first, which come below the words' matches; None
                for no filter by meaning.
        """
        self._words, self._meant = words, None if meant is None else tuple(meant)
        self._filter(self.current())

    def point_at(self, feature: int | None) -> None:
        """Frame a feature that is pointed at elsewhere, and bring it into view while it is; None ends it."""
        bar = self.verticalScrollBar()
        place = None if feature is None else self.place_of(feature)
        if place is not None:
            if self._scrolled_from is None:
                self._scrolled_from = bar.value()
            self.scrollTo(self.model().index(place, 0))
        elif feature is None and self._scrolled_from is not None:
            bar.setValue(self._scrolled_from)
            self._scrolled_from = None
        self._pointed = feature
        self.viewport().update()

    def paintEvent(self, event: QEvent) -> None:
        super().paintEvent(event)
        place = None if self._pointed is None else self.place_of(self._pointed)
        if place is not None:
            painter = QPainter(self.viewport())
            painter.setPen(QPen(self.theme.text, 1.5))
            top, height = self.rowViewportPosition(place), self.rowHeight(place)
            painter.drawRect(QRectF(1, top + 1, self.viewport().width() - 2, height - 2))
            painter.end()

    def mouseMoveEvent(self, event: QEvent) -> None:
        super().mouseMoveEvent(event)
        index = self.indexAt(event.position().toPoint())
        self._say_under(self._row_of(index) if index.isValid() else None)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._say_under(None)
        return super().viewportEvent(event)

    def _say_under(self, feature: int | None) -> None:
        if feature != self._under:
            self._under = feature
            self.hovered.emit(feature)

    def _filter(self, current: int | None) -> None:
        wanted = self._words.casefold().split()
        if self._meant is None:
            self._sort_again()
        if not wanted and self._meant is None:
            self.show_only(None)
        else:
            found: list[int] = []
            if wanted:
                found = [
                    place for place, text in enumerate(self._haystack) if all(word in text for word in wanted)
                ]
            if self._meant is None:
                self.show_only(found)
            else:
                known = set(found)
                meant = [f for f in self._meant if f < len(self._haystack) and f not in known]
                header = self.horizontalHeader()
                if header.sortIndicatorSection() >= 0:
                    self._sorted_by = header.sortIndicatorSection(), header.sortIndicatorOrder()
                self.show_only([*found, *meant], as_given=True)
        self.choose(current)
        self.matched.emit(len(self.shown()))

    def _select_wanted(self) -> None:
        selection, wanted = self.selectionModel(), self._to_select
        self._to_select = ()
        for feature in wanted:
            place = self.place_of(feature)
            if place is not None:
                flag = selection.SelectionFlag
                selection.select(self.model().index(place, 0), flag.Select | flag.Rows)

    def _sort_again(self) -> None:
        """Sort as before the search by meaning, which had an order of its own."""
        if self._sorted_by is not None and self.horizontalHeader().sortIndicatorSection() < 0:
            self.sortByColumn(*self._sorted_by)
        self._sorted_by = None

    def _family(self, row: FeatureRow) -> str:
        head = self._families.get(row.feature)
        return "" if head is None else self._names.get(head, "")

    def _tip(self, row: FeatureRow) -> str:
        lines = [", ".join(row.keywords), f"fires on {percent(row.fire_rate)} of the documents"]
        if row.group:
            lines.append(f"group: {row.group}")
        if row.note:
            lines.append(row.note[:200])
        return tip(row.label or placeholder(row), *lines)


def _searched(row: FeatureRow) -> str:
    parts = (row.label, *row.keywords, row.note, row.group, row.machine_label, f"#{row.feature}")
    return " \n".join(parts).casefold()


def summary(rows: FeatureRows) -> str:
    """Return how many features live, are dead, and are named."""
    alive = sum(row.alive for row in rows.rows)
    named = sum(bool(row.label) for row in rows.rows)
    return (
        f"{counted(len(rows.rows), 'feature')}  ·  {alive:,} live  ·  {len(rows.rows) - alive:,} dead  ·  "
        f"{named:,} named"
    )
