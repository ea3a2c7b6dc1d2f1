"""The window over a synthetic engine: what is asked, what is shown, what happens when things go wrong."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QByteArray, QMimeData, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog

from engine.attribution.worked_example import CANDIDATES, QUERY
from engine.instrument import WorkspaceInfo
from tests.gui.fake_backend import FakeBackend
from tests.gui.window import opened, settings_in, wait_settled
from ui.engine_thread import INTERNAL_ERROR
from ui.explain import live
from ui.requests import ExplainTask, ModelChoice
from ui.selection import LinkTarget, WordTarget


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(live, "QUICK_AFTER_MS", 30)
    monkeypatch.setattr(live, "REFINE_AFTER_MS", 60)


@pytest.fixture
def backend():
    return FakeBackend()


@pytest.fixture
def program(qtbot, tmp_path, backend):
    with opened(qtbot, tmp_path, backend) as program:
        wait_settled(qtbot, program)
        yield program
        backend.release()


def tasks(backend):
    return [(request.request.query, request.live) for request in backend.asked(ExplainTask)]


def test_it_opens_on_the_worked_example(program, backend):
    assert tasks(backend) == [(QUERY, False)]
    explain = program.window.explain
    assert explain.explanation.request.candidates == CANDIDATES
    assert explain.panels.candidates.count() == len(CANDIDATES)
    assert explain.bar.state == "Integrated Jacobians, layer 0, references projected out"
    assert "all-MiniLM-L6-v2" in program.window.status.model.text()
    assert "16 + 16 nodes" in program.window.status.result.text
    assert not program.window.explain.banner.message


def test_typing_previews_then_refines(qtbot, program, backend):
    explain = program.window.explain
    explain.live._refine.setInterval(500)
    qtbot.keyClicks(explain.inputs.query, "x")
    typed = "x" + QUERY
    qtbot.waitUntil(lambda: explain.bar.state == "Preview from layer 4, refined when you pause")
    assert explain.explanation.preview
    assert "(preview)" in program.window.status.result.text
    wait_settled(qtbot, program)
    assert tasks(backend)[1:] == [(typed, True), (typed, False)]
    assert [entry.explanation.request.query for entry in explain.panels.history.entries] == [typed, QUERY]


def test_typing_on_replaces_what_it_grew_out_of_in_the_history(qtbot, program):
    explain = program.window.explain
    for text in ("sugar", "sugar and", "sugar and salt"):
        explain.inputs.query.setPlainText(text)
        wait_settled(qtbot, program)
    queries = [entry.explanation.request.query for entry in explain.panels.history.entries]
    assert queries == ["sugar and salt", QUERY]
    assert [entry.query for entry in program.window.settings.recent_inputs] == queries


def test_the_last_result_stays_until_the_next_one_is_there(qtbot, program, backend):
    explain = program.window.explain
    before = explain.explanation
    backend.hold()
    explain.inputs.query.setPlainText("something else")
    qtbot.waitUntil(lambda: not explain.panels.veil.isHidden())
    assert explain.explanation is before
    backend.release()
    wait_settled(qtbot, program)
    assert explain.panels.veil.isHidden()
    assert explain.explanation.request.query == "something else"


def test_with_live_off_nothing_is_asked_until_run(qtbot, program, backend):
    window = program.window
    window.actions_["run.live"].trigger()
    window.explain.inputs.query.setPlainText("other")
    qtbot.wait(150)
    assert len(tasks(backend)) == 1
    assert window.explain.bar.state == "Something changed; press Run to explain."
    window.actions_["run.explain"].trigger()
    wait_settled(qtbot, program)
    assert tasks(backend)[1:] == [("other", False)]


@pytest.mark.parametrize(("query", "candidates"), [("", "c"), ("  \n ", "c"), ("q", ""), ("q", " \n\t\n")])
def test_blank_fields_say_what_to_do_without_an_error(qtbot, program, backend, query, candidates):
    explain = program.window.explain
    explain.inputs.candidates.setPlainText(candidates)
    explain.inputs.query.setPlainText(query)
    program.window.actions_["run.explain"].trigger()
    qtbot.wait(120)
    assert explain.bar.state.startswith("Write")
    assert not explain.banner.message
    assert len(tasks(backend)) == 1


def test_an_error_is_a_line_in_the_banner_and_goes_with_the_next_answer(qtbot, program):
    explain = program.window.explain
    before = explain.explanation
    explain.inputs.query.setPlainText("fail")
    qtbot.waitUntil(lambda: explain.banner.is_error)
    assert explain.banner.message == "Query: this text cannot be read; write another"
    assert explain.explanation is before
    explain.inputs.query.setPlainText("fine")
    wait_settled(qtbot, program)
    assert not explain.banner.message


def test_a_defect_leaves_the_window_alive(qtbot, program):
    explain = program.window.explain
    explain.inputs.query.setPlainText("crash")
    qtbot.waitUntil(lambda: explain.banner.is_error)
    assert explain.banner.message == INTERNAL_ERROR
    assert "a defect" in program.window.log_text()
    explain.inputs.query.setPlainText("fine")
    wait_settled(qtbot, program)


def test_cancel_stops_and_says_so(qtbot, program, backend):
    window = program.window
    backend.hold()
    window.actions_["run.explain"].trigger()
    qtbot.waitUntil(backend.entered.is_set)
    assert window.actions_["run.cancel"].isEnabled()
    window.actions_["run.cancel"].trigger()
    qtbot.waitUntil(lambda: not program.engine.busy)
    assert window.explain.bar.state == "Cancelled; press Run to explain."
    assert not window.actions_["run.cancel"].isEnabled()


def test_what_is_typed_while_a_cancelled_task_winds_down_is_explained(qtbot, program, backend):
    window, explain = program.window, program.window.explain
    backend.hold()
    window.actions_["run.explain"].trigger()
    qtbot.waitUntil(backend.entered.is_set)
    window.actions_["run.cancel"].trigger()
    explain.inputs.query.setPlainText("typed after it")
    backend.release()
    wait_settled(qtbot, program)
    assert explain.explanation.request.query == "typed after it"


def test_a_model_that_cannot_be_loaded_leaves_the_old_one(qtbot, program, backend):
    window = program.window
    before = window.explain.explanation
    window.header.model_chosen.emit(ModelChoice("/models/broken"))
    qtbot.waitUntil(lambda: window.explain.banner.is_error)
    qtbot.waitUntil(lambda: not program.engine.busy)
    assert "is not a folder" in window.explain.banner.message
    assert window.header.model.text().startswith("all-MiniLM-L6-v2")
    assert window.explain.explanation is before
    assert window.settings.model_folder == ""


def test_another_model_explains_the_same_texts(qtbot, program, backend):
    window = program.window
    window.header.model_chosen.emit(ModelChoice("/models/other"))
    qtbot.waitUntil(lambda: window.status.model.text().startswith("other "))
    wait_settled(qtbot, program)
    assert len(tasks(backend)) == 2
    assert window.settings.model_folder == "/models/other"
    assert window.settings.recent_models == ("/models/other",)


def test_a_model_of_the_last_run_that_is_gone_gives_way_to_the_embedded_one(qtbot, tmp_path, backend):
    settings = settings_in(tmp_path)
    settings.model_folder = "/models/broken"
    settings.add_recent_model("/models/broken")
    with opened(qtbot, tmp_path, backend, settings) as program:
        qtbot.waitUntil(lambda: program.window.header.ready is not None)
        assert program.window.header.in_use.folder is None
        assert settings.recent_models == ()
        assert "is not a folder" in program.window.explain.banner.message


def test_a_setting_is_applied_at_once(qtbot, program, backend):
    inputs = program.window.explain.inputs
    inputs.layer.setValue(3)
    wait_settled(qtbot, program)
    inputs.references.setCurrentIndex(inputs.references.findData("shared"))
    wait_settled(qtbot, program)
    last = backend.asked(ExplainTask)[-1].request
    assert (last.layer, last.references) == (3, "shared")
    inputs.method.setCurrentIndex(inputs.method.findData("output-layer"))
    assert not inputs.layer.isEnabled()
    wait_settled(qtbot, program)


def test_choosing_a_candidate_shows_its_pair(program):
    explain = program.window.explain
    explain.panels.candidates.setCurrentRow(2)
    assert explain.view.pair.candidate.text.text == CANDIDATES[2]
    program.window.actions_["view.previous_candidate"].trigger()
    assert explain.view.pair.candidate.text.text == CANDIDATES[1]
    assert explain.panels.candidates.currentRow() == 1


def test_the_history_brings_inputs_and_result_back(qtbot, program, backend):
    window, explain = program.window, program.window.explain
    first = explain.explanation
    explain.inputs.set_texts("another query", ("one", "two"))
    explain.inputs.layer.setValue(2)
    wait_settled(qtbot, program)
    asked = len(backend.steps)
    window.actions_["view.back"].trigger()
    assert explain.explanation is first
    assert explain.inputs.request() == first.request
    window.actions_["view.forward"].trigger()
    assert explain.inputs.query.toPlainText() == "another query"
    assert explain.inputs.layer.value() == 2
    qtbot.wait(150)
    assert len(backend.steps) == asked


def test_one_selection_lights_up_everywhere(program):
    view = program.window.explain.view
    view.selection.isolate(WordTarget("query", 0))
    assert "isolated" in view.candidate._note()
    assert "isolated" not in view.query._note()
    view.selection.isolate(LinkTarget(0, 0))
    word = view.pair.query.text.words[0].text
    assert word in view.dimensions._title
    program.window.actions_["view.show_all"].trigger()
    assert view.selection.isolated is None
    assert "isolated" not in view.candidate._note()


def test_units_and_levels_change_every_number(program):
    window, view = program.window, program.window.explain.view
    window.actions_["view.percent"].trigger()
    assert view.matrix._unit == "% of the sum"
    assert view.query._importance.sum() == pytest.approx(100, abs=0.1)
    window.actions_["view.tokens"].trigger()
    assert view.matrix._values.shape == view.pair.matrix.shape
    window.actions_["view.sentences"].trigger()
    assert view.matrix._values.shape == (1, 1)
    assert window.settings.unit == "percent"
    assert window.settings.level == "sentences"


def test_captum_checks_are_shown_and_forgotten_with_the_pair(qtbot, program):
    window = program.window
    window.actions_["run.captum"].trigger()
    qtbot.waitUntil(lambda: "infidelity 0.001" in window.explain.panels.checks.text)
    window.actions_["view.next_candidate"].trigger()
    assert window.explain.panels.checks.text == ""


def test_dropped_files(qtbot, program, tmp_path):
    explain = program.window.explain
    good, bad = tmp_path / "texts.txt", tmp_path / "picture.png"
    good.write_text("one\n\ntwo\n", encoding="utf-8")
    bad.write_bytes(b"\x89PNG\r\n\0\0\0\rIHDR" + bytes(range(256)))

    def drop(path):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        assert explain.inputs.candidates.canInsertFromMimeData(data)
        explain.inputs.candidates.insertFromMimeData(data)

    drop(good)
    wait_settled(qtbot, program)
    assert explain.explanation.request.candidates == ("one", "two")
    for wrong in (bad, tmp_path / "gone.txt"):
        drop(wrong)
        assert explain.banner.is_error
        assert str(wrong) in explain.banner.message
        assert explain.inputs.candidates.toPlainText() == "one\n\ntwo\n"
        explain.banner.dismiss()


def test_a_huge_paste_is_cut_with_a_word(qtbot, program):
    explain = program.window.explain
    data = QMimeData()
    data.setText("word " * 100_000)
    explain.inputs.query.selectAll()
    explain.inputs.query.insertFromMimeData(data)
    assert len(explain.inputs.query.toPlainText()) <= 200_000
    assert "only its beginning" in explain.banner.message
    program.window.explain.live.stop()


def test_reports_are_saved_and_copied(qtbot, program, tmp_path, monkeypatch, backend):
    actions, explain = program.window.actions_, program.window.explain
    target = tmp_path / "numbers"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(target), "Ledger, CSV (*.csv)"))
    actions["file.csv"].trigger()
    qtbot.waitUntil(lambda: explain.banner.message == f"Saved {target}.csv")
    assert target.with_suffix(".csv").read_text(encoding="utf-8") == "table ledger"
    actions["edit.copy_json"].trigger()
    qtbot.waitUntil(lambda: explain.banner.message == "Copied to the clipboard")
    assert QGuiApplication.clipboard().text() == "json"
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *_args: (str(tmp_path / "no" / "where.html"), "")
    )
    actions["file.report"].trigger()
    qtbot.waitUntil(lambda: explain.banner.is_error)
    assert "Cannot write" in explain.banner.message


def test_the_picture_is_of_the_panel_in_focus(qtbot, program, tmp_path, monkeypatch):
    window = program.window
    target = tmp_path / "picture.svg"
    asked = []

    def where(_parent, title, *_args):
        asked.append(title)
        return str(target), "SVG drawing (*.svg)"

    monkeypatch.setattr(QFileDialog, "getSaveFileName", where)
    window.explain.view.matrix.setFocus()
    qtbot.waitUntil(window.explain.view.matrix.hasFocus)
    window.actions_["file.picture"].trigger()
    assert "Matrix" in asked[0]
    assert target.read_text(encoding="utf-8").startswith("<?xml")


def test_actions_act_on_the_page_in_front_or_not_at_all(qtbot, program, backend):
    window, actions = program.window, program.window.actions_
    of_explain = ("file.report", "file.picture", "edit.copy_csv", "run.explain", "view.show_all")
    assert all(actions[id].isEnabled() for id in of_explain)
    for name in ("Rank", "Concepts", "Train", "Inspect"):
        window.show_page(name)
        assert not any(actions[id].isEnabled() for id in of_explain), name
    window.show_page("Explain")
    assert all(actions[id].isEnabled() for id in of_explain)


def test_go_to_the_query_finds_that_of_the_page(qtbot, program):
    window, go = program.window, program.window.actions_["edit.query"]
    for name, field in (
        ("Inspect", window.pages["Inspect"].texts),
        ("Rank", window.pages["Rank"].bar.query),
        ("Explain", window.explain.inputs.query),
    ):
        window.show_page(name)
        window.header.setFocus()
        go.trigger()
        assert field.hasFocus(), name
    window.show_page("Train")
    assert not go.isEnabled()


def test_what_is_done_on_a_page_brings_it_to_the_front(qtbot, program):
    window = program.window
    window.actions_["inspect.run"].trigger()
    assert window.page is window.pages["Inspect"]
    window.actions_["file.example"].trigger()
    assert window.page is window.explain
    wait_settled(qtbot, program)


def test_another_workspace_takes_the_errors_of_the_last_one_away(program):
    window, errors = program.window, [page.banner for page in program.window.pages.values()]
    for name, left in (("one", True), ("one", True), ("two", False)):
        for banner in errors:
            banner.show_error("the folder is gone")
        window.loading.workspace_opened(WorkspaceInfo(f"/{name}", 3, (), (), None, ()))
        assert all((banner.message == "The folder is gone") == left for banner in errors)


def test_long_names_leave_the_window_on_a_small_screen(qtbot, program):
    window = program.window
    window.header.workspace.show_ready(SimpleNamespace(folder="/data/" + "long name " * 9, documents=3))
    ready = window.header.ready
    window.header.show_ready(replace(ready, info=replace(ready.info, name="a-model-of-many-words" * 4)))
    for _ in range(3):
        QApplication.processEvents()
    assert window.minimumSizeHint().width() <= 900
    assert window.minimumSizeHint().height() <= 700


def test_layout_theme_and_settings_are_remembered(qtbot, tmp_path):
    settings = settings_in(tmp_path)
    with opened(qtbot, tmp_path, FakeBackend(), settings) as program:
        wait_settled(qtbot, program)
        window = program.window
        window.actions_["view.ledger"].trigger()
        assert window.explain.panels.dock("ledger").isVisible()
        window.actions_["view.ledger"].trigger()
        window.actions_["view.dark"].trigger()
        window.explain.inputs.layer.setValue(2)
        wait_settled(qtbot, program)
        assert not window.explain.panels.dock("ledger").isVisible()
        assert window.explain.view.matrix.theme.name == "dark"
    again = settings_in(tmp_path)
    with opened(qtbot, tmp_path, FakeBackend(), again) as program:
        wait_settled(qtbot, program)
        window = program.window
        assert window.explain.panels.dock("ledger").isHidden()
        assert not window.actions_["view.ledger"].isChecked()
        assert window.explain.view.matrix.theme.name == "dark"
        assert window.explain.explanation.request.layer == 2
        window.actions_["view.reset"].trigger()
        assert not window.explain.panels.dock("ledger").isHidden()
        assert window.actions_["view.ledger"].isChecked()


def test_a_small_window_has_fewer_places(qtbot, tmp_path):
    with opened(qtbot, tmp_path, FakeBackend()) as program:
        window = program.window
        panels = window.explain.panels
        wait_settled(qtbot, program)
        texts = panels.dock("texts")
        assert panels.dock("candidates") not in panels.tabifiedDockWidgets(texts)
        window.resize(900, 700)
        qtbot.waitUntil(lambda: panels.width() <= 900)
        # The least size must leave the window on a small screen.
        assert window.minimumSizeHint().width() <= 900
        assert window.minimumSizeHint().height() <= 700
        window.actions_["view.reset"].trigger()
        assert panels.dock("candidates") in panels.tabifiedDockWidgets(texts)
        # What stands behind another panel comes to the front; what has the focus goes.
        matrix, action = panels.dock("matrix"), window.actions_["view.matrix"]
        assert action.isChecked()
        action.trigger()
        qtbot.waitUntil(lambda: not matrix.visibleRegion().isEmpty())
        assert action.isChecked()
        action.trigger()
        assert matrix.isHidden()
        assert not action.isChecked()


def test_a_corrupt_layout_is_as_good_as_none(qtbot, tmp_path):
    settings = settings_in(tmp_path)
    settings.geometry = settings.window_state = QByteArray(b"\0\1\2rubbish")
    with opened(qtbot, tmp_path, FakeBackend(), settings) as program:
        wait_settled(qtbot, program)
        assert not program.window.explain.panels.dock("texts").isHidden()


def test_closing_while_the_engine_works_ends_in_stages(qtbot, tmp_path, backend):
    backend.hold()
    with opened(qtbot, tmp_path, backend) as program:
        qtbot.waitUntil(backend.entered.is_set)
        ended = []
        program.ended.connect(lambda: ended.append(True))
        program.window.close()
        assert not program.window.isVisible()
        qtbot.waitUntil(lambda: ended == [True])
        assert not program.engine.running


def test_a_signal_closes_the_window_and_names_the_exit_code(qtbot, tmp_path, backend):
    with opened(qtbot, tmp_path, backend) as program:
        wait_settled(qtbot, program)
        program.interrupt(15)
        qtbot.waitUntil(lambda: not program.engine.running)
        assert program.exit_code == 143


def test_the_log_of_a_bad_end_is_offered(qtbot, tmp_path, backend):
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "run-1-1.log").write_text("Semascope\nFatal Python error: Segmentation fault\n")
    with opened(qtbot, tmp_path, backend) as program:
        banner = program.window.explain.banner
        qtbot.waitUntil(lambda: banner.message == "The last run did not end well.")
        banner._button.click()
        dialog = program.window.errors.dialog
        assert "one of the libraries" in dialog.said.text()
        assert "Segmentation fault" in dialog.report.toPlainText()
        dialog.reject()


def test_a_run_that_ended_well_leaves_no_log(qtbot, tmp_path):
    with opened(qtbot, tmp_path, FakeBackend()) as program:
        wait_settled(qtbot, program)
    assert [path.name for path in (tmp_path / "logs").iterdir() if not path.name.startswith("log-")] == []
