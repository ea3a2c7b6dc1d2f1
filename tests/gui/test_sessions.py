"""Sessions of the window: what is on the screen comes back, after a clean end, a crash, and from a file."""

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenu

from tests.gui.fake_backend import FakeBackend
from tests.gui.idle_program import run
from tests.gui.window import close, settings_in, wait_settled
from ui.app import Program
from ui.selection import LinkTarget, WordTarget
from ui.session import sessions as sessions_module
from ui.startup_checks import Start

REPOSITORY = Path(__file__).resolve().parents[2]
PATIENCE_MS = 20_000


@pytest.fixture
def start(qtbot, tmp_path):
    """Start the program on one folder; it is closed at the end."""
    running = []

    def begin(path=None, folder=tmp_path):
        program = Program(
            QApplication.instance(),
            settings_in(folder),
            folder / "logs",
            FakeBackend(),
            FakeBackend(),
            Start(folder / "data", path),
        )
        running.append(program)
        program.window.resize(1400, 900)
        program.start()
        qtbot.waitUntil(program.window.sessions._timer.isActive, timeout=PATIENCE_MS)
        return program

    yield begin
    for program in running:
        if not program.over:
            close(qtbot, program)


def crash(qtbot, program):
    """End a program as a crash would: what is on the disk is what was saved while it ran."""
    program.window.sessions.save_now()
    program.window.closing.disconnect(program.window.sessions._end)
    program.window.sessions._timer.stop()
    program.window.sessions._settled.stop()
    store = program.window.sessions._store
    close(qtbot, program)
    store.close()


def work(qtbot, program):
    """Do something on every page, and return what is to come back."""
    window = program.window
    explain, pages, actions = window.explain, window.pages, window.actions_
    wait_settled(qtbot, program)
    for query in ("salt", "sugar and salt"):
        explain.explain_texts(query, ("pepper", "salt and pepper", "a third"))
        wait_settled(qtbot, program)
    explain.result.choose(1)
    actions["view.percent"].trigger()
    actions["view.tokens"].trigger()
    explain.panels.top.setValue(17)
    explain.view.selection.isolate(LinkTarget(0, 1))
    explain.panels.dock("ledger").hide()
    rank = pages["Rank"]
    rank.bar.query.setText("honey")
    rank.bar.top.setValue(33)
    rank.bar.words.setText("bees")
    rank.missing.search.setText("nectar")
    rank.tabs.setCurrentIndex(2)
    concepts = pages["Concepts"]
    concepts.head.search.setText("birds")
    concepts.head.by_meaning.click()
    concepts.features.sortByColumn(2, concepts.features.horizontalHeader().sortIndicatorOrder())
    concepts.overview.setCurrentIndex(4)
    concepts.overview.text.field.setPlainText("a text of mine")
    train = pages["Train"]
    train.panel.name.setText("mine")
    train.panel.name.textEdited.emit("mine")
    train.set_logarithmic(True)
    inspect = pages["Inspect"]
    inspect.texts.setPlainText("one\ntwo")
    inspect.pooling.setCurrentIndex(2)
    inspect.tabs.setCurrentIndex(1)
    window.show_page("Rank")
    return window.sessions.session()


def _without_places(session):
    """A session without the places of panels and windows, which a display may round."""
    pages = dict(session["pages"])
    pages["Explain"] = {key: value for key, value in pages["Explain"].items() if key != "docks"}
    return {**{key: value for key, value in session.items() if key != "geometry"}, "pages": pages}


def _check_restored(qtbot, program, before):
    window, explain = program.window, program.window.explain
    wait_settled(qtbot, program)
    now, then = _without_places(window.sessions.session()), _without_places(before)
    for name, page in then["pages"].items():
        for key, value in page.items():
            assert (name, key, now["pages"][name][key]) == (name, key, value)
    assert now == then
    assert window.page_name == "Rank"
    assert explain.explanation.request.query == "sugar and salt"
    assert explain.view.pair.candidate.text.text == "salt and pepper"
    assert explain.view.selection.isolated == LinkTarget(0, 1)
    assert explain.view.unit == "percent"
    assert window.actions_["view.percent"].isChecked()
    assert explain.panels.dock("ledger").isHidden()
    assert [request.query for request in explain.panels.history.requests[:2]] == ["sugar and salt", "salt"]


