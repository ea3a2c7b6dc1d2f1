"""A thread of the engine: requests go in, messages come back, the newest request wins."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot

from engine.errors import UserError
from engine.jobs import REPORT_EVERY_SECONDS, Cancelled, CancelToken, Job, Progress
from ui.backend import Backend, EngineBackend
from ui.priority import stand_back
from ui.requests import Advance, Answer, Failure, LongRequest, Message, Request, Stopped

log = logging.getLogger(__name__)

INTERNAL_ERROR = "Internal error: this was not explained. The details are in the log (Help, Show log)."
# Nobody waits for these, and their pages ask again: whatever a person asks for goes first.
_IN_PASSING = ("hits", "feature words")
# A newer request of a kind makes these pointless; where nothing is said, the older ones of its own kind.
_SUPERSEDES: dict[str, tuple[str, ...]] = {
    "model": ("model", "explain", "check", "concepts of a pair"),
    "explain": ("explain", "check", "concepts of a pair"),
    "report": (),
}


@dataclass(frozen=True)
class _Task:
    id: int
    request: Request
    cancel: CancelToken = field(default_factory=CancelToken)


class _Worker(QObject):
    """Lives in the engine's thread and does one task after the other."""

    sent = Signal(object)  # Message

    def __init__(self, backend: Backend) -> None:
        super().__init__()
        self._backend = backend

    @Slot(object)
    def work(self, task: _Task) -> None:
        self.sent.emit(self._answer(task))

    @Slot()
    def begin(self) -> None:
        stand_back()

    @Slot()
    def end(self) -> None:
        self._backend.close()

    def _answer(self, task: _Task) -> Message:
        last_partial = 0.0

        def report(progress: Progress) -> None:
            self.sent.emit(Advance(task.id, task.request, progress))

        def partial(value: object) -> None:
            nonlocal last_partial
            task.cancel.check()
            if time.monotonic() - last_partial >= REPORT_EVERY_SECONDS:
                last_partial = time.monotonic()
                self.sent.emit(Answer(task.id, task.request, value, final=False))

        try:
            task.cancel.check()
            value = self._backend.answer(task.request, Job(task.cancel, report), partial)
            return Answer(task.id, task.request, value)
        except Cancelled:
            return Stopped(task.id, task.request)
        except UserError as error:
            return Failure(task.id, task.request, str(error))
        except Exception:
            log.exception("the engine failed on %s", type(task.request).__name__)
            return Failure(task.id, task.request, INTERNAL_ERROR, internal=True)


class EngineThread(QObject):
    """The engine as the window sees it. All of it is used from the main thread only.

    Requests are answered in the order they are made. A new one cancels those that it makes pointless,
    and whatever they still send is dropped.
    """

    answered = Signal(object)  # Answer
    failed = Signal(object)  # Failure
    cancelled = Signal(object)  # Stopped, of requests that no newer one replaced
    advanced = Signal(object)  # Advance
    busy_changed = Signal(bool)
    stopped = Signal()
    _submitted = Signal(object)

    def __init__(
        self, backend: Backend | None = None, parent: QObject | None = None, name: str = "engine"
    ) -> None:
        super().__init__(parent)
        self._current: dict[int, _Task] = {}
        self._last_id = 0
        self._thread = QThread(self)
        self._thread.setObjectName(name)
        self._worker = _Worker(backend or EngineBackend())
        self._worker.moveToThread(self._thread)
        self._submitted.connect(self._worker.work)
        self._worker.sent.connect(self._receive)
        self._thread.started.connect(self._worker.begin, Qt.ConnectionType.DirectConnection)
        # In the thread itself: a database is closed where it was opened.
        self._thread.finished.connect(self._worker.end, Qt.ConnectionType.DirectConnection)
        self._thread.finished.connect(self.stopped)

    def start(self) -> None:
        """Start the thread; it then waits for requests."""
        self._thread.start()

    @property
    def running(self) -> bool:
        """True from `start` until the thread has ended."""
        return self._thread.isRunning()

    @property
    def busy(self) -> bool:
        """True while an answer is awaited."""
        return bool(self._current)

    def awaits(self, kind: str) -> bool:
        """Return whether an answer to a request of this kind is awaited."""
        return any(task.request.kind == kind for task in self._current.values())

    @property
    def long_work(self) -> LongRequest | None:
        """The first long request that is awaited: only those have a title."""
        return next((task.request for task in self._current.values() if hasattr(task.request, "title")), None)

    def submit(self, request: Request) -> int:
        """Queue a request and return its id; older ones that it makes pointless are cancelled."""
        was_busy = self.busy
        pointless = (*_SUPERSEDES.get(request.kind, (request.kind,)), *_IN_PASSING)
        for old in [task for task in self._current.values() if task.request.kind in pointless]:
            self._current.pop(old.id).cancel.cancel()
        self._last_id += 1
        task = _Task(self._last_id, request)
        self._current[task.id] = task
        self._submitted.emit(task)
        if not was_busy:
            self.busy_changed.emit(True)
        return task.id

    def cancel(self, kind: str | None = None) -> None:
        """Ask what is awaited (of one kind, or all) to stop; `cancelled` follows once it has."""
        for task in self._current.values():
            if kind is None or task.request.kind == kind:
                task.cancel.cancel()

    def stop(self) -> None:
        """Cancel everything and end the thread; `stopped` is emitted when it has ended."""
        self.cancel()
        self._thread.quit()

    def wait(self, milliseconds: int) -> bool:
        """Block until the thread has ended; return False if it has not in that time."""
        return self._thread.wait(milliseconds)

    @Slot(object)
    def _receive(self, message: Message) -> None:
        task = self._current.get(message.id)
        if task is None:
            return
        if isinstance(message, Advance):
            self.advanced.emit(message)
            return
        if isinstance(message, Answer) and not message.final:
            if not task.cancel.cancelled:
                self.answered.emit(message)
            return
        del self._current[message.id]
        match message:
            case Answer():
                self.answered.emit(message)
            case Failure():
                self.failed.emit(message)
            case Stopped():
                self.cancelled.emit(message)
        if not self.busy:
            self.busy_changed.emit(False)
