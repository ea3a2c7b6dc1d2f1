"""The matrix of a pair: every row against every column, as colours and, where they fit, as numbers."""

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from ui.accessible import tell
from ui.plain import one_line
from ui.selection import ConceptTarget, LinkTarget, Selection, Target
from ui.theme import SMALL, SPACE_S, Theme, colour_scale, sized, with_even_figures
from ui.widgets.legend import paint_scale
from ui.widgets.matrix_layout import MatrixLayout, Spot
from ui.widgets.numbers import isolated_word, signed, strongest, tip
from ui.widgets.pixel_axis import ZOOM_STEP, apart
from ui.widgets.pixel_view import PixelView

Level = Literal["words", "tokens", "sentences"]

_SMALLEST_MINUS, _SLIGHT = 9, 0.05
_STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class MatrixPlot(PixelView):
    """Query rows against candidate columns, with a small numeric colour bar.

    The wheel zooms, a drag moves, a double click shows all. Rows and columns of words take part in the
    window's selection; those of tokens and sentences only show their numbers.

    Args:
        selection: the selection of the window.

    Signals:
        cell_activated: (row, column) of a cell that was clicked, or chosen with Enter.
    """

    cell_activated = Signal(int, int)

    def __init__(self, selection: Selection, parent: QWidget | None = None) -> None:
        super().__init__(
            "Matrix of contributions",
            "What each pair of words adds to the similarity appears here.",
            parent,
        )
        self._selection = selection
        self._values = np.zeros((0, 0), dtype=np.float32)
        self._labels: tuple[list[str], list[str]] = ([], [])
        self._orders: list[list[int]] = [[], []]
        self._limit = 1.0
        self._unit = ""
        self.axes = ""  # what rows and columns are, for pictures
        self._level: Level = "words"
        self._cell: tuple[int, int] | None = None
        self._layout = MatrixLayout()
        self._image = pg.ImageItem(axisOrder="row-major")
        self.addItem(self._image)
        selection.hovered_changed.connect(self._on_selection)
        selection.isolated_changed.connect(self._on_selection)

    def show_matrix(
        self,
        values: np.ndarray,
        row_labels: Sequence[str],
        column_labels: Sequence[str],
        limit: float,
        unit_label: str,
        level: Level,
    ) -> None:
        """Show a matrix.

        Args:
            values: (rows, columns).
            row_labels: one per row, the query's.
            column_labels: one per column, the candidate's.
            limit: the value of full colour.
            unit_label: what the numbers are.
            level: "words", "tokens" or "sentences".
        """
        self._values = np.ascontiguousarray(values, dtype=np.float32)
        self._labels = (
            [one_line(label) for label in row_labels],
            [one_line(label) for label in column_labels],
        )
        self._limit, self._unit, self._level = float(limit), unit_label, level
        self._cell = None
        size = np.abs(self._values)
        self._orders = [np.argsort(-size.max(axis=axis, initial=0)).tolist() for axis in (1, 0)]
        self._colour()
        self._describe()
        self.rearrange()

    def picture_scale(self) -> tuple[float, str] | None:
        """Return at which number the colours end, and what the numbers are; None while nothing is shown."""
        return (self._limit, "; ".join(filter(None, (self._unit, self.axes)))) if self.has_content() else None

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self._colour()

    # -- layout --------------------------------------------------------------------------------------

    def has_content(self) -> bool:
        return self._values.size > 0

    def arrange(self) -> None:
        numbers = QFontMetricsF(with_even_figures(self.font()))
        width = numbers.horizontalAdvance(signed(-self._limit, self._limit))
        self._layout.place(self.viewport().size(), self._labels, QFontMetricsF(self.font()), width)
        self._image.setRect(self._layout.whole())

    def _colour(self) -> None:
        if self.has_content():
            limit = self._limit if self._limit > 0 else 1.0
            table = colour_scale(self.theme).lookup_table()
            self._image.setImage(self._values, levels=(-limit, limit), lut=table, autoLevels=False)

    # -- painting ------------------------------------------------------------------------------------

    def paint_over(self, painter: QPainter) -> None:
        self._paint_numbers(painter)
        self._paint_grid(painter)
        self._paint_margins(painter)
        marked = self._marked()
        for axis, pixels in enumerate((self._layout.rows, self._layout.columns)):
            lit = [spot[axis] for spot in marked if spot[axis] is not None]
            for index in apart(pixels, self._layout.label_room(axis), [*lit, *self._orders[axis]]):
                if pixels.start <= pixels.centre(index) <= pixels.start + pixels.length:
                    painter.setPen(self.theme.text if index in lit or not lit else self.theme.muted)
                    self._paint_label(painter, axis, index)
        self._paint_outlines(painter)
        self._paint_bar(painter)

    def _paint_label(self, painter: QPainter, axis: int, index: int) -> None:
        box = self._layout.column_label(index) if axis else self._layout.row_label(index)
        elide = Qt.TextElideMode.ElideRight
        text = painter.fontMetrics().elidedText(self._labels[axis][index], elide, math.ceil(box.width()))
        side = Qt.AlignmentFlag.AlignRight if axis == 0 else Qt.AlignmentFlag.AlignHCenter
        painter.save()
        if axis == 1 and self._layout.upright:
            painter.translate(box.topLeft())
            painter.rotate(-90)
            box = QRectF(0, -box.height() / 2, box.width(), box.height())
            side = Qt.AlignmentFlag.AlignLeft
        painter.drawText(box, side | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute, text)
        painter.restore()

    def _paint_numbers(self, painter: QPainter) -> None:
        painter.setFont(sized(with_even_figures(self.font()), SMALL))
        metrics = painter.fontMetrics()
        room = metrics.horizontalAdvance(signed(-self._limit, self._limit)) + SPACE_S
        rows, columns = self._layout.rows, self._layout.columns
        if columns.pitch >= room and rows.pitch >= metrics.height():
            scale = colour_scale(self.theme)
            for row in rows.visible():
                for column in columns.visible():
                    value = float(self._values[row, column])
                    painter.setPen(scale.text_colour(value, self._limit))
                    box = self._layout.spot_box((row, column))
                    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, signed(value, self._limit))
        elif min(columns.pitch, rows.pitch) >= _SMALLEST_MINUS:
            self._paint_minuses(painter)
        painter.setFont(self.font())

    def _paint_minuses(self, painter: QPainter) -> None:
        """Mark negative cells that have no room for their number, so that colour does not speak alone."""
        rows, columns = self._layout.rows.visible(), self._layout.columns.visible()
        shown = self._values[rows.start : rows.stop, columns.start : columns.stop]
        scale = colour_scale(self.theme)
        for row, column in np.argwhere(shown < -_SLIGHT * self._limit):
            painter.setPen(QPen(scale.text_colour(float(shown[row, column]), self._limit), 1))
            centre = self._layout.spot_box((rows.start + int(row), columns.start + int(column))).center()
            painter.drawLine(centre - QPointF(2, 0), centre + QPointF(2, 0))

    def _paint_grid(self, painter: QPainter) -> None:
        """Draw hairlines between cells that are wide enough to be told apart."""
        rows, columns, area = self._layout.rows, self._layout.columns, self._layout.area
        if min(columns.pitch, rows.pitch) < 10:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(self.theme.grid, 1))
        for column in columns.visible():
            x = columns.centre(column) - columns.pitch / 2
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        for row in rows.visible():
            y = rows.centre(row) - rows.pitch / 2
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _paint_margins(self, painter: QPainter) -> None:
        """Cover what a zoomed image shows beyond its area."""
        view, area = QRectF(self.viewport().rect()), self._layout.area
        surface = self.theme.surface
        painter.fillRect(QRectF(0, 0, view.width(), area.top()), surface)
        painter.fillRect(QRectF(0, 0, area.left(), view.height()), surface)
        painter.fillRect(QRectF(area.right(), 0, view.width() - area.right(), view.height()), surface)
        painter.fillRect(QRectF(0, area.bottom(), view.width(), view.height() - area.bottom()), surface)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self.theme.grid, 1))
        painter.drawRect(area)

    def _paint_outlines(self, painter: QPainter) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        marks = [(self._spot(self._selection.isolated), QPen(self.theme.accent, 2.5))]
        hovered = self._cell or self._spot(self._selection.hovered)
        marks.append((hovered, QPen(self.theme.text, 1.5)))
        for spot, pen in marks:
            if spot is not None:
                painter.setPen(pen)
                painter.drawRect(self._layout.spot_box(spot).intersected(self._layout.area))

    def _paint_bar(self, painter: QPainter) -> None:
        bar = self._layout.bar
        paint_scale(painter, bar, self.theme, upright=True)
        painter.setFont(with_even_figures(self.font()))
        painter.setPen(self.theme.muted)
        metrics = painter.fontMetrics()
        labels = [
            (signed(self._limit, self._limit), bar.top()),
            (signed(-self._limit, self._limit), bar.bottom() - metrics.height()),
            ("0", bar.center().y() - metrics.height() / 2),
        ]
        # As many as have room below each other.
        for text, top in labels[: max(int(bar.height() / metrics.height()), 1)]:
            painter.drawText(QPointF(bar.right() + SPACE_S, top + metrics.ascent()), text)

    # -- cells and the selection ---------------------------------------------------------------------

    def _spot(self, target: Target | None) -> Spot | None:
        """Return (row, column) of a target, None for all of them; None if it is not in this matrix."""
        if self._level != "words" or target is None or isinstance(target, ConceptTarget):
            return None
        rows, columns = self._values.shape
        if isinstance(target, LinkTarget):
            spot = (target.query_word, target.candidate_word)
        elif target.side == "query":
            spot = (target.word, None)
        else:
            spot = (None, target.word)
        return spot if (spot[0] or 0) < rows and (spot[1] or 0) < columns else None

    def _marked(self) -> list[Spot]:
        spots = (self._cell, self._spot(self._selection.hovered), self._spot(self._selection.isolated))
        return [spot for spot in spots if spot is not None]

    def _point_at(self, cell: tuple[int, int] | None) -> None:
        self._cell = cell
        if self._level == "words":
            self._selection.hover(None if cell is None else LinkTarget(*cell))
        self.viewport().update()

    def _activate(self, cell: tuple[int, int] | None) -> None:
        if self._level == "words":
            self._selection.isolate(None if cell is None else LinkTarget(*cell))
        if cell is not None:
            self.cell_activated.emit(*cell)

    def _on_selection(self, target: Target | None) -> None:
        if self._level == "words" and target != (LinkTarget(*self._cell) if self._cell else None):
            self._cell = None
        self.viewport().update()

    # -- mouse and keyboard --------------------------------------------------------------------------

    def pointer_at(self, position: QPointF) -> None:
        cell = self._layout.cell_at(position)
        self._point_at(cell)
        self.show_tip(position, None if cell is None else self._tip(*cell))

    def pointer_left(self) -> None:
        self._point_at(None)

    def clicked_at(self, position: QPointF) -> None:
        self._activate(self._layout.cell_at(position))

    def zoom_at(self, position: QPointF, factor: float) -> None:
        self._layout.rows.zoom(factor, position.y())
        self._layout.columns.zoom(factor, position.x())

    def pan_by(self, _position: QPointF, step: QPointF) -> None:
        self._layout.rows.pan(step.y())
        self._layout.columns.pan(step.x())
        self.rearrange()

    def fit(self) -> None:
        self._layout.rows.fit()
        self._layout.columns.fit()

    def keyPressEvent(self, event: QEvent) -> None:
        key = event.key()
        if not self.has_content():
            super().keyPressEvent(event)
        elif key in _STEPS:
            rows, columns = self._values.shape
            row, column = self._cell or (0, 0)
            down, across = _STEPS[key] if self._cell is not None else (0, 0)
            self._move_to(min(max(row + down, 0), rows - 1), min(max(column + across, 0), columns - 1))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._cell is not None:
            self._activate(self._cell)
            tell(self)
        elif key == Qt.Key.Key_Escape:
            self._point_at(None)
            self._selection.clear()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            centre = self._layout.spot_box(self._cell or (None, None)).center()
            self.zoom_at(centre, 1 / ZOOM_STEP if key == Qt.Key.Key_Minus else ZOOM_STEP)
            self.rearrange()
        else:
            super().keyPressEvent(event)

    def _move_to(self, row: int, column: int) -> None:
        self._layout.rows.reveal(row)
        self._layout.columns.reveal(column)
        self._point_at((row, column))
        self.rearrange()
        tell(self)

    # -- in words ------------------------------------------------------------------------------------

    def told(self) -> str:
        if self._cell is None:
            return ""
        alone = self._level == "words" and self._selection.isolated == LinkTarget(*self._cell)
        return self._said(*self._cell) + (", isolated" if alone else "")

    def _said(self, row: int, column: int) -> str:
        value = signed(float(self._values[row, column]), self._limit)
        return f"{self._labels[0][row]}, {self._labels[1][column]}: {value}"

    def _tip(self, row: int, column: int) -> str:
        names = (isolated_word(self._labels[0][row]), isolated_word(self._labels[1][column]))
        return tip(" – ".join(names), f"{signed(float(self._values[row, column]), self._limit)} {self._unit}")

    def _describe(self) -> None:
        rows, columns = self._values.shape
        if not self._values.size:
            self.setAccessibleDescription("")
            return
        flat = np.argsort(-np.abs(self._values), axis=None)[:5]
        cells = [np.unravel_index(index, self._values.shape) for index in flat]
        names = [f"{self._labels[0][row]} with {self._labels[1][column]}" for row, column in cells]
        listed = strongest(names, [float(self._values[cell]) for cell in cells], self._limit)
        self.setAccessibleDescription(
            f"{rows} by {columns} {self._level}, in {self._unit}. Strongest: {listed}."
        )
