"""Is a run to be deleted, with its features and its curves?"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget


def ask_delete(parent: QWidget, name: str, agreed: Callable[[], object]) -> QMessageBox:
    """Ask whether a run is to be deleted, without holding up the window.

    Args:
        parent: what the dialog belongs to.
        name: of the run.
        agreed: called if it is to be deleted.
    """
    box = QMessageBox(
        QMessageBox.Icon.Question,
        "Delete a run",
        f"Delete {name}, its features and its curves? This cannot be undone.",
        QMessageBox.StandardButton.Cancel,
        parent,
    )
    box.setAccessibleName("Delete a run")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.addButton("Delete", QMessageBox.ButtonRole.DestructiveRole).clicked.connect(agreed)
    box.open()
    return box