def test_everything_comes_back_after_a_clean_end(qtbot, start):
    program = start()
    before = work(qtbot, program)
    close(qtbot, program)
    again = start()
    _check_restored(qtbot, again, before)
    assert again.window.page.banner.message == ""


def test_everything_comes_back_after_a_crash_and_it_is_said(qtbot, start):
    program = start()
    before = work(qtbot, program)
    crash(qtbot, program)
    again = start()
    _check_restored(qtbot, again, before)
    banner = again.window.page.banner
    assert banner.message == "The last run did not end well; what was on the screen is back."
    assert [button.text() for button in banner._buttons[:2]] == ["Start afresh", "What happened…"]
    banner._buttons[0].click()
    wait_settled(qtbot, again)
    assert again.window.page_name == "Explain"
    assert again.window.explain.inputs.query.toPlainText().startswith("Carbs")
    assert again.window.pages["Rank"].bar.query.text() == ""
    (kept, *_) = again.window.sessions._list_earlier()
    assert kept.session["pages"]["Explain"]["query"] == "sugar and salt"


def test_the_note_on_a_crash_stays_below_later_messages_until_a_person_dismisses_it(qtbot, start):
    program = start()
    work(qtbot, program)
    crash(qtbot, program)
    again = start()
    wait_settled(qtbot, again)
    banner = again.window.page.banner
    note = "The last run did not end well; what was on the screen is back."

    def offered():
        return [button.text() for button in banner._buttons if not button.isHidden()]

    banner.show_error("the search failed", passing=True, offers=(("Try again", lambda: None),))
    assert banner.message == f"The search failed\n{note}"
    assert banner.is_error
    assert offered() == ["Try again", "Start afresh", "What happened…"]
    banner.dismiss_passing()
    assert (banner.message, banner.is_error) == (note, False)
    # What the program takes away is its own message, and so is what is done about it.
    banner.show_note("Saved.", "Show it", lambda: None)
    banner.add_note("And more.")
    assert banner.message == f"Saved. And more.\n{note}"
    banner._buttons[0].click()
    assert banner.message == note
    banner.show_error("once more")
    banner.dismiss()
    banner.dismiss()
    assert banner.message == note
    banner.show_error("the last one")
    qtbot.keyClick(banner, Qt.Key.Key_Escape)
    assert banner.message == note
    assert offered() == ["Start afresh", "What happened…"]
    banner._close.click()
    assert banner.message == ""
    banner.show_error("after it")
    assert banner.message == "After it"


def test_what_is_typed_is_on_the_disk_a_second_later(qtbot, start):
    program = start()
    wait_settled(qtbot, program)
    store = program.window.sessions._store
    program.window.explain.inputs.query.setPlainText("typed just now")

    def saved():
        return json.loads(store.path.read_text())["pages"]["Explain"]["query"] == "typed just now"

    qtbot.waitUntil(lambda: store.path.exists() and saved(), timeout=PATIENCE_MS)
    assert not json.loads(store.path.read_text())["ended"]


def test_earlier_results_are_computed_anew_when_chosen(qtbot, start):
    program = start()
    work(qtbot, program)
    close(qtbot, program)
    again = start()
    wait_settled(qtbot, again)
    history = again.window.explain.panels.history
    assert [entry.explanation is not None for entry in history.entries] == [True, False, False]
    history._activated(history.item(1))
    wait_settled(qtbot, again)
    assert again.window.explain.explanation.request.query == "salt"
    assert [entry.explanation is not None for entry in history.entries] == [True, True, False]
    assert [request.query for request in history.requests[:2]] == ["sugar and salt", "salt"]


def test_a_session_that_ends_the_program_twice_is_offered_and_not_opened(qtbot, start):
    program = start()
    program.window.explain.explain_texts("deadly", ("text",))
    wait_settled(qtbot, program)
    crash(qtbot, program)
    for _ in range(2):
        again = start()
        wait_settled(qtbot, again)
        assert again.window.explain.explanation.request.query == "deadly"
        crash(qtbot, again)
    third = start()
    wait_settled(qtbot, third)
    assert third.window.explain.explanation.request.query.startswith("Carbs")
    banner = third.window.page.banner
    assert "ended badly twice" in banner.message
    banner._button.click()
    wait_settled(qtbot, third)
    assert third.window.explain.explanation.request.query == "deadly"


