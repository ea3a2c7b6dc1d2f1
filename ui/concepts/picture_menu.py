"""The menu of a picture: save it, copy it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, QStandardPaths, Qt
from PySide6.QtWidgets import QMenu, QWidget

from engine.errors import UserError
from ui.pictures import copy_picture, save_picture
from ui.save_dialog import ask_save_path
from ui.settings import Settings

_PICTURES = "PNG picture (*.png);;SVG drawing (*.svg);;PDF page (*.pdf)"


def offer_picture(widget: QWidget, settings: Settings, problem: Callable[[str], object]) -> None:
    """Let the context menu of a widget save and copy what it shows.

    Args:
        widget: painted as `ui.pictures` says.
        settings: the folder that was used last.
        problem: told in one line what went wrong.
    """

    def save() -> None:
        start = settings.last_folder or QStandardPaths.writableLocation(
            QStandardPaths.StandardLocation.PicturesLocation
        )
        name = widget.accessibleName().split(",")[0].lower().replace(" ", "-")
        path, _ = ask_save_path(widget, "Save the picture", Path(start, f"{name}.png"), _PICTURES)
        if path:
            settings.last_folder = str(Path(path).parent)
            attempt(lambda: save_picture(widget, path))

    def attempt(work: Callable[[], object]) -> None:
        try:
            work()
        except UserError as error:
            problem(str(error))

    def open_menu(place: QPoint) -> None:
        menu = QMenu(widget)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("&Save the picture…", save)
        menu.addAction("&Copy the picture", lambda: attempt(lambda: copy_picture(widget)))
        menu.popup(widget.mapToGlobal(place))

    widget.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
    widget.customContextMenuRequested.connect(open_menu)
