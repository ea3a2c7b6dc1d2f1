"""Help as a facility of the window: the guide at the page of what has the focus, the tour, the log, about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from ui.help.topics import topic_of
from ui.help.window import HelpWindow

if TYPE_CHECKING:
    from ui.main_window import MainWindow


class Help(QObject):
    """Binds the actions of the menu Help, and lets F1 work in every dialog.

    Args:
        window: the window that help is about.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._guide: HelpWindow | None = None
        bind = window.actions_.bind
        bind("help.here", self.open_here)
        bind("help.guide", self.open)
        window.closed.connect(self._end)
        QApplication.instance().focusChanged.connect(self._focus_changed)

    @property
    def guide(self) -> HelpWindow | None:
        """The window with the guide, None until it was opened."""
        return self._guide

    def open(self, address: str = "README") -> None:
        """Open the guide at a page, or at a section of it."""
        if self._guide is None:
            self._guide = HelpWindow()
            self._guide.addAction(self._window.actions_["help.here"])
        self._guide.open(address)

    def open_here(self) -> None:
        """Open the guide at the page of what has the focus; of the page in front if nothing has it."""
        focus = QApplication.focusWidget()
        if self._guide is not None and focus is not None and focus.window() is self._guide:
            return
        self.open(topic_of(focus if focus is not None else self._window.page))

    @Slot(QWidget, QWidget)
    def _focus_changed(self, _before: QWidget | None, now: QWidget | None) -> None:
        """Give a dialog the key for help: while it is open, it keeps the window's own keys from working."""
        dialog = now.window() if now is not None else None
        if isinstance(dialog, QDialog):
            action = self._window.actions_["help.here"]
            if action not in dialog.actions():
                dialog.addAction(action)

    @Slot()
    def _end(self) -> None:
        QApplication.instance().focusChanged.disconnect(self._focus_changed)
        if self._guide is not None:
            self._guide.close()
            self._guide.deleteLater()
            self._guide = None
