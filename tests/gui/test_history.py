"""The list of results: order, replacement, bounds, going back."""

import pytest

from engine.attribution.request import ExplainRequest
from tests.gui.results import make_explanation
from ui.explain import history
from ui.explain.history import HistoryList, continues


@pytest.fixture
def shown(qtbot):
    widget = HistoryList()
    qtbot.addWidget(widget)
    return widget


def queries(widget):
    return [entry.explanation.request.query for entry in widget.entries]


def test_newest_first(shown):
    for query in ("one", "two"):
        shown.add(make_explanation(query), live=False)
    assert queries(shown) == ["two", "one"]
    assert shown.currentRow() == 0
    assert shown.item(0).text().startswith("two\n")


def test_the_same_request_again_takes_the_place_of_the_first(shown):
    first, second = make_explanation("one"), make_explanation("one")
    shown.add(first, live=False)
    shown.add(second, live=False)
    assert [entry.explanation for entry in shown.entries] == [second]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (("carb", ("c",)), ("carbs are", ("c",)), True),
        (("carbs are", ("c",)), ("carb", ("c",)), True),
        (("carbs", ("c", "d")), ("carbs", ("c",)), True),
        (("carbs", ("c",)), ("sugar", ("c",)), False),
        (("carbs", ("c",)), ("carbs", ("d",)), False),
    ],
)
def test_what_counts_as_typing_on(before, after, expected):
    assert continues(ExplainRequest(*before), ExplainRequest(*after)) is expected


def test_a_result_that_was_asked_for_is_never_replaced_by_typing(shown):
    shown.add(make_explanation("carbs"), live=False)
    shown.add(make_explanation("carbs are"), live=True)
    shown.add(make_explanation("carbs are sweet"), live=True)
    assert queries(shown) == ["carbs are sweet", "carbs"]


def test_stepping_chooses_and_stops_at_the_ends(shown):
    results = [make_explanation(query) for query in ("one", "two", "three")]
    for result in results:
        shown.add(result, live=False)
    chosen = []
    shown.chosen.connect(chosen.append)
    for by in (1, 1, 1, -1):
        shown.step(by)
    assert chosen == [results[1], results[0], results[1]]


def test_old_results_are_let_go(shown, monkeypatch):
    monkeypatch.setattr(history, "MAX_ENTRIES", 5)
    for number in range(9):
        shown.add(make_explanation(f"{number}"), live=False)
    assert queries(shown) == ["8", "7", "6", "5", "4"]
    monkeypatch.setattr(history, "MAX_PAIRS", 4)
    shown.add(make_explanation("many", ["a", "b", "c"]), live=False)
    assert queries(shown) == ["many", "8"]
