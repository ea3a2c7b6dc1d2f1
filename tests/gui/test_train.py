"""The page Train over synthetic engines: what is asked of them, and what is shown."""

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMessageBox

from tests.gui.test_accessibility import unnamed
from tests.gui.train_backend import FOLDER, SUGGESTED, ListBackend, WorkBackend, make_run
from tests.gui.window import opened, settings_in, wait_settled
from ui import main_window
from ui.explain.workspace import ExplainWorkspace
from ui.requests import OpenWorkspace
from ui.theme import Theme
from ui.train import advisor
from ui.train.page import TrainPage
from ui.train.requests import AskAdvice, DeleteRun, MakeWorkspace, NameFeatures, TrainRun


@pytest.fixture
def listing():
    return ListBackend(make_run("new"), make_run("halted", "paused", 4), make_run("old", points=6))


@pytest.fixture
def work(listing):
    return WorkBackend(listing)


def explain_and_train(context):
    """Return the pages that the synthetic engines can answer."""
    explain = ExplainWorkspace(context)
    return {"Explain": explain, "Train": TrainPage(context)}


@pytest.fixture
def program(qtbot, tmp_path, listing, work, monkeypatch):
    monkeypatch.setattr(main_window, "make_pages", explain_and_train)
    monkeypatch.setattr(advisor, "ASK_AFTER_MS", 30)
    settings = settings_in(tmp_path)
    settings.add_recent_workspace(FOLDER)
    with opened(qtbot, tmp_path, listing, settings, work) as program:
        wait_settled(qtbot, program)
        program.window.show_page("Train")
        qtbot.waitUntil(lambda: len(page(program).table.records) == len(listing.runs))
        yield program
        work.release()


def page(program):
    return program.window.pages["Train"]


def trigger(program, id):
    assert program.window.actions_[id].isEnabled(), id
    program.window.actions_[id].trigger()


def choose(program, name):
    train = page(program)
    train.table.choose([run.name for run in train.table.records].index(name))


def names(program):
    return [run.name for run in page(program).table.records]


def idle(qtbot, program):
    qtbot.waitUntil(lambda: page(program).work.request is None and not program.engine.busy)


def test_it_lists_the_runs_and_proposes_what_to_train(program):
    train = page(program)
    assert names(program) == ["new", "halted", "old"]
    assert [train.table.model().index(row, 10).data() for row in range(3)] == [
        "finished", "paused at 40%", "finished",
    ]  # fmt: skip
    assert train.panel.settings(SUGGESTED) == SUGGESTED
    assert [run.name for run in train.plot.runs] == ["new", "halted", "old"]
    assert not unnamed(train)


def test_advice_follows_the_form_and_survives_another_name(qtbot, program, work):
    train = page(program)
    qtbot.waitUntil(lambda: "about 2 min on this machine" in train.panel.advice.text())
    assert "4,750 documents to train on: 30 for each feature." in train.panel.advice.text()
    assert "\N{WARNING SIGN} 160 steps of 1,024 rows are few" in train.panel.advice.text()
    qtbot.keyClicks(train.panel.name, "x")
    assert "about 2 min" in train.panel.advice.text()
    train.panel.features.setValue(96)
    assert "about 2 min" not in train.panel.advice.text()
    qtbot.waitUntil(lambda: len(work.asked(AskAdvice)) == 2)
    assert work.asked(AskAdvice)[-1].settings.features == 96


def test_a_run_draws_itself_and_ends_in_the_table(qtbot, program, work, listing):
    train = page(program)
    train.panel.features.setValue(80)
    assert train.panel.run_name == "batchtopk-80-k20"
    work.hold()
    trigger(program, "train.start")
    qtbot.waitUntil(lambda: "batchtopk-80-k20" in names(program))
    assert train.table.records[0].status == "training"
    assert [len(run.curve) for run in train.plot.runs if run.name == "batchtopk-80-k20"] == [2]
    assert not train.strip.isHidden()
    assert not program.window.actions_["train.start"].isEnabled()
    asked = work.asked(TrainRun)[-1]
    assert (asked.folder, asked.settings.features, asked.settings.epochs) == (FOLDER, 80, 40)
    work.release()
    idle(qtbot, program)
    qtbot.waitUntil(lambda: train.table.records[0].status == "finished")
    assert train.banner.message == (
        "batchtopk-80-k20 is trained: FVU 0.300, cosine 0.800, L0 8.1, 2.0% dead."
    )
    assert train.strip.isHidden()
    # Every page is told that there are new features.
    assert listing.asked(OpenWorkspace)[-1].folder == FOLDER
    assert train.panel.run_name == "batchtopk-80-k20-2"


