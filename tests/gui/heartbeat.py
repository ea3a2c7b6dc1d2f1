"""How long the event loop does not come round."""

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer

INTERVAL_MS = 5


class Heartbeat(QObject):
    """Measures the gaps between the beats of a timer.

    What the machine's other processes keep from the main thread is no fault of the window: on Linux the
    time that it stood in line for a processor is taken off.

    Args:
        on_gap: called with every gap, in seconds.

    Attributes:
        longest: the longest gap so far.
    """

    def __init__(self, on_gap: Callable[[float], None] | None = None) -> None:
        super().__init__()
        self.longest = 0.0
        self._on_gap = on_gap
        self._timer = QTimer(self, interval=INTERVAL_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        self._last, self._line = time.perf_counter(), _stood_in_line()
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def _beat(self) -> None:
        now, line = time.perf_counter(), _stood_in_line()
        gap = (now - self._last) - (line - self._line)
        self._last, self._line = now, line
        self.longest = max(self.longest, gap)
        if self._on_gap is not None:
            self._on_gap(gap)


def _stood_in_line() -> float:
    """Return how long the main thread was ready to run while something else ran, in seconds."""
    try:
        return int(Path("/proc/self/schedstat").read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0
