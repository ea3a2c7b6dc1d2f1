"""The command palette: everything that can be done or opened, by a few letters of its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFrame,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ui.actions import Actions
from ui.fuzzy import match_score
from ui.plain import PlainLabel, one_line, plain_tip
from ui.settings import Settings
from ui.tab_order import ReadingOrder
from ui.theme import SPACE_M, SPACE_S

_LETTERS, _HEIGHT = 88, 460
_STRETCH, _TO_CONTENTS = QHeaderView.ResizeMode.Stretch, QHeaderView.ResizeMode.ResizeToContents
_FIXED = QHeaderView.ResizeMode.Fixed
# Of the width, what says where an entry stands or why it cannot be chosen.
_WHERE = 0.3
_TO_LIST = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_ENTRY = Qt.ItemDataRole.UserRole
# A match in the name counts more than one in the name of the menu.
_ELSEWHERE = 2.0


@dataclass(frozen=True)
class Entry:
    """One line of the palette.

    Attributes:
        id: what it is remembered by among the recent ones; unique.
        title: what is searched first.
        where: menu path, or what kind of thing it is.
        run: is called when it is chosen.
        keys: its shortcut, as people read it.
        tip: one sentence more.
        why_not: why it cannot be chosen now; empty if it can.
    """

    id: str
    title: str
    where: str
    run: Callable[[], object]
    keys: str = ""
    tip: str = ""
    why_not: str = ""


Source = Callable[[], Sequence[Entry]]


class CommandPalette(ReadingOrder, QDialog):
    """A field and what matches it; Return runs the chosen line.

    Args:
        actions: all are listed.
        settings: what was chosen last is kept there.
    """

    chosen = Signal(str)  # id of an entry

    def __init__(self, actions: Actions, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._registry, self._settings = actions, settings
        self._sources: list[Source] = [self._of_actions]
        self._entries: tuple[Entry, ...] = ()
        self.setObjectName("palette")
        self.setWindowTitle("Command palette")
        self.setAccessibleName("Command palette")
        self._field = QLineEdit(self)
        self._field.setPlaceholderText("Type a few letters of a command, a setting or a workspace")
        self._field.setAccessibleName("Filter commands")
        self._field.setClearButtonEnabled(True)
        self._field.textChanged.connect(self._filter)
        self._field.installEventFilter(self)
        self._list = _list(self)
        self._list.itemActivated.connect(self._run)
        self._list.itemClicked.connect(self._run)
        self._list.currentItemChanged.connect(self._say)
        self._said = PlainLabel(self)
        self._said.setAccessibleName("About the command")
        self._said.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_M, SPACE_M, SPACE_M)
        layout.setSpacing(SPACE_S)
        layout.addWidget(self._field)
        layout.addWidget(self._list)
        layout.addWidget(self._said)

    def add_source(self, source: Source) -> None:
        """List more than the actions: `source` is asked each time the palette opens."""
        self._sources.append(source)

    def open_over(self, window: QWidget) -> None:
        """Show the palette near the top of a window, with nothing typed yet."""
        self._entries = tuple(entry for source in self._sources for entry in source())
        self._field.clear()
        self._filter("")
        letters = self.fontMetrics().averageCharWidth()
        width = min(letters * _LETTERS, window.width() - 2 * SPACE_M)
        self.resize(width, min(_HEIGHT, window.height() - 80))
        self._list.header().resizeSection(1, round(width * _WHERE))
        self.move(window.mapToGlobal(window.rect().topLeft()))
        self.move(self.x() + (window.width() - width) // 2, self.y() + 60)
        self.show()
        self._field.setFocus()

    @property
    def shown(self) -> tuple[Entry, ...]:
        """The entries in the list, best match first."""
        items = (self._list.topLevelItem(row) for row in range(self._list.topLevelItemCount()))
        return tuple(item.data(0, _ENTRY) for item in items)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in _TO_LIST:
                self._list.keyPressEvent(event)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run(self._list.currentItem())
                return True
        return super().eventFilter(watched, event)

    def _of_actions(self) -> list[Entry]:
        entries = []
        for action in self._registry.all:
            id = action.objectName()
            title = self._registry.title(id)
            entries.append(
                Entry(
                    id,
                    f"\N{CHECK MARK} {title}" if action.isChecked() else title,
                    self._registry.path(action),
                    action.trigger,
                    action.shortcut().toString(QKeySequence.SequenceFormat.NativeText),
                    action.toolTip(),
                    self._registry.why_not(id),
                )
            )
        return entries

    def _filter(self, pattern: str) -> None:
        recent = {id: place for place, id in enumerate(self._settings.recent_commands)}
        scored = []
        for order, entry in enumerate(self._entries):
            score = _score(pattern, entry)
            if score is not None:
                age = recent.get(entry.id, len(recent))
                # Among equal matches, and where nothing is typed yet, what was chosen last comes first.
                scored.append((bool(entry.why_not), -round(score, 1), age, -score, order, entry))
        self._list.clear()
        for *_order, entry in sorted(scored, key=lambda place: place[:-1]):
            self._list.addTopLevelItem(self._item(entry, pattern == "" and entry.id in recent))
        self._list.setCurrentItem(self._list.topLevelItem(0))

    def _item(self, entry: Entry, recent: bool) -> QTreeWidgetItem:
        where = entry.why_not or (f"{entry.where} · recent" if recent else entry.where)
        item = QTreeWidgetItem([one_line(entry.title), one_line(where), entry.keys])
        item.setData(0, _ENTRY, entry)
        quiet = self.palette().placeholderText()
        item.setForeground(1, quiet)
        if entry.why_not:
            item.setForeground(0, quiet)
            item.setForeground(2, quiet)
        item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        item.setToolTip(0, plain_tip(entry.tip))
        item.setToolTip(1, plain_tip(where))
        return item

    def _say(self, item: QTreeWidgetItem | None) -> None:
        entry: Entry | None = None if item is None else item.data(0, _ENTRY)
        if entry is None:
            self._said.setText("Nothing is called so. Try fewer letters.")
        else:
            self._said.setText(f"Not now: {entry.why_not}." if entry.why_not else entry.tip)

    def _run(self, item: QTreeWidgetItem | None) -> None:
        entry: Entry | None = None if item is None else item.data(0, _ENTRY)
        if entry is None or entry.why_not:
            return
        self._settings.add_recent_command(entry.id)
        # Closed first: the entry may open a dialog of its own.
        self.accept()
        self.chosen.emit(entry.id)
        entry.run()


def _score(pattern: str, entry: Entry) -> float | None:
    inside, around = match_score(pattern, entry.title), match_score(pattern, f"{entry.where} {entry.title}")
    if inside is None:
        return None if around is None else around - _ELSEWHERE
    return inside


def _list(parent: QWidget) -> QTreeWidget:
    shown = QTreeWidget(parent)
    shown.setAccessibleName("Commands")
    shown.setFrameShape(QFrame.Shape.NoFrame)
    shown.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    shown.setColumnCount(3)
    shown.setHeaderHidden(True)
    shown.header().setStretchLastSection(False)
    for column, mode in enumerate((_STRETCH, _FIXED, _TO_CONTENTS)):
        shown.header().setSectionResizeMode(column, mode)
    shown.setRootIsDecorated(False)
    shown.setUniformRowHeights(True)
    shown.setAllColumnsShowFocus(True)
    shown.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    return shown
