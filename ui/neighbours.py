"""Another window, or the command line, may work on the same workspace: what it changes appears here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from engine.corpus.schema import DATABASE
from ui.requests import Answer, LookAround, OpenWorkspace

if TYPE_CHECKING:
    from engine.instrument import WorkspaceInfo
    from ui.main_window import MainWindow
    from ui.requests import Surroundings

LOOK_EVERY_MS = 1_500
# What is written, and where: the database, and the folders of autoencoders and of indexes.
_WATCHED = (DATABASE, "saes", "indexes")


class Neighbours(QObject):
    """Looks now and then at the files of the open workspace, and asks the engine if they have moved.

    It keeps out of the way: it asks only while the engine has nothing to do. Changed names are read again at
    once; documents, indexes and autoencoders once they have come to rest, as an import changes them every
    moment.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._engine = window, window.engine
        self._seen: tuple[int, ...] = ()
        self._asked: LookAround | None = None
        self._unsettled: WorkspaceInfo | None = None
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()
        self._engine.answered.connect(self._answered)
        window.closing.connect(self._timer.stop)

    @Slot()
    def _look(self) -> None:
        folder = self._window.loading.folder
        if not folder or self._engine.busy:
            return
        seen = tuple(_modified(Path(folder, name)) for name in _WATCHED)
        if seen != self._seen or self._unsettled is not None:
            self._seen = seen
            self._asked = LookAround(folder, self._window.navigator.dictionary)
            self._engine.submit(self._asked)

    @Slot(object)
    def _answered(self, answer: Answer) -> None:
        if answer.request is not self._asked or self._asked is None:
            return
        found: Surroundings = answer.value
        window = self._window
        if found.info is None or found.info.folder != window.loading.folder:
            self._unsettled = None
            return
        if found.info != window.loading.info:
            settled = found.info == self._unsettled
            self._unsettled = None if settled else found.info
            if settled:
                self._engine.submit(OpenWorkspace(found.info.folder))
            return
        self._unsettled = None
        for page in window.pages.values():
            page.changed_elsewhere(self._asked.dictionary, found.changes)


def _modified(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
