"""A panel of the page: a title, what the numbers are, and a menu to save or copy what is shown."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from engine.errors import UserError
from ui.buttons import menu_button
from ui.elided_label import ElidedLabel
from ui.pictures import copy_picture, save_picture
from ui.plain import PlainLabel
from ui.save_dialog import ask_save_path
from ui.theme import SPACE_M, SPACE_S, set_size
from ui.widgets.data_table import DataTable

_PICTURES = "PNG picture (*.png);;SVG drawing (*.svg);;PDF document (*.pdf)"


class Panel(QWidget):
    """A titled widget. A table can be copied as CSV; any panel can be saved and copied as a picture."""

    problem = Signal(str)
    note = Signal(str)

    def __init__(
        self, title: str, content: QWidget, parent: QWidget | None = None, *, named_by_tab: bool = False
    ) -> None:
        super().__init__(parent)
        self.content = content
        name = PlainLabel(title, self)
        set_size(name, "heading")
        name.setVisible(not named_by_tab)
        self._title = title
        self.about = ElidedLabel(f"About {title.lower()}", self)
        self.about.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self.menu = menu_button("Export", f"Export {title.lower()}", "Save or copy what is shown here", self)
        self.menu.setProperty("look", "flat")
        entries = self.menu.menu()
        if isinstance(content, DataTable):
            entries.addAction("Copy as CSV", self._copy_table)
        entries.addAction("Copy picture", lambda: self._try(lambda: copy_picture(content), "Copied"))
        entries.addAction("Save picture…", self._save)
        self._bar = QHBoxLayout()
        self._bar.setContentsMargins(SPACE_M, 0, SPACE_S, 0)
        self._bar.setSpacing(SPACE_M)
        self._bar.addWidget(name)
        self._bar.addWidget(self.about, 1)
        self._bar.addWidget(self.menu)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, SPACE_S, 0, 0)
        layout.setSpacing(SPACE_S)
        layout.addLayout(self._bar)
        layout.addWidget(content, 1)

    def add_control(self, control: QWidget) -> None:
        """Put a control into the head, before the menu."""
        self._bar.insertWidget(self._bar.count() - 1, control)

    def _copy_table(self) -> None:
        QGuiApplication.clipboard().setText(self.content.as_csv())
        self.note.emit(f"Copied {self._title.lower()} as CSV")

    def _save(self) -> None:
        suggested = f"{self._title.lower().replace(' ', '-')}.png"
        path, _ = ask_save_path(self, "Save the picture", suggested, _PICTURES)
        if path:
            self._try(lambda: save_picture(self.content, path), f"Saved {path}")

    def _try(self, action: Callable[[], object], done: str) -> None:
        try:
            action()
        except UserError as error:
            self.problem.emit(str(error))
        else:
            self.note.emit(done)
