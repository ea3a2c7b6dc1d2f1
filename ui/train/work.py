"""What Train does in the background: one piece of work at a time, which can be stopped and gone on with."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from ui.actions import Actions
from ui.engine_thread import EngineThread
from ui.requests import Advance, Answer, Failure, Stopped
from ui.train.requests import MakeWorkspace, NameFeatures, RunProgress, TrainRun
from ui.train.work_strip import WorkStrip

WorkRequest = MakeWorkspace | TrainRun | NameFeatures


class Work(QObject):
    """Hands requests to the background thread, and shows in a strip what becomes of them."""

    progressed = Signal(object)  # TrainingRun, as it stands
    done = Signal(object, object)  # the request and its answer
    failed = Signal(object, str)  # the request and why
    stopped = Signal(object)  # the request
    changed = Signal()  # something has begun or ended

    def __init__(
        self, background: EngineThread, strip: WorkStrip, actions: Actions, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._background, self._strip, self._pause = background, strip, actions["train.pause"]
        self.request: WorkRequest | None = None
        self._closing = False
        background.answered.connect(self._answered)
        background.failed.connect(self._failed)
        background.cancelled.connect(self._cancelled)
        background.advanced.connect(self._advanced)

    @property
    def training(self) -> bool:
        """Whether features are being trained."""
        return isinstance(self.request, TrainRun)

    def start(self, request: WorkRequest) -> None:
        """Begin; only one piece of work is begun at a time."""
        self.request = request
        self._strip.begin(request.title, training=self.training)
        self._pause.setText("&Stop" if isinstance(request, NameFeatures) else "&Pause")
        self._background.submit(request)
        self.changed.emit()

    def pause(self) -> None:
        """Stop; what is done is kept."""
        if self.request is not None:
            self._strip.say("stopping …")
            self._background.cancel(self.request.kind)

    def finish(self) -> None:
        """End the training where it is, and keep the result."""
        if isinstance(self.request, TrainRun):
            self._strip.say("ending here …")
            self.request.finish.cancel()

    def close(self) -> None:
        """Say nothing any more: the window is closing, and the thread stops by itself."""
        self._closing = True

    # -- inside ---------------------------------------------------------------------------------------

    @Slot(object)
    def _answered(self, answer: Answer) -> None:
        if self._closing or answer.request is not self.request:
            return
        if isinstance(answer.value, RunProgress):
            self.progressed.emit(answer.value.run)
        elif answer.final:
            self._end()
            self.done.emit(answer.request, answer.value)

    @Slot(object)
    def _failed(self, failure: Failure) -> None:
        if not self._closing and failure.request is self.request:
            self._end()
            self.failed.emit(failure.request, failure.message)

    @Slot(object)
    def _cancelled(self, stopped: Stopped) -> None:
        if not self._closing and stopped.request is self.request:
            self._end()
            self.stopped.emit(stopped.request)

    @Slot(object)
    def _advanced(self, advance: Advance) -> None:
        if not self._closing and advance.request is self.request:
            self._strip.show_progress(advance.progress)

    def _end(self) -> None:
        self.request = None
        self._strip.end()
        self.changed.emit()
