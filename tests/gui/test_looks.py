"""Nothing is cut or covered: panels, titles, sliders and labels at any size of window and of text."""

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QImage
from PySide6.QtWidgets import QWidget

from tests.gui.fake_backend import FakeBackend
from tests.gui.results import make_text
from tests.gui.window import opened, wait_settled
from ui.concepts.map_names import place_names, place_tag
from ui.elided_label import ElidedLabel
from ui.explain.dock_layout import COMPACT, WIDE
from ui.selection import Selection
from ui.theme import Theme
from ui.widgets.balance_slider import BalanceSlider
from ui.widgets.label_places import place_labels, spread
from ui.widgets.text_splitter import TextSplitter
from ui.widgets.token_heatmap import TokenHeatmap


@pytest.fixture
def window(qtbot, tmp_path):
    with opened(qtbot, tmp_path, FakeBackend()) as program:
        wait_settled(qtbot, program)
        yield program.window


def test_fields_are_not_squeezed_where_they_take_two_lines(qtbot, window):
    explain = window.explain
    window.resize(900, 700)
    qtbot.waitUntil(lambda: window.width() == 900)
    explain.banner.show_note("Added to the report.", "Items of the report", print)
    inputs = explain.inputs
    qtbot.waitUntil(lambda: inputs.height() >= inputs.heightForWidth(inputs.width()))
    lowest = inputs.candidates.geometry().bottom()
    for field in (inputs.method, inputs.layer, inputs.references, inputs.similarity, inputs.tolerance):
        box = QRectF(field.parentWidget().geometry())
        box.moveTopLeft(QPointF(field.parentWidget().mapTo(inputs, QPoint(0, 0))))
        assert lowest < box.top() < box.bottom() <= inputs.height(), field.accessibleName()


def test_panels_are_rearranged_for_another_size_of_text(qtbot, window):
    window.resize(1400, 900)
    panels, texts, matrix = window.explain.panels, window.explain.panels.dock("texts"), None
    panels.reset()
    panels.dock("ledger").hide()
    assert panels._arrangement_now() is WIDE
    window.preferences.set("text_size", 160)
    qtbot.waitUntil(lambda: panels._arrangement_now() is COMPACT)
    assert panels.dock("candidates") in panels.tabifiedDockWidgets(texts)
    assert panels.dock("ledger").isHidden()
    window.preferences.set("text_size", 100)
    qtbot.waitUntil(lambda: panels._arrangement_now() is WIDE)
    # What a person has arranged stays so.
    matrix = panels.dock("matrix")
    panels.tabifyDockWidget(texts, matrix)
    window.preferences.set("text_size", 160)
    qtbot.wait(50)
    assert matrix in panels.tabifiedDockWidgets(texts)
    assert panels.dock("candidates") not in panels.tabifiedDockWidgets(texts)


def test_buttons_of_panels_are_as_large_as_the_text(qtbot, window):
    title = window.explain.panels.dock("matrix").titleBarWidget()
    before = title.close_.iconSize().width()
    window.preferences.set("text_size", 160)
    assert title.close_.iconSize().width() >= 1.5 * before
    for button in (title.float, title.close_):
        assert button.accessibleName().endswith("Matrix")
    title.float.click()
    assert window.explain.panels.dock("matrix").isFloating()
    title.float.click()
    assert not window.explain.panels.dock("matrix").isFloating()
    title.close_.click()
    assert window.explain.panels.dock("matrix").isHidden()
    assert not window.actions_["view.matrix"].isChecked()


def test_a_slider_is_filled_from_zero(qtbot):
    slider = BalanceSlider("Weight", 50, 10)
    slider.set_theme(Theme.named("light"))
    qtbot.addWidget(slider)
    slider.resize(301, 40)
    slider.show()
    middle = slider._place(0)
    assert middle.x() == pytest.approx(slider.width() / 2, abs=1)
    for value, colour, side in ((30, slider.theme.positive, 1), (-20, slider.theme.negative, -1)):
        slider.setValue(value)
        image = QImage(slider.size(), QImage.Format.Format_RGB32)
        QWidget.render(slider, image, QPoint())
        row = [image.pixelColor(x, round(middle.y())).name() for x in range(image.width())]
        filled = [x for x, name in enumerate(row) if name == colour.name()]
        assert filled
        assert all(0 <= side * (x - middle.x()) + 1 <= abs(value) * 3 + 2 for x in filled)
    slider.setValue(0)
    assert slider.filled().width() == 0


