"""The log of this run and of earlier ones; versions and licences."""

import logging
import os
from importlib import metadata

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from tests.gui.fake_backend import FakeBackend
from tests.gui.window import opened, wait_settled
from ui.help.about import AboutDialog
from ui.help.licences import licensed_parts, parts_of_bundle, versions
from ui.help.log_viewer import LogViewer
from ui.help.run_log import KEPT, LoggedRun, RunLog, at_least, entries

LOG = """\
2026-01-02 03:04:05 INFO ui.help.run_log: Semascope begins
2026-01-02 03:04:06 WARNING ui.x: failed: search: no such column
2026-01-02 03:04:07 ERROR ui.y: the engine failed
Traceback (most recent call last):
ValueError: a defect
2026-01-02 03:04:08 INFO ui.x: answered: explain
"""


def test_levels_filter_whole_entries():
    assert [level for level, _ in entries(LOG)] == ["INFO", "WARNING", "ERROR", "INFO"]
    assert at_least(LOG, "INFO") == LOG.rstrip("\n")
    assert at_least(LOG, "ERROR").splitlines() == LOG.splitlines()[2:5]
    assert at_least(LOG, "WARNING").splitlines() == LOG.splitlines()[1:5]
    assert at_least("", "ERROR") == ""


def test_a_run_is_written_and_the_oldest_go(tmp_path):
    for day in range(10, 10 + KEPT + 3):
        (tmp_path / f"log-202501{day}-120000-1.txt").write_text(f"day {day}\n")
    run = RunLog(tmp_path)
    run.start()
    logging.getLogger("engine.x").info("for the log")
    logging.getLogger("another").info("not ours")
    logging.getLogger("another").warning("worth knowing")
    texts = run.runs()
    run.close()
    logging.getLogger("engine.x").error("after the end")
    assert len(texts) == KEPT
    assert texts[0].title.startswith("This run, ")
    assert "for the log" in texts[0].text
    assert "worth knowing" in texts[0].text
    assert "not ours" not in texts[0].text
    assert "after the end" not in run.runs()[0].text
    assert texts[1].title == "2025-01-22 12:00"
    assert logging.getLogger("engine").level == logging.NOTSET


def test_the_log_of_this_run_stays_though_the_clock_was_set_back(tmp_path):
    for day in range(10, 10 + KEPT):
        (tmp_path / f"log-209901{day}-120000-1.txt").write_text(f"day {day} of the future\n")
    (tmp_path / "log-20250110-120000-1.txt").write_text("a day of the past\n")
    run = RunLog(tmp_path)
    run.start()
    logging.getLogger("engine.x").info("for the log")
    texts = [one.text for one in run.runs()]
    run.close()
    assert "for the log" in texts[0]
    assert texts[1] == "a day of the past\n"
    assert texts[2:] == [f"day {day} of the future\n" for day in range(9 + KEPT, 11, -1)]


def test_an_old_log_that_cannot_be_removed_costs_nothing(tmp_path):
    for day in range(10, 10 + KEPT + 1):
        (tmp_path / f"log-202501{day}-120000-1.txt").write_text(f"day {day}\n")
    (tmp_path / "log-20250109-120000-1.txt").mkdir()
    run = RunLog(tmp_path)
    run.start()
    logging.getLogger("engine.x").info("for the log")
    run.close()
    (newest,) = tmp_path.glob(f"log-*-{os.getpid()}.txt")
    assert "for the log" in newest.read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_written_costs_only_the_log(tmp_path):
    (tmp_path / "file").write_text("in the way")
    run = RunLog(tmp_path / "file" / "logs")
    run.start()
    assert run.runs() == ()
    run.close()


