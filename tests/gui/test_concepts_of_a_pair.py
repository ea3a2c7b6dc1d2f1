"""The concepts in Explain: when they are asked for, what they light up, what stands in for them."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from engine.instrument import WorkspaceInfo
from tests.gui.concepts import make_concepts
from tests.gui.fake_backend import FakeBackend
from tests.gui.pointing import (
    click,
    grabbed,
    leave,
    move_to,
    no_tooltip_left,  # noqa: F401  (an autouse fixture, seen through this name)
    rgb,
    tooltip,
)
from tests.gui.results import make_pair
from tests.gui.window import opened, wait_settled
from ui.explain.requests import ConceptsRequest, FoldRequest
from ui.requests import ReportRequest
from ui.selection import ConceptTarget, WordTarget
from ui.theme import Theme
from ui.widgets.concept_flow import NO_WORD, ConceptFlowPlot


def info(*dictionaries: str) -> WorkspaceInfo:
    return WorkspaceInfo("/made/up", 3, (), (), None, dictionaries)


@pytest.fixture
def backend():
    return FakeBackend()


@pytest.fixture
def explain(qtbot, tmp_path, backend):
    with opened(qtbot, tmp_path, backend) as program:
        wait_settled(qtbot, program)
        yield program.window.pages["Explain"]


@pytest.fixture
def with_concepts(qtbot, explain):
    explain.workspace_ready(info("old", "new"))
    qtbot.waitUntil(lambda: explain.concepts.shown is not None, timeout=15_000)
    return explain


def said(explain) -> str:
    return explain.concepts.panel.message.text()


def test_empty_panels_say_what_to_do(explain, backend):
    assert "Open a workspace" in said(explain)
    explain.workspace_ready(info())
    assert "Train some" in said(explain)
    assert not backend.asked(ConceptsRequest)


def test_the_newest_features_are_asked_for_after_a_result(with_concepts, backend):
    (request,) = backend.asked(ConceptsRequest)
    assert request.dictionary == "new"
    assert request.pair is with_concepts.explanation.pairs[0]
    shown = with_concepts.concepts.shown.explanation
    table = with_concepts.concepts.table
    assert [record.feature for record in table.records] == shown.ledger.features.tolist()
    assert with_concepts.concepts.concepts_of(request.pair) is with_concepts.concepts.shown
    for name, row in zip(("shared", "residual"), with_concepts.concepts.shown.ledger[::3], strict=False):
        assert f"{name}\N{NO-BREAK SPACE}{row.printed}" in with_concepts.concepts.panel.note.text()
    assert "Without the 5 strongest" in with_concepts.concepts.flow_panel.note.text()


def test_another_candidate_has_other_concepts(qtbot, with_concepts, backend):
    first = with_concepts.concepts.shown
    with_concepts.result.choose(1)
    qtbot.waitUntil(lambda: with_concepts.concepts.shown not in (None, first), timeout=15_000)
    assert backend.asked(ConceptsRequest)[-1].pair is with_concepts.explanation.pairs[1]


def test_features_of_another_model_are_refused_with_the_reason(qtbot, explain):
    explain.workspace_ready(info("of another model"))
    qtbot.waitUntil(lambda: "another model" in said(explain), timeout=15_000)
    assert explain.concepts.shown is None
    assert explain.banner.isHidden()


def test_a_chosen_concept_lights_up_its_words_everywhere(with_concepts):
    concepts, view = with_concepts.concepts, with_concepts.view
    concepts.table.setCurrentIndex(concepts.table.model().index(0, 0))
    target = view.selection.isolated
    flow = concepts.shown.explanation.flow
    assert isinstance(target, ConceptTarget)
    assert target.feature == flow.features[0]
    np.testing.assert_allclose(target.query, flow.query.word_bands[:, 0])
    np.testing.assert_allclose(view.query._values, flow.query.word_bands[:, 0])
    np.testing.assert_allclose(view.candidate._values, flow.candidate.word_bands[:, 0])
    assert "shares of" in view.query.accessibleDescription()
    lit = view.connections._lit
    strong = np.flatnonzero(flow.query.word_bands[:, 0] >= 0.2 * flow.query.word_bands[:, 0].max())
    assert set(lit.rows.tolist()) <= set(strong.tolist())
    assert len(lit)
    concepts.flow.feature_chosen.emit(0)
    assert view.selection.isolated is None
    assert concepts.table.current() is None


def test_a_report_holds_the_concepts_that_are_on_screen(qtbot, with_concepts, backend, tmp_path, monkeypatch):
    place = str(tmp_path / "report.html")
    monkeypatch.setattr(with_concepts.export, "_where", lambda *_: (place, ""))
    with_concepts.export.save_report()
    qtbot.waitUntil(lambda: bool(backend.asked(ReportRequest)), timeout=15_000)
    (request,) = backend.asked(ReportRequest)
    assert request.concepts == ((0, with_concepts.concepts.shown.explanation),)
    qtbot.waitUntil((tmp_path / "report.html").exists, timeout=15_000)


def test_a_double_click_opens_the_feature(qtbot, with_concepts):
    navigator = with_concepts.concepts._navigator
    with qtbot.waitSignal(navigator.feature_changed) as asked:
        with_concepts.concepts.table.opened.emit(1)
    assert asked.args == [int(with_concepts.concepts.shown.explanation.ledger.features[1])]
    assert navigator.dictionary == "new"


def test_families_are_folded_and_unfolded(qtbot, with_concepts, backend):
    concepts = with_concepts.concepts
    whole = concepts.shown
    concepts.fold.setChecked(True)
    qtbot.waitUntil(lambda: concepts.shown is not whole, timeout=15_000)
    ledger, records = concepts.shown.explanation.ledger, concepts.table.records
    assert [len(record.members) for record in records] == [len(members) for members in ledger.members]
    families = {feature // 8 for feature in whole.explanation.ledger.features.tolist()}
    assert len(records) == len(families) < len(whole.explanation.ledger.features)
    strongest = next(record for record in records if len(record.members) > 1)
    assert strongest.name == f"concept {strongest.feature} (+{len(strongest.members) - 1})"
    assert strongest.members[0] == f"concept {strongest.feature}"
    assert "families of concepts" in concepts.shown.ledger[0].meaning
    concepts.table.setCurrentIndex(concepts.table.model().index(0, 0))
    np.testing.assert_allclose(
        with_concepts.view.query._values, concepts.shown.explanation.flow.query.word_bands[:, 0]
    )

    with_concepts.result.choose(1)
    qtbot.waitUntil(
        lambda: concepts.shown is not None and len(backend.asked(FoldRequest)) == 2, timeout=15_000
    )
    qtbot.waitUntil(lambda: bool(concepts.shown.explanation.ledger.members), timeout=15_000)
    concepts.fold.setChecked(False)
    assert concepts.shown is backend.asked(FoldRequest)[-1].concepts
    assert len(concepts.table.records) == len(concepts.shown.explanation.ledger.features)


# -- the picture ------------------------------------------------------------------------------------------


@pytest.fixture
def plot(qtbot):
    widget = ConceptFlowPlot()
    qtbot.addWidget(widget)
    widget.set_theme(Theme.named("light"))
    widget.resize(640, 520)
    widget.show()
    concepts = make_concepts(make_pair())
    flow = concepts.explanation.flow
    words = tuple([word.text for word in side.text.words] for side in (flow.query, flow.candidate))
    names = [concepts.explanation.names[feature] for feature in concepts.flow.features]
    widget.show_flow(concepts.flow, words, names, "cosine")
    return widget, concepts.flow


def test_bars_are_as_high_as_what_flows_through_them(plot):
    widget, flow = plot
    nodes = widget._columns[0]
    sizes = np.abs(flow.query.bands).sum(axis=1)
    heights = np.array([node.box.height() for node in nodes])
    kept = sizes > 1e-9
    assert kept.sum() == len(nodes)
    scale = heights[0] / sizes[kept][0]
    np.testing.assert_allclose(heights, np.maximum(sizes[kept] * scale, 1.0), rtol=1e-6)


def test_bands_stay_inside_the_bars_that_they_join(plot):
    widget, _ = plot
    bands = widget._bands
    for band in range(len(bands.value)):
        side, word, feature = int(bands.side[band]), int(bands.word[band]), int(bands.feature[band])
        boxes = [widget._columns[2 * side][word].box, widget._columns[1][feature].box]
        for end, box in enumerate(boxes if side == 0 else boxes[::-1]):
            assert box.top() - 1e-6 <= bands.top[band, end]
            assert bands.top[band, end] + bands.width[band] <= box.bottom() + 1.0


def test_what_is_painted_is_what_is_hit(plot):
    widget, _ = plot
    image = grabbed(widget)
    white = rgb(Theme.named("light").surface)
    bands = widget._bands
    widest = int(np.argmax(np.where(bands.value > 0, bands.width, 0)))
    left, right = widget._span(int(bands.side[widest]))
    x = (left + right) / 2
    y = float(widget._upper(widest, 0.5) + bands.width[widest] / 2)
    assert widget.target_at(QPointF(x, y)) is not None
    assert rgb(image.pixelColor(round(x), round(y))) != white
    empty = next(y for y in range(30, 500) if widget.target_at(QPointF(x, y)) is None)
    assert widget.target_at(QPointF(x, empty)) is None


def test_the_pointer_reads_numbers_and_a_click_chooses(qtbot, plot):
    widget, flow = plot
    node = widget._columns[1][0]
    point = QPointF(node.box.center())
    move_to(widget.viewport(), point)
    assert f"{flow.contributions[0]:+.3f}" in tooltip()
    with qtbot.waitSignal(widget.feature_chosen) as chosen:
        click(widget.viewport(), point)
    assert chosen.args == [0]
    with qtbot.waitSignal(widget.word_chosen) as chosen:
        click(widget.viewport(), QPointF(widget._columns[2][0].box.center()))
    assert chosen.args == [1, flow.candidate.words[0]]
    (outside,) = (node for node in widget._columns[0] if node.name == NO_WORD)
    move_to(widget.viewport(), QPointF(outside.box.center()))
    assert "no word brings it" in tooltip()
    leave(widget.viewport())
    assert widget._lit_bands() is None


def test_a_chosen_feature_brings_out_its_bands(plot):
    widget, _ = plot
    widget.choose_feature(1)
    np.testing.assert_array_equal(widget._lit_bands(), widget._bands.feature == 1)


def test_an_isolated_word_can_follow_a_concept(with_concepts):
    with_concepts.concepts.flow.word_chosen.emit(0, 2)
    assert with_concepts.view.selection.isolated == WordTarget("query", 2)
