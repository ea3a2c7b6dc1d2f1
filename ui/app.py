"""Starts the window, keeps a log for the next start, and ends in stages."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from engine.resources import resource
from engine.startup import load_ahead
from ui import accessible, overrides
from ui.backend import Backend
from ui.crash_log import CrashLog
from ui.engine_thread import EngineThread
from ui.help.run_log import RunLog
from ui.interrupts import Interrupts
from ui.main_window import MainWindow
from ui.settings import Settings
from ui.startup_checks import NAME, OpeningMark, Start, data_folder

# Python hands its global lock over this often. The engine holds it between its large products only, and
# the default of five times as long is felt when hundreds of small steps of painting wait for it in turn.
SWITCH_INTERVAL_SECONDS = 0.001
_LAST_PATIENCE_MS = 30_000

log = logging.getLogger(__name__)


class Program(QObject):
    """The window, the engine and the log, from the first paint to the end.

    Args:
        app: the application.
        settings: what the last run remembered.
        log_folder: where the log is kept.
        backend: another engine, for tests.
        background: another engine for what takes minutes, for tests.
        start: where things are kept, and what is to be shown first; by default nothing is remembered.
    """

    opened = Signal()  # the window has been painted
    ended = Signal()
    _went_wrong = Signal(str)

    def __init__(
        self,
        app: QApplication,
        settings: Settings,
        log_folder: Path,
        backend: Backend | None = None,
        background: Backend | None = None,
        start: Start | None = None,
    ) -> None:
        super().__init__(app)
        self._exit_code, self._start = 0, start or Start()
        self._ending = self._over = False
        self._log = CrashLog(log_folder, self._went_wrong.emit)
        earlier = self._log.start()
        self.engine = EngineThread(backend, self)
        self.background = EngineThread(background, self, "background")
        for thread in self._threads:
            thread.stopped.connect(self._thread_stopped)
        self._run_log = RunLog(log_folder, self)
        self._run_log.start()
        for thread in self._threads:
            self._run_log.watch(thread)
        overrides.guard()
        accessible.install()
        self.window = MainWindow(self.engine, self.background, settings, self._log.text, self._start.data)
        self.window.help.take_logs(self._run_log.runs)
        self.window.closed.connect(self._window_closed)
        self._went_wrong.connect(self.window.errors.show)
        self._patience = QTimer(self, singleShot=True, interval=_LAST_PATIENCE_MS)
        self._patience.timeout.connect(self._give_up)
        self.window.errors.last_log = earlier

    def start(self) -> None:
        """Show the window; the engine starts once it has been painted."""
        self.window.show()
        QTimer.singleShot(0, self._begin)

    @Slot(int)
    def interrupt(self, number: int) -> None:
        """End, because the process received a signal."""
        self._exit_code = 128 + number
        self.window.close()

    @property
    def _threads(self) -> tuple[EngineThread, EngineThread]:
        return self.engine, self.background

    @property
    def over(self) -> bool:
        """Whether the end was reached: nothing runs any more, and the log is closed."""
        return self._over

    @property
    def exit_code(self) -> int:
        """What the process returns: 0, or 128 and the number of the signal that ended it."""
        return self._exit_code

    @Slot()
    def _begin(self) -> None:
        if self._ending:
            return
        self.window.repaint()
        for thread in self._threads:
            thread.start()
        self.opened.emit()
        self.window.begin(self._start)

    @Slot()
    def _window_closed(self) -> None:
        self._ending = True
        # An exit while the engine's thread runs would abort; the window is gone, so nobody has to wait.
        self._patience.start()
        for thread in self._threads:
            thread.stop()
        self._thread_stopped()

    @Slot()
    def _thread_stopped(self) -> None:
        if self._over or not self._ending or any(thread.running for thread in self._threads):
            return
        # Qt says that a thread has finished a moment before it has.
        for thread in self._threads:
            thread.wait(_LAST_PATIENCE_MS)
        self._patience.stop()
        self._run_log.close()
        self._log.close()
        self._over = True
        self.ended.emit()

    @Slot()
    def _give_up(self) -> None:
        log.error("the engine did not stop within %d s", _LAST_PATIENCE_MS // 1000)
        self._log.write_stacks()
        logging.shutdown()
        sys.stdout.flush()
        # Nothing else ends a process whose thread never comes back; the log stays for the next start.
        os._exit(1)


def run(argv: list[str], start: Start) -> int:
    """Open the window and return the exit code once it is closed."""
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    mark = None if start.data is None else OpeningMark(start.data)
    if mark is not None:
        mark.begin()
    if start.without_driver:
        QApplication.setAttribute(Qt.ApplicationAttribute.AA_UseSoftwareOpenGL)
    QApplication.setApplicationName(NAME)
    app = QApplication(argv)
    app.setQuitOnLastWindowClosed(False)
    app.setWindowIcon(QIcon(str(resource("icons", "semascope.svg"))))
    app.setDesktopFileName("semascope")
    settings = Settings()
    if settings.threads:
        # The engine's libraries read it as they are loaded, which is after the first window.
        os.environ["OMP_NUM_THREADS"] = str(settings.threads)
    # With too little memory, the libraries are loaded only if a person says so.
    ahead = None if start.short_of_memory else load_ahead()
    program = Program(app, settings, data_folder() / "logs", start=start)
    if mark is not None:
        program.opened.connect(mark.end)
    interrupts = Interrupts(program)
    interrupts.received.connect(program.interrupt)
    program.ended.connect(app.quit)
    program.start()
    program.window.help.welcome()
    app.exec()
    if ahead is not None:
        ahead.join()
    interrupts.close()
    if mark is not None:
        # Ended in good order, even if before the window was there.
        mark.end()
    return program.exit_code
