"""Asks what can be said of a training run beforehand, once nobody has changed its settings for a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from ui.engine_thread import EngineThread
from ui.requests import Answer, Failure
from ui.train.requests import AskAdvice

if TYPE_CHECKING:
    from engine.sae.advice import Advice

ASK_AFTER_MS = 600


class Advisor(QObject):
    """Uses the background thread, and only while nothing else is done there."""

    advised = Signal(object)  # Advice
    refused = Signal(str)  # why these settings cannot be trained

    def __init__(self, background: EngineThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._wanted: AskAdvice | None = None
        self._advice: Advice | None = None
        self._timer = QTimer(self, singleShot=True, interval=ASK_AFTER_MS)
        self._timer.timeout.connect(self._ask)
        background.answered.connect(self._answered)
        background.failed.connect(self._failed)

    def want(self, request: AskAdvice) -> None:
        """Ask in a moment, in place of what was asked before."""
        if request != self._wanted:
            self._wanted, self._advice = request, None
            self._timer.start()
        elif self._advice is not None:
            self.advised.emit(self._advice)

    def stop(self) -> None:
        """Ask nothing more for now."""
        self._timer.stop()
        self._wanted = None
        self._background.cancel(AskAdvice.kind)

    @Slot()
    def _ask(self) -> None:
        if self._wanted is not None:
            self._background.submit(self._wanted)

    @Slot(object)
    def _answered(self, answer: Answer) -> None:
        if answer.request is self._wanted:
            self._advice = answer.value
            self.advised.emit(answer.value)

    @Slot(object)
    def _failed(self, failure: Failure) -> None:
        if failure.request is self._wanted:
            self.refused.emit(failure.message)
