"""The command palette: every action by a few letters of its name."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
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
from ui.theme import SPACE_M

_WIDTH, _HEIGHT = 560, 420
_STRETCH, _TO_CONTENTS = QHeaderView.ResizeMode.Stretch, QHeaderView.ResizeMode.ResizeToContents
_TO_LIST = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


def match_score(pattern: str, text: str) -> float | None:
    """Return how well the letters of `pattern` occur in `text` in their order; None if they do not.

    Letters at the start of a word and letters that follow each other count more; shorter texts win ties.
    """
    wanted, there = pattern.casefold().replace(" ", ""), text.casefold()
    if not wanted:
        return 0.0
    starts = (start for start, letter in enumerate(there) if letter == wanted[0])
    scores = (_score_from(wanted, there, start) for start in starts)
    return max((score for score in scores if score is not None), default=None)


def _score_from(wanted: str, there: str, position: int) -> float | None:
    score, previous = 0.0, -2
    for letter in wanted:
        position = there.find(letter, position)
        if position < 0:
            return None
        starts_word = position == 0 or not there[position - 1].isalnum()
        score += 1 + (2 if position == previous + 1 else 0) + (1.5 if starts_word else 0)
        previous = position
        position += 1
    return score - 0.01 * len(there)


class CommandPalette(QDialog):
    """A field and the actions that match; Return runs the chosen one."""

    chosen = Signal(QAction)

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._registry = actions
        self.setObjectName("palette")
        self.setWindowTitle("Command palette")
        self.setAccessibleName("Command palette")
        self._field = QLineEdit(self)
        self._field.setPlaceholderText("Type a few letters of a command")
        self._field.setAccessibleName("Filter commands")
        self._field.setClearButtonEnabled(True)
        self._field.textChanged.connect(self._filter)
        self._field.installEventFilter(self)
        self._list = QTreeWidget(self)
        self._list.setAccessibleName("Commands")
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setColumnCount(3)
        self._list.setHeaderHidden(True)
        self._list.header().setStretchLastSection(False)
        for column, mode in enumerate((_STRETCH, _TO_CONTENTS, _TO_CONTENTS)):
            self._list.header().setSectionResizeMode(column, mode)
        self._list.setRootIsDecorated(False)
        self._list.setUniformRowHeights(True)
        self._list.setAllColumnsShowFocus(True)
        self._list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._list.itemActivated.connect(self._run)
        self._list.itemClicked.connect(self._run)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_M, SPACE_M, SPACE_M)
        layout.addWidget(self._field)
        layout.addWidget(self._list)

    def open_over(self, window: QWidget) -> None:
        """Show the palette near the top of a window, with nothing typed yet."""
        self._field.clear()
        self._filter("")
        width = min(_WIDTH, window.width() - 2 * SPACE_M)
        self.resize(width, min(_HEIGHT, window.height() - 80))
        self.move(window.mapToGlobal(window.rect().topLeft()))
        self.move(self.x() + (window.width() - width) // 2, self.y() + 60)
        self.show()
        self._field.setFocus()

    @property
    def shown(self) -> tuple[QAction, ...]:
        """The actions in the list, best match first."""
        items = (self._list.topLevelItem(row) for row in range(self._list.topLevelItemCount()))
        return tuple(item.data(0, Qt.ItemDataRole.UserRole) for item in items)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in _TO_LIST:
                self._list.keyPressEvent(event)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run(self._list.currentItem())
                return True
        return super().eventFilter(watched, event)

    def _filter(self, pattern: str) -> None:
        self._list.clear()
        scored = []
        for order, action in enumerate(self._registry.all):
            if not action.isEnabled():
                continue
            text = action.text().replace("&", "")
            scores = [
                match_score(pattern, text),
                match_score(pattern, f"{self._registry.path(action)} {text}"),
            ]
            matching = [score for score in scores if score is not None]
            if matching:
                scored.append((-max(matching), order, text, action))
        for _score, _order, text, action in sorted(scored, key=lambda entry: entry[:2]):
            checked = "\N{CHECK MARK} " if action.isChecked() else ""
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            item = QTreeWidgetItem([checked + text, self._registry.path(action), keys])
            item.setData(0, Qt.ItemDataRole.UserRole, action)
            item.setForeground(1, self.palette().placeholderText())
            item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setToolTip(0, action.toolTip())
            self._list.addTopLevelItem(item)
        self._list.setCurrentItem(self._list.topLevelItem(0))

    def _run(self, item: QTreeWidgetItem | None) -> None:
        if item is None:
            return
        action: QAction = item.data(0, Qt.ItemDataRole.UserRole)
        # Closed first: the action may open a dialog of its own.
        self.accept()
        self.chosen.emit(action)
        action.trigger()
