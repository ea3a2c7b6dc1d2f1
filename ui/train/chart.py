"""One measure of training against steps: where its axes and points lie."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF

from ui.theme import SPACE_S
from ui.widgets.numbers import plain

if TYPE_CHECKING:
    from engine.sae.training_result import CurvePoint

_STEPS_OF_TICKS = (1, 2, 5, 10)
_MOST_TICKS = 5


@dataclass(frozen=True)
class Measure:
    """A number that every point of a training curve has.

    Attributes:
        field: of `CurvePoint`.
        title: above the chart.
        meaning: for the tooltip and for screen readers.
        scales: whether it may be shown on a logarithmic scale: it is above zero.
        percent: whether it is a share, written as per cent.
        smallest_span: what the axis spans at least, so that a flat line looks flat.
    """

    field: str
    title: str
    meaning: str
    scales: bool = False
    percent: bool = False
    smallest_span: float = 0.01

    def of(self, point: CurvePoint) -> float:
        """Return the number of a point."""
        return float(getattr(point, self.field))

    def written(self, value: float) -> str:
        """Return a value as text."""
        if self.percent:
            return f"{plain(100 * value, 1)}%"
        return plain(value, 1 if abs(value) >= 10 else 3)


MEASURES = (
    Measure("heldout_fvu", "FVU, held out", "Fraction of variance unexplained; lower is better", scales=True),
    Measure(
        "heldout_cosine", "Cosine, held out", "Cosine of documents and reconstructions; higher is better"
    ),
    Measure(
        "heldout_l0",
        "L0, held out",
        "Active features of a document, on average",
        scales=True,
        smallest_span=1,
    ),
    Measure(
        "dead_fraction",
        "Dead features",
        "Share of the features that have not fired lately",
        percent=True,
        smallest_span=0.05,
    ),
    Measure("loss", "Training loss", "All terms of the loss on the last batch", scales=True),
)


class Chart:
    """The axes of a measure over several curves."""

    def __init__(
        self, measure: Measure, curves: Sequence[tuple[CurvePoint, ...]], logarithmic: bool = False
    ) -> None:
        self.measure = measure
        self.box = self.area = QRectF()
        values = [measure.of(point) for curve in curves for point in curve]
        values = [value for value in values if math.isfinite(value)] or [0.0]
        self.logarithmic = logarithmic and measure.scales and min(values) > 0
        self.last_step = max((curve[-1].step for curve in curves if curve), default=1)
        low, high = min(values), max(values)
        self.ticks = _log_ticks(low, high) if self.logarithmic else _ticks(low, high, measure.smallest_span)
        self._low, self._high = min(low, self.ticks[0]), max(high, self.ticks[-1])

    def place(self, box: QRectF, line_height: int, label_width: int) -> None:
        """Say where the chart lies."""
        self.box = box
        self.area = box.adjusted(
            label_width + 2 * SPACE_S, line_height + 2 * SPACE_S, -3 * SPACE_S, -line_height - SPACE_S
        )

    def x(self, step: float) -> float:
        """Return where a step lies."""
        return self.area.left() + step / max(self.last_step, 1) * self.area.width()

    def y(self, value: float) -> float:
        """Return the height of a value."""
        low, high = self._scaled(self._low), self._scaled(self._high)
        share = (self._scaled(value) - low) / max(high - low, 1e-12)
        return self.area.bottom() - share * self.area.height()

    def points(self, curve: Sequence[CurvePoint]) -> list[QPointF]:
        """Return the points of a curve; numbers that are not finite are left out."""
        return [
            QPointF(self.x(point.step), self.y(self.measure.of(point)))
            for point in curve
            if math.isfinite(self.measure.of(point))
        ]

    def step_at(self, x: float) -> float:
        """Return the step at a place."""
        return (x - self.area.left()) / max(self.area.width(), 1) * self.last_step

    def written(self, value: float) -> str:
        """Return a tick as text, with no more digits than tell the ticks apart."""
        if self.measure.percent:
            value, suffix = 100 * value, "%"
        else:
            suffix = ""
        return f"{value:g}{suffix}".replace("-", "\N{MINUS SIGN}")

    def _scaled(self, value: float) -> float:
        return math.log10(max(value, 1e-12)) if self.logarithmic else value


def nearest(curve: Sequence[CurvePoint], step: float) -> CurvePoint | None:
    """Return the point of a curve nearest to a step."""
    return min(curve, key=lambda point: abs(point.step - step), default=None)


def _ticks(low: float, high: float, smallest: float) -> list[float]:
    span = max(high - low, smallest)
    power = 10.0 ** math.floor(math.log10(span / _MOST_TICKS))
    step = next(power * factor for factor in _STEPS_OF_TICKS if span <= _MOST_TICKS * power * factor)
    first, last = math.floor(low / step + 1e-9), math.ceil(max(high, low + span) / step - 1e-9)
    return [round(step * i, 12) for i in range(first, max(last, first + 1) + 1)]


def _log_ticks(low: float, high: float) -> list[float]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    factors = (1, 2, 5) if high > 4 * low else range(1, 10)
    ladder = [factor * 10.0**power for power in range(first, last + 1) for factor in factors]
    below = max((tick for tick in ladder if tick <= low), default=ladder[0])
    above = min((tick for tick in ladder if tick >= high), default=ladder[-1])
    ticks = [round(tick, 12) for tick in ladder if below <= tick <= above]
    return ticks if len(ticks) > 1 else [low, 2 * low]
