"""The menu of recent sessions: those that were saved as files, and those of earlier runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime, QLocale, QObject, Signal, Slot
from PySide6.QtWidgets import QMenu

from ui.plain import plain_name, plain_tip

if TYPE_CHECKING:
    from ui.main_window import MainWindow
    from ui.session.store import Earlier

_LONGEST = 60


class RecentMenu(QObject):
    """Stands in the menu File above what starts afresh; filled when it is opened.

    Args:
        window: has the menu.
        earlier: returns the sessions of earlier runs, newest first.
    """

    file_chosen = Signal(object)  # Path
    earlier_chosen = Signal(object)  # Earlier

    def __init__(self, window: MainWindow, earlier: Callable[[], list[Earlier]]) -> None:
        super().__init__(window)
        self._settings, self._earlier = window.settings, earlier
        self.menu = QMenu("Recent sess&ions", window)
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self._fill)
        below = window.actions_["file.afresh"]
        for menu in below.associatedObjects():
            if isinstance(menu, QMenu):
                menu.insertMenu(below, self.menu)

    @Slot()
    def _fill(self) -> None:
        self.menu.clear()
        for name in self._settings.recent_sessions:
            entry = self.menu.addAction(plain_name(Path(name).name))
            entry.setToolTip(plain_tip(name))
            entry.triggered.connect(lambda _checked=False, name=name: self.file_chosen.emit(Path(name)))
        earlier = [one for one in self._earlier() if not one.problem]
        if self._settings.recent_sessions and earlier:
            self.menu.addSeparator()
        for one in earlier:
            entry = self.menu.addAction(plain_name(f"{_when(one.path)}, {_what(one)}"))
            entry.setToolTip("Saved by itself, in an earlier run or before you started afresh")
            entry.triggered.connect(lambda _checked=False, one=one: self.earlier_chosen.emit(one))
        if self.menu.isEmpty():
            self.menu.addAction("No session was saved yet").setEnabled(False)


def _when(path: Path) -> str:
    moment = QDateTime.fromSecsSinceEpoch(int(path.stat().st_mtime)) if path.exists() else QDateTime()
    return QLocale().toString(moment, QLocale.FormatType.ShortFormat)


def _what(earlier: Earlier) -> str:
    pages = earlier.session.get("pages", {})
    page = earlier.session.get("page", "Explain")
    query = " ".join(pages.get(page, {}).get("query", "").split())
    text = f"{page}: {query}" if query else page
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
