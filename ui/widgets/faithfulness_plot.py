"""How far an explanation can be trusted: its tests as curves against chance, and in plain words."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QToolTip, QWidget

from ui.theme import SPACE_L, SPACE_M, SPACE_S
from ui.widgets.canvas import Canvas, hairline
from ui.widgets.numbers import plain, tip

if TYPE_CHECKING:
    from engine.attribution.faithfulness import Curve, Faithfulness
    from engine.report.wording import Finding

_LOWEST_CHART, _HIGHEST_CHART = 110, 190
_SIDE_BY_SIDE = 440
_SWATCH = 22
_WRAP = int(Qt.TextFlag.TextWordWrap) | int(Qt.AlignmentFlag.AlignLeft)
_PENDING = "The tests appear here when they are done: words are removed, and the rest is encoded anew."


class FaithfulnessPlot(Canvas):
    """Deletion and insertion curves against random orders, and what all tests say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Tests of the explanation", "How far to trust the explanation appears here.", parent)
        self._tests: Faithfulness | None = None
        self._charts: list[_Chart] = []
        self._findings: tuple[Finding, ...] = ()
        self._key_top = 0
        self._boxes: list[QRect] = []

    def show_faithfulness(self, faithfulness: Faithfulness | None, findings: Sequence[Finding]) -> None:
        """Show the tests of one explanation and what they say; None says that they are not done."""
        self._tests, self._findings = faithfulness, tuple(findings)
        self._charts, self._boxes = [], []
        if faithfulness is None:
            self.set_empty_text(_PENDING)
        else:
            self._charts = [
                _Chart("Deletion", "words removed", faithfulness.deletion),
                _Chart("Insertion", "words put back", faithfulness.insertion),
            ]
        told = [f"{_line(finding)}. {finding.sentence}" for finding in self._findings]
        areas = [chart.caption() for chart in self._charts]
        self.setAccessibleDescription(" ".join([*told, *areas]))
        self.content_changed()

    def has_content(self) -> bool:
        return self._tests is not None

    def lay_out(self, width: int) -> int:
        inner = width - 2 * SPACE_M
        beside = inner >= _SIDE_BY_SIDE
        chart_width = (inner - SPACE_L) / 2 if beside else inner
        line = self.fontMetrics().height()
        heights = [self._text_height(place, inner) for place in range(len(self._findings))]
        self._key_top = SPACE_M + heights[0] + SPACE_S
        top = self._key_top + line + SPACE_M
        room = self.viewport().height() - top - sum(heights[1:]) - 4 * SPACE_M
        height = min(max(room, _LOWEST_CHART), _HIGHEST_CHART)
        for place, chart in enumerate(self._charts):
            left = SPACE_M + (place * (chart_width + SPACE_L) if beside else 0)
            down = 0 if beside else place * (height + SPACE_L)
            chart.place(QRectF(left, top + down, chart_width, height), line)
        y = round(self._charts[-1].box.bottom()) + SPACE_M
        self._boxes = [QRect(SPACE_M, SPACE_M, inner, heights[0])]
        for text_height in heights[1:]:
            self._boxes.append(QRect(SPACE_M, y, inner, text_height))
            y += text_height + SPACE_S
        return y + SPACE_S

    def paint_content(self, painter: QPainter, width: int, top: int, bottom: int) -> None:
        for place, (box, finding) in enumerate(zip(self._boxes, self._findings, strict=True)):
            painter.setPen(self.theme.text if place == 0 else self.theme.muted)
            painter.setFont(self._line_font(place))
            painter.drawText(box, _WRAP, _line(finding))
        painter.setFont(self.font())
        self._paint_key(painter)
        for chart in self._charts:
            self._paint_chart(painter, chart)

    def resizeEvent(self, event: QEvent) -> None:
        super().resizeEvent(event)
        # Charts are as high as there is room, so a new height alone is a new layout too.
        self.content_changed()

    def mouseMoveEvent(self, event: QEvent) -> None:
        point = self.in_content(event.position())
        for chart in self._charts:
            if chart.area.adjusted(-4, -4, 4, 4).contains(point):
                self.show_tip(event.position().toPoint(), chart.tip_at(point))
                return
        for box, finding in zip(self._boxes, self._findings, strict=True):
            if box.contains(point.toPoint()):
                # Rich text, unlike plain text, is broken into lines by the tooltip.
                self.show_tip(event.position().toPoint(), f"<p>{html.escape(finding.sentence)}</p>")
                return
        QToolTip.hideText()

    # -- inside ---------------------------------------------------------------------------------------

    def _line_font(self, place: int) -> QFont:
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold if place == 0 else QFont.Weight.Normal)
        return font

    def _text_height(self, place: int, width: int) -> int:
        room = QRect(0, 0, max(width, 60), 10_000)
        metrics = QFontMetrics(self._line_font(place))
        return metrics.boundingRect(room, _WRAP, _line(self._findings[place])).height()

    def _paint_key(self, painter: QPainter) -> None:
        """Say which line is which, with a piece of each."""
        metrics = self.fontMetrics()
        x, y = SPACE_M, self._key_top + metrics.height() / 2
        for name, pen in (
            ("this order", QPen(self.theme.accent, 2)),
            ("random orders, 90% of them in the band", QPen(self.theme.muted, 1.2, Qt.PenStyle.DashLine)),
        ):
            if pen.style() == Qt.PenStyle.DashLine:
                painter.fillRect(QRectF(x, y - 5, _SWATCH, 10), self._band())
            painter.setPen(pen)
            painter.drawLine(QPointF(x, y), QPointF(x + _SWATCH, y))
            painter.setPen(self.theme.muted)
            x += _SWATCH + SPACE_S
            room = self.viewport().width() - SPACE_M - x
            fitting = metrics.elidedText(name, Qt.TextElideMode.ElideRight, round(room))
            painter.drawText(QPointF(x, self._key_top + metrics.ascent()), fitting)
            x += metrics.horizontalAdvance(name) + SPACE_L

    def _band(self) -> QColor:
        band = QColor(self.theme.muted)
        band.setAlphaF(0.22)
        return band

    def _paint_chart(self, painter: QPainter, chart: _Chart) -> None:
        metrics = self.fontMetrics()
        painter.setPen(self.theme.text)
        painter.drawText(QPointF(chart.box.left(), chart.box.top() + metrics.ascent()), chart.title)
        painter.setPen(self.theme.muted)
        title = metrics.horizontalAdvance(chart.title) + SPACE_M
        room = chart.box.width() - title
        numbers = metrics.elidedText(chart.numbers(), Qt.TextElideMode.ElideRight, int(room))
        painter.drawText(QPointF(chart.box.left() + title, chart.box.top() + metrics.ascent()), numbers)
        area = chart.area
        painter.setPen(hairline(self.theme.grid))
        for value in chart.ticks:
            y = chart.y(value)
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        painter.setPen(self.theme.muted)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        apart = area.height() / max(len(chart.ticks) - 1, 1)
        for value in chart.ticks[:: math.ceil(0.9 * metrics.height() / max(apart, 1))]:
            label = QRectF(
                chart.box.left(), chart.y(value) - 10, area.left() - chart.box.left() - SPACE_S, 20
            )
            painter.drawText(label, right, plain(value, chart.decimals))
        below = QRectF(area.left(), area.bottom() + 2, area.width(), metrics.height())
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, "0%")
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, "100%")
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, chart.across)
        self._paint_curve(painter, chart)

    def _paint_curve(self, painter: QPainter, chart: _Chart) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._band())
        curve = chart.curve
        edge = [*chart.points(curve.random_low), *reversed(chart.points(curve.random_high))]
        painter.drawPolygon(QPolygonF(edge))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self.theme.muted, 1.2, Qt.PenStyle.DashLine))
        painter.drawPolyline(QPolygonF(chart.points(curve.random_mean)))
        painter.setPen(QPen(self.theme.accent, 2))
        points = chart.points(curve.values)
        path = QPainterPath(points[0])
        for point in points[1:]:
            path.lineTo(point)
        painter.drawPath(path)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.accent)
        for point in points:
            painter.drawEllipse(point, 2.2, 2.2)
        painter.setBrush(Qt.BrushStyle.NoBrush)


