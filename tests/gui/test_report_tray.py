"""The tray of the report and the verification of reports, over an engine of the test's choice."""

import json
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from engine.errors import UserError
from engine.evidence.figures import Row
from engine.evidence.verify import Verification
from tests.gui.accessibility import nameless, valueless
from tests.gui.fake_backend import FakeBackend
from tests.gui.watched import interpreted
from tests.gui.window import opened, wait_settled
from ui.report.requests import (
    ReportWritten,
    ShownExplanation,
    TakeItem,
    TrayItem,
    VerifyReport,
    WriteReport,
)
from ui.report.tray import TRAY, Tray

ROWS = (
    Row(0, "the page that is seen", verdict="stands"),
    Row(1, "similarity", "0.7081", "0.7081", "0.002"),
    Row(1, "word matrix", "0.31", "0.05", "0.01", "differs", "<b>it was</b> changed"),
    Row(2, "hits", verdict="cannot be checked", note="the workspace is not there"),
)


class ReportBackend(FakeBackend):
    def _answer(self, request, job, partial):
        match request:
            case TakeItem(shown=ShownExplanation() as shown):
                asked = shown.explanation.request
                item = {"request": {"query": asked.query, "candidates": list(asked.candidates)}}
                title = f"Why “{asked.query}” matches"
                return TrayItem("explanation", title, json.dumps(item), "f" * 8, "a model", "", object())
            case WriteReport() if "broken" in request.path:
                raise UserError(f"cannot write {request.path}: it is full; choose another place")
            case WriteReport():
                job.step("item 1 of 2", 0.5)
                self._wait(job)
                return ReportWritten(
                    request.path, tuple(replace(item, evidence=object()) for item in request.items)
                )
            case VerifyReport() if "broken" in request.path:
                raise UserError(f"{request.path} is no report; open another")
            case VerifyReport():
                job.step("item 1 of 2", 0.5)
                self._wait(job)
                return Verification("Sugar & <i>salt</i>", ("one", "two"), ROWS)
        return super()._answer(request, job, partial)


@pytest.fixture
def backend():
    return ReportBackend()


@pytest.fixture
def background():
    return ReportBackend()


@pytest.fixture
def program(qtbot, tmp_path, backend, background):
    with opened(qtbot, tmp_path, backend, background=background) as program:
        wait_settled(qtbot, program)
        yield program
        backend.release()
        background.release()


def item(title: str, kind="explanation", **changes) -> TrayItem:
    asked = {"request": {"query": title, "candidates": ["one", "two"]}}
    return replace(TrayItem(kind, title, json.dumps(asked), "f" * 8, "a model"), **changes)


def test_the_tray_keeps_an_order_and_each_item_once(qtbot):
    tray = Tray()
    assert [tray.add(item(title)) for title in "abc"] == [0, 1, 2]
    tray.move(2, 0)
    assert [one.title for one in tray.items] == ["c", "a", "b"]
    result = object()
    assert tray.add(item("a", evidence=result)) == 1
    assert tray.items[1].evidence is result
    tray.take_results((item("b", evidence=result), item("gone", evidence=result)))
    assert [one.evidence is None for one in tray.items] == [True, False, False]
    tray.remove(0)
    tray.title = "Both"
    again = Tray()
    again.restore(TRAY(json.loads(json.dumps(tray.session())), ""))
    assert (again.title, again.items) == ("Both", tray.items)
    assert all(one.evidence is None for one in again.items)
    again.restore({})
    assert (again.title, again.items) == ("", ())