def test_a_session_that_has_settled_counts_as_harmless(qtbot, start, monkeypatch):
    program = start()
    crash(qtbot, program)
    again = start()
    assert again.window.sessions._starts == 1
    again.window.sessions._settle()
    crash(qtbot, again)
    third = start()
    assert third.window.sessions._starts == 1


def test_a_window_beside_another_starts_anew(qtbot, start):
    old = start()
    old.window.explain.explain_texts("of yesterday", ("text",))
    wait_settled(qtbot, old)
    close(qtbot, old)
    first = start()
    wait_settled(qtbot, first)
    assert first.window.explain.explanation.request.query == "of yesterday"
    first.window.sessions.start_afresh()
    wait_settled(qtbot, first)
    first.window.sessions.save_now()
    second = start()
    wait_settled(qtbot, second)
    assert second.window.explain.explanation.request.query.startswith("Carbs")
    assert len(second.window.sessions._list_earlier()) == 1


def test_a_session_is_saved_as_a_file_and_opened(qtbot, start, tmp_path):
    program = start()
    before = work(qtbot, program)
    window, file = program.window, tmp_path / "mine.semasession"
    window.sessions.save_file(file)
    assert window.settings.recent_sessions == (str(file),)
    window.sessions.start_afresh()
    wait_settled(qtbot, program)
    window.opening.open(file)
    _check_restored(qtbot, program, before)
    # Nothing of the machine's doing stands in a file that is handed on.
    assert not {"ended", "starts"} & set(json.loads(file.read_text()))


def test_a_damaged_file_changes_nothing_and_is_told(qtbot, start, tmp_path):
    program = start()
    wait_settled(qtbot, program)
    before = _without_places(program.window.sessions.session())
    bad = tmp_path / "bad.semasession"
    bad.write_text(json.dumps({"app": "Semascope session", "version": 1, "pages": {"Rank": {"top": -1}}}))
    program.window.opening.open(bad)
    banner = program.window.page.banner
    assert banner.is_error
    assert "pages, Rank, top is not a whole number from 1" in banner.message
    assert _without_places(program.window.sessions.session()) == before


def test_a_session_that_is_named_opens_in_place_of_the_last_one(qtbot, start, tmp_path):
    program = start()
    before = work(qtbot, program)
    file = tmp_path / "mine.semasession"
    program.window.sessions.save_file(file)
    program.window.sessions.start_afresh()
    close(qtbot, program)
    _check_restored(qtbot, start(path=file), before)


def test_recent_sessions_stand_in_the_menu(qtbot, start, tmp_path):
    program = start()
    wait_settled(qtbot, program)
    window = program.window
    window.sessions.save_file(tmp_path / "a & b.semasession")
    window.explain.explain_texts("put aside", ("text",))
    wait_settled(qtbot, program)
    window.sessions.start_afresh()
    menu = window.sessions._recent.menu
    menu.aboutToShow.emit()
    first, *_, last = [action.text() for action in menu.actions()]
    assert first == "a && b.semasession"
    assert "Explain: put aside" in last
    menu.actions()[-1].trigger()
    wait_settled(qtbot, program)
    assert window.explain.explanation.request.query == "put aside"
    file_menu = next(
        one for one in window.actions_["file.afresh"].associatedObjects() if isinstance(one, QMenu)
    )
    assert menu.menuAction() in file_menu.actions()


