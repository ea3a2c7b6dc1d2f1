"""Which dimensions of the embedding carry one cell of the matrix."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QFont, QPainter
from PySide6.QtWidgets import QWidget

from ui.theme import SPACE_L, SPACE_M, SPACE_S, with_even_figures
from ui.widgets.canvas import Canvas, hairline
from ui.widgets.numbers import signed

MOST_SHOWN = 20


class DimensionBars(Canvas):
    """The strongest dimensions of the products behind a cell, as bars with numbers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            "Dimensions of the embedding",
            "Choose a cell or a word: the dimensions that carry it appear here.",
            parent,
        )
        self._title = ""
        self._values = np.zeros(0)
        self._shown = np.zeros(0, dtype=int)

    def show_cell(self, title: str, values: np.ndarray) -> None:
        """Show a cell.

        Args:
            title: what the cell is, such as its two words.
            values: (D,) what each dimension adds to the cell.
        """
        self._title = title
        self._values = np.asarray(values, dtype=float)
        self._shown = np.argsort(-np.abs(self._values), kind="stable")[:MOST_SHOWN]
        bars = ", ".join(f"{int(i)} {self._number(i)}" for i in self._shown)
        self.setAccessibleDescription(f"{title}. {self._summary()}. Dimension and value: {bars}.")
        self.verticalScrollBar().setValue(0)
        self.content_changed()

    def has_content(self) -> bool:
        return len(self._values) > 0

    def lay_out(self, width: int) -> int:
        return self._header_height() + len(self._shown) * self._pitch() + SPACE_M

    def paint_content(self, painter: QPainter, width: int, top: int, bottom: int) -> None:
        metrics = self.fontMetrics()
        self._paint_header(painter, width)
        painter.setFont(with_even_figures(self.font()))
        names = metrics.horizontalAdvance(str(len(self._values))) + 2 * SPACE_M
        widest = max(metrics.horizontalAdvance(self._number(i)) for i in self._shown)
        numbers = round(1.1 * widest) + 2 * SPACE_M
        middle = (names + width - numbers) / 2
        half = max(middle - names, 1.0)
        painter.setPen(hairline(self.theme.grid))
        painter.drawLine(
            QPointF(middle, self._header_height()), QPointF(middle, self.lay_out(width) - SPACE_M)
        )
        for place, index in enumerate(self._shown):
            y = self._header_height() + place * self._pitch()
            row = QRectF(SPACE_M, y, width - 2 * SPACE_M, self._pitch())
            painter.setPen(self.theme.muted)
            left = row.adjusted(0, 0, names - SPACE_M - row.right(), 0)
            painter.drawText(
                left, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(int(index))
            )
            painter.setPen(self.theme.text)
            painter.drawText(
                row, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._number(index)
            )
            self._paint_bar(painter, float(self._values[index]), middle, half, row)

    def _paint_header(self, painter: QPainter, width: int) -> None:
        metrics = self.fontMetrics()
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        row = QRectF(SPACE_M, SPACE_M, width - 2 * SPACE_M, metrics.height())
        for font, colour, text in (
            (bold, self.theme.text, self._title),
            (self.font(), self.theme.muted, self._summary()),
        ):
            painter.setFont(font)
            painter.setPen(colour)
            fitting = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(row.width()))
            painter.drawText(row, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, fitting)
            row.translate(0, metrics.height() + SPACE_S)

    def _paint_bar(self, painter: QPainter, value: float, middle: float, half: float, row: QRectF) -> None:
        length = half * value / self._limit()
        bar = QRectF(min(middle, middle + length), row.top() + 3, max(abs(length), 1.0), row.height() - 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.positive if value >= 0 else self.theme.negative)
        painter.drawRoundedRect(bar, 2, 2)
        if value < 0:
            painter.setBrush(QBrush(self.theme.surface, Qt.BrushStyle.BDiagPattern))
            painter.drawRoundedRect(bar, 2, 2)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _summary(self) -> str:
        total = float(self._values.sum())
        written = signed(total, max(abs(total), self._limit()))
        return f"{len(self._shown)} of {len(self._values):,} dimensions; all sum to {written}"

    def _number(self, index: int) -> str:
        return signed(float(self._values[index]), self._limit())

    def _limit(self) -> float:
        return float(np.abs(self._values).max(initial=0.0)) or 1.0

    def _header_height(self) -> int:
        return 2 * (self.fontMetrics().height() + SPACE_S) + SPACE_L

    def _pitch(self) -> int:
        return self.fontMetrics().height() + SPACE_S
