"""How often values occur, as bars, with a mark where a threshold stands."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from ui.accessible import tell
from ui.colours import blend
from ui.theme import SPACE_M, SPACE_S, with_even_figures
from ui.widgets.canvas import Canvas, hairline
from ui.widgets.numbers import plain, tip

_LOWEST_PLOT = 60
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class HistogramPlot(Canvas):
    """Bars between edges. Heights follow the square root, so that a rare value beside a common one is seen.

    Args:
        name: the accessible name, and the title.
        unit: what the values are, below the axis.
        things: what is counted, in the plural.
        number: how a value is written; with three decimals by default.
        empty: what to say before there is something to show.
    """

    bin_chosen = Signal(float, float)  # the edges of a bar that was clicked

    def __init__(
        self,
        name: str,
        unit: str,
        things: str,
        empty: str,
        number: Callable[[float], str] = plain,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(name, empty, parent)
        self._unit, self._things, self._number = unit, things, number
        self._edges, self._counts = np.zeros(0), np.zeros(0, dtype=int)
        self._threshold: float | None = None
        self._threshold_name = ""
        self._value: float | None = None
        self._over: int | None = None

    def show_counts(
        self,
        edges: np.ndarray,
        counts: np.ndarray,
        threshold: float | None = None,
        threshold_name: str = "threshold",
    ) -> None:
        """Show counts (B,) between edges (B + 1,), and a dashed line at a threshold if there is one."""
        self._edges, self._counts = np.asarray(edges, dtype=float), np.asarray(counts)
        self._threshold, self._threshold_name = threshold, threshold_name
        self._over = None
        total = int(self._counts.sum())
        if total:
            peak = int(self._counts.argmax())
            said = f"{total:,} {self._things}, most between {self._range(peak)}"
            if threshold is not None:
                said += f"; {threshold_name} {self._number(threshold)}"
            self.setAccessibleDescription(f"{said}.")
        self.content_changed()

    def mark_value(self, value: float | None) -> None:
        """Light up the bar that holds a value, or none."""
        self._value = value
        self.viewport().update()

    def clear(self) -> None:
        """Show nothing."""
        self.show_counts(np.zeros(0), np.zeros(0, dtype=int))

    def has_content(self) -> bool:
        return bool(self._counts.sum())

    def sizeHint(self) -> QSize:
        return QSize(320, 170)

    def lay_out(self, width: int) -> int:
        return max(self.viewport().height(), self._around() + _LOWEST_PLOT)

    def resizeEvent(self, event: QEvent) -> None:
        self._laid_out_for = -1
        super().resizeEvent(event)

    def paint_content(self, painter: QPainter, width: int, top: int, bottom: int) -> None:
        plot = self._plot(width)
        self._paint_head(painter, width)
        painter.setFont(with_even_figures(self.font()))
        painter.setPen(hairline(self.theme.outline))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        marked = self._bin_of(self._value)
        painter.setPen(Qt.PenStyle.NoPen)
        for place in range(len(self._counts)):
            colour = blend(self.theme.surface, self.theme.accent, 0.75 if place == self._over else 0.5)
            painter.setBrush(self.theme.accent if place == marked else colour)
            painter.drawRect(self._bar(place, plot))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        self._paint_axis(painter, plot)
        if self._threshold is not None:
            self._paint_threshold(painter, plot)

    def mouseMoveEvent(self, event: QEvent) -> None:
        over = self._bin_at(event.position())
        if over != self._over:
            self._over = over
            self.viewport().update()
        if over is None:
            QToolTip.hideText()
        else:
            said = tip(f"{int(self._counts[over]):,} {self._things}", f"{self._unit} {self._range(over)}")
            self.show_tip(event.position().toPoint(), said)

    def mousePressEvent(self, event: QEvent) -> None:
        place = self._bin_at(event.position())
        if place is not None and event.button() == Qt.MouseButton.LeftButton:
            self.bin_chosen.emit(float(self._edges[place]), float(self._edges[place + 1]))

    def pointer_left(self) -> None:
        super().pointer_left()
        self._over = None
        self.viewport().update()

    def keyPressEvent(self, event: QEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() in steps and self.has_content():
            step = steps[event.key()]
            start = -1 if step > 0 else len(self._counts)
            here = start if self._over is None else self._over
            self._over = min(max(here + step, 0), len(self._counts) - 1)
            self.viewport().update()
            tell(self)
        elif event.key() in _ENTER and self._over is not None:
            self.bin_chosen.emit(float(self._edges[self._over]), float(self._edges[self._over + 1]))
        else:
            super().keyPressEvent(event)

    def told(self) -> str:
        if self._over is None:
            return ""
        return f"{int(self._counts[self._over]):,} {self._things}, {self._unit} {self._range(self._over)}"

    # -- inside --------------------------------------------------------------------------------------

    def _paint_head(self, painter: QPainter, width: int) -> None:
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        row = QRectF(SPACE_M, SPACE_S, width - 2 * SPACE_M, self.fontMetrics().height())
        painter.setFont(bold)
        painter.setPen(self.theme.text)
        side = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(row, side, self.accessibleName())
        row.setLeft(row.left() + painter.fontMetrics().horizontalAdvance(self.accessibleName()) + SPACE_M)
        painter.setFont(self.font())
        painter.setPen(self.theme.muted)
        note = f"{int(self._counts.sum()):,} {self._things}, tallest bar {int(self._counts.max()):,}"
        fitting = painter.fontMetrics().elidedText(note, Qt.TextElideMode.ElideRight, int(row.width()))
        painter.drawText(row, side, fitting)

    def _paint_axis(self, painter: QPainter, plot: QRectF) -> None:
        painter.setPen(self.theme.muted)
        row = QRectF(plot.left(), plot.bottom() + SPACE_S, plot.width(), self.fontMetrics().height())
        low, high = self._number(float(self._edges[0])), self._number(float(self._edges[-1]))
        metrics = painter.fontMetrics()
        ends = max(metrics.horizontalAdvance(low), metrics.horizontalAdvance(high)) + SPACE_M
        room = int(plot.width() - 2 * ends)
        unit = metrics.elidedText(self._unit, Qt.TextElideMode.ElideRight, max(room, 0))
        for text, side in (
            (low, Qt.AlignmentFlag.AlignLeft),
            (unit, Qt.AlignmentFlag.AlignHCenter),
            (high, Qt.AlignmentFlag.AlignRight),
        ):
            painter.drawText(row, side | Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_threshold(self, painter: QPainter, plot: QRectF) -> None:
        x = self._x(self._threshold, plot)
        painter.setPen(QPen(self.theme.text, 1.2, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        text = f"{self._threshold_name} {self._number(self._threshold)}"
        wide = painter.fontMetrics().horizontalAdvance(text) + SPACE_S
        left = x + SPACE_S if x + SPACE_S + wide < plot.right() else x - SPACE_S - wide
        row = QRectF(left, plot.top(), wide, self.fontMetrics().height())
        painter.fillRect(row, self.theme.surface)
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    def _around(self) -> int:
        return 2 * self.fontMetrics().height() + 5 * SPACE_S + SPACE_M

    def _plot(self, width: int) -> QRectF:
        line = self.fontMetrics().height()
        top = line + 3 * SPACE_S
        height = self.lay_out(width) - self._around()
        return QRectF(SPACE_M, top, max(width - 2 * SPACE_M, 1), max(height, 1))

    def _x(self, value: float, plot: QRectF) -> float:
        low, high = self._edges[0], self._edges[-1]
        share = (value - low) / (high - low) if high > low else 0.5
        return plot.left() + min(max(share, 0.0), 1.0) * plot.width()

    def _bar(self, place: int, plot: QRectF) -> QRectF:
        left, right = self._x(self._edges[place], plot), self._x(self._edges[place + 1], plot)
        height = plot.height() * float(np.sqrt(self._counts[place] / self._counts.max()))
        gap = 1.0 if right - left > 3 else 0.0
        return QRectF(left, plot.bottom() - height, max(right - left - gap, 0.5), height)

    def _bin_of(self, value: float | None) -> int | None:
        if value is None or not self.has_content() or not self._edges[0] <= value <= self._edges[-1]:
            return None
        return min(int(np.searchsorted(self._edges, value, side="right")) - 1, len(self._counts) - 1)

    def _bin_at(self, position: QPointF) -> int | None:
        if not self.has_content():
            return None
        point, plot = self.in_content(position), self._plot(self.viewport().width())
        if not plot.contains(point):
            return None
        share = (point.x() - plot.left()) / plot.width()
        return self._bin_of(float(self._edges[0] + share * (self._edges[-1] - self._edges[0])))

    def _range(self, place: int) -> str:
        return f"{self._number(float(self._edges[place]))} to {self._number(float(self._edges[place + 1]))}"
