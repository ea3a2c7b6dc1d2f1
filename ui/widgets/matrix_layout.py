"""Where the cells, the labels and the colour bar of a matrix lie."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QFontMetricsF

from ui.theme import SPACE_L, SPACE_M, SPACE_S, SPACE_XS
from ui.widgets.labels import LETTERS, widest
from ui.widgets.pixel_axis import PixelAxis

Spot = tuple[int | None, int | None]

BAR_WIDTH = 10
_BAR_LENGTH = 140
_ROW_LABELS_SHARE = 0.3
_COLUMN_LABELS_SHARE = 0.4
_WIDEST_CELL, _HIGHEST_CELL = 120, 44
_LYING_LABEL = 64


class MatrixLayout:
    """Rows and columns of cells, with labels to their left and above, and a colour bar to their right.

    Attributes:
        rows: the vertical axis.
        columns: the horizontal axis.
        area: what the cells may cover.
        upright: whether the column labels run upwards, as lying ones would be cut short.
        bar: the colour bar.
    """

    def __init__(self) -> None:
        self.rows, self.columns = PixelAxis(), PixelAxis()
        self.area = self.bar = QRectF()
        self.upright = False
        self._label_height = 0.0
        self._widest_column = 0.0
        self._column_widths: list[float] = []

    def place(
        self,
        size: QSize,
        labels: tuple[Sequence[str], Sequence[str]],
        metrics: QFontMetricsF,
        bar_numbers: float,
    ) -> None:
        """Arrange everything.

        Args:
            size: of the view.
            labels: of rows and of columns, one line each.
            metrics: of their font.
            bar_numbers: the width of the numbers beside the colour bar.
        """
        self._label_height = metrics.height()
        self._widest_column = widest(labels[1], metrics) + 2
        self._column_widths = [metrics.horizontalAdvance(label) for label in labels[1]]
        left = min(widest(labels[0], metrics) + 2 * SPACE_M, size.width() * _ROW_LABELS_SHARE)
        beside = SPACE_L + BAR_WIDTH + SPACE_S + bar_numbers + SPACE_M
        width = max(size.width() - left - beside, 1.0)
        room = min(width / max(len(labels[1]), 1), _WIDEST_CELL)
        # Lying labels leave more height to the cells, and are worth being cut short for it.
        self.upright = room < min(self._widest_column + SPACE_M, _LYING_LABEL)
        top = metrics.height() + 2 * SPACE_S
        if self.upright:
            top = min(self._widest_column + 2 * SPACE_M, size.height() * _COLUMN_LABELS_SHARE)
        height = max(size.height() - top - SPACE_M, 1.0)
        self.columns.place(len(labels[1]), left, width, _WIDEST_CELL)
        self.rows.place(len(labels[0]), top, height, _HIGHEST_CELL)
        whole = self.whole()
        self.area = QRectF(left, top, min(width, whole.width()), min(height, whole.height()))
        self.bar = QRectF(self.area.right() + SPACE_L, top, BAR_WIDTH, min(_BAR_LENGTH, height))

    def whole(self) -> QRectF:
        """Return the box of all cells, those out of sight included."""
        columns, rows = self.columns, self.rows
        return QRectF(columns.origin, rows.origin, columns.count * columns.pitch, rows.count * rows.pitch)

    def label_room(self, axis: int) -> float:
        """Return how many pixels along its axis a label needs."""
        lying = axis == 1 and not self.upright
        return min(self._widest_column, self.columns.pitch) if lying else LETTERS * self._label_height

    def row_label(self, row: int) -> QRectF:
        """Return the box of a row's label."""
        top = self.rows.centre(row) - self._label_height / 2
        return QRectF(SPACE_M, top, self.area.left() - 2 * SPACE_M, self._label_height)

    def column_label(self, column: int) -> QRectF:
        """Return the box of a column's label; if labels are upright, one to be turned about its left end,
        which stands above the middle of the column."""
        height = self._label_height
        centre = self.columns.centre(column)
        if self.upright:
            return QRectF(centre, self.area.top() - SPACE_M, self.area.top() - 2 * SPACE_M, height)
        width = self._lying_room(column)
        return QRectF(centre - width / 2, SPACE_S, width, height)

    def _lying_room(self, column: int) -> float:
        """Return how wide a lying label may be: one that is too long takes what its neighbours leave."""
        # Names that are cut short keep apart from one another.
        room = max(self.columns.pitch - 2 * SPACE_XS, 1.0)
        widths = self._column_widths
        # Outside the first and the last column there is room, but not without end.
        beside = [
            widths[place] if 0 <= place < len(widths) else room / 2 for place in (column - 1, column + 1)
        ]
        spare = max(room - max(beside), 0.0)
        return max(min(self._column_widths[column], room + spare), room)

    def cell_at(self, position: QPointF) -> tuple[int, int] | None:
        """Return (row, column) under a point, or None."""
        row, column = self.rows.item_at(position.y()), self.columns.item_at(position.x())
        return None if row is None or column is None else (row, column)

    def spot_box(self, spot: Spot) -> QRectF:
        """Return the box of a cell, or of a whole row or column where the other index is None."""
        row, column = spot
        box = QRectF(self.area)
        if row is not None:
            box.setTop(self.rows.centre(row) - self.rows.pitch / 2)
            box.setHeight(self.rows.pitch)
        if column is not None:
            box.setLeft(self.columns.centre(column) - self.columns.pitch / 2)
            box.setWidth(self.columns.pitch)
        return box
