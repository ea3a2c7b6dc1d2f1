"""A table of records: text, numbers and bars in columns that can be sorted, and copied as CSV."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QFontMetrics, QGuiApplication, QKeySequence, QPainter
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

from ui.colours import blend
from ui.plain import one_line
from ui.theme import SPACE_M, SPACE_S, Theme, with_even_figures
from ui.widgets.empty_text import EmptyText
from ui.widgets.record_model import SHARE, Column, Index, RecordModel
from ui.widgets.view_picture import paint_table, table_size

_BAR = 4
# Characters that a column without a width has at least.
_LEAST_TEXT = 10
# Numbers that are measured to make room for them, and the most characters that they get.
_MEASURED, _LONGEST_NUMBER = 200, 24


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
        self._records = RecordModel(self.columns, self)
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
        self._fit_numbers()
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
        return self._records.as_csv(self._records.order if rows is None else rows)

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

    def picture_size(self) -> QSize:
        """Return the size of the whole table."""
        return table_size(self)

    def paint_picture(self, painter: QPainter) -> None:
        """Paint the whole table."""
        paint_table(self, painter, self.theme)

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
                across.resizeSection(place, self._usual_width(column))
            else:
                across.setSectionResizeMode(place, QHeaderView.ResizeMode.Stretch)
        self._fit_numbers()

    def _fit_numbers(self) -> None:
        """Make room for the longest numbers: one that is cut is worse than none."""
        metrics, across = QFontMetrics(with_even_figures(self.font())), self.horizontalHeader()
        for place, column in enumerate(self.columns):
            if column.number and column.width:
                written = (one_line(column.text(record)) for record in self.records[:_MEASURED])
                longest = max((metrics.horizontalAdvance(text) for text in written), default=0)
                needed = min(longest, metrics.averageCharWidth() * _LONGEST_NUMBER) + 2 * SPACE_M + 2
                # A hidden column has no size, and must have one when it is shown again.
                width = across.sectionSize(place) or self._usual_width(column)
                across.resizeSection(place, max(width, needed))
        self._share_room()

    def _title_width(self, column: Column) -> int:
        return self.fontMetrics().horizontalAdvance(column.title) + 4 * SPACE_M

    def _usual_width(self, column: Column) -> int:
        """Return how wide a column with a width of its own is, where there is room for it."""
        return max(self.fontMetrics().averageCharWidth() * column.width + SPACE_M, self._title_width(column))

    def _share_room(self) -> None:
        """Give the room that is left to the columns without a width, but never less than can be read.

        Qt alone would leave them as wide as they were before the table became too narrow for all columns.
        """
        across = self.horizontalHeader()
        shown = [place for place in range(len(self.columns)) if not self.isColumnHidden(place)]
        sharing = [place for place in shown if not self.columns[place].width]
        taken = sum(across.sectionSize(place) for place in shown if place not in sharing)
        letters = self.fontMetrics().averageCharWidth() * _LEAST_TEXT
        least = {place: max(letters, self._title_width(self.columns[place])) for place in sharing}
        enough = self.viewport().width() - taken >= sum(least.values())
        for place in sharing:
            across.setSectionResizeMode(
                place, QHeaderView.ResizeMode.Stretch if enough else QHeaderView.ResizeMode.Interactive
            )
            if not enough:
                across.resizeSection(place, least[place])

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
        share = index.data(SHARE)
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
