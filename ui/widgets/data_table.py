"""A table of records: text, numbers and bars in columns that can be sorted, and copied as CSV."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QItemSelectionModel,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QGuiApplication, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from engine.spreadsheet import csv_text
from ui.colours import blend
from ui.plain import plain_tip
from ui.theme import SPACE_M, SPACE_S, Theme, with_even_figures
from ui.widgets.empty_text import EmptyText
from ui.widgets.labels import one_line

_SHARE = Qt.ItemDataRole.UserRole
_LONGEST_TEXT = 400
_BAR = 4
# Characters that a column without a width has at least.
_LEAST_TEXT = 14
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


class DataTable(QTableView):
    """Records in rows. Rows are known by their place in the records that were shown, however sorted.

    Args:
        name: the accessible name.
        columns: from left to right.
        sorted_by: the column that sorts at first, and whether descending; None keeps the order given.
    """

    chosen = Signal(int)  # the current row changed, by a person
    opened = Signal(int)  # a row was double-clicked, or Return pressed on it

    def __init__(
        self,
        name: str,
        columns: Sequence[Column],
        parent: QWidget | None = None,
        sorted_by: tuple[int, bool] | None = None,
    ) -> None:
        super().__init__(parent)
        self.theme = Theme.for_system()
        self.columns = tuple(columns)
        self._empty: EmptyText | None = None
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setItemDelegate(_Delegate(self))
        self._records = _Records(self.columns, self)
        self.setModel(self._records)
        across = self.horizontalHeader()
        across.setHighlightSections(False)
        across.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.verticalHeader().hide()
        self._fit()
        self.setSortingEnabled(True)
        if sorted_by is None:
            across.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        else:
            column, down = sorted_by
            self.sortByColumn(column, Qt.SortOrder.DescendingOrder if down else Qt.SortOrder.AscendingOrder)
        self.selectionModel().currentRowChanged.connect(self._current_changed)
        self.doubleClicked.connect(lambda index: self.opened.emit(self._row_of(index)))
        self._quiet = False

    @property
    def records(self) -> tuple[Any, ...]:
        """The records, in the order in which they were given."""
        return self._records.records

    def show_records(self, records: Sequence[Any], current: int | None = None) -> None:
        """Show other records; the row `current` of them is chosen, silently."""
        self._quiet = True
        self._records.replace(tuple(records))
        self._quiet = False
        self.choose(current)

    def show_only(self, rows: Sequence[int] | None, as_given: bool = False) -> None:
        """Show some of the records, None for all; the current row stays the current one while it is shown.

        Args:
            rows: places in the records.
            as_given: whether they keep this order until a head is clicked, instead of being sorted.
        """
        current = self.current()
        self._quiet = True
        if as_given:
            self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self._records.show_only(rows)
        self._quiet = False
        self.choose(current)

    def shown(self) -> tuple[int, ...]:
        """Return the rows that are shown, from top to bottom."""
        return tuple(self._records.order)

    def place_of(self, row: int) -> int | None:
        """Return where a row stands among those that are shown, None if it does not."""
        return self._records.place_of(row)

    def choose(self, row: int | None) -> None:
        """Make a row the current one without saying so; None leaves no row chosen.

        Rows that are selected beside it stay selected if it was the current one already.
        """
        if row is not None and row == self.current():
            return
        self._quiet = True
        self._choose_place(None if row is None else self._records.place_of(row))
        self._quiet = False

    def current(self) -> int | None:
        """Return the current row, None if there is none."""
        index = self.currentIndex()
        return self._row_of(index) if index.isValid() else None

    def selected(self) -> list[int]:
        """Return the selected rows, from top to bottom as shown."""
        rows = sorted(self.selectionModel().selectedRows(), key=lambda index: index.row())
        return [self._row_of(index) for index in rows]

    def as_csv(self, rows: Sequence[int] | None = None) -> str:
        """Return rows (all of them by default, as sorted) as CSV with a head."""
        if rows is None:
            rows = self._records.order
        records = (self.records[row] for row in rows)
        return csv_text(
            [column.title for column in self.columns],
            ([c.text(one) if c.key is None else c.key(one) for c in self.columns] for one in records),
        )

    def set_empty_text(self, text: str) -> None:
        """Say something while there are no rows: what will be there, and what to do for it."""
        if self._empty is None:
            self._empty = EmptyText(self, text)
        else:
            self._empty.say(text)

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme from now on."""
        self.theme = theme
        self.viewport().update()

    def keyPressEvent(self, event: QEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.as_csv(self.selected()))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current() is not None:
            self.opened.emit(self.current())
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QEvent) -> None:
        # Qt would make the first row the current one, which nobody has chosen.
        without = self.current() is None
        self._quiet = True
        super().focusInEvent(event)
        if without:
            self.selectionModel().clearCurrentIndex()
        self._quiet = False

    def resizeEvent(self, event: QEvent) -> None:
        super().resizeEvent(event)
        self._share_room()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        metrics = self.fontMetrics()
        self.verticalHeader().setDefaultSectionSize(metrics.lineSpacing() + 2 * SPACE_S + _BAR)
        across = self.horizontalHeader()
        for place, column in enumerate(self.columns):
            if column.width:
                across.setSectionResizeMode(place, QHeaderView.ResizeMode.Interactive)
                title = metrics.horizontalAdvance(column.title) + 4 * SPACE_M
                across.resizeSection(place, max(metrics.averageCharWidth() * column.width + SPACE_M, title))
            else:
                across.setSectionResizeMode(place, QHeaderView.ResizeMode.Stretch)

    def _share_room(self) -> None:
        """Give the room that is left to the columns without a width, but never less than can be read.

        Qt alone would leave them as wide as they were before the table became too narrow for all columns.
        """
        across = self.horizontalHeader()
        shown = [place for place in range(len(self.columns)) if not self.isColumnHidden(place)]
        sharing = [place for place in shown if not self.columns[place].width]
        taken = sum(across.sectionSize(place) for place in shown if place not in sharing)
        least = self.fontMetrics().averageCharWidth() * _LEAST_TEXT
        enough = self.viewport().width() - taken >= least * len(sharing)
        for place in sharing:
            across.setSectionResizeMode(
                place, QHeaderView.ResizeMode.Stretch if enough else QHeaderView.ResizeMode.Interactive
            )
            if not enough:
                across.resizeSection(place, least)

    def _choose_place(self, place: int | None) -> None:
        if place is None:
            self.clearSelection()
            self.selectionModel().clearCurrentIndex()
        else:
            index, flag = self._records.index(place, 0), QItemSelectionModel.SelectionFlag
            self.selectRow(place)
            # That goes by the keys that are held down, such as those of the shortcut that led here.
            self.selectionModel().select(index, flag.ClearAndSelect | flag.Rows)
            self.scrollTo(index)

    def _row_of(self, index: Index) -> int:
        return self._records.order[index.row()]

    def _current_changed(self, index: QModelIndex, _before: QModelIndex) -> None:
        if not self._quiet and index.isValid():
            self.chosen.emit(self._row_of(index))