def test_what_is_in_front_is_added_ordered_shown_and_saved(qtbot, program, backend, tmp_path):
    window = program.window
    window.actions_["file.add_item"].trigger()
    qtbot.waitUntil(lambda: len(window.reports.tray.items) == 1)
    assert "Added to the report: Why “Carbs" in window.page.banner.message
    assert "(1 item)" in window.page.banner.message
    window.explain.explain_texts("salt", ("pepper",))
    wait_settled(qtbot, program)
    window.actions_["file.add_item"].trigger()
    qtbot.waitUntil(lambda: len(window.reports.tray.items) == 2)
    window.actions_["file.tray"].trigger()
    dialog = window.reports._dialog
    assert dialog.isVisible()
    assert dialog.list.count() == 2
    dialog.list.setCurrentRow(1)
    qtbot.keyClick(dialog.list, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    assert window.reports.tray.items[0].title == "Why “salt” matches"
    assert dialog.list.currentRow() == 0
    window.explain.explain_texts("nothing", ("at all",))
    wait_settled(qtbot, program)
    qtbot.keyClick(dialog.list, Qt.Key.Key_Return)
    wait_settled(qtbot, program)
    assert window.explain.explanation.request.query == "salt"
    dialog.title.setFocus()
    qtbot.keyClicks(dialog.title, "Two reasons")
    dialog.save("html", str(tmp_path / "r.html"))
    qtbot.waitUntil(lambda: "Saved" in dialog.banner.message)
    written = backend.asked(WriteReport)[0]
    assert (written.title, written.format, len(written.items)) == ("Two reasons", "html", 2)
    dialog.save("pdf", str(tmp_path / "broken.pdf"))
    qtbot.waitUntil(lambda: dialog.banner.is_error)
    qtbot.keyClick(dialog.list, Qt.Key.Key_Delete)
    assert [one.title for one in window.reports.tray.items] == [
        "Why “Carbs are broken down into sugar in your body” matches"
    ]
    assert nameless(dialog) == []
    assert valueless(dialog) == []
    dialog.close()


def test_saving_can_be_cancelled(qtbot, program, backend, tmp_path):
    window = program.window
    window.reports.tray.add(item("a"))
    dialog = window.reports.show_tray()
    backend.hold()
    dialog.save("semareport", str(tmp_path / "r.semareport"))
    qtbot.waitUntil(lambda: "item 1 of 2" in dialog.stage.text())
    assert dialog.cancel.isVisible()
    assert not dialog.saves[0].isEnabled()
    dialog.cancel.click()
    qtbot.waitUntil(lambda: "nothing was written" in dialog.banner.message)
    assert dialog.saves[0].isEnabled()
    assert dialog.cancel.isHidden()
    dialog.close()


def test_a_ranking_of_texts_is_shown_with_its_texts(qtbot, program):
    window = program.window
    asked = {"query": "gold", "candidates": ["Gold is heavy", "Salt is salty"]}
    window.reports.tray.add(replace(item("a"), kind="ranking", item=json.dumps(asked)))
    window.reports.tray.add(replace(item("b"), kind="ranking", item=json.dumps({"query": "iron"})))
    bar = window.pages["Rank"].bar
    for place, ranked in ((0, True), (1, False)):
        window.reports._open_item(window.reports.tray.items[place])
        assert window.page_name == "Rank"
        assert bar.what_is_ranked.currentData() is ranked
    assert bar.query.text() == "iron"
    assert bar.texts.toPlainText() == "Gold is heavy\nSalt is salty"


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("explanation", "{"),
        ("explanation", "[" * 100_000),
        ("explanation", "5"),
        ("explanation", '{"request": {"query": "gold"}}'),
        ("explanation", '{"request": {"query": 5, "candidates": ["one"]}}'),
        ("explanation", '{"request": {"query": "gold", "candidates": [5]}}'),
        ("ranking", '{"candidates": ["one"]}'),
        ("feature", '{"dictionary": "main", "feature": "5"}'),
    ],
)
def test_an_item_of_a_session_that_is_damaged_is_said(program, kind, asked):
    program.window.reports._open_item(replace(item("gold"), kind=kind, item=asked))
    assert "“gold” is damaged" in program.window.page.banner.message


def test_pages_say_why_there_is_nothing_to_add(program):
    window = program.window
    for name, word in (("Rank", "search first"), ("Concepts", "choose one"), ("Train", "Explain, Rank")):
        window.show_page(name)
        window.actions_["file.add_item"].trigger()
        assert word in window.page.banner.message


def test_a_report_is_verified_and_what_differs_is_found(qtbot, program, background, tmp_path):
    report = tmp_path / "a <b>.semareport"
    report.write_bytes(b"PK")
    background.hold()
    program.window.opening.open(report)
    dialog = program.window.findChild(type(program.window.reports.verify(report)))
    dialog.reject()
    dialog = program.window.reports.verify(report)
    qtbot.waitUntil(lambda: "item 1 of 2" in dialog.stage.text())
    background.release()
    qtbot.waitUntil(lambda: dialog.verification is not None)
    assert dialog.verdict.text() == (
        "“Sugar & <i>salt</i>”: of 4 figures, 1 differs, 1 cannot be checked, 2 stand."
    )
    assert [row.verdict for row in dialog.table.records] == [
        "differs",
        "cannot be checked",
        "stands",
        "stands",
    ]
    dialog.filter.setCurrentText("What differs")
    assert [dialog.table.records[row].figure for row in dialog.table.shown()] == ["word matrix"]
    dialog.copy.click()
    copied = QGuiApplication.clipboard().text()
    assert copied.splitlines()[0] == "Item,Figure,Stated,Recomputed,Allowed,Verdict,Why"
    assert len(copied.splitlines()) == 2
    assert "differs" in copied
    assert interpreted([dialog]) == []
    assert nameless(dialog) == []
    dialog.close()


def test_a_verification_that_fails_or_is_stopped_says_so(qtbot, program, background, tmp_path):
    dialog = program.window.reports.verify(tmp_path / "broken.html")
    qtbot.waitUntil(lambda: dialog.banner.is_error)
    assert "is no report" in dialog.banner.message
    assert "not verified" in dialog.verdict.text()
    dialog.close()
    background.hold()
    dialog = program.window.reports.verify(tmp_path / "r.html")
    qtbot.waitUntil(lambda: "item 1" in dialog.stage.text())
    dialog.cancel.click()
    qtbot.waitUntil(lambda: "Stopped" in dialog.verdict.text())
    assert dialog.again.isEnabled()
    dialog.close()
