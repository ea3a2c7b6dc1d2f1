"""Hundreds of results in the real window, off-screen, and what becomes of its memory.

    QT_QPA_PLATFORM=offscreen python -m tests.endurance window --count 500

The engine is the tests' own, whose answers are synthetic: what is watched here is the window, with its
history, pictures and tables. `memory` watches the engine.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.endurance.memory import EVERY, Reading, resident_mb, slope_mb

WARM_UP = 100  # by then the history is full, twice over
ALLOWED_SLOPE_MB = 20.0  # a thousand results
_PATIENCE_SECONDS = 60


def run(count: int) -> list[Reading]:
    """Show `count` results of differing texts; return the readings."""
    from PySide6.QtWidgets import QApplication

    from tests.endurance.memory import Texts
    from tests.gui.fake_backend import FakeBackend
    from tests.gui.window import settings_in, settled
    from ui.app import Program

    application = QApplication.instance() or QApplication(sys.argv[:1])
    texts = Texts(0)
    readings: list[Reading] = []
    with tempfile.TemporaryDirectory(prefix="semascope-window-") as temporary:
        place = Path(temporary)
        backend = FakeBackend()
        program = Program(application, settings_in(place), place / "logs", backend, None)
        program.window.resize(1400, 900)
        program.start()
        explain = program.window.explain

        def wait() -> None:
            end = time.monotonic() + _PATIENCE_SECONDS
            while not settled(program):
                application.processEvents()
                if time.monotonic() > end:
                    raise TimeoutError("no result came")

        wait()
        start = time.monotonic()
        for done in range(1, count + 1):
            explain.inputs.set_texts(texts.one(), tuple(texts.one() for _ in range(1 + done % 3)))
            explain.asking.explain()
            application.processEvents()
            wait()
            backend.steps.clear()
            if done % EVERY == 0:
                readings.append(Reading(done, resident_mb(), time.monotonic() - start))
                print(f"{done} {readings[-1].resident_mb:.1f} MB {readings[-1].seconds:.0f} s", flush=True)
        program.window.close()
        while not program.over:
            application.processEvents()
    return readings


def main(arguments: argparse.Namespace) -> int:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    readings = [one for one in run(arguments.count) if one.done >= WARM_UP]
    slope = slope_mb(readings)
    print(
        f"{arguments.count} results: {readings[0].resident_mb:.0f} MB after {readings[0].done},"
        f" {readings[-1].resident_mb:.0f} MB at the end,"
        f" at most {max(one.resident_mb for one in readings):.0f} MB; slope {slope:+.1f} MB a thousand",
        file=sys.stderr,
    )
    return 0 if slope <= ALLOWED_SLOPE_MB else 1
