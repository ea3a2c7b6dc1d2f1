"""Errors that nobody expected: the window that says so, and the report that it offers."""

import io
import json
import logging
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog

from tests.gui.fake_backend import FakeBackend
from tests.gui.idle_program import run
from tests.gui.window import close, settings_in, wait_settled
from ui.app import Program
from ui.errors.blotting import blotted, newest
from ui.errors.report import Mishap, report_text, without_texts
from ui.startup_checks import Start

SECRET = "the merger of Acme and Globex"
SESSION = {
    "page": "Explain",
    "workspace": "/home/somebody/secret project",
    "geometry": "AAAA",
    "pages": {
        "Explain": {
            "query": SECRET,
            "candidates": 'first line\nit\'s "second"',
            "method": "leave-one-out",
            "docks": "AAAA",
            "layer": 3,
        }
    },
}


def test_a_report_has_no_texts_unless_they_are_wanted():
    log = f"ValueError: cannot read {SECRET.upper()!r} nor {SESSION['pages']['Explain']['candidates']!r}"
    mishap = Mishap("It broke.", log, "explaining", SESSION)
    plain = report_text(mishap, with_texts=False)
    for text in (SECRET, SECRET.upper(), "first line", "second", "secret project", "AAAA"):
        assert text not in plain
    for text in ("ValueError", "[text left out]", '"layer": 3', "leave-one-out", "explaining", "Python 3"):
        assert text in plain
    whole = report_text(mishap, with_texts=True)
    assert SECRET in whole
    assert "secret project" in whole
    assert "AAAA" not in whole


def test_a_text_that_is_part_of_another_leaves_nothing_of_it():
    session = {"pages": {"Explain": {"query": "long text here", "candidates": "text"}}}
    report = report_text(Mishap("", "ValueError: 'long text here' and text", session=session), False)
    assert "ValueError: '[text left out]' and [text left out]\n" in report


def test_what_is_left_out_is_told_by_its_length():
    assert without_texts(SESSION)["pages"]["Explain"]["query"] == f"[{len(SECRET)} characters]"
    assert without_texts({"history": ["abc"]}) == {"history": ["[3 characters]"]}


def test_a_home_folder_is_not_named(monkeypatch, tmp_path):
    monkeypatch.setattr("pathlib.Path.home", lambda: tmp_path)
    report = report_text(Mishap("", f"File {tmp_path}/x.py"), with_texts=True)
    assert str(tmp_path) not in report
    assert "File ~/x.py" in report


DOCUMENT = 'The board of Globex decided: nobody\'s "bonus" is paid.\nSigned by Jane Roe,\n    in Zürich'


def _raised(message):
    raise ValueError(message)


def logged(message):
    """Return what the log of a run holds of an error that was raised while the same one was handled."""
    stream, logger = io.StringIO(), logging.getLogger("tests.blotting")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    logger.addHandler(handler)
    try:
        try:
            _raised(message)
        finally:
            _raised(message)
    except ValueError:
        logger.exception("the engine failed on %s", "ExplainTask")
    finally:
        logger.removeHandler(handler)
    return stream.getvalue()


@pytest.mark.parametrize(
    "message",
    [
        f"no words in {DOCUMENT!r}",
        f"no words in {json.dumps(DOCUMENT)}",
        f"no words in Document(id=3, name='a', text={DOCUMENT!r}, metadata={{'note': {DOCUMENT!r}}})",
        f"bad bytes {DOCUMENT.encode()!r}",
        f"no words in `{' '.join(DOCUMENT.split())}`",
        f"cut off: {DOCUMENT!r}"[:70],
        "the text is:\n" + DOCUMENT,
        "x" * 301 + DOCUMENT,
    ],
    ids=["repr", "json", "a dataclass", "bytes", "backticks", "cut", "lines below", "far along"],
)
def test_the_text_of_a_document_is_not_in_a_report_wherever_a_message_has_it(message):
    log = logged(message)
    assert "Globex" in log
    report = report_text(Mishap("It broke.", log), with_texts=False)
    for part in ("Globex", "bonus", "Signed", "Jane Roe", "rich"):
        assert part not in report
    # What tells a developer where it broke stays.
    for part in (
        "ERROR tests.blotting: the engine failed on ExplainTask",
        'test_errors.py", line ',
        "raise ValueError(message)",
        "\nValueError: ",
        "During handling of the above exception, another exception occurred:",
    ):
        assert part in report
    assert log.strip() in report_text(Mishap("", log), with_texts=True)


@pytest.mark.parametrize(
    "line",
    [
        "KeyError: 'encoder.layer.0.attention.self.query.weight'",
        "AttributeError: 'NoneType' object has no attribute 'text'; it's the user's",
        "RuntimeError: mat1 and mat2 shapes cannot be multiplied (3x4 and 5x6)",
        "TypeError: can't convert \"float32\" to `torch.int64` isn't",
        f"OSError: cannot load '{Path(sys.prefix) / 'lib' / 'a b' / 'libtorch.so'}'",
        "IndexError: index 12 is out of bounds for axis 0 with size 12",
        '  File "/a b/c d.py", line 3 in <module>',
    ],
)
def test_what_names_a_place_in_the_program_stays(line):
    assert blotted(line) == line


