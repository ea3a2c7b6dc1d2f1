"""The window over the real engine and the embedded model."""

import os
import signal
import subprocess
import sys

import pytest

from engine.attribution.worked_example import CANDIDATES, QUERY
from tests.gui.heartbeat import Heartbeat
from tests.gui.window import opened, settings_in, wait_settled
from ui.requests import ModelChoice

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# The target is 0.05 s on an idle machine; one that runs tests shares its caches.
LONGEST_GAP_SECONDS = 0.15
START = """
import sys, time
began = time.perf_counter()
from PySide6.QtWidgets import QApplication
from ui.app import run
from ui.engine_thread import EngineThread
from ui.startup_checks import prepare
start = EngineThread.start
def started(self):
    # The window has been painted just before.
    EngineThread.start = start
    assert any(window.isVisible() for window in QApplication.topLevelWidgets())
    print(f"painted {time.perf_counter() - began:.2f} torch {'torch' in sys.modules}", flush=True)
    start(self)
EngineThread.start = started
sys.exit(run(["semascope"], prepare()))
"""


def test_the_worked_example_then_typing_then_another_model(qtbot, tmp_path):
    """One run through the window; its parts share the seconds that the engine takes to load."""
    settings = settings_in(tmp_path)
    heart = Heartbeat()
    with opened(qtbot, tmp_path, settings=settings) as program:
        window, explain = program.window, program.window.explain
        wait_settled(qtbot, program)
        first = explain.explanation
        assert (first.request.query, first.request.candidates) == (QUERY, CANDIDATES)
        assert first.pairs[0].ledger.similarity == pytest.approx(0.714, abs=1e-3)
        assert first.faithfulness[0].deletion.z > 1
        assert window.header.device.count() >= 2

        heart.start()
        explain.inputs.set_texts("sugar", ("glucose",))
        qtbot.keyClicks(explain.inputs.query, "s", delay=20)
        qtbot.waitUntil(lambda: explain.explanation.preview, timeout=20_000)
        assert explain.explanation.request.layer == 4
        wait_settled(qtbot, program)
        assert explain.explanation.request.layer == 0
        heart.stop()

        window.header.model_chosen.emit(ModelChoice(str(tmp_path)))
        qtbot.waitUntil(lambda: explain.banner.is_error, timeout=20_000)
        assert "neither modules.json nor config.json" in explain.banner.message
        assert window.header.in_use.folder is None
        wait_settled(qtbot, program)

        explain.inputs.query.setPlainText("")
        qtbot.wait(400)
        assert explain.bar.state.startswith("Write a query")
        window.actions_["run.explain"].trigger()
        explain.inputs.query.setPlainText("closing while this is explained")
        window.actions_["run.explain"].trigger()
    assert not program.engine.running
    assert heart.longest < LONGEST_GAP_SECONDS


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to send")
def test_it_paints_before_torch_is_there_and_a_signal_ends_it(tmp_path):
    environment = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    program = subprocess.Popen(
        [sys.executable, "-c", START],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=REPOSITORY,
        env=environment,
        text=True,
    )
    words = program.stdout.readline().split()
    program.send_signal(signal.SIGTERM)
    _out, errors = program.communicate(timeout=60)
    assert words[0] == "painted"
    assert float(words[1]) < 3
    assert words[3] == "False"
    assert program.returncode == 128 + signal.SIGTERM, errors
    assert "Traceback" not in errors
