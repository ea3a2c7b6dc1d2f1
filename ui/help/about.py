"""What this program is: versions of its main parts, and the licence of every part."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QSplitter,
    QTabWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine import __version__
from ui.help.licences import Licensed, licensed_parts, versions
from ui.plain import PlainLabel
from ui.tab_order import ReadingOrder
from ui.theme import SPACE_L, SPACE_M

_SIZE = (820, 560)
_WHAT = (
    "A desktop microscope for text-embedding models: which words make a model call two texts similar, how "
    "much of the score each carries, and how far that account can be trusted.",
    "Everything runs on this machine. Nothing is fetched, and nothing is sent anywhere.",
    "Semascope is free software under the Apache License 2.0. It uses Qt under the LGPL, version 3: the "
    "libraries of Qt lie beside the program and can be replaced. All licences can be read here.",
)


class AboutDialog(ReadingOrder, QDialog):
    """Three tabs: what it is, versions, licences."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About Semascope")
        self.setAccessibleName("About Semascope")
        self.tabs = QTabWidget(self)
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setAccessibleName("Parts of this dialog")
        self.versions = QTreeWidget(self)
        self.versions.setAccessibleName("Versions")
        self.versions.setHeaderLabels(["Part", "Version"])
        self.versions.setRootIsDecorated(False)
        self.versions.setFrameShape(QFrame.Shape.NoFrame)
        for part in versions():
            self.versions.addTopLevelItem(QTreeWidgetItem(list(part)))
        self.versions.resizeColumnToContents(0)
        self.search = QLineEdit(self)
        self.search.setAccessibleName("Find a part")
        self.search.setPlaceholderText("Find a part or a licence")
        self.search.setClearButtonEnabled(True)
        self.parts = QListWidget(self)
        self.parts.setAccessibleName("Parts")
        self.parts.setFrameShape(QFrame.Shape.NoFrame)
        self.text = QPlainTextEdit(self)
        self.text.setAccessibleName("Licence of the part")
        self.text.setReadOnly(True)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._licensed: tuple[Licensed, ...] = ()
        self.tabs.addTab(_what(self), "About")
        self.tabs.addTab(self.versions, "Versions")
        self.tabs.addTab(self._licences(), "Licences")
        self.tabs.currentChanged.connect(self._fill)
        self.search.textChanged.connect(self._filter)
        self.parts.currentRowChanged.connect(self._show)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy = buttons.addButton("&Copy versions", QDialogButtonBox.ButtonRole.ActionRole)
        self.copy.clicked.connect(self._copy)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.tabs, 1)
        layout.addWidget(buttons)
        self.resize(*_SIZE)

    def _licences(self) -> QWidget:
        halves = QSplitter(Qt.Orientation.Horizontal, self)
        halves.setChildrenCollapsible(False)
        side = QWidget(halves)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, SPACE_M, 0, 0)
        column.setSpacing(SPACE_M)
        column.addWidget(self.search)
        column.addWidget(self.parts, 1)
        halves.addWidget(side)
        halves.addWidget(self.text)
        halves.setSizes([250, 570])
        return halves

    @Slot()
    def _fill(self) -> None:
        """Read the licences when they are looked at first: there are many of them."""
        if self._licensed or self.tabs.currentIndex() != 2:
            return
        self._licensed = licensed_parts()
        for part in self._licensed:
            self.parts.addItem(part.title)
        self.parts.setCurrentRow(0)

    @Slot(str)
    def _filter(self, words: str) -> None:
        for row, part in enumerate(self._licensed):
            there = f"{part.title} {part.expression}".casefold()
            self.parts.item(row).setHidden(not all(word in there for word in words.casefold().split()))

    @Slot(int)
    def _show(self, row: int) -> None:
        if row >= 0:
            part = self._licensed[row]
            self.text.setPlainText("\n\n".join(filter(None, (part.expression, part.text))))

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(f"{part} {version}" for part, version in versions()))


def _what(parent: QWidget) -> QWidget:
    box = QWidget(parent)
    column = QVBoxLayout(box)
    column.setContentsMargins(SPACE_L, SPACE_L, SPACE_L, SPACE_L)
    column.setSpacing(SPACE_L)
    title = PlainLabel(f"Semascope {__version__}", box)
    font = title.font()
    font.setPointSizeF(font.pointSizeF() * 1.6)
    font.setBold(True)
    title.setFont(font)
    column.addWidget(title)
    for text in _WHAT:
        label = PlainLabel(text, box)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(label)
    column.addStretch(1)
    return box