class _Records(QAbstractTableModel):
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
        self.beginResetModel()
        self.records, self._shown, self._ranks = records, None, {}
        self.order = self._arranged()
        self.endResetModel()

    def show_only(self, rows: Sequence[int] | None) -> None:
        self.beginResetModel()
        self._shown = None if rows is None else tuple(rows)
        self.order = self._arranged()
        self.endResetModel()

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
        data.setText(self.parent().as_csv([self.order[row] for row in rows]))
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
        if role == _SHARE:
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


class _Delegate(QStyledItemDelegate):
    """Paints a cell: its text, and below it a bar from the left for what is above zero."""

    def __init__(self, table: DataTable) -> None:
        super().__init__(table)
        self._table = table
        self._plain = self._even = table.font()

    def _font(self, font: QFont, even: bool) -> QFont:
        # Kept: a font with other figures is costly to make, and each key typed paints a hundred cells.
        if font != self._plain or self._even is self._plain:
            self._plain, self._even = QFont(font), with_even_figures(font)
        return self._even if even else self._plain

    @staticmethod
    def _side(column: Column) -> Qt.AlignmentFlag:
        side = Qt.AlignmentFlag.AlignRight if column.number else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme = self._table.theme
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            share = 0.18 if self._table.hasFocus() else 0.1
            painter.fillRect(option.rect, blend(theme.surface, theme.accent, share))
        inner = option.rect.adjusted(SPACE_M, SPACE_S, -SPACE_M, -SPACE_S)
        line = inner.adjusted(0, 0, 0, -_BAR)
        share = index.data(_SHARE)
        column = self._table.columns[index.column()]
        painter.setFont(self._font(option.font, column.number))
        painter.setPen(theme.text)
        text = painter.fontMetrics().elidedText(
            index.data(), Qt.TextElideMode.ElideRight, line.width(), int(Qt.TextFlag.TextSingleLine)
        )
        painter.drawText(line, self._side(column), text)
        if share is not None and math.isfinite(share):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            track = QRectF(inner.left(), inner.bottom() - _BAR + 2, inner.width(), _BAR - 1)
            painter.setBrush(theme.grid)
            painter.drawRoundedRect(track, _BAR / 2, _BAR / 2)
            painter.setBrush(theme.positive if share >= 0 else theme.negative)
            length = min(abs(share), 1.0) * inner.width()
            if column.diverging:
                length /= 2
                track.moveLeft(inner.center().x() - (length if share < 0 else 0))
            track.setWidth(length)
            painter.drawRoundedRect(track, _BAR / 2, _BAR / 2)
        painter.restore()
