"""Pictures of tables and lists: every row, what is scrolled away included, and nothing of what is chosen."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyleOptionViewItem, QTableView

from ui.appearance import palette_of
from ui.theme import SPACE_M, Theme
from ui.widgets.canvas import hairline

_HEAD = Qt.ItemDataRole.DisplayRole
_WRAPPED = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap


def table_size(table: QTableView) -> QSize:
    """Return the size of a whole table with its heads, in pixels."""
    down = table.verticalHeader()
    width = sum(table.columnWidth(column) for column in _columns(table)) + _names_width(table)
    return QSize(max(width, 1), table.horizontalHeader().height() + down.length() + 1)


def paint_table(table: QTableView, painter: QPainter, theme: Theme) -> None:
    """Paint a whole table from the origin on: heads, names of rows where they are shown, and cells."""
    model, across = table.model(), table.horizontalHeader()
    size, left, top = table_size(table), _names_width(table), across.height()
    painter.fillRect(QRect(QPoint(0, 0), size), theme.surface)
    x = left
    for column in _columns(table):
        head = QRect(x, 0, table.columnWidth(column), top).adjusted(SPACE_M, 0, -SPACE_M, 0)
        _write_head(painter, head, table, theme, column, Qt.Orientation.Horizontal)
        x += table.columnWidth(column)
    painter.setPen(hairline(theme.outline))
    painter.drawLine(0, top - 1, size.width(), top - 1)
    y = top
    for row in range(model.rowCount()):
        height = table.rowHeight(row)
        if left:
            names = QRect(0, y, left, height).adjusted(SPACE_M, 0, -SPACE_M, 0)
            _write_head(painter, names, table, theme, row, Qt.Orientation.Vertical)
        x = left
        for column in _columns(table):
            _paint_cell(painter, QRect(x, y, table.columnWidth(column), height), table, theme, row, column)
            x += table.columnWidth(column)
        y += height


def list_size(view: QListView) -> QSize:
    """Return the size of a whole list, in pixels."""
    rows = range(view.model().rowCount())
    return QSize(max(view.viewport().width(), 1), max(sum(view.sizeHintForRow(row) for row in rows), 1))


def paint_list(view: QListView, painter: QPainter, theme: Theme) -> None:
    """Paint a whole list from the origin on."""
    size, y = list_size(view), 0
    painter.fillRect(QRect(QPoint(0, 0), size), theme.surface)
    for row in range(view.model().rowCount()):
        height = view.sizeHintForRow(row)
        _paint_cell(painter, QRect(0, y, size.width(), height), view, theme, row, 0)
        y += height


def _columns(table: QTableView) -> list[int]:
    """Return the columns that are shown, from left to right."""
    across = table.horizontalHeader()
    columns = (across.logicalIndex(place) for place in range(across.count()))
    return [column for column in columns if not across.isSectionHidden(column)]


def _names_width(table: QTableView) -> int:
    return 0 if table.verticalHeader().isHidden() else table.verticalHeader().width()


def _write_head(
    painter: QPainter, rect: QRect, table: QTableView, theme: Theme, section: int, along: Qt.Orientation
) -> None:
    model, header = table.model(), table.horizontalHeader()
    side = model.headerData(section, along, Qt.ItemDataRole.TextAlignmentRole)
    if side is None:
        side = header.defaultAlignment() if along == Qt.Orientation.Horizontal else Qt.AlignmentFlag.AlignLeft
    painter.setFont(table.font())
    painter.setPen(theme.muted)
    flags = int(Qt.AlignmentFlag(side)) | int(_WRAPPED)
    painter.drawText(rect, flags, str(model.headerData(section, along, _HEAD) or ""))


def _paint_cell(
    painter: QPainter, rect: QRect, view: QAbstractItemView, theme: Theme, row: int, column: int
) -> None:
    index = view.model().index(row, column)
    option = QStyleOptionViewItem()
    option.rect, option.font, option.fontMetrics = rect, view.font(), view.fontMetrics()
    option.palette = palette_of(theme)
    option.state = QStyle.StateFlag.State_Enabled
    option.decorationSize = QSize(0, 0)
    view.itemDelegateForIndex(index).paint(painter, option, index)