def test_the_window_logs_kinds_and_failures_but_no_texts(qtbot, tmp_path):
    with opened(qtbot, tmp_path, FakeBackend()) as program:
        wait_settled(qtbot, program)
        program.window.explain.inputs.query.setPlainText("fail")
        qtbot.waitUntil(lambda: program.window.explain.banner.is_error)
        viewer = program.window.help.show_log()
        text = viewer.text.toPlainText()
        assert "INFO" in text
        assert "answered: explain" in text
        assert "WARNING ui.help.run_log: failed: explain: query: this text cannot be read" in text
        assert "Carbs" not in text
        viewer.level.setCurrentIndex(viewer.level.findData("WARNING"))
        assert "answered" not in viewer.text.toPlainText()
        viewer.close()
    assert "Semascope ends" in next((tmp_path / "logs").glob("log-*.txt")).read_text()


@pytest.fixture
def viewer(qtbot):
    viewer = LogViewer(lambda: (LoggedRun("This run", LOG), LoggedRun("Before", "old\n")))
    qtbot.addWidget(viewer)
    viewer.show()
    return viewer


def test_an_earlier_run_can_be_read_and_copied(viewer):
    viewer.run.setCurrentIndex(1)
    assert viewer.text.toPlainText() == "old"
    viewer.copy.click()
    assert QGuiApplication.clipboard().text() == "old"
    viewer.level.setCurrentIndex(2)
    assert "Nothing of this kind" in viewer.text.toPlainText()


def test_what_is_shown_can_be_saved(viewer, tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    viewer.level.setCurrentIndex(viewer.level.findData("ERROR"))
    viewer.save.click()
    assert path.read_text() == "\n".join(LOG.splitlines()[2:5])
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "no" / "a.txt"), ""))
    viewer.save.click()
    assert viewer.banner.is_error


def test_no_log_is_said(qtbot):
    viewer = LogViewer(tuple)
    qtbot.addWidget(viewer)
    assert "could not be written" in viewer.text.toPlainText()


def test_versions_are_those_that_are_installed():
    told = dict(versions())
    assert told["torch"] == metadata.version("torch")
    assert {"Semascope", "Qt", "PySide6", "Python", "SQLite", "System"} <= set(told)


def test_every_part_that_is_needed_has_its_licence():
    parts = {part.name.lower(): part for part in licensed_parts()}
    for name in ("torch", "captum", "keybert", "markdown-it-py", "tqdm", "numpy"):
        assert len(parts[name].text) > 500, name
        assert parts[name].version == metadata.version(name)
    assert "retrivex" not in parts
    assert "pytest" not in parts
    assert "Apache License" in parts["semascope"].text
    assert "OFL" in parts["resources/fonts"].text
    assert "| torch |" in parts["all parts"].text


def test_the_list_of_a_bundle_is_taken_apart():
    rule = "=" * 100
    text = f"Carries:\n\na 1  MIT\n\n{rule}\na 1\nMIT\n{rule}\n\n--- LICENSE\n\nFree.\n{'=' * 60}\n\n"
    text += f"{rule}\nb\n{rule}\n\nB.\n"
    head, first, second = parts_of_bundle(text)
    assert head.text.startswith("Carries")
    assert (first.title, first.expression, first.text) == ("a 1", "MIT", f"--- LICENSE\n\nFree.\n{'=' * 60}")
    assert (second.title, second.expression, second.text) == ("b", "", "B.")


def test_about_shows_versions_and_licences(qtbot):
    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    shown = [dialog.versions.topLevelItem(row).text(0) for row in range(dialog.versions.topLevelItemCount())]
    assert "torch" in shown
    dialog.copy.click()
    assert f"torch {metadata.version('torch')}" in QGuiApplication.clipboard().text()
    dialog.tabs.setCurrentIndex(2)
    assert dialog.parts.count() > 40
    dialog.search.setText("captum")
    visible = [row for row in range(dialog.parts.count()) if not dialog.parts.item(row).isHidden()]
    assert [dialog.parts.item(row).text() for row in visible] == [f"captum {metadata.version('captum')}"]
    dialog.parts.setCurrentRow(visible[0])
    assert "Redistribution and use" in dialog.text.toPlainText()
