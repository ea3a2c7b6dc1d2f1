"""The list of all shortcuts, in which each can be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ui.plain import PlainLabel
from ui.preferences.key_rules import refusal
from ui.tab_order import step
from ui.theme import SPACE_L, SPACE_M, SPACE_S

if TYPE_CHECKING:
    from ui.preferences.preferences import Preferences

# What the panels themselves understand, beside the actions.
IN_PANELS = (
    ("Go from word to word or cell to cell", "Arrow keys"),
    ("Isolate the word, link or cell; again to undo", "Return or Space"),
    ("Zoom the matrix or the connections", "+ and \N{MINUS SIGN}, or the wheel"),
    ("Go to the next field or panel", "Tab"),
)
_NATIVE, _PORTABLE = QKeySequence.SequenceFormat.NativeText, QKeySequence.SequenceFormat.PortableText
_ID = Qt.ItemDataRole.UserRole


class ShortcutEditor(QWidget):
    """A list that can be searched, and below it the keys of the chosen action."""

    def __init__(self, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences, self._actions = preferences, preferences.actions
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search by name or keys, such as Ctrl+T")
        self.search.setAccessibleName("Search shortcuts")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.list = QTreeWidget()
        self.list.setAccessibleName("Shortcuts")
        self.list.setHeaderLabels(["Action", "Menu", "Keys"])
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setAllColumnsShowFocus(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.keys = QKeySequenceEdit()
        self.keys.setMaximumSequenceLength(1)
        self.keys.setAccessibleName("New keys of the chosen action")
        # The field inside takes the focus as well.
        self.keys.findChild(QLineEdit).setAccessibleName("New keys of the chosen action")
        self.keys.keySequenceChanged.connect(self._judge)
        self.keys.installEventFilter(self)
        self.assign = _button("Assign", self._assign)
        self.remove = _button("Remove", lambda: self._give(""))
        self.reset = _button("Reset", self._reset)
        self.reset_all = _button("Reset all shortcuts", preferences.reset_keys)
        self.said = PlainLabel()
        self.said.setWordWrap(True)
        self.said.setAccessibleName("About the keys")
        self._lay_out()
        self._fill()
        self._actions.keys_changed.connect(self._refresh)
        self.list.currentItemChanged.connect(self._chosen)
        self.list.itemActivated.connect(lambda _item, _column: self.keys.setFocus())
        self._choose_first()

    def choose(self, id: str) -> None:
        """Bring an action to the front."""
        self.search.clear()
        self.list.setCurrentItem(self._items[id])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let Return assign the keys that were pressed, as a second stroke would replace them.

        Shift+Tab goes back, as everywhere: Qt would take it for keys that are meant to be assigned.
        """
        pressed = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress
        if pressed and event.key() == Qt.Key.Key_Backtab:
            return step(self.window(), False)
        if pressed and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self._assign()
            return True
        return super().eventFilter(watched, event)

    @property
    def current(self) -> str:
        """Id of the chosen action, empty for none."""
        item = self.list.currentItem()
        return "" if item is None or item.isHidden() else item.data(0, _ID) or ""

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(SPACE_M)
        row.addWidget(self.keys, 1)
        for button in (self.assign, self.remove, self.reset):
            row.addWidget(button)
        foot = QHBoxLayout()
        foot.addWidget(self.said, 1)
        foot.addWidget(self.reset_all)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_L, SPACE_M, SPACE_L, SPACE_L)
        layout.setSpacing(SPACE_S)
        layout.addWidget(self.search)
        layout.addWidget(self.list, 1)
        layout.addSpacing(SPACE_S)
        layout.addLayout(row)
        layout.addLayout(foot)

    def _fill(self) -> None:
        self._items: dict[str, QTreeWidgetItem] = {}
        for spec in self._actions.specs:
            item = QTreeWidgetItem([self._actions.title(spec.id), spec.menu.replace("/", ", "), ""])
            item.setData(0, _ID, spec.id)
            item.setToolTip(0, spec.tip)
            self._items[spec.id] = item
            self.list.addTopLevelItem(item)
        for name, keys in IN_PANELS:
            item = QTreeWidgetItem([name, "In panels", keys])
            item.setToolTip(0, "These keys cannot be changed")
            self.list.addTopLevelItem(item)
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        for id, item in self._items.items():
            keys = QKeySequence(self._actions.keys(id)).toString(_NATIVE)
            item.setText(2, keys)
            changed = self._actions.keys(id) != self._actions.default_keys(id)
            font = item.font(2)
            font.setBold(changed)
            item.setFont(2, font)
            usual = QKeySequence(self._actions.default_keys(id)).toString(_NATIVE) or "none"
            item.setToolTip(2, f"Changed; usually {usual}" if changed else "")
        self.reset_all.setEnabled(bool(self._actions.changed_keys()))
        self._chosen()

    @Slot(str)
    def _filter(self, text: str) -> None:
        wanted = text.casefold().split()
        for row in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(row)
            words = " ".join(item.text(column) for column in range(3)).casefold()
            item.setHidden(not all(word in words for word in wanted))
        if self.list.currentItem() is None or self.list.currentItem().isHidden():
            self._choose_first()

    def _choose_first(self) -> None:
        rows = range(self.list.topLevelItemCount())
        shown = [row for row in rows if not self.list.topLevelItem(row).isHidden()]
        self.list.setCurrentItem(self.list.topLevelItem(shown[0]) if shown else None)

    @Slot()
    def _chosen(self) -> None:
        id = self.current
        for widget in (self.keys, self.remove, self.reset):
            widget.setEnabled(bool(id))
        if id:
            self.keys.setKeySequence(QKeySequence(self._actions.keys(id)))
            self.remove.setEnabled(bool(self._actions.keys(id)))
            self.reset.setEnabled(self._actions.keys(id) != self._actions.default_keys(id))
        else:
            self.keys.clear()
        self._judge()

    @Slot()
    def _judge(self) -> None:
        """Say whether the keys in the field can be had, and what it would cost."""
        id, keys = self.current, self.keys.keySequence()
        new = bool(id) and keys.toString(_PORTABLE) != self._actions.keys(id) and not keys.isEmpty()
        refused = refusal(keys, self._actions) if new else ""
        owner = self._actions.owner(keys.toString(_PORTABLE)) if new and not refused else None
        self.assign.setEnabled(new and not refused)
        self.assign.setText("Take over" if owner else "Assign")
        shown = keys.toString(_NATIVE)
        if refused:
            said = refused
        elif owner:
            said = f"{shown} belongs to “{self._actions.title(owner)}”, which would lose it."
        elif new:
            said = f"{shown} is free. Return assigns it."
        elif id:
            said = "Click the field or press Return in the list, then press the new keys."
        else:
            said = "These keys belong to the panels and cannot be changed." if self.list.currentItem() else ""
        self.said.setText(said)

    @Slot()
    def _assign(self) -> None:
        if self.assign.isEnabled():
            self._give(self.keys.keySequence().toString(_PORTABLE))

    def _reset(self) -> None:
        self._give(self._actions.default_keys(self.current))

    def _give(self, keys: str) -> None:
        if self.current:
            self._preferences.set_keys(self.current, keys)
            self.list.setFocus()


def _button(text: str, callback) -> QPushButton:
    button = QPushButton(text)
    button.setAccessibleName(text)
    button.setAutoDefault(False)
    button.clicked.connect(callback)
    return button
