"""How smoothly the window runs while the engine works, and how soon it is there. Off-screen.

The functions ``gaps`` and ``first_paint`` run in processes of their own.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

from tests.benchmarks.measuring import ROOT, Unavailable, alone
from tests.benchmarks.table import Row, seconds
from tests.benchmarks.texts import LONG_CANDIDATE, LONG_QUERY, QUERY

BEAT_MS = 5
LONGEST_GAP = 0.05
DEADLINE_SECONDS = 180
TYPED_WORDS = ("when", "you", "have", "eaten", "bread", "or", "rice", "for", "breakfast")
MILLISECONDS_A_WORD = 150
PHASES = {
    "starting": "importing the libraries and loading the model",
    "worked example": "explaining the worked example, with its tests",
    "long candidate": "explaining 13 tokens and 256, with preview and tests",
    "typing": "typing a query that is explained live",
}


def environment(home: str) -> dict[str, str | None]:
    """Off-screen, and with settings of its own, so that nobody's are read or written."""
    return {
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_CONFIG_HOME": home,
        "XDG_DATA_HOME": home,
        "XDG_CACHE_HOME": home,
    }


def gaps() -> dict[str, dict[str, float]]:
    """The beats of the window's event loop, phase by phase, while a script uses the real program."""
    from PySide6.QtCore import QObject, Qt, QTimer, Slot
    from PySide6.QtGui import QTextCursor

    import ui.app
    from ui.requests import Answer, ExplainTask, ModelChoice

    class Script(QObject):
        """Takes the program through the phases, and listens to the heart of its event loop."""

        def __init__(self, program: ui.app.Program) -> None:
            super().__init__(program)
            self.program = program
            self.beats: dict[str, list[tuple[float, float]]] = {phase: [] for phase in PHASES}
            self.phase = "starting"
            self.ready = False
            self.answers = 0
            self.problem = ""
            program.engine.answered.connect(self.answered)
            program.engine.failed.connect(self.failed)
            self.steps = self.play()
            self.waiting_for: Callable[[], bool] = next(self.steps)
            self.last = self.began = time.perf_counter()
            self.last_work = time.thread_time()
            self.timer = QTimer(self, interval=BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
            self.timer.timeout.connect(self.beat)
            self.timer.start()

        @Slot()
        def beat(self) -> None:
            now, work = time.perf_counter(), time.thread_time()
            self.beats[self.phase].append((now - self.last, work - self.last_work))
            self.last, self.last_work = now, work
            if now - self.began > DEADLINE_SECONDS:
                self.problem = f"no end of {self.phase!r} within {DEADLINE_SECONDS} s"
            if not self.problem and not self.waiting_for():
                return
            following = next(self.steps, None) if not self.problem else None
            if following is None:
                self.timer.stop()
                self.program.window.close()
            else:
                self.waiting_for, self.began = following, now

        @Slot(object)
        def answered(self, answer: Answer) -> None:
            self.ready |= isinstance(answer.request, ModelChoice)
            whole = isinstance(answer.request, ExplainTask) and answer.final and not answer.value.preview
            self.answers += whole

        @Slot(object)
        def failed(self, failure: Any) -> None:
            self.problem = failure.message

        def play(self) -> Iterator[Callable[[], bool]]:
            workspace = self.program.window.explain
            yield lambda: self.ready
            self.phase = "worked example"
            yield self.next_answer()
            workspace.inputs.set_texts(LONG_QUERY, (LONG_CANDIDATE,))
            self.phase = "long candidate"
            workspace.explain()
            yield self.next_answer()
            workspace.inputs.set_texts(QUERY, (LONG_CANDIDATE.split(".")[0],))
            workspace.explain()
            yield self.next_answer()
            self.phase = "typing"
            for word in TYPED_WORDS:
                workspace.inputs.query.moveCursor(QTextCursor.MoveOperation.End)
                workspace.inputs.query.insertPlainText(f" {word}")
                then = time.perf_counter() + MILLISECONDS_A_WORD / 1000
                yield lambda then=then: time.perf_counter() >= then
            yield self.next_answer()

        def next_answer(self) -> Callable[[], bool]:
            """A condition: one more whole explanation has come, and the window has had time to show it."""
            before, settled = self.answers, [0.0]

            def shown() -> bool:
                if self.answers == before:
                    return False
                settled[0] = settled[0] or time.perf_counter() + 0.3
                return time.perf_counter() >= settled[0]

            return shown

    scripts: list[Script] = []

    class Watched(ui.app.Program):
        def start(self) -> None:
            super().start()
            scripts.append(Script(self))

    ui.app.Program = Watched
    ui.app.run(["semascope"])
    (script,) = scripts
    if script.problem:
        raise RuntimeError(script.problem)
    return {phase: summary(beats) for phase, beats in script.beats.items()}


def summary(beats: list[tuple[float, float]]) -> dict[str, float]:
    """The longest gap, how much of it the window's own thread was at work, and how many were too long."""
    longest, work = max(beats)
    return {
        "longest": longest,
        "work": work,
        "late": sum(gap > LONGEST_GAP for gap, _ in beats),
        "seconds": sum(gap for gap, _ in beats),
    }


def first_paint(launched: float) -> float:
    """Seconds from ``launched`` (of the system's monotonic clock) until the window has been painted."""
    import contextlib
    import runpy
    import sys

    from PySide6.QtCore import QEvent, QObject, QTimer

    import ui.app

    painted: list[float] = []

    class Watched(ui.app.Program):
        def start(self) -> None:
            self.window.installEventFilter(self)
            super().start()

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint:
                watched.removeEventFilter(self)
                # The next turn of the event loop comes after the paint.
                QTimer.singleShot(0, self.note)
            return super().eventFilter(watched, event)

        def note(self) -> None:
            painted.append(time.monotonic() - launched)
            self.window.close()

    ui.app.Program = Watched
    sys.argv = ["main.py"]
    with contextlib.suppress(SystemExit):
        runpy.run_path(str(ROOT / "main.py"), run_name="__main__")
    return painted[0]


def measure(quick: bool = False) -> list[Row]:
    if not (ROOT / "main.py").is_file():
        raise Unavailable("there is no main.py to start")
    with tempfile.TemporaryDirectory() as home:
        found = alone("window:gaps", {}, environment(home))
        starts = [
            alone("window:first_paint", {"launched": time.monotonic()}, environment(home))
            for _ in range(2 if quick else 6)
        ][1:]
    rows = [gap_row(what, **found[phase]) for phase, what in PHASES.items()]
    start = statistics.median(starts)
    rows.append(
        Row("start to first window, warm", seconds(start), target="3 s", reached=start <= 3),
    )
    return rows


def gap_row(what: str, longest: float, work: float, late: int, seconds: float) -> Row:
    return Row(
        f"longest gap of the event loop while {what}",
        f"{1000 * longest:.0f} ms, {1000 * work:.0f} ms of it the window's own work"
        f" ({late} gaps over {1000 * LONGEST_GAP:.0f} ms in {seconds:.1f} s)",
        target="50 ms",
        reached=longest <= LONGEST_GAP,
    )
