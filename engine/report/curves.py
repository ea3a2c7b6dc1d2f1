"""The faithfulness curves as shapes: points and ticks in the coordinates of a small drawing."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.attribution.faithfulness import Curve
from engine.encoder import FloatArray
from engine.report.numbers import unsigned

WIDTH, HEIGHT = 420, 250
LEFT, RIGHT, TOP, BOTTOM = 46, 400, 12, 202


@dataclass(frozen=True)
class Tick:
    """A labelled position on an axis."""

    at: float
    label: str


@dataclass(frozen=True)
class Point:
    """A point of the curve and what it says."""

    x: float
    y: float
    label: str


@dataclass(frozen=True)
class Chart:
    """A curve, its random band and its axes, in drawing units; polylines are SVG point lists."""

    title: str
    description: str
    x_label: str
    curve: str
    chance: str
    band: str
    points: tuple[Point, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT
    bottom: int = BOTTOM


def chart(curve: Curve, title: str, x_label: str, verdict: str) -> Chart:
    """Return the drawing of a deletion or insertion curve.

    Args:
        curve: the measured similarities.
        title: of the drawing.
        x_label: what the horizontal axis counts.
        verdict: for those who cannot see the drawing.
    """
    everything = np.concatenate([curve.values, curve.random_low, curve.random_high, [0.0]])
    ticks = nice_ticks(float(everything.min()), float(everything.max()))
    low, high = ticks[0], ticks[-1]

    def x(fraction: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * float(fraction), 1)

    def y(value: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * (float(value) - low) / (high - low), 1)

    def line(values: FloatArray | npt.NDArray[np.float32]) -> str:
        return " ".join(f"{x(f)},{y(v)}" for f, v in zip(curve.fractions, values, strict=True))

    upper = line(curve.random_high).split(" ")
    digits = max(-math.floor(math.log10(ticks[1] - ticks[0]) + 1e-9), 0)
    return Chart(
        title=title,
        description=verdict,
        x_label=x_label,
        curve=line(curve.values),
        chance=line(curve.random_mean),
        band=" ".join([line(curve.random_low), *reversed(upper)]),
        points=tuple(
            Point(x(f), y(v), f"{100 * f:.0f}% of the words: {unsigned(v)} (random {unsigned(m)})")
            for f, v, m in zip(curve.fractions, curve.values, curve.random_mean, strict=True)
        ),
        x_ticks=tuple(Tick(x(f), f"{100 * f:.0f}%") for f in (0, 0.25, 0.5, 0.75, 1)),
        y_ticks=tuple(Tick(y(v), unsigned(v, digits)) for v in ticks),
    )


def nice_ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Return evenly spaced round numbers that enclose `low` to `high`, about `wanted` of them."""
    span = max(high - low, 1e-3)
    power = 10.0 ** math.floor(math.log10(span / wanted))
    step = next(factor * power for factor in (1, 2, 5, 10) if span / (factor * power) <= wanted)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [index * step for index in range(first, max(last, first + 1) + 1)]
