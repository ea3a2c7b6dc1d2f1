"""The few windows beside the window: shortcuts, the log, about."""

from __future__ import annotations

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QPlainTextEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine import __version__
from ui.actions import Actions

# What the panels themselves understand, beside the actions.
_IN_PANELS = (
    ("Go from word to word or cell to cell", "Arrow keys"),
    ("Isolate the word, link or cell; again to undo", "Return or Space"),
    ("Zoom the matrix or the connections", "+ and \N{MINUS SIGN}, or the wheel"),
    ("Go to the next field or panel", "Tab"),
)


def show_shortcuts(parent: QWidget, actions: Actions) -> QDialog:
    """Show every shortcut."""
    table = QTreeWidget()
    table.setAccessibleName("Keyboard shortcuts")
    table.setHeaderLabels(["Action", "Keys"])
    table.setRootIsDecorated(False)
    for action in actions.all:
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        if keys:
            table.addTopLevelItem(QTreeWidgetItem([action.text().replace("&", ""), keys]))
    for row in _IN_PANELS:
        table.addTopLevelItem(QTreeWidgetItem(list(row)))
    table.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    table.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
    table.header().setStretchLastSection(False)
    return _show(parent, "Keyboard shortcuts", table)


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