class _Chart:
    """One curve with its axes: where they lie, and what they say."""

    def __init__(self, title: str, across: str, curve: Curve) -> None:
        self.title, self.across, self.curve = title, across, curve
        self.box = self.area = QRectF()
        everything = (curve.values, curve.random_low, curve.random_high)
        low = min(0.0, *(float(values.min()) for values in everything))
        high = max(0.0, *(float(values.max()) for values in everything))
        step = _tick_step(high - low)
        self.decimals = 1 if step >= 0.1 else 2
        self.ticks = [
            step * i for i in range(math.floor(low / step + 0.01), math.ceil(high / step - 0.01) + 1)
        ]

    def place(self, box: QRectF, line_height: int) -> None:
        """Say where the chart lies."""
        self.box = box
        self.area = box.adjusted(2.2 * line_height, line_height + SPACE_M, -SPACE_S, -line_height - 4)

    def y(self, value: float) -> float:
        """Return the height of a similarity."""
        low, high = self.ticks[0], self.ticks[-1]
        return self.area.bottom() - (value - low) / max(high - low, 1e-12) * self.area.height()

    def points(self, values: np.ndarray) -> list[QPointF]:
        """Return the points of a curve."""
        return [
            QPointF(self.area.left() + float(x) * self.area.width(), self.y(float(value)))
            for x, value in zip(self.curve.fractions, values, strict=True)
        ]

    def numbers(self) -> str:
        """Return the areas under the curve and under random ones."""
        return f"area {plain(self.curve.area, 2)}, random {plain(self.curve.random_area, 2)}"

    def caption(self) -> str:
        """Return title and numbers as a sentence."""
        return f"{self.title}: {self.numbers()}, z {plain(self.curve.z, 1)}."

    def tip_at(self, point: QPointF) -> str:
        """Return the numbers of the point of the curve nearest to a place."""
        share = (point.x() - self.area.left()) / max(self.area.width(), 1)
        i = int(np.abs(self.curve.fractions - share).argmin())
        curve = self.curve
        return tip(
            f"{100 * float(curve.fractions[i]):.0f}% of the {self.across}",
            f"this order: {plain(float(curve.values[i]))}",
            f"{curve.orders} random orders: {plain(float(curve.random_mean[i]))}, "
            f"90% from {plain(float(curve.random_low[i]))} to {plain(float(curve.random_high[i]))}",
        )


def _line(finding: Finding) -> str:
    known = "" if finding.grade == "unknown" else f", {finding.value}"
    return f"{finding.name}: {finding.verdict}{known}"


def _tick_step(span: float) -> float:
    steps = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
    return next((step for step in steps if span <= 5 * step), span / 4)
