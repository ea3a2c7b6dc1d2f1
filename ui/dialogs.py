"""The few windows beside the window: the log, about."""

from __future__ import annotations

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from engine import __version__


def show_text(parent: QWidget, title: str, text: str) -> QDialog:
    """Show a text that can be read and copied."""
    field = QPlainTextEdit(text)
    field.setReadOnly(True)
    field.setAccessibleName(title)
    field.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return _show(parent, title, field)


def show_about(parent: QWidget) -> QDialog:
    """Say what this is."""
    return show_text(
        parent,
        "About Semascope",
        f"Semascope {__version__}\n\n"
        "A desktop microscope for text-embedding models: which words make a model call two texts similar, "
        "how much of the score each carries, and how far that account can be trusted.\n\n"
        "Everything runs on this machine; nothing is sent anywhere.\n\n"
        "Apache License 2.0. Made with PyTorch, Sentence Transformers, Captum, PyQtGraph and "
        f"Qt {qVersion()} (LGPL); the licences are in the folder packaging.",
    )


def _show(parent: QWidget, title: str, content: QWidget) -> QDialog:
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setAccessibleName(title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    layout = QVBoxLayout(dialog)
    layout.addWidget(content)
    layout.addWidget(buttons)
    dialog.resize(560, 520)
    dialog.open()
    return dialog
