"""The way of a text through the model as a row of shapes: cells for tokens, bars for vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPen
from PySide6.QtWidgets import QWidget

from ui.colours import blend
from ui.theme import SPACE_L, SPACE_M, SPACE_S, with_even_figures
from ui.widgets.canvas import Canvas, hairline
from ui.widgets.numbers import plain

if TYPE_CHECKING:
    from engine.retrieval.embedding_inspection import Step

_WIDEST, _NARROWEST = 11.0, 7.75  # of a step, in lines of text
_ARROW = 28
_GLYPH_WIDTH, _GLYPH_HEIGHT = 96, 56
_MOST_BARS = 10


class StepsView(Canvas):
    """Steps from left to right, continued on the next line where the window is narrow."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Steps from tokens to the vector", "The steps of a text appear here.", parent)
        self._steps: tuple[Step, ...] = ()
        self._across, self._pitch = 1, 0.0

    def show_steps(self, steps: Sequence[Step]) -> None:
        """Show the steps of one text."""
        self._steps = tuple(steps)
        said = ", ".join(f"{step.name} {shape_in_words(step.shape)}" for step in self._steps)
        self.setAccessibleDescription(said)
        self.content_changed()

    def has_content(self) -> bool:
        return bool(self._steps)

    def lay_out(self, width: int) -> int:
        room = width - 2 * SPACE_M + _ARROW
        line = self.fontMetrics().height()
        self._across = min(max(int(room // (_NARROWEST * line + _ARROW)), 1), len(self._steps))
        self._pitch = min(room / self._across, _WIDEST * line + _ARROW)
        self.setMinimumHeight(round(self._line_height()))
        lines = -(-len(self._steps) // self._across)
        return round(lines * self._line_height())

    def paint_content(self, painter: QPainter, width: int, top: int, bottom: int) -> None:
        for place, step in enumerate(self._steps):
            line, column = divmod(place, self._across)
            x = SPACE_M + column * self._pitch
            self._paint_step(painter, step, QPointF(x, line * self._line_height() + SPACE_S))
            if place + 1 < len(self._steps):
                y = line * self._line_height() + SPACE_S + self.fontMetrics().height() + _GLYPH_HEIGHT / 2
                self._paint_arrow(painter, QPointF(x + self._pitch - _ARROW + SPACE_S, y))

    def _line_height(self) -> float:
        return 3 * self.fontMetrics().lineSpacing() + _GLYPH_HEIGHT + 3 * SPACE_M

    def _paint_step(self, painter: QPainter, step: Step, corner: QPointF) -> None:
        metrics = self.fontMetrics()
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        painter.setFont(bold)
        painter.setPen(self.theme.text)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        width = self._pitch - _ARROW
        row = QRectF(corner.x(), corner.y(), width, metrics.height())
        painter.drawText(row, left, step.name)
        self._paint_glyph(painter, step, QPointF(corner.x(), row.bottom() + SPACE_S))
        painter.setFont(with_even_figures(self.font()))
        row.moveTop(row.bottom() + _GLYPH_HEIGHT + 2 * SPACE_S)
        painter.setPen(self.theme.text)
        shape = shape_in_words(step.shape)
        painter.drawText(row, left, shape if step.norm is None else f"{shape}  norm {plain(step.norm)}")
        row.moveTop(row.bottom())
        painter.setPen(self.theme.muted)
        what = metrics.elidedText(step.what, Qt.TextElideMode.ElideRight, int(width))
        painter.drawText(row, left, what)

    def _paint_glyph(self, painter: QPainter, step: Step, corner: QPointF) -> None:
        """Draw a cell or a bar for each token, at most ten; one bar for a vector."""
        rows = step.shape[0] if step.norm is None else 1
        shown = min(rows, _MOST_BARS)
        pitch = min(_GLYPH_HEIGHT / shown, 12.0)
        width = _GLYPH_WIDTH if step.norm is not None or len(step.shape) > 1 else pitch * 1.6
        top = corner.y() + (_GLYPH_HEIGHT - shown * pitch) / 2
        strength = 0.75 if step.norm is not None else 0.4
        painter.setPen(hairline(blend(self.theme.surface, self.theme.accent, 0.9)))
        painter.setBrush(blend(self.theme.surface, self.theme.accent, strength))
        for row in range(shown):
            painter.drawRoundedRect(QRectF(corner.x(), top + row * pitch, width, pitch - 2), 1.5, 1.5)
        if rows > shown:
            painter.setPen(self.theme.muted)
            painter.drawText(QPointF(corner.x() + width + SPACE_M, corner.y() + _GLYPH_HEIGHT - 4), "…")

    def _paint_arrow(self, painter: QPainter, start: QPointF) -> None:
        painter.setPen(QPen(self.theme.muted, 1.4))
        end = start + QPointF(_ARROW - SPACE_L, 0)
        painter.drawLine(start, end)
        painter.drawLine(end, end + QPointF(-4, -4))
        painter.drawLine(end, end + QPointF(-4, 4))


def shape_in_words(shape: tuple[int, ...]) -> str:
    """Return "6 × 384"."""
    return " × ".join(f"{size:,}" for size in shape)
