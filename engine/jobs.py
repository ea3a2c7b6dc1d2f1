"""What every long task takes and gives: a cancel token, and progress at most every 100 ms."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

REPORT_EVERY_SECONDS = 0.1


class Cancelled(Exception):
    """The task was asked to stop, and did."""


class CancelToken:
    """A flag that one thread sets and a working thread polls at least every 100 ms."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask the task to stop at its next check; safe from any thread."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """True once `cancel` was called."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise `Cancelled` if the task was asked to stop."""
        if self._event.is_set():
            raise Cancelled


@dataclass(frozen=True)
class Progress:
    """How far a task has come.

    Attributes:
        stage: what is being done, in a few words ("candidate 2 of 5").
        fraction: 0 to 1 over the whole task.
        remaining_seconds: estimated time left, None while it cannot be known.
    """

    stage: str
    fraction: float
    remaining_seconds: float | None = None


class Job:
    """The running state of one task: where it reports to and how it is stopped.

    A task calls `step` between pieces of work. Nested work takes a `part` of the whole, so that it can
    count from 0 to 1 by itself.

    Args:
        cancel: polled at every step; a fresh token by default.
        report: called with `Progress`, at most every 100 ms; by default nobody is told.
    """

    def __init__(
        self, cancel: CancelToken | None = None, report: Callable[[Progress], None] | None = None
    ) -> None:
        self.cancel = cancel or CancelToken()
        self._report = report
        self._start = time.monotonic()
        self._last = 0.0

    def step(self, stage: str, fraction: float) -> None:
        """Check for cancellation, then report `fraction` (0 to 1 of this job) if it is time to."""
        self.cancel.check()
        now = time.monotonic()
        if self._report is None or (now - self._last < REPORT_EVERY_SECONDS and fraction < 1):
            return
        self._last = now
        elapsed = now - self._start
        remaining = elapsed * (1 - fraction) / fraction if fraction > 0 and elapsed > 0.5 else None
        self._report(Progress(stage, min(max(fraction, 0.0), 1.0), remaining))

    def part(self, start: float, end: float) -> "Job":
        """Return a job that maps its own 0 to 1 onto `start` to `end` of this one."""
        return _PartJob(self, start, end)


class _PartJob(Job):
    def __init__(self, whole: Job, start: float, end: float) -> None:
        super().__init__(whole.cancel)
        self._whole, self._from, self._to = whole, start, end

    def step(self, stage: str, fraction: float) -> None:
        self._whole.step(stage, self._from + (self._to - self._from) * fraction)
