"""The fields: what they ask for, what they take over, how they come back."""

import pytest

from engine.attribution.request import ExplainRequest
from tests.gui.window import settings_in
from ui.actions import Actions
from ui.explain.inputs import MAX_CANDIDATES, InputPanel, candidates_of
from ui.settings import RecentInput


@pytest.fixture
def panel(qtbot, tmp_path):
    actions = Actions()
    panel = InputPanel(actions, settings_in(tmp_path))
    qtbot.addWidget(panel)
    panel.set_layers(6)
    yield panel
    actions.deleteLater()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        (" \n\t\n", ()),
        ("one", ("one",)),
        ("one\r\ntwo\n\n  three ", ("one", "two", "  three ")),
        ("same\nsame", ("same", "same")),
        ("שלום עולם\n你好", ("שלום עולם", "你好")),
    ],
)
def test_candidates_are_the_lines_that_are_not_blank(text, expected):
    assert candidates_of(text) == expected


def test_more_candidates_than_can_be_shown_are_told(panel):
    panel.query.setPlainText("q")
    panel.candidates.setPlainText("\n".join(str(number) for number in range(250)))
    assert len(panel.request().candidates) == MAX_CANDIDATES
    assert panel._count.text() == "first 100 of 250"


def test_a_request_holds_what_the_fields_say(panel):
    panel.set_texts("q", ("a", "b"))
    panel.layer.setValue(4)
    panel.similarity.setCurrentIndex(1)
    panel.tolerance.setCurrentIndex(panel.tolerance.findData(0.01))
    assert panel.request() == ExplainRequest(
        "q", ("a", "b"), layer=4, similarity="dot", tolerance=0.01, preview=True
    )


def test_a_request_comes_back_as_it_was_without_a_signal(qtbot, panel):
    heard = []
    panel.edited.connect(lambda: heard.append("edited"))
    panel.settings_changed.connect(lambda: heard.append("settings"))
    request = ExplainRequest(
        "a\nquery", ("b",), "leave-one-out", 3, "shared", "dot", tolerance=0.123, preview=True
    )
    panel.set_request(request)
    assert panel.request() == request
    assert heard == []
    panel.query.setPlainText("typed")
    panel.method.setCurrentIndex(0)
    assert heard == ["edited", "settings"]


def test_the_query_keeps_its_line_breaks(panel):
    panel.set_texts("one\ntwo", ("c",))
    assert panel.request().query == "one\ntwo"


def test_recent_inputs_are_offered_and_come_back(qtbot, panel):
    panel.recent.menu().aboutToShow.emit()
    assert [action.isEnabled() for action in panel.recent.menu().actions()] == [False]
    settings = panel._settings
    settings.recent_inputs = ()
    settings.add_recent_input(RecentInput("Q & A " * 40, ("a", "b")))
    panel.recent.menu().aboutToShow.emit()
    (action,) = panel.recent.menu().actions()
    assert len(action.text()) < 90
    with qtbot.waitSignal(panel.recalled):
        action.trigger()
    assert panel.query.toPlainText() == "Q & A " * 40
    assert panel.candidates.toPlainText() == "a\nb"


def test_settings_are_remembered(qtbot, tmp_path, panel):
    panel.layer.setValue(2)
    panel.method.setCurrentIndex(panel.method.findData("leave-one-out"))
    panel.remember()
    panel._settings.save()
    again = InputPanel(Actions(panel), settings_in(tmp_path))
    qtbot.addWidget(again)
    assert again.method.currentData() == "leave-one-out"
    again.set_layers(2)
    assert again.layer.value() == 1
