"""What the window does about errors that nobody expected: of this run, and of the one before."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from engine.errors import UserError
from engine.files import write_atomically
from ui.banner import Offer
from ui.errors.blotting import newest
from ui.errors.dialog import ErrorDialog
from ui.errors.report import Mishap
from ui.requests import Failure
from ui.save_dialog import ask_save_path

if TYPE_CHECKING:
    from ui.main_window import MainWindow

log = logging.getLogger(__name__)

_HERE = "Something went wrong that should not have"
_BEFORE = "The last run did not end well"
_LONGEST_LOG = 60_000


class Errors(QObject):
    """Shows errors of the program itself in the window that it is made with, one at a time.

    An error that comes again, as while somebody types, is shown once; the log has them all.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._known: set[str] = set()
        self.dialog: ErrorDialog | None = None
        self.last_log: Path | None = None  # of an earlier run that ended badly
        self.last_session: dict | None = None  # what was on the screen then
        for thread in (window.engine, window.background):
            thread.failed.connect(self._failed)

    @Slot(str)
    def show(self, line: str) -> None:
        """Show an error that nobody caught.

        Args:
            line: what it says of itself, in one line.
        """
        self._show(
            "The program met an error that nobody expected. It is still running, and you can go on; if it "
            "behaves oddly from now on, close it and start it again.",
            line,
            "reacting to what you did in the window",
        )

    def tell_of_last_run(self) -> None:
        """Say quietly that the last run ended badly, if nothing else has been said of it."""
        banner = self._window.page.banner
        if self.last_log is not None and not banner.message:
            banner.keep_note("The last run did not end well.", ("What happened…", self.show_last_run))

    def show_last_run(self) -> None:
        """Say what is known of the run before, if it ended badly."""
        logged = "" if self.last_log is None else _read(self.last_log)
        native = "Fatal Python error" in logged
        if native:
            words = "The last run was ended by an error in one of the libraries that the program is made of."
        elif logged.count("\n") > 1:
            words = "Something went wrong in the last run that should not have."
        else:
            words = (
                "The last run was ended from outside, without a word: by the system (out of memory, a power "
                "failure) or by somebody who ended the process."
            )
        self._open(
            _BEFORE,
            Mishap(words, logged, "", self.last_session),
            "What was on the screen was saved as you worked.",
            (("Start &afresh", self._window.sessions.start_afresh),),
        )

    @Slot(object)
    def _failed(self, failure: Failure) -> None:
        if failure.internal:
            kind = type(failure.request).__name__
            self._show(
                "The engine met an error that nobody expected, and has no answer to what was asked. "
                "Everything else goes on working.",
                kind,
                f"answering {kind}",
            )

    def _show(self, words: str, line: str, doing: str) -> None:
        if line in self._known or self.dialog is not None:
            return
        self._known.add(line)
        sessions = self._window.sessions
        try:
            sessions.save_now()
            session = sessions.session()
        except Exception:
            # What is broken may be the very thing that is to be saved; the last second's is on the disk.
            log.exception("the session could not be saved after an error")
            session = None
        place = sessions.saved_in
        saved = (
            "What is on the screen could not be saved."
            if place is None
            else "What is on the screen is saved, and comes back at the next start."
        )
        self._open(_HERE, Mishap(words, newest(self._window.log_text(), _LONGEST_LOG), doing, session), saved)

    def _open(
        self,
        title: str,
        mishap: Mishap,
        saved: str,
        offers: tuple[Offer, ...] = (),
    ) -> None:
        self.dialog = ErrorDialog(title, mishap, saved, self._save, offers, self._window)
        self.dialog.finished.connect(self._closed)
        self.dialog.open()

    @Slot()
    def _closed(self) -> None:
        self.dialog = None

    def _save(self, text: str) -> None:
        """Write a report into a file that a person chooses."""
        settings = self._window.settings
        start = Path(settings.last_folder) / "semascope-report.txt"
        path, _ = ask_save_path(self.dialog, "Save report", start, "Text (*.txt)")
        if not path:
            return
        settings.last_folder = str(Path(path).parent)
        try:
            write_atomically(path, text)
        except UserError as error:
            self._window.page.banner.show_error(str(error))
        else:
            self._window.page.banner.show_note(f"Saved the report as {path}")


def _read(path: Path) -> str:
    try:
        return newest(path.read_text(encoding="utf-8", errors="replace"), _LONGEST_LOG)
    except OSError as error:
        return f"The log {path} cannot be read: {error.strerror or error}"