def test_a_slider_is_taken_hold_of_where_it_is_painted(qtbot):
    slider = BalanceSlider("Weight", 50, 10)
    qtbot.addWidget(slider)
    slider.resize(300, 40)
    slider.show()
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=slider._place(0).toPoint())
    assert slider.isSliderDown()


def test_the_tag_of_a_feature_covers_no_name_where_there_is_room(qtbot):
    area, font = QRectF(0, 0, 600, 300), QFont()
    named = [(f"cluster {n}, of many words", QPointF(130 * (n % 5), 40 * (n // 5) + 20)) for n in range(30)]
    names = [rect for rect, _ in place_names(named, 30, font, area)]
    assert len(names) > 6
    assert all(area.contains(rect) for rect in names)
    for place, rect in enumerate(names):
        assert not any(rect.intersects(other) for other in names[:place])
    kept = names[::2]
    for point in (rect.center() for rect in kept):
        tag = place_tag("the chosen feature", point, font, area, kept)
        assert area.contains(tag)
        assert not any(tag.intersects(rect) for rect in kept)


def test_labels_keep_apart_and_near_what_they_name():
    assert spread([0, 100, 200], 10, 0, 300) == [0, 100, 200]
    # By hand: three points at 50 are best labelled 10 above, at, and 10 below it.
    assert spread([50, 50, 50], 10, 0, 100) == pytest.approx([40, 50, 60])
    assert spread([0, 0, 95], 10, 0, 100) == pytest.approx([0, 10, 95])
    assert spread([99, 100], 10, 0, 100) == pytest.approx([90, 100])
    generator = np.random.default_rng(0)
    points = dict(enumerate(np.sort(generator.uniform(0, 200, 250)).tolist()))
    order = generator.permutation(250).tolist()
    places = place_labels(points, order[:40], order, 15, 8, 192)
    assert order[0] in places
    assert len(places) > 8
    assert all(b - a >= 15 - 1e-9 for a, b in pairwise(sorted(places.values())))
    assert all(abs(place - points[index]) <= 1.6 * 15 + 1e-9 for index, place in places.items())
    assert sorted(places, key=places.__getitem__) == sorted(places)


def test_a_long_text_gets_the_room_that_a_short_one_does_not_need(qtbot):
    texts = [TokenHeatmap(side, Selection()) for side in ("query", "candidate")]
    splitter = TextSplitter(*texts, 40)
    qtbot.addWidget(splitter)
    splitter.resize(300, 400)
    splitter.show()
    for lengths, wanted in (((3, 300), "below"), ((300, 3), "above"), ((300, 300), "even"), ((3, 3), "even")):
        for widget, length in zip(texts, lengths, strict=True):
            text = make_text("word " * length)
            widget.show_text(text, np.zeros(len(text.words)), 1, "similarity")
        qtbot.waitUntil(lambda: not splitter._later.isActive())
        upper, lower = splitter.sizes()
        even = abs(upper - lower) <= 2
        assert {"below": lower > 2 * upper, "above": upper > 2 * lower, "even": even}[wanted], (wanted, upper)
        if wanted == "below":
            assert not texts[0].verticalScrollBar().maximum()


def test_a_line_goes_on_below_before_it_is_cut(qtbot):
    line = ElidedLabel("State", lines=2)
    qtbot.addWidget(line)
    line.show()
    line.set_text("the model reads 256 of the 263 tokens of the query")
    metrics = line.fontMetrics()
    line.resize(metrics.horizontalAdvance("the model reads 256 of the 263") + 3, 50)
    assert "".join(line._broken(line.width())) == "the model reads 256 of the 263tokens of the query"
    assert line.heightForWidth(line.width()) == 2 * metrics.lineSpacing() + 2
    assert line.heightForWidth(2000) == metrics.lineSpacing() + 2
    assert not line.toolTip()
    line.resize(80, 50)
    assert len(line._broken(80)) == 2
    assert line._broken(80)[-1].endswith("…")
    assert "263" in line.toolTip()
