"""Where the curves of training lie, and what is said of them."""

import math
from dataclasses import replace

import pytest
from PySide6.QtCore import QPointF, QRectF, Qt

from tests.gui.train_backend import make_curve
from ui.train.chart import MEASURES, Chart, nearest
from ui.train.curve_plot import CurvePlot, DrawnRun

FVU, COSINE, L0, DEAD, LOSS = MEASURES


def placed(measure, *curves, logarithmic=False):
    chart = Chart(measure, curves, logarithmic)
    chart.place(QRectF(0, 0, 400, 200), 16, 40)
    return chart


def test_points_lie_in_proportion_to_steps_and_values():
    curve = make_curve(10)  # held-out FVU 1, 1/2, 1/3, ... at steps 10, 20, ...
    chart = placed(FVU, curve)
    area, points = chart.area, chart.points(curve)
    assert points[-1].x() == pytest.approx(area.right())
    assert points[0].x() - area.left() == pytest.approx(area.width() / 10)
    low, high = chart.ticks[0], chart.ticks[-1]
    assert low <= 0.1
    assert high >= 1
    assert area.bottom() - points[1].y() == pytest.approx((0.5 - low) / (high - low) * area.height())
    assert chart.step_at(points[3].x()) == pytest.approx(40)


def test_a_logarithmic_scale_halves_by_equal_lengths():
    curve = make_curve(8)
    chart = placed(FVU, curve, logarithmic=True)
    one, half, quarter = (chart.y(value) for value in (1, 0.5, 0.25))
    assert half - one == pytest.approx(quarter - half)
    assert chart.ticks[0] <= 1 / 8
    assert 0.5 in chart.ticks
    # Zero has no logarithm, and a cosine no use for one.
    assert not placed(DEAD, curve, logarithmic=True).logarithmic
    assert not placed(COSINE, curve, logarithmic=True).logarithmic


def test_numbers_that_are_not_finite_are_left_out():
    curve = make_curve(4)
    broken = (*curve[:2], replace(curve[2], loss=math.inf), curve[3])
    chart = placed(LOSS, broken)
    assert len(chart.points(broken)) == 3
    assert all(math.isfinite(tick) for tick in chart.ticks)


def test_what_does_not_change_is_a_flat_line():
    chart = placed(DEAD, make_curve(5))
    assert [chart.written(tick) for tick in chart.ticks][:2] == ["0%", "1%"]
    assert chart.ticks[-1] - chart.ticks[0] >= DEAD.smallest_span


def test_the_nearest_point_is_found():
    assert nearest(make_curve(5), 33).step == 30
    assert nearest((), 33) is None


def test_a_chart_is_enlarged_by_click_and_by_key(qtbot):
    plot = CurvePlot()
    qtbot.addWidget(plot)
    plot.resize(900, 500)
    plot.show_runs([DrawnRun("one", "", make_curve(6), 0), DrawnRun("two", "", make_curve(9, 0.8), 1)])
    assert "one at step 60: FVU, held out 0.167" in plot.accessibleDescription()
    heard = []
    plot.enlarged.connect(heard.append)
    cosine = plot._charts[1].area.center().toPoint()
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=cosine)
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    qtbot.keyClick(plot, Qt.Key.Key_Return)
    assert heard == ["heldout_cosine", "heldout_l0", None]
    tip = plot._tip(plot._charts[0], QPointF(plot._charts[0].x(60), 10))
    assert "one, step 60: 0.167" in tip
    assert "two, step 60: 0.133" in tip
