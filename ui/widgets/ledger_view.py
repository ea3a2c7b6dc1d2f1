"""The score as a sum: explained + reference + residual = similarity, bar by bar and in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QFont, QPainter
from PySide6.QtWidgets import QWidget

from engine.report import ledger_words as words
from ui.theme import SPACE_L, SPACE_M, SPACE_S, with_even_figures
from ui.widgets.canvas import Canvas, hairline
from ui.widgets.numbers import MINUS, signed

if TYPE_CHECKING:
    from engine.attribution.pair import Ledger
    from engine.attribution.request import Unit

_BAR_HEIGHT = 12
_SHORTEST_BAR = 60
_SIGNIFICANT = 5e-4
_WRAP = int(Qt.TextFlag.TextWordWrap) | int(Qt.AlignmentFlag.AlignLeft)


@dataclass(frozen=True)
class _Row:
    """A line of the ledger: its bar runs from `start` to `end`."""

    sign: str
    name: str
    value: float
    start: float
    end: float
    note: str
    total: bool = False


class LedgerView(Canvas):
    """What a similarity is made of, as a waterfall of bars with numbers and a line of words each."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Ledger of the score", "What the similarity is made of appears here.", parent)
        self._rows: list[_Row] = []
        self._tops: list[int] = []
        self._limit = 1.0
        self._unit: Unit = "raw"

    def show_ledger(self, ledger: Ledger, between_words: float, unit: Unit) -> None:
        """Show a ledger.

        Args:
            ledger: of a pair.
            between_words: what the word matrix sums to; the rest of the explained part lies with special
                tokens.
            unit: "percent" shows percent of the explained part; all else shows the similarity as it is.
        """
        scale = 100 / max(abs(ledger.explained), 1e-12) if unit == "percent" else 1.0
        self._unit = unit
        self._rows = _rows(ledger, between_words, scale)
        self._limit = max(abs(value) for row in self._rows for value in (row.start, row.end)) or 1.0
        self.setAccessibleDescription(
            " ".join(f"{row.sign} {row.name} {self._number(row)}. {row.note}" for row in self._rows).strip()
        )
        self.content_changed()

    def has_content(self) -> bool:
        return bool(self._rows)

    def lay_out(self, width: int) -> int:
        metrics = self.fontMetrics()
        top = SPACE_M
        self._tops = []
        for row in self._rows:
            top += SPACE_S if row.total else 0
            self._tops.append(top)
            note = metrics.boundingRect(QRect(0, 0, self._note_width(width), 10_000), _WRAP, row.note)
            top += metrics.height() + note.height() + SPACE_M + SPACE_S
        return top

    def paint_content(self, painter: QPainter, width: int, top: int, bottom: int) -> None:
        bold, figures = QFont(self.font()), with_even_figures(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        figures.setWeight(QFont.Weight.DemiBold)
        height = self.fontMetrics().height()
        numbers = max(self.fontMetrics().horizontalAdvance(self._number(row)) for row in self._rows) * 1.15
        left = self._name_left() + self._name_width() + SPACE_M
        bars = QRectF(left, 0, max(width - left - numbers - SPACE_L, _SHORTEST_BAR), 0)
        for row, y in zip(self._rows, self._tops, strict=True):
            if row.total:
                painter.setPen(hairline(self.theme.outline))
                painter.drawLine(QPointF(SPACE_M, y - SPACE_S), QPointF(width - SPACE_M, y - SPACE_S))
            painter.setFont(bold)
            painter.setPen(self.theme.text)
            painter.drawText(QPointF(SPACE_M, y + self.fontMetrics().ascent()), row.sign)
            painter.drawText(QPointF(self._name_left(), y + self.fontMetrics().ascent()), row.name)
            painter.setFont(figures)
            number = QRectF(bars.right(), y, width - SPACE_M - bars.right(), height)
            painter.drawText(
                number, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._number(row)
            )
            self._paint_bar(painter, row, bars.translated(0, y + (height - _BAR_HEIGHT) / 2))
            painter.setFont(self.font())
            painter.setPen(self.theme.muted)
            note = QRect(self._name_left(), y + height + 1, self._note_width(width), 10_000)
            painter.drawText(note, _WRAP, row.note)

    def _paint_bar(self, painter: QPainter, row: _Row, place: QRectF) -> None:
        low = min(0.0, *(min(entry.start, entry.end) for entry in self._rows))
        high = max(0.0, *(max(entry.start, entry.end) for entry in self._rows))
        scale = place.width() / max(high - low, 1e-12)
        first, last = (place.left() + (value - low) * scale for value in (row.start, row.end))
        zero = place.left() - low * scale
        painter.setPen(hairline(self.theme.grid))
        painter.drawLine(QPointF(zero, place.top() - 3), QPointF(zero, place.top() + _BAR_HEIGHT + 3))
        bar = QRectF(min(first, last), place.top(), max(abs(last - first), 1.5), _BAR_HEIGHT)
        colour = (
            self.theme.muted if row.total else self.theme.positive if row.value >= 0 else self.theme.negative
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(bar, 2, 2)
        if row.value < 0:
            # Stripes, so that colour is not the only sign of a loss.
            painter.setBrush(QBrush(self.theme.surface, Qt.BrushStyle.BDiagPattern))
            painter.drawRoundedRect(bar, 2, 2)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _number(self, row: _Row) -> str:
        # One digit more than elsewhere: small terms are added to a large one by eye.
        return signed(row.value, self._limit / 10) + ("%" if self._unit == "percent" else "")

    def _name_left(self) -> int:
        return SPACE_M + self.fontMetrics().horizontalAdvance("=") + SPACE_M

    def _name_width(self) -> int:
        return max(round(self.fontMetrics().horizontalAdvance(row.name) * 1.1) for row in self._rows)

    def _note_width(self, width: int) -> int:
        return max(width - self._name_left() - SPACE_M, 60)


def _rows(ledger: Ledger, between_words: float, scale: float) -> list[_Row]:
    """Return the lines of a ledger, each bar beginning where the one before it ended."""
    special = ledger.explained - between_words
    entries = [("", words.EXPLAINED, ledger.explained)]
    if abs(special) >= _SIGNIFICANT:
        entries = [("", words.WORDS, between_words), ("+", words.SPECIAL, special)]
    if ledger.reference_parts is None:
        entries.append(("+", words.REFERENCE, ledger.reference))
    else:
        query, candidate, both = ledger.reference_parts
        entries += [
            ("+", words.QUERY_ALONE, query),
            ("+", words.CANDIDATE_ALONE, candidate),
            (MINUS, words.PADDING, -both),
        ]
    entries.append(("+", words.RESIDUAL, ledger.residual))
    rows: list[_Row] = []
    total = 0.0
    for sign, line, value in entries:
        rows.append(
            _Row(sign, line.name, value * scale, total * scale, (total + value) * scale, line.meaning)
        )
        total += value
    score = ledger.similarity * scale
    last = words.SIMILARITY
    rows.append(_Row("=", last.name, score, 0.0, score, last.meaning, total=True))
    return rows
