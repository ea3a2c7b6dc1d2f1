"""The records of a table as Qt asks for them: columns, their order, and which of them are shown."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QMimeData, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QWidget

from engine.spreadsheet import csv_text
from ui.plain import one_line, plain_tip

# The role of a bar's length, -1 to 1 or None.
SHARE = Qt.ItemDataRole.UserRole
_LONGEST_TEXT = 400
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        title: of its head.
        tip: what the values are, for the tooltip of the head.
        text: what is written for a record.
        key: what records are sorted by, and what is copied; the text by default.
        share: length and direction of a bar below the text, -1 to 1; None draws no bar.
        diverging: whether bars start in the middle, losses to the left; from the left edge by default.
        tooltip: more about a record; the whole text by default.
        number: whether values stand at the right, in figures of even width.
        width: in characters; 0 takes the room that is left.
        said: what a screen reader says of a record in place of the text, where that is a sign.
    """

    title: str
    tip: str
    text: Callable[[Any], str]
    key: Callable[[Any], Any] | None = None
    share: Callable[[Any], float | None] | None = None
    diverging: bool = False
    tooltip: Callable[[Any], str] | None = None
    number: bool = False
    width: int = 0
    said: Callable[[Any], str] | None = None

    def sort_key(self, record: Any) -> Any:
        """Return what a record is sorted by: a missing number comes below all others."""
        value = self.text(record) if self.key is None else self.key(record)
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return -math.inf if self.number else ""
        return value.casefold() if isinstance(value, str) else value


class RecordModel(QAbstractTableModel):
    """The records in the order of a column, some of them left out.

    It keeps the order itself: a proxy would ask for each value some twenty times, thousands of rows would
    take a fifth of a second, and a filter is there to be typed into.
    """

    def __init__(self, columns: tuple[Column, ...], parent: QWidget) -> None:
        super().__init__(parent)
        self._columns = columns
        self._shown: tuple[int, ...] | None = None
        self._sorted_by, self._down = -1, False
        self._ranks: dict[int, list[int]] = {}
        self.records: tuple[Any, ...] = ()
        self.order: list[int] = []

    def replace(self, records: tuple[Any, ...]) -> None:
        """Take other records, and show all of them."""
        self.beginResetModel()
        self.records, self._shown, self._ranks = records, None, {}
        self.order = self._arranged()
        self.endResetModel()

    def show_only(self, rows: Sequence[int] | None) -> None:
        """Show some of the records, None for all."""
        self.beginResetModel()
        self._shown = None if rows is None else tuple(rows)
        self.order = self._arranged()
        self.endResetModel()

    def as_csv(self, rows: Sequence[int]) -> str:
        """Return records as CSV with a head."""
        records = (self.records[row] for row in rows)
        return csv_text(
            [column.title for column in self._columns],
            ([c.text(one) if c.key is None else c.key(one) for c in self._columns] for one in records),
        )

    def place_of(self, row: int) -> int | None:
        """Return where a record stands, None if it does not."""
        return self.order.index(row) if row in self.order else None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        rows = [self.order[index.row()] for index in before]
        self._sorted_by, self._down = column, order == Qt.SortOrder.DescendingOrder
        self.order = self._arranged()
        places = {row: place for place, row in enumerate(self.order)}
        after = [self.index(places[row], index.column()) for row, index in zip(rows, before, strict=True)]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _arranged(self) -> list[int]:
        rows = list(range(len(self.records))) if self._shown is None else list(self._shown)
        if self._sorted_by < 0:
            return rows
        ranks = self._ranks.get(self._sorted_by)
        if ranks is None:
            key = self._columns[self._sorted_by].sort_key
            ranks = self._ranks[self._sorted_by] = _ranks([key(record) for record in self.records])
        return sorted(rows, key=ranks.__getitem__, reverse=self._down)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def mimeTypes(self) -> list[str]:
        return ["text/plain"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """Return what is dragged out of the table: its rows, as they are copied."""
        data = QMimeData()
        rows = dict.fromkeys(index.row() for index in sorted(indexes, key=lambda index: index.row()))
        data.setText(self.as_csv([self.order[row] for row in rows]))
        return data

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.order)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column, roles = self._columns[index.column()], Qt.ItemDataRole
        record = self.records[self.order[index.row()]]
        if role == roles.DisplayRole:
            return one_line(column.text(record)[:_LONGEST_TEXT])
        if role == roles.AccessibleTextRole:
            said = column.text(record) if column.said is None else column.said(record)
            return one_line(said[:_LONGEST_TEXT]) or "none"
        if role == SHARE:
            return None if column.share is None else column.share(record)
        if role == roles.ToolTipRole:
            return plain_tip(column.text(record) if column.tooltip is None else column.tooltip(record))
        if role == roles.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.number else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return self._columns[section].title
            if role == Qt.ItemDataRole.TextAlignmentRole and self._columns[section].number:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            if role == Qt.ItemDataRole.AccessibleTextRole:
                column = self._columns[section]
                return column.title if column.said is None else column.tip
            if role == Qt.ItemDataRole.ToolTipRole:
                return self._columns[section].tip
        return None


def _ranks(keys: list[Any]) -> list[int]:
    """Return the rank of each key, equal ones sharing one: comparing those is quick whatever the keys are."""
    ranks = [0] * len(keys)
    rank, before = -1, object()
    for place in sorted(range(len(keys)), key=keys.__getitem__):
        rank += keys[place] != before
        ranks[place], before = rank, keys[place]
    return ranks
