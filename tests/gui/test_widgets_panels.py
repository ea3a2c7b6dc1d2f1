"""Ledger, faithfulness, dimensions and agreement say in words and numbers what they paint."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, QPointF, Qt
from PySide6.QtGui import QGuiApplication

from engine.attribution.agreement import MethodAgreement
from engine.attribution.pair import Ledger
from engine.report.wording import findings
from tests.gui.pointing import (
    grabbed,
    move_to,
    no_tooltip_left,  # noqa: F401  (an autouse fixture, seen through this name)
    rgb,
    tooltip,
)
from tests.gui.results import make_faithfulness, make_pair
from ui.theme import Theme, colour_scale
from ui.widgets.agreement_table import AgreementTable
from ui.widgets.dimension_bars import MOST_SHOWN, DimensionBars
from ui.widgets.faithfulness_plot import FaithfulnessPlot
from ui.widgets.ledger_view import LedgerView

LIGHT = Theme.named("light")


@pytest.fixture
def shown(qtbot):
    """Return a function that shows a panel in the light theme."""

    def show(widget, width=420, height=320):
        qtbot.addWidget(widget)
        widget.set_theme(LIGHT)
        widget.resize(width, height)
        widget.show()
        return widget

    return show


def columns_with(image, colour):
    """The x of all pixels of a colour."""
    wanted = rgb(colour)
    return [
        x
        for x in range(image.width())
        if any(rgb(image.pixelColor(x, y)) == wanted for y in range(0, image.height(), 2))
    ]


# -- ledger ---------------------------------------------------------------------------------------------


def test_the_ledger_says_what_adds_up_to_what(shown):
    view = shown(LedgerView())
    view.show_ledger(Ledger(0.71, 0.70, 0.012, -0.002), 0.70, "raw")
    said = view.accessibleDescription()
    for piece in ("Explained +0.700", "+ Reference +0.012", "+ Residual −0.002", "= Similarity +0.710"):
        assert piece in said
    assert "empty text" in said


def test_bars_of_the_ledger_are_as_long_as_their_values(shown):
    view = shown(LedgerView())
    view.show_ledger(Ledger(0.5, 0.8, -0.3, 0.0), 0.8, "raw")
    image = grabbed(view)
    explained, total = columns_with(image, LIGHT.positive), columns_with(image, LIGHT.muted)
    lost = columns_with(image, LIGHT.negative)
    length = explained[-1] - explained[0]
    bar = [x for x in total if explained[0] <= x <= explained[-1]]
    assert min(bar) == pytest.approx(explained[0], abs=3)
    assert lost[0] - explained[0] == pytest.approx(length * 0.5 / 0.8, abs=4)
    assert lost[-1] == pytest.approx(explained[-1], abs=3)


def test_special_tokens_and_shared_references_get_lines_of_their_own(shown):
    view = shown(LedgerView())
    view.show_ledger(Ledger(0.71, 1.60, -0.89, 0.0, (0.05, 0.06, 1.0)), 1.50, "raw")
    said = view.accessibleDescription()
    for piece in (
        "Between words +1.50",
        "+ Special tokens +0.10",
        "+ Query alone +0.05",
        "+ Candidate alone +0.06",
        "− Empty texts −1.00",
        "= Similarity +0.71",
    ):
        assert piece in said


def test_the_ledger_in_percent_of_what_is_explained(shown):
    view = shown(LedgerView())
    view.show_ledger(Ledger(0.55, 0.5, 0.05, 0.0), 0.5, "percent")
    assert "Explained +100.0%" in view.accessibleDescription()
    assert "Similarity +110.0%" in view.accessibleDescription()


def test_a_narrow_ledger_wraps_and_scrolls(shown):
    view = shown(LedgerView(), 200, 100)
    pair = make_pair(references="shared")
    view.show_ledger(pair.ledger, pair.between_words, "raw")
    wide = view.picture_size().height()
    assert view.verticalScrollBar().maximum() > 0
    view.resize(900, 100)
    assert view.picture_size().height() < wide


# -- faithfulness ---------------------------------------------------------------------------------------


def test_the_tests_say_what_the_report_says(shown):
    plot = shown(FaithfulnessPlot(), 520, 320)
    pair = make_pair()
    tests = make_faithfulness(pair, z=2.5)
    told = findings(pair, tests, 0.002)
    plot.show_faithfulness(tests, told)
    assert "Deletion: better than chance, z = 2.5. Words of the candidate" in plot.accessibleDescription()
    assert "Agreement: clear agreement with removal, ρ = 0.62." in plot.accessibleDescription()
    assert all(finding.sentence in plot.accessibleDescription() for finding in told)
    move_to(plot.viewport(), QPointF(plot._boxes[2].center()))
    assert "Each pair of words is removed from both texts" in tooltip()


def test_a_test_that_cannot_tell_shows_no_number(shown):
    plot = shown(FaithfulnessPlot(), 520, 320)
    pair = make_pair()
    tests = replace(make_faithfulness(pair), spearman=None)
    plot.show_faithfulness(tests, findings(pair, tests, 0.002))
    assert "Agreement: too few word pairs to tell. Each" in plot.accessibleDescription()


def test_the_curve_and_its_numbers_are_where_the_axes_say(shown):
    plot = shown(FaithfulnessPlot(), 520, 320)
    pair = make_pair()
    tests = make_faithfulness(pair)
    plot.show_faithfulness(tests, findings(pair, tests, 0.002))
    chart = plot._charts[0]
    points = chart.points(tests.deletion.values)
    assert points[0].x() == chart.area.left()
    assert points[-1].x() == chart.area.right()
    assert chart.y(0.0) == pytest.approx(points[-1].y(), abs=1)
    image = grabbed(plot)
    place = points[3].toPoint()
    assert rgb(image.pixelColor(place)) == rgb(LIGHT.accent)
    move_to(plot.viewport(), points[3] + QPointF(3, 0))
    assert "38% of the words removed" in tooltip()
    assert f"{tests.deletion.values[3]:.3f}" in tooltip()


def test_charts_stand_beside_each_other_where_there_is_room(shown):
    plot = shown(FaithfulnessPlot(), 600, 320)
    pair = make_pair()
    tests = make_faithfulness(pair)
    plot.show_faithfulness(tests, findings(pair, tests, 0.002))
    assert plot._charts[0].box.top() == plot._charts[1].box.top()
    plot.resize(300, 320)
    assert plot._charts[0].box.bottom() < plot._charts[1].box.top()
    assert "Insertion: area" in plot.accessibleDescription()


def test_while_the_tests_run_the_panel_is_empty_again(shown):
    plot = shown(FaithfulnessPlot())
    before = grabbed(plot)
    pair = make_pair()
    tests = make_faithfulness(pair)
    plot.show_faithfulness(tests, findings(pair, tests, 0.002))
    plot.show_faithfulness(None, ())
    assert not plot.has_content()
    assert plot.accessibleDescription() == ""
    assert grabbed(plot) != before


# -- dimensions -----------------------------------------------------------------------------------------


def test_the_strongest_dimensions_come_first(shown):
    bars = shown(DimensionBars(), 320, 500)
    values = np.zeros(384)
    values[[7, 300, 12]] = 0.02, -0.05, 0.01
    bars.show_cell("sugar – glucose", values)
    said = bars.accessibleDescription()
    assert said.startswith("sugar – glucose.")
    assert said.index("300 −0.0500") < said.index("7 +0.0200") < said.index("12 +0.0100")
    assert f"{MOST_SHOWN} of 384 dimensions" in said
    assert "−0.0200" in said
    image = grabbed(bars)
    assert max(columns_with(image, LIGHT.negative)) < min(columns_with(image, LIGHT.positive))


def test_fewer_dimensions_than_bars(shown):
    bars = shown(DimensionBars())
    bars.show_cell("one", np.array([0.0, 0.1]))
    grabbed(bars)
    assert "2 of 2 dimensions" in bars.accessibleDescription()


# -- agreement ------------------------------------------------------------------------------------------


@pytest.fixture
def agreement():
    words = make_pair().candidate.text.words
    importances = np.array([[0.4, 0.1, 0.2, -0.2, 0.0], [0.1, 0.05, 0.0, 0.0, -0.1]], dtype=np.float32)
    return MethodAgreement(
        methods=("integrated-jacobians", "leave-one-out"),
        words=words,
        importances=importances,
        spearman=np.array([[1.0, 0.5], [0.5, np.nan]], dtype=np.float32),
        seconds=np.zeros(2, dtype=np.float32),
        left_out=(("output-layer", "the model does not pool by the mean"),),
    )


def test_methods_are_compared_with_each_other_and_word_by_word(shown, agreement):
    table = shown(AgreementTable(), 520, 420)
    table.show_agreement(agreement)
    correlations, words = table.correlations.model(), table.words.model()
    assert correlations.index(0, 1).data() == "0.50"
    assert correlations.index(1, 1).data() == "no ranks"
    assert words.rowCount() == 5
    assert words.index(0, 0).data() == "+0.400"
    assert words.index(3, 0).data() == "−0.200"
    horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
    assert words.headerData(1, horizontal) == "leave one out"
    assert words.headerData(0, vertical) == "Carbohydrates"
    # Each method has its own full colour.
    background = Qt.ItemDataRole.BackgroundRole
    assert words.index(0, 0).data(background) == words.index(0, 1).data(background) == LIGHT.positive
    assert words.index(4, 1).data(background) == LIGHT.negative
    assert words.index(3, 0).data(background) == colour_scale(LIGHT).colour(-0.5, 1)
    assert "does not pool" in table._note.text()


def test_all_correlations_can_be_seen_at_once(shown, agreement):
    table = shown(AgreementTable(), 520, 420)
    table.show_agreement(agreement)
    last = table.correlations.visualRect(table.correlations.model().index(1, 1))
    assert table.correlations.viewport().rect().contains(last)


def test_selected_numbers_can_be_copied(qtbot, shown, agreement):
    table = shown(AgreementTable(), 520, 420)
    table.show_agreement(agreement)
    selection, model = table.words.selectionModel(), table.words.model()
    for column in (0, 1):
        selection.select(model.index(0, column), QItemSelectionModel.SelectionFlag.Select)
    qtbot.keyClick(table.words, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert [float(value) for value in QGuiApplication.clipboard().text().split("\t")] == pytest.approx(
        [0.4, 0.1]
    )


def test_a_new_theme_recolours_the_tables(shown, agreement):
    table = shown(AgreementTable(), 520, 420)
    table.show_agreement(agreement)
    dark = Theme.named("dark")
    table.set_theme(dark)
    assert table.words.model().index(0, 0).data(Qt.ItemDataRole.BackgroundRole) == dark.positive
    assert table.words.model().index(0, 0).data() == "+0.400"


@pytest.mark.parametrize("kind", [LedgerView, FaithfulnessPlot, DimensionBars, AgreementTable])
def test_before_a_result_there_is_a_quiet_line_and_a_name(shown, kind):
    widget = shown(kind(), 300, 120)
    assert widget.accessibleName()
    image = grabbed(widget)
    colours = {image.pixelColor(x, y).name() for x in range(300) for y in range(image.height())}
    assert len(colours) > 2
    assert LIGHT.surface.name() in colours
