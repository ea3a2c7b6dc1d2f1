"""The button at the head of the window that says which workspace folder is open, and opens another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from ui.actions import Actions
from ui.buttons import menu_button, shortened
from ui.icons import icons
from ui.plain import plain_name, plain_tip
from ui.settings import Settings

if TYPE_CHECKING:
    from engine.instrument import WorkspaceInfo


class WorkspaceMenu(QWidget):
    """Owns the button and its menu; `chosen` carries a folder that a person wants open."""

    chosen = Signal(str)

    def __init__(self, actions: Actions, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.hide()
        self._settings = settings
        self._actions = actions
        self._open = ""
        self.button = menu_button("", "Workspace folder", "", parent)
        icons.give(self.button, "folder", "muted")
        self.button.menu().aboutToShow.connect(self._fill)
        self.show_none()

    def show_none(self) -> None:
        """Say that no workspace is open."""
        self._open = ""
        self.button.setText("No workspace")
        self.button.setToolTip("Open a folder of documents and features, or make one from a file")

    def show_ready(self, info: WorkspaceInfo) -> None:
        """Name the open workspace."""
        self._open = info.folder
        self.button.setText(plain_name(shortened(Path(info.folder).name)))
        self.button.setToolTip(plain_tip(f"{info.folder}\n{info.documents:,} documents"))

    def open_folder(self) -> None:
        """Let a person point to a workspace folder."""
        start = self._settings.last_folder or QStandardPaths.writableLocation(
            QStandardPaths.StandardLocation.HomeLocation
        )
        folder = QFileDialog.getExistingDirectory(self.parentWidget(), "Open a workspace", start)
        if folder:
            self._settings.last_folder = str(Path(folder).parent)
            self.chosen.emit(folder)

    def _fill(self) -> None:
        menu = self.button.menu()
        menu.clear()
        for folder in self._settings.recent_workspaces:
            entry = menu.addAction(plain_name(Path(folder).name))
            entry.setToolTip(plain_tip(folder))
            entry.setData(folder)
            entry.setCheckable(True)
            entry.setChecked(folder == self._open)
            entry.triggered.connect(self._entry_chosen)
        if self._settings.recent_workspaces:
            menu.addSeparator()
        menu.addAction(self._actions["file.corpus"])
        menu.addAction(self._actions["file.workspace"])
        menu.addAction(self._actions["file.sample"])

    def _entry_chosen(self) -> None:
        self.chosen.emit(self.sender().data())
