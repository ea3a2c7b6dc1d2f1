"""The page Rank over an engine of the test's choice, with rankings and explanations made by hand."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt

from engine.corpus.vectors import IndexModel
from engine.corpus.workspace import Document
from engine.errors import UserError
from engine.instrument import WorkspaceInfo
from engine.retrieval.contrast import contrast_pairs
from engine.retrieval.explain_hits import ExplainedHit, word_shares
from engine.retrieval.missing import Missing, Remedy, unsupported_words
from engine.retrieval.probes import ChangedText
from engine.retrieval.search import Hit, Query, Ranking
from engine.retrieval.steering import Steered
from engine.retrieval.whatif import Deletion, Outcome, Pinned, Probe, Probes
from tests.gui.fake_backend import FakeBackend
from tests.gui.results import make_explanation, make_text
from tests.gui.window import opened
from ui.rank.requests import (
    ContrastRequest,
    DeletionRequest,
    Edited,
    EditRequest,
    FeatureNames,
    FindRequest,
    Found,
    HitsRequest,
    MissingRequest,
    ProbesRequest,
    SearchRequest,
)
from ui.report.requests import ShownRanking
from ui.requests import OpenWorkspace

TEXTS = ("Sugar is sweet", "Glucose is a sugar", "Iron is a metal")
NAMES = ("sweet things", "metals", "plants")
MODEL = IndexModel("m", "f" * 64, "mean", "", 32, True, 256)


def pair(query, text):
    return make_explanation(query, (text,)).pairs[0]


class RankBackend(FakeBackend):
    """Finds the three texts, in their order; a query of "broken" fails."""

    def _answer(self, request, job, partial):  # noqa: PLR0911
        match request:
            case OpenWorkspace():
                index = ((MODEL, 3),)
                return WorkspaceInfo(request.folder, 3, ("kind",), index, MODEL.fingerprint, ("first",))
            case SearchRequest():
                self._wait(job)
                if request.query == "broken":
                    raise UserError("the index in use holds vectors of another model")
                return self._found(request)
            case HitsRequest():
                found = []
                for place, text in enumerate(request.texts[request.first :]):
                    why = pair(request.query, text)
                    shares = (
                        word_shares(why.query.text, why.query_word_importance),
                        word_shares(why.candidate.text, why.candidate_word_importance),
                    )
                    found.append(ExplainedHit(place, why, *shares, 0.1))
                return tuple(found)
            case FeatureNames():
                return NAMES
            case ContrastRequest():
                return contrast_pairs(pair(request.query, request.a), pair(request.query, request.b))
            case FindRequest():
                return tuple(
                    Document(i + 1, f"n{i + 1}", text, {})
                    for i, text in enumerate(TEXTS)
                    if request.words.lower() in text.lower()
                )
            case MissingRequest():
                own, best = pair(request.query, TEXTS[request.document - 1]), pair(request.query, TEXTS[0])
                words = unsupported_words(own, best)
                remedy = Remedy(("sugar",), 0.7, 1)
                return Missing(request.document, 3, 0.2, 99.97, 2, 0.3, own, best, 1, words, remedy)
            case EditRequest():
                pinned = Pinned(self._query(request.query), request.text, 0, np.zeros(3, np.float32), 0.5, 1)
                return Edited(pinned, Outcome(request.new_query, request.new_text, 0.4, -0.1, 2))
            case DeletionRequest():
                text = make_text(request.text)
                return Deletion(request.side, text.words[:1], Outcome("", "", 0.2, -0.3, 11), request.k, True)
            case ProbesRequest():
                change = ChangedText("negation", "'not' put in front", f"not {request.text}")
                outcome = Outcome(request.query, change.text, 0.49, -0.01, 2)
                return Probes(request.side, 0.05, (Probe(change, outcome, True),))
        return super()._answer(request, job, partial)

    def _query(self, text):
        return Query(make_text(text), np.ones(32, np.float32), "")

    def _found(self, request):
        texts = request.among or TEXTS
        count = min(request.top, 1 if request.words else len(texts))
        hits = tuple(
            Hit(i + 1, i + 1, f"n{i + 1}", texts[i], 0.5 - 0.1 * i, 99.97 - 20 * i, {"kind": "test"})
            for i in range(count)
        )
        ranking = Ranking(self._query(request.query), np.ones(32), "cosine", hits, count, 3, 0.01)
        steered = Steered(np.ones(32), 0.6, ()) if request.weights else None
        return Found(ranking, steered)


@pytest.fixture
def backend():
    return RankBackend()


@pytest.fixture
def program(qtbot, tmp_path, backend):
    with opened(qtbot, tmp_path, backend) as program:
        qtbot.waitUntil(lambda: not program.engine.busy)
        yield program


@pytest.fixture
def page(qtbot, program):
    program.window.loading.open_workspace("/somewhere")
    program.window.show_page("Rank")
    qtbot.waitUntil(lambda: not program.engine.busy)
    return program.window.pages["Rank"]


def search(qtbot, program, page, query="sugar in plants"):
    page.bar.query.setFocus()
    page.bar.query.clear()
    qtbot.keyClicks(page.bar.query, query)
    qtbot.keyClick(page.bar.query, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not program.engine.busy and bool(page.table.records))


def shown(table, column):
    return [table.model().index(row, column).data() for row in range(table.model().rowCount())]


def test_without_a_workspace_the_page_says_what_to_do(program):
    program.window.show_page("Rank")
    page = program.window.pages["Rank"]
    assert "No workspace is open" in page._stack.currentWidget().title.text()


def test_what_is_explained_in_passing_can_be_cancelled_and_begins_again_with_a_hit(
    qtbot, program, page, backend, monkeypatch
):
    answer, cancel = backend._answer, program.window.actions_["run.cancel"]

    def held(request, job, partial):
        if isinstance(request, HitsRequest):
            backend.hold()
            backend._wait(job)
        return answer(request, job, partial)

    monkeypatch.setattr(backend, "_answer", held)
    qtbot.keyClicks(page.bar.query, "sugar")
    qtbot.keyClick(page.bar.query, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: program.engine.awaits("hits"))
    assert cancel.isEnabled()
    cancel.trigger()
    qtbot.waitUntil(lambda: not program.engine.busy)
    assert not cancel.isEnabled()
    assert page.reasons.known == (None, None, None)
    monkeypatch.undo()
    backend.release()
    qtbot.keyClick(page.table, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: not program.engine.busy and None not in page.reasons.known)


def test_while_the_first_search_is_under_way_the_page_says_so(qtbot, program, page, backend):
    backend.hold()
    qtbot.keyClicks(page.bar.query, "sugar")
    qtbot.keyClick(page.bar.query, Qt.Key.Key_Return)
    assert page._stack.currentWidget().title.text() == "Searching …"
    program.engine.cancel()
    qtbot.waitUntil(lambda: not program.engine.busy)
    assert page._stack.currentWidget().title.text().startswith("Write a query")
    backend.release()


def test_hits_appear_and_the_words_that_drove_them_follow(qtbot, program, page, backend):
    search(qtbot, program, page)
    qtbot.waitUntil(lambda: "…" not in shown(page.table, 4))
    assert shown(page.table, 0) == ["1", "2", "3"]
    assert shown(page.table, 1) == ["0.500", "0.400", "0.300"]
    assert shown(page.table, 2) == [">99.9", "80.0", "60.0"]
    assert shown(page.table, 3) == list(TEXTS)
    assert "sweet" in shown(page.table, 4)[0].lower()
    assert page.table.current() == 0
    assert page.hit.document._text.text == TEXTS[0]
    assert len(backend.asked(SearchRequest)) == 1


def test_filters_are_passed_on(qtbot, program, page, backend):
    page.bar.words.setText("iron")
    page.bar.column.setCurrentIndex(page.bar.column.findData("kind"))
    page.bar.value.setText("test")
    page.bar.top.setValue(2)
    search(qtbot, program, page)
    asked = backend.asked(SearchRequest)[-1]
    assert (asked.words, asked.column, asked.value, asked.top) == ("iron", "kind", "test", 2)
    page.bar.value.clear()
    search(qtbot, program, page)
    assert backend.asked(SearchRequest)[-1].column == ""


def test_the_chosen_hit_is_compared_with_another(qtbot, program, page, backend):
    search(qtbot, program, page)
    page.tabs.setCurrentWidget(page.contrast)
    qtbot.waitUntil(lambda: "Margin" in page.contrast.state.text)
    asked = backend.asked(ContrastRequest)[-1]
    assert (asked.a, asked.b) == TEXTS[:2]
    page.contrast.other.setValue(3)
    qtbot.waitUntil(lambda: backend.asked(ContrastRequest)[-1].b == TEXTS[2])
    qtbot.waitUntil(lambda: not program.engine.busy)
    margins = [row.margin for row in page.contrast.words.records]
    both = [pair("sugar in plants", text) for text in (TEXTS[0], TEXTS[2])]
    expected = both[0].query_word_importance - both[1].query_word_importance
    np.testing.assert_allclose(margins, expected, atol=1e-6)


def test_a_missing_document_is_found_and_explained(qtbot, program, page):
    search(qtbot, program, page)
    page.tabs.setCurrentWidget(page.missing)
    qtbot.keyClicks(page.missing.search, "iron")
    qtbot.keyClick(page.missing.search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(page.missing.found.records) == 1)
    page.missing.found.setCurrentIndex(page.missing.found.model().index(0, 0))
    qtbot.waitUntil(lambda: page.missing.place.text().startswith("Rank 3 of 3 documents"))
    assert "more than 99.9% of random pairs. It lacks 0.300 to rank 2." in page.missing.place.text()
    assert "rank 1 (encoded anew)" in page.missing.remedy.text()


def test_an_edit_moves_score_and_rank_and_nothing_is_asked_for_an_empty_one(qtbot, program, page, backend):
    search(qtbot, program, page)
    page.tabs.setCurrentWidget(page.what_if)
    page.what_if.text.setPlainText("Salt is sweet")
    qtbot.waitUntil(lambda: "0.500 → 0.400" in page.what_if.outcome.text())
    assert "rank 1 → 2" in page.what_if.outcome.text()
    assert backend.asked(EditRequest)[-1].new_text == "Salt is sweet"
    page.what_if.text.setPlainText("  ")
    qtbot.waitUntil(lambda: "leave at least one" in page.what_if.outcome.text())
    qtbot.mouseClick(page.what_if.restore, Qt.MouseButton.LeftButton)
    assert page.what_if.text.toPlainText() == TEXTS[0]
    qtbot.mouseClick(page.what_if.probe, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "1 of 1 change" in page.what_if.warning.text())
    qtbot.mouseClick(page.what_if.delete, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "rank 11" in page.what_if.deletion.text())


def test_a_slider_steers_the_search_and_reset_takes_it_back(qtbot, program, page, backend):
    search(qtbot, program, page)
    page.tabs.setCurrentWidget(page.steering)
    qtbot.keyClicks(page.steering.search, "metal")
    qtbot.keyClick(page.steering.search, Qt.Key.Key_Return)
    assert page.steering.weights() == ()
    page.steering._rows[1].slider.setValue(15)
    qtbot.waitUntil(lambda: "0.600" in page.steering.drift.text)
    asked = backend.asked(SearchRequest)[-1]
    assert (asked.dictionary, asked.weights) == ("first", ((1, 1.5),))
    assert "means something else" in page.steering.drift.text
    qtbot.mouseClick(page.steering.reset, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: backend.asked(SearchRequest)[-1].weights == ())
    qtbot.waitUntil(lambda: "as it was written" in page.steering.drift.text)


def test_an_error_is_told_and_the_next_search_takes_it_away(qtbot, program, page):
    page.bar.query.setText("broken")
    qtbot.keyClick(page.bar.query, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.banner.is_error)
    assert "another model" in page.banner.message
    # The other pages were told nothing, and say nothing.
    assert not program.window.explain.banner.message
    search(qtbot, program, page)
    assert page.banner.message == ""


def test_hits_go_with_the_model_that_found_them_and_come_back_with_it(qtbot, program, page, backend):
    search(qtbot, program, page)
    ready = program.window.header.ready
    backend.hold()
    page.model_ready(replace(ready, info=replace(ready.info, fingerprint="e" * 64)))
    assert not page.table.isVisible()
    backend.release()
    qtbot.waitUntil(page.table.isVisible)
    assert len(backend.asked(SearchRequest)) == 2


def test_a_hit_is_explained_in_full_on_the_page_explain(qtbot, program, page):
    search(qtbot, program, page)
    qtbot.keyClick(page.table, Qt.Key.Key_Return)
    explain = program.window.explain
    qtbot.waitUntil(
        lambda: explain.explanation is not None and explain.explanation.request.candidates == TEXTS[:1]
    )
    assert program.window.page is explain
    assert explain.explanation.request.query == "sugar in plants"


def test_another_page_may_ask_for_a_search(qtbot, program, page, backend):
    program.window.show_page("Explain")
    program.window.navigator.search("iron\nand gold")
    qtbot.waitUntil(lambda: bool(page.table.records))
    assert program.window.page is page
    assert page.bar.query.text() == "iron and gold"
    program.window.navigator.rank("gold", ("Gold is heavy", "Salt is salty"))
    qtbot.waitUntil(lambda: shown(page.table, 3) == ["Gold is heavy", "Salt is salty"])
    assert backend.asked(SearchRequest)[-1].among == ("Gold is heavy", "Salt is salty")
    # A search is one of documents, whatever was ranked before.
    program.window.navigator.search("iron")
    qtbot.waitUntil(lambda: len(shown(page.table, 3)) == 3)
    assert backend.asked(SearchRequest)[-1].among == ()


def test_texts_of_ones_own_are_ranked_without_a_workspace(qtbot, program, backend):
    program.window.show_page("Rank")
    page = program.window.pages["Rank"]
    page.bar.what_is_ranked.setCurrentIndex(1)
    page.bar.what_is_ranked.activated.emit(1)
    assert "one on each line" in page._stack.currentWidget().title.text()
    assert not page.bar.words.isVisible()
    page.bar.texts.setPlainText("Gold is heavy\n\nSalt is salty")
    search(qtbot, program, page)
    assert backend.asked(SearchRequest)[-1].among == ("Gold is heavy", "Salt is salty")
    assert shown(page.table, 3) == ["Gold is heavy", "Salt is salty"]
    assert not page.tabs.isTabEnabled(page.tabs.indexOf(page.missing))
    assert page.shown_for_report() == ShownRanking(backend.asked(SearchRequest)[-1], percentiles=True)
    page.tabs.setCurrentWidget(page.what_if)
    page.what_if.text.setPlainText("Lead is heavy")
    qtbot.waitUntil(lambda: bool(backend.asked(EditRequest)))
    assert backend.asked(EditRequest)[-1].among == ("Gold is heavy", "Salt is salty")


def test_the_words_of_a_steered_query_are_explained_by_what_it_was_steered_to(qtbot, program, page, backend):
    search(qtbot, program, page)
    page.steering.add(1)
    page.steering._rows[1].slider.setValue(15)
    qtbot.waitUntil(lambda: backend.asked(HitsRequest)[-1].vector is not None)