def test_a_paused_run_is_gone_on_with(qtbot, program, work):
    train = page(program)
    work.hold()
    trigger(program, "train.start")
    qtbot.waitUntil(lambda: bool(work.asked(TrainRun)))
    trigger(program, "train.pause")
    idle(qtbot, program)
    assert "is paused" in train.banner.message
    choose(program, "new")
    assert not program.window.actions_["train.resume"].isEnabled()
    choose(program, "halted")
    train._enable()
    work.release()
    trigger(program, "train.resume")
    idle(qtbot, program)
    asked = work.asked(TrainRun)[-1]
    assert (asked.name, asked.settings) == ("halted", None)


def test_every_page_says_what_is_done_in_the_background_and_can_stop_it(qtbot, program, work):
    window = program.window
    shown, stop = window.status.background, window.actions_["run.stop"]
    assert shown.isHidden()
    assert not stop.isEnabled()
    work.hold()
    page(program).panel.name.setText("r&d")
    trigger(program, "train.start")
    window.show_page("Explain")
    qtbot.waitUntil(lambda: shown.stage == "Training r&d: at work")
    assert shown.isVisible()
    assert stop.text() == "&Stop: Training r&&d"
    # What one waits for and what goes on in the background are stopped apart.
    window.actions_["run.explain"].trigger()
    wait_settled(qtbot, program)
    window.actions_["run.cancel"].trigger()
    assert page(program).work.training
    trigger(program, "run.stop")
    idle(qtbot, program)
    assert "is paused" in page(program).banner.message
    assert shown.isHidden()
    assert not stop.isEnabled()


def test_stopping_early_keeps_what_was_learnt(qtbot, program, work):
    train = page(program)
    work.hold()
    trigger(program, "train.start")
    qtbot.waitUntil(lambda: bool(work.asked(TrainRun)))
    trigger(program, "train.finish")
    assert work.asked(TrainRun)[-1].finish.cancelled
    work.release()
    idle(qtbot, program)
    qtbot.waitUntil(lambda: "was ended at step 70" in train.banner.message)


def test_what_goes_wrong_is_one_line(qtbot, program):
    train = page(program)
    train.panel.name.setText("fail")
    train.panel._name_edited()
    trigger(program, "train.start")
    idle(qtbot, program)
    assert train.banner.is_error
    assert train.banner.message.startswith("Training diverged")
    assert program.window.actions_["train.start"].isEnabled()


def test_a_run_is_deleted_after_a_question(qtbot, program, listing):
    choose(program, "old")
    trigger(program, "train.delete")
    box = page(program).findChild(QMessageBox)
    assert "old" in box.text()
    assert not listing.asked(DeleteRun)
    next(button for button in box.buttons() if button.text() == "Delete").click()
    qtbot.waitUntil(lambda: names(program) == ["new", "halted"])


def test_features_are_named_in_the_background(qtbot, program, work):
    choose(program, "halted")
    page(program)._enable()
    assert not program.window.actions_["train.name"].isEnabled()
    choose(program, "new")
    page(program)._enable()
    trigger(program, "train.name")
    idle(qtbot, program)
    assert work.asked(NameFeatures)[-1].name == "new"
    assert page(program).banner.message == "60 of 64 features of new have a name now."


def test_the_quality_of_the_chosen_run_stands_beside_controls(program):
    train = page(program)
    choose(program, "new")
    train.runs.draw()
    rows = {row.name: row for row in train.quality.records}
    assert rows["Variance unexplained (FVU)"].random == 0.9
    assert rows["part from 1 feature (F1)"].components == 0.3
    assert rows["part from all features (F1)"].vectors == 0.85
    choose(program, "halted")
    train.runs.draw()
    assert train.quality.records == ()


