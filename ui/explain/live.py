"""When to explain while somebody types: a quick answer after a short pause, the full one after a longer."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

QUICK_AFTER_MS = 300
REFINE_AFTER_MS = 700


class LiveTimer(QObject):
    """Turns keystrokes into two moments.

    The second one waits for the answer to the first, so that a slow model still shows something early.
    """

    quick_due = Signal()
    refine_due = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._quick = QTimer(self, singleShot=True, interval=QUICK_AFTER_MS)
        self._quick.timeout.connect(self._on_quick)
        self._refine = QTimer(self, singleShot=True, interval=REFINE_AFTER_MS)
        self._refine.timeout.connect(self._on_refine)
        self._answer_awaited = False
        self._pause_over = False

    def touch(self) -> None:
        """Say that a text has just changed."""
        self.stop()
        self._quick.start()

    def stop(self) -> None:
        """Forget the last change, as it was explained otherwise."""
        self._quick.stop()
        self._refine.stop()
        self._answer_awaited = self._pause_over = False

    @property
    def pending(self) -> bool:
        """Whether a moment is still to come."""
        return self._quick.isActive() or self._refine.isActive() or self._answer_awaited

    def quick_answered(self) -> None:
        """Say that the quick answer has come, or will not come."""
        if self._answer_awaited:
            self._answer_awaited = False
            self._refine_if_due()

    @Slot()
    def _on_quick(self) -> None:
        self._answer_awaited = True
        self._refine.start()
        self.quick_due.emit()

    @Slot()
    def _on_refine(self) -> None:
        self._pause_over = True
        self._refine_if_due()

    def _refine_if_due(self) -> None:
        if self._pause_over and not self._answer_awaited:
            self._pause_over = False
            self.refine_due.emit()