def test_a_full_disk_costs_a_note(qtbot, start, monkeypatch):
    program = start()
    wait_settled(qtbot, program)

    def full(path, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ui.session.store.write_atomically", full)
    program.window.explain.inputs.query.setPlainText("more")
    banner = program.window.explain.banner
    qtbot.waitUntil(lambda: "No space left" in banner.message, timeout=PATIENCE_MS)
    assert not banner.is_error
    banner.dismiss()
    program.window.explain.inputs.query.setPlainText("and more")
    qtbot.wait(2 * sessions_module.SAVE_EVERY_MS + 200)
    assert banner.message == "", "it is said once"


def test_a_setting_of_the_start_is_kept_but_for_crashes(qtbot, start):
    program = start()
    program.window.settings.start = "empty"
    program.window.explain.explain_texts("left alone", ("text",))
    wait_settled(qtbot, program)
    close(qtbot, program)
    again = start()
    assert again.window.explain.inputs.query.toPlainText() == ""
    again.window.explain.explain_texts("lost?", ("text",))
    wait_settled(qtbot, again)
    crash(qtbot, again)
    third = start()
    wait_settled(qtbot, third)
    assert third.window.explain.explanation.request.query == "lost?"


def test_what_was_isolated_in_other_texts_is_forgotten(qtbot, start):
    program = start()
    wait_settled(qtbot, program)
    view = program.window.explain.view
    view.isolate_when_shown(WordTarget("query", 10_000), "short", "text")
    program.window.explain.explain_texts("another", ("text",))
    wait_settled(qtbot, program)
    assert view.wanted is not None
    program.window.explain.explain_texts("short", ("text",))
    wait_settled(qtbot, program)
    assert view.selection.isolated is None
    assert view.wanted is None


# -- processes that are killed ----------------------------------------------------------------------------


TYPE = "window.explain.inputs.query.setPlainText('typed before the end'); after(1.6, lambda: %s)"
TELL = """
def tell():
    print(window.explain.inputs.query.toPlainText(), '|', window.page.banner.message, flush=True)
    window.errors.show_last_run()
    print(window.errors.dialog.said.text().splitlines()[0], flush=True)
    window.errors.dialog.close()
    window.close()
after(0.5, tell)
"""


@pytest.mark.parametrize(
    ("end", "number", "told"),
    [
        ("os.kill(os.getpid(), 9)", signal.SIGKILL, "ended from outside, without a word"),
        ("os.kill(os.getpid(), 11)", signal.SIGSEGV, "an error in one of the libraries"),
        ("os.abort()", signal.SIGABRT, "an error in one of the libraries"),
    ],
)
def test_a_process_that_dies_is_told_of_and_its_session_comes_back(tmp_path, end, number, told):
    assert run(tmp_path, TYPE % end).returncode == -number
    text, said = run(tmp_path, TELL).stdout.splitlines()
    assert text == ("typed before the end | The last run did not end well; what was on the screen is back.")
    assert told in said


def test_a_process_killed_at_any_moment_leaves_a_session_that_opens(tmp_path):
    generator = random.Random(5)
    for round_ in range(4):
        moment = 0.05 + generator.random()
        code = (
            "import itertools\ncount = itertools.count()\n"
            "def type_on():\n    window.explain.inputs.query.setPlainText('text %d' % next(count) * 200)\n"
            "    window.sessions._save()\n    after(0, type_on)\n"
            f"type_on()\nafter({moment}, lambda: os.kill(os.getpid(), 9))"
        )
        assert run(tmp_path / str(round_), code).returncode == -signal.SIGKILL
        done = run(tmp_path / str(round_), TELL)
        assert done.stdout.startswith("text ")
        assert "what was on the screen is back" in done.stdout


def test_two_programs_at_once_keep_a_session_each(tmp_path):
    def begin(text):
        code = f"window.explain.inputs.query.setPlainText({text!r}); after(60, window.close)"
        return subprocess.Popen(
            [sys.executable, "-m", "tests.gui.idle_program", str(tmp_path), code],
            cwd=REPOSITORY,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        )

    folder = tmp_path / "data" / "sessions"

    def saved():
        found = [json.loads(path.read_text()) for path in folder.glob("run-*.semasession")]
        return sorted(one["pages"]["Explain"]["query"] for one in found)

    import time

    with begin("of the first") as first, begin("of the second") as second:
        deadline = time.monotonic() + 40
        while saved() != ["of the first", "of the second"] and time.monotonic() < deadline:
            time.sleep(0.2)
        assert saved() == ["of the first", "of the second"]
        first.kill()
        second.kill()
    opened = run(tmp_path, TELL).stdout.splitlines()[0]
    assert opened.startswith(("of the first |", "of the second |"))
