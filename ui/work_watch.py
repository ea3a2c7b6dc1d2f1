"""Keeps the status line in step with what the two threads of the engine do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from ui.plain import plain_name
from ui.requests import Advance

if TYPE_CHECKING:
    from ui.main_window import MainWindow
    from ui.requests import LongRequest


class WorkWatch(QObject):
    """Shows the work of the window that it is made with, and lets it be stopped."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._engine, self._background, self._status = window.engine, window.background, window.status
        self._cancel, self._stop = window.actions_["run.cancel"], window.actions_["run.stop"]
        self._work: LongRequest | None = None
        self._ended = False
        self._cancel.setEnabled(False)
        window.actions_.bind("run.stop", self._stop_background)
        self._stop.setEnabled(False)
        self._stop_text = self._stop.text()
        window.engine.advanced.connect(self._advanced)
        window.engine.busy_changed.connect(self._busy_changed)
        for news in ("answered", "failed", "cancelled", "advanced", "busy_changed"):
            getattr(self._background, news).connect(self._background_changed)

    def end(self) -> None:
        """Show nothing any more, whatever comes: the window is closing."""
        self._ended = True
        self._status.stop()

    @Slot(object)
    def _advanced(self, advance: Advance) -> None:
        self._status.engine.show_progress(advance.progress)

    @Slot()
    def _busy_changed(self) -> None:
        # The engine itself knows: at the news that it is idle, a page may have asked it for more already.
        busy = self._engine.busy
        self._cancel.setEnabled(busy)
        if not busy:
            self._status.engine.end()
        elif not self._ended:
            self._status.engine.begin()

    @Slot(object)
    def _background_changed(self, news: object) -> None:
        """Say on every page what is being done in the background."""
        if self._ended:
            return
        shown, work = self._work, self._background.long_work
        if work is not shown:
            self._work = work
            self._stop.setEnabled(work is not None)
            if work is None:
                self._stop.setText(self._stop_text)
                self._status.background.end()
            else:
                # A lone ampersand would be taken for a mnemonic.
                self._stop.setText("&Stop: " + plain_name(work.title))
                self._status.background.begin(work.title)
        if isinstance(news, Advance) and news.request is work:
            self._status.background.show_progress(news.progress)

    def _stop_background(self) -> None:
        if self._work is not None:
            self._status.background.say_stopping()
            self._background.cancel(self._work.kind)
