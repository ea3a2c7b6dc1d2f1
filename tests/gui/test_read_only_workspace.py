"""The window over the real engine, on a workspace that may be read and not written."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.resources import resource
from tests.read_only import read_only_copy

ROOT = Path(__file__).resolve().parents[2]
RUN = """
import json, sys, time
from pathlib import Path
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from engine.concepts.run_settings import RunSettings
from engine.jobs import CancelToken
from tests.read_only import become_nobody
from ui.app import Program
from ui.concepts.requests import Annotate
from ui.report.requests import WriteReport
from ui.requests import ModelChoice
from ui.settings import Settings
from ui.startup_checks import Start
from ui.train.requests import DeleteRun, MakeWorkspace, NameFeatures, TrainRun

folder, other, out = map(Path, sys.argv[1:4])
SAE, FEATURE = "wordnet-3072", 12
app = QApplication([])
settings = Settings(QSettings(str(out / "settings.ini"), QSettings.Format.IniFormat))
settings.start = "empty"
program = Program(app, settings, out / "logs", start=Start(out / "data"))
window, engine, background = program.window, program.engine, program.background
program.start()
failures = []
for thread in (engine, background):
    thread.failed.connect(failures.append)

def wait(what, until, seconds=100):
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, what
        app.processEvents()
        time.sleep(0.01)

def idle():
    return not engine.busy and not background.busy

def read(place):
    window.loading.open_workspace(str(place))
    wait("workspace", lambda: idle() and window.loading.folder_in_use == str(place))
    window.navigator.choose_dictionary(SAE)
    rank, concepts, tray = window.pages["Rank"], window.pages["Concepts"], window.reports.tray
    count = len(tray.items)
    window.navigator.search("bees make honey")
    wait("ranking", lambda: bool(rank.table.records) and idle())
    window.actions_["file.add_item"].trigger()
    wait("ranking added", lambda: len(tray.items) == count + 1 and idle())
    window.navigator.show_feature(FEATURE)
    wait("feature", lambda: bool(concepts.features.records) and idle())
    window.actions_["file.add_item"].trigger()
    wait("feature added", lambda: len(tray.items) == count + 2 and idle())
    window.navigator.explain("how do bees make honey", ("nectar turns into honey",))
    wait("explanation", lambda: window.explain.explanation is not None and idle())
    window.actions_["file.add_item"].trigger()
    wait("explanation added", lambda: len(tray.items) == count + 3 and idle())
    path = out / f"{place.name}.html"
    engine.submit(WriteReport("", tray.items[count:], "html", str(path)))
    wait("report", lambda: path.exists() and idle())

def refused(what, thread, request):
    failures.clear()
    thread.submit(request)
    wait(what, lambda: bool(failures) and idle())
    (failure,) = failures
    print(json.dumps([what, failure.internal, failure.message]), flush=True)

wait("model", lambda: window.header.ready is not None and idle())
read(other)
assert failures == [], failures
become_nobody(out)
read(folder)
assert failures == [], failures
print(json.dumps([len(window.reports.tray.items), window.page.banner.is_error]), flush=True)
choice, where = ModelChoice(), str(folder)
refused("rename", engine, Annotate(SAE, "rename", (FEATURE,), "mine"))
refused("import", background, MakeWorkspace(where, choice, out.parent / "corpus.txt"))
refused("train", background, TrainRun(where, "new", RunSettings("topk", 16, 4, 1, 16, 0), CancelToken()))
refused("label", background, NameFeatures(where, SAE, choice))
refused("delete", engine, DeleteRun(where, SAE))
refused("report", engine, WriteReport("", window.reports.tray.items[:1], "html", f"{where}/report.html"))
window.close()
wait("end", lambda: program.over)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="modes of files are those of POSIX")
def test_a_read_only_workspace_is_worked_with_in_the_window_and_writing_is_one_line():
    with read_only_copy(resource("sample")) as (folder, other, out):
        corpus = out.parent / "corpus.txt"
        corpus.write_text("one small text\nanother\n", encoding="utf-8")
        before = sorted(folder.rglob("*"))
        done = subprocess.run(
            [sys.executable, "-c", RUN, folder, other, out],
            check=False, capture_output=True, text=True, cwd=ROOT, timeout=280,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(lines) == 7, done.stderr
        assert done.returncode == 0, done.stderr
        assert lines[0] == [6, False]
        for what, internal, message in lines[1:]:
            assert not internal, (what, message)
            assert "\n" not in message
            assert str(folder) in message, what
            assert "cannot" in message, what
        assert sorted(folder.rglob("*")) == before
