"""The curves of several training runs, side by side: five measures against steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPainterPath
from PySide6.QtWidgets import QToolTip, QWidget

from ui.accessible import tell
from ui.theme import SPACE_L, SPACE_M, SPACE_S, with_even_figures
from ui.train.chart import MEASURES, Chart, nearest
from ui.train.line_styles import line_pen, paint_mark
from ui.widgets.canvas import Canvas, hairline
from ui.widgets.numbers import tip

if TYPE_CHECKING:
    from engine.sae.training_result import CurvePoint

_LOWEST_CHART = 130
_NARROWEST_CHART = 230
_MARKS_A_LINE = 7
_SWATCH = 34


@dataclass(frozen=True)
class DrawnRun:
    """A run in the plot.

    Attributes:
        name: of the run.
        note: what the legend says beside the name.
        curve: its points.
        style: number of its line style.
    """

    name: str
    note: str
    curve: tuple[CurvePoint, ...]
    style: int


class CurvePlot(Canvas):
    """Five charts and a legend; a click enlarges a chart, another click shows all again."""

    enlarged = Signal(object)  # the field of the measure that fills the plot, None for all

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            "Training curves", "Train features, and the curves draw themselves here while it goes on.", parent
        )
        self._runs: tuple[DrawnRun, ...] = ()
        self._charts: list[Chart] = []
        self._logarithmic = False
        self._large: int | None = None
        self._focused = 0
        self._legend = QRectF()

    @property
    def runs(self) -> tuple[DrawnRun, ...]:
        """The runs that are drawn."""
        return self._runs

    def show_runs(self, runs: Sequence[DrawnRun]) -> None:
        """Draw other runs, or new points of the same ones."""
        self._runs = tuple(runs)
        self._read()

    def set_logarithmic(self, on: bool) -> None:
        """Scale FVU, L0 and loss logarithmically, or not."""
        self._logarithmic = on
        self._read()

    def enlarge(self, place: int | None) -> None:
        """Let one chart fill the plot; None shows all."""
        self._large = place
        self.enlarged.emit(None if place is None else MEASURES[place].field)
        self.content_changed()

    def has_content(self) -> bool:
        return any(run.curve for run in self._runs)

    def lay_out(self, width: int) -> int:
        inner, line = width - 2 * SPACE_M, self.fontMetrics().height()
        labels = self.fontMetrics().horizontalAdvance("0.0005")
        legend = (len(self._runs) + 1) * (line + SPACE_S)
        room = self.viewport().height() - 2 * SPACE_M
        if self._large is not None:
            height = max(room - legend - SPACE_M, _LOWEST_CHART)
            self._charts[self._large].place(QRectF(SPACE_M, SPACE_M, inner, height), line, labels)
            self._legend = QRectF(SPACE_M, 2 * SPACE_M + height, inner, legend)
            return round(self._legend.bottom()) + SPACE_M
        columns = min(max(int((inner + SPACE_L) // (_NARROWEST_CHART + SPACE_L)), 1), 3)
        cell = (inner - (columns - 1) * SPACE_L) / columns
        rows = -(-(len(self._charts) + 1) // columns)
        height = max((room - (rows - 1) * SPACE_L) / rows, _LOWEST_CHART)
        boxes = [
            QRectF(
                SPACE_M + (place % columns) * (cell + SPACE_L),
                SPACE_M + (place // columns) * (height + SPACE_L),
                cell,
                height,
            )
            for place in range(len(self._charts) + 1)
        ]
        for chart, box in zip(self._charts, boxes, strict=False):
            chart.place(box, line, labels)
        self._legend = boxes[-1]
        self._legend.setHeight(max(legend, height))
        return round(self._legend.bottom()) + SPACE_M

    def paint_content(self, painter: QPainter, width: int, top: int, bottom: int) -> None:
        for place, chart in enumerate(self._charts):
            if self._large in (None, place):
                self._paint_chart(painter, chart, self.hasFocus() and place == self._focused)
        self._paint_legend(painter)

    def resizeEvent(self, event: QEvent) -> None:
        super().resizeEvent(event)
        self.content_changed()

    def mouseMoveEvent(self, event: QEvent) -> None:
        point = self.in_content(event.position())
        place = self._chart_at(point)
        self.viewport().setCursor(
            Qt.CursorShape.ArrowCursor if place is None else Qt.CursorShape.PointingHandCursor
        )
        if place is None:
            QToolTip.hideText()
        else:
            self.show_tip(event.position().toPoint(), self._tip(self._charts[place], point))

    def mouseReleaseEvent(self, event: QEvent) -> None:
        place = self._chart_at(self.in_content(event.position()))
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self._focused = place
            self.enlarge(place if self._large is None else None)

    def keyPressEvent(self, event: QEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}
        if not self.has_content():
            super().keyPressEvent(event)
        elif event.key() in steps:
            self._focused = (self._focused + steps[event.key()]) % len(MEASURES)
            if self._large is not None:
                self.enlarge(self._focused)
            self.viewport().update()
            tell(self)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.enlarge(self._focused if self._large is None else None)
        else:
            super().keyPressEvent(event)

    def told(self) -> str:
        measure = MEASURES[self._focused]
        last = [f"{run.name} {measure.written(measure.of(run.curve[-1]))}" for run in self._runs if run.curve]
        return f"{measure.title}: {', '.join(last)}" if last else ""

    # -- inside ---------------------------------------------------------------------------------------

    def _read(self) -> None:
        curves = [run.curve for run in self._runs]
        self._charts = [Chart(measure, curves, self._logarithmic) for measure in MEASURES]
        self.setAccessibleDescription("; ".join(self._in_words(run) for run in self._runs if run.curve))
        self.content_changed()

    @staticmethod
    def _in_words(run: DrawnRun) -> str:
        last = run.curve[-1]
        numbers = ", ".join(f"{m.title} {m.written(m.of(last))}" for m in MEASURES)
        return f"{run.name} at step {last.step:,}: {numbers}"

    def _chart_at(self, point: QPointF) -> int | None:
        places = range(len(self._charts)) if self._large is None else (self._large,)
        return next((place for place in places if self._charts[place].box.contains(point)), None)

    def _tip(self, chart: Chart, point: QPointF) -> str:
        step, lines = chart.step_at(point.x()), []
        for run in self._runs:
            found = nearest(run.curve, step)
            if found is not None:
                lines.append(
                    f"{run.name}, step {found.step:,}: {chart.measure.written(chart.measure.of(found))}"
                )
        return tip(chart.measure.title, chart.measure.meaning, *lines)

    def _paint_chart(self, painter: QPainter, chart: Chart, focused: bool) -> None:
        metrics, theme, area = self.fontMetrics(), self.theme, chart.area
        title = chart.measure.title + (" (logarithmic)" if chart.logarithmic else "")
        painter.setPen(theme.accent if focused else theme.text)
        fitting = metrics.elidedText(title, Qt.TextElideMode.ElideRight, int(chart.box.width()))
        painter.drawText(QPointF(chart.box.left(), chart.box.top() + metrics.ascent()), fitting)
        painter.setFont(with_even_figures(self.font()))
        apart = area.height() / max(len(chart.ticks) - 1, 1)
        every = max(1, round(1.4 * metrics.height() / max(apart, 1)))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for tick in chart.ticks[::every]:
            y = chart.y(tick)
            painter.setPen(hairline(theme.grid))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(theme.muted)
            box = QRectF(chart.box.left(), y - 10, area.left() - chart.box.left() - SPACE_S, 20)
            painter.drawText(box, right, chart.written(tick))
        below = QRectF(area.left(), area.bottom() + SPACE_S, area.width(), metrics.height())
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, "0")
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, f"{chart.last_step:,}")
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, "steps")
        painter.setFont(self.font())
        for run in self._runs:
            self._paint_curve(painter, chart, run)

    def _paint_curve(self, painter: QPainter, chart: Chart, run: DrawnRun) -> None:
        points = chart.points(run.curve)
        if not points:
            return
        path = QPainterPath(points[0])
        for point in points[1:]:
            path.lineTo(point)
        painter.setPen(line_pen(run.style, self.theme))
        painter.drawPath(path)
        every = max(1, len(points) // _MARKS_A_LINE)
        for point in points[::-every]:
            paint_mark(painter, run.style, point, self.theme)

    def _paint_legend(self, painter: QPainter) -> None:
        metrics = self.fontMetrics()
        row = metrics.height() + SPACE_S
        left, y = self._legend.left(), self._legend.top()
        painter.setPen(self.theme.text)
        painter.drawText(QPointF(left, y + metrics.ascent()), "Runs")
        for number, run in enumerate(self._runs, start=1):
            middle = y + number * row + metrics.height() / 2
            painter.setPen(line_pen(run.style, self.theme))
            painter.drawLine(QPointF(left, middle), QPointF(left + _SWATCH, middle))
            paint_mark(painter, run.style, QPointF(left + _SWATCH / 2, middle), self.theme)
            x, room = left + _SWATCH + SPACE_M, self._legend.width() - _SWATCH - SPACE_M
            painter.setPen(self.theme.text)
            name = metrics.elidedText(run.name, Qt.TextElideMode.ElideMiddle, int(room))
            painter.drawText(QPointF(x, y + number * row + metrics.ascent()), name)
            used = metrics.horizontalAdvance(name) + SPACE_M
            painter.setPen(self.theme.muted)
            note = metrics.elidedText(run.note, Qt.TextElideMode.ElideRight, int(max(room - used, 0)))
            painter.drawText(QPointF(x + used, y + number * row + metrics.ascent()), note)
