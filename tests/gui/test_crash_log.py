"""What went wrong in a run is there at the next start; what runs beside it is left alone."""

import logging
import os
import signal
import subprocess
import sys
import threading

import pytest

from ui.crash_log import LAST_LOG, CrashLog

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CRASH = """
import ctypes, sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from ui.crash_log import CrashLog
app = QCoreApplication([])
log = CrashLog(Path(sys.argv[1]))
log.start()
print("started", flush=True)
sys.stdin.readline()
ctypes.string_at(0)
"""


@pytest.fixture
def quiet_hooks(monkeypatch):
    """Stand in for the hooks that would fail the test on an error that it makes on purpose."""
    monkeypatch.setattr(sys, "excepthook", lambda *_error: None)
    monkeypatch.setattr(threading, "excepthook", lambda _error: None)


def test_a_run_without_errors_leaves_nothing(tmp_path):
    log = CrashLog(tmp_path / "logs")
    assert log.start() is None
    assert log.path.exists()
    log.close()
    assert list((tmp_path / "logs").iterdir()) == []
    assert CrashLog(tmp_path / "logs").start() is None


def test_an_uncaught_error_is_told_and_kept(tmp_path, quiet_hooks):
    told = []
    log = CrashLog(tmp_path, told.append)
    log.start()
    sys.excepthook(ValueError, ValueError("a defect"), None)
    assert told == ["ValueError: a defect"]
    assert "ValueError: a defect" in log.text()
    log.close()
    again = CrashLog(tmp_path)
    kept = again.start()
    assert kept == tmp_path / LAST_LOG
    assert "a defect" in kept.read_text()
    again.close()
    third = CrashLog(tmp_path)
    assert third.start() is None
    third.close()


def test_an_error_in_a_thread_is_told(tmp_path, quiet_hooks):
    told = []
    log = CrashLog(tmp_path, told.append)
    log.start()
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    log.close()
    assert told == ["ZeroDivisionError: division by zero"]


def test_what_the_engine_logs_is_kept(tmp_path):
    log = CrashLog(tmp_path)
    log.start()
    logging.getLogger("ui.engine_thread").error("the engine failed")
    assert "the engine failed" in log.text()
    log.close()
    logging.getLogger("ui.engine_thread").error("after the end")


def test_a_crash_of_native_code_is_there_at_the_next_start(tmp_path):
    program = subprocess.Popen(
        [sys.executable, "-c", CRASH, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=REPOSITORY,
        text=True,
    )
    assert program.stdout.readline() == "started\n"
    beside = CrashLog(tmp_path)
    # The other run is not over, so its log is not touched.
    assert beside.start() is None
    beside.close()
    program.communicate("\n")
    assert program.returncode == -signal.SIGSEGV
    after = CrashLog(tmp_path)
    kept = after.start()
    assert "Segmentation fault" in kept.read_text()
    after.close()


def test_a_folder_that_cannot_be_written_costs_only_the_log(tmp_path):
    (tmp_path / "file").write_text("in the way")
    log = CrashLog(tmp_path / "file" / "logs")
    assert log.start() is None
    assert log.path is None
    assert "could not be opened" in log.text()
    log.close()


def test_the_stacks_of_all_threads_can_be_written_down(tmp_path):
    log = CrashLog(tmp_path)
    log.start()
    log.write_stacks()
    assert "test_the_stacks_of_all_threads_can_be_written_down" in log.text()
    log.close()
