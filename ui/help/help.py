"""Help as a facility of the window: the guide at the page of what has the focus, the tour, the log, about."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from ui.help.about import AboutDialog
from ui.help.log_viewer import LogViewer
from ui.help.topics import topic_of
from ui.help.tour import Tour
from ui.help.window import HelpWindow

if TYPE_CHECKING:
    from engine.attribution.explainer import Explanation
    from ui.help.run_log import LoggedRun
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
        self._tour: Tour | None = None
        self._runs: Callable[[], tuple[LoggedRun, ...]] = tuple
        bind = window.actions_.bind
        bind("help.here", self.open_here)
        bind("help.guide", self.open)
        bind("help.tour", self.start_tour)
        bind("help.log", self.show_log)
        bind("help.about", lambda: _open(AboutDialog(window)))
        window.closed.connect(self._end)
        QApplication.instance().focusChanged.connect(self._focus_changed)

    @property
    def tour(self) -> Tour | None:
        """The tour that is being taken, if one is."""
        return self._tour

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

    def start_tour(self) -> None:
        """Walk through the window, from the first stop on."""
        if self._tour is not None:
            self._tour.end()
        self._window.settings.tour_seen = True
        self._tour = Tour(self._window)
        self._tour.ended.connect(self._tour_ended)
        self._tour.go(0)

    def welcome(self) -> None:
        """Start the tour once there is something to see, unless it was shown in an earlier run."""
        if not self._window.settings.tour_seen:
            self._window.explain.result_shown.connect(self._first_result)

    def take_logs(self, runs: Callable[[], tuple[LoggedRun, ...]]) -> None:
        """Read the log from here on."""
        self._runs = runs

    def show_log(self) -> QDialog:
        """Show the log of this run and of earlier ones."""
        return _open(LogViewer(self._runs, self._window))

    @Slot(object, int)
    def _first_result(self, explanation: Explanation, _index: int) -> None:
        if not explanation.preview:
            self._window.explain.result_shown.disconnect(self._first_result)
            self.start_tour()

    @Slot()
    def _tour_ended(self) -> None:
        self._tour = None

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
        if self._tour is not None:
            self._tour.end()
        QApplication.instance().focusChanged.disconnect(self._focus_changed)
        if self._guide is not None:
            self._guide.close()
            self._guide.deleteLater()
            self._guide = None


def _open(dialog: QDialog) -> QDialog:
    """Show a dialog beside the window, which goes on working."""
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.show()
    return dialog