def test_a_dropped_file_becomes_a_workspace(qtbot, program, listing, work, tmp_path):
    train, window = page(program), program.window
    (tmp_path / "reviews.csv").write_text("key,title,body\n1,One,First text\n")
    window.opening.open(tmp_path / "reviews.csv")
    dialog = _dialog()
    qtbot.waitUntil(lambda: dialog.rows.rowCount() == 2)
    assert (dialog.text_column.currentText(), dialog.id_column.currentText()) == ("body", "key")
    assert dialog.target.text() == str(tmp_path / "reviews-workspace")
    assert not unnamed(dialog)
    assert dialog.focusWidget() is dialog.corpus
    dialog.text_column.setCurrentIndex(dialog.text_column.findData("title"))
    dialog.text_column.activated.emit(1)
    qtbot.waitUntil(lambda: dialog.make.isEnabled() and "title (text)" in _heads(dialog))
    dialog.limit.setValue(100)
    work.hold()
    dialog.make.click()
    qtbot.waitUntil(lambda: bool(work.asked(MakeWorkspace)))
    asked = work.asked(MakeWorkspace)[-1]
    assert (asked.text_column, asked.id_column, asked.limit) == ("title", "key", 100)
    trigger(program, "train.pause")
    idle(qtbot, program)
    assert train.banner.message == "Stopped; what is done is kept."
    work.release()
    train.banner._button.click()
    qtbot.waitUntil(lambda: listing.asked(OpenWorkspace)[-1].folder == asked.folder)
    idle(qtbot, program)
    assert train.banner.message == (
        "12 rows: 9 documents; left out: 1 duplicate, 1 empty, 1 broken. "
        "The first broken one is line 7: too few fields. 9 documents embedded in 2.0 s."
    )


def test_a_file_without_text_is_refused_in_the_dialog(qtbot, program, tmp_path):
    dialog = page(program).ask_corpus(str(tmp_path / "broken.csv"))
    qtbot.waitUntil(lambda: dialog.banner.is_error)
    assert "no usable text" in dialog.banner.message
    assert not dialog.make.isEnabled()
    dialog.reject()


def test_documents_without_vectors_are_embedded_on_demand(qtbot, program, listing, work):
    train = page(program)
    listing.rows, listing.runs = 0, []
    program.engine.submit(OpenWorkspace(FOLDER))
    qtbot.waitUntil(train.empty.embed.isVisible)
    train.empty.embed.click()
    qtbot.waitUntil(lambda: bool(work.asked(MakeWorkspace)))
    assert work.asked(MakeWorkspace)[-1].corpus is None


def test_curves_and_runs_are_copied(program):
    train = page(program)
    trigger(program, "train.copy_curves")
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].startswith("name,step,heldout_fvu")
    assert len(lines) == 1 + sum(len(run.curve) for run in train.plot.runs) == 21
    trigger(program, "train.copy_runs")
    assert QGuiApplication.clipboard().text().count("\n") == 4


def test_closing_while_it_trains_stops_it(qtbot, program, work):
    work.hold()
    trigger(program, "train.start")
    qtbot.waitUntil(lambda: bool(work.asked(TrainRun)))
    program.window.close()
    qtbot.waitUntil(lambda: program.over, timeout=10_000)
    assert not work.steps[-1].finished


def test_it_can_be_painted_in_both_themes_and_any_size(program):
    train = page(program)
    for theme in ("light", "dark"):
        train.set_theme(Theme.named(theme))
        for size in ((400, 300), (900, 640), (1600, 900)):
            train.resize(*size)
            for place in (None, 0, 4):
                train.plot.enlarge(place)
                assert not train.plot.grab().isNull()
    QApplication.sendPostedEvents()


def _dialog():
    return next(widget for widget in QApplication.topLevelWidgets() if hasattr(widget, "id_column"))


def _heads(dialog):
    return [dialog.rows.horizontalHeaderItem(i).text() for i in range(dialog.rows.columnCount())]