def test_what_is_left_out_of_a_message_is_said():
    trace = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    f("a quoted text")\n'
    log = f"{trace}ValueError: 'two words' and '' and 'abc\nsecond\n\n  third\n{trace}KeyError: 'a/b'\nlast"
    assert blotted(log) == (
        f"{trace}ValueError: '[text left out]' and '' and 'abc\n[2 lines left out]\n"
        f"{trace}KeyError: '[text left out]'\n[1 line left out]"
    )


def test_the_end_of_a_long_log_begins_where_something_begins():
    log = "ERROR a: first\n" + "of a message\n" * 50 + "ERROR b: second\nrest\n"
    assert newest(log, 10_000) == log
    assert newest(log, 100) == "ERROR b: second\nrest"


@pytest.fixture
def program(qtbot, tmp_path):
    made = Program(
        QApplication.instance(),
        settings_in(tmp_path),
        tmp_path / "logs",
        FakeBackend(),
        FakeBackend(),
        Start(tmp_path / "data"),
    )
    made.start()
    wait_settled(qtbot, made)
    yield made
    close(qtbot, made)


def test_an_error_that_nobody_caught_is_said_in_a_window_and_work_goes_on(qtbot, program, monkeypatch):
    errors, explain = program.window.errors, program.window.explain
    explain.explain_texts(SECRET, ("text",))
    wait_settled(qtbot, program)
    # What pytest makes of errors that nobody caught is of no interest here.
    monkeypatch.setattr(program._log, "_hooks", (lambda *_: None, program._log._hooks[1]))
    try:
        raise RuntimeError(f"a slot failed on {SECRET}")
    except RuntimeError:
        program._log._uncaught(*sys.exc_info())
    qtbot.waitUntil(lambda: errors.dialog is not None)
    dialog = errors.dialog
    said = dialog.said.text()
    assert "still running" in said
    assert "saved, and comes back at the next start" in said
    assert program.window.sessions.saved_in.exists()
    report = dialog.report.toPlainText()
    assert "RuntimeError: a slot failed on [text left out]" in report
    assert SECRET not in report
    dialog.texts.setChecked(True)
    assert SECRET in dialog.report.toPlainText()
    dialog.reject()
    assert errors.dialog is None
    explain.explain_texts("another", ("text",))
    wait_settled(qtbot, program)
    assert explain.explanation.request.query == "another"


RAISE = """
def fail():
    window.explain.inputs.query.setPlainText("typed before it")
    raise RuntimeError("a defect")
def tell():
    print(window.errors.dialog.said.text().splitlines()[0])
    print("a defect" in window.errors.dialog.report.toPlainText())
    window.errors.dialog.close()
    window.close()
after(0.1, fail)
after(1.5, tell)
"""


def test_an_error_in_a_slot_reaches_the_window(tmp_path):
    done = run(tmp_path, RAISE)
    assert done.returncode == 0
    said, logged = done.stdout.splitlines()
    assert said.startswith("The program met an error that nobody expected.")
    assert logged == "True"
    (session,) = (tmp_path / "data" / "sessions").glob("*.semasession")
    assert json.loads(session.read_text())["pages"]["Explain"]["query"] == "typed before it"


def test_an_error_in_the_engine_is_said_once(qtbot, program):
    errors, explain = program.window.errors, program.window.explain
    for _ in range(2):
        explain.inputs.query.setPlainText("crash")
        explain.asking.explain()
        qtbot.waitUntil(lambda: explain.banner.is_error)
        qtbot.waitUntil(lambda: not program.engine.busy)
        if errors.dialog is not None:
            assert "ExplainTask" in errors.dialog.report.toPlainText()
            assert "a defect" in errors.dialog.report.toPlainText()
            errors.dialog.reject()
            shown = True
        explain.banner.dismiss()
    assert shown
    assert errors.dialog is None
    explain.inputs.query.setPlainText("fine")
    wait_settled(qtbot, program)


def test_the_report_is_saved_where_a_person_says(qtbot, program, tmp_path, monkeypatch):
    errors = program.window.errors
    errors.show("RuntimeError: once")
    target = tmp_path / "report.txt"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    errors.dialog._ask_file()
    assert target.read_text(encoding="utf-8") == errors.dialog.report.toPlainText()
    assert str(target) in program.window.page.banner.message
    errors.dialog.reject()


def test_an_error_while_the_session_is_saved_is_told_as_such(program, monkeypatch):
    errors = program.window.errors

    def fail():
        raise ValueError("broken page")

    monkeypatch.setattr(program.window.pages["Rank"], "session", fail)
    program.window.sessions._timer.stop()
    errors.show("ValueError: broken page")
    assert errors.dialog is not None
    errors.dialog.reject()
    monkeypatch.undo()
