"""The help window: contents and search at the left, a page of the guide at the right."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QStackedWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ui.buttons import tool_button
from ui.help.guide_view import GuideView
from ui.help.library import CONTENTS, Library
from ui.plain import PlainLabel
from ui.tab_order import ReadingOrder
from ui.theme import SPACE_M, SPACE_S

_SIZE = (1040, 760)
_PAUSE_MS = 150
_ADDRESS = Qt.ItemDataRole.UserRole
_FEWEST_LETTERS = 2


@dataclass
class _Visit:
    """A page that was read, and how far it was scrolled."""

    address: str
    scrolled: int = 0


class HelpWindow(ReadingOrder, QWidget):
    """A window of its own beside the program; nothing in it reaches for a network.

    Args:
        library: the guide.
    """

    closed = Signal()

    def __init__(self, library: Library | None = None) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self.library = library or Library()
        self._visits: list[_Visit] = []
        self._place = -1
        self.setWindowTitle("Semascope help")
        self.setAccessibleName("Semascope help")
        self.back = tool_button("\N{LEFTWARDS ARROW}", "Back", "The page before (Alt+Left)", parent=self)
        self.forward = tool_button(
            "\N{RIGHTWARDS ARROW}", "Forward", "The page after (Alt+Right)", parent=self
        )
        self.home = tool_button(
            "Contents", "Contents of the guide", "The first page of the guide", parent=self
        )
        self.search = QLineEdit(self)
        self.search.setAccessibleName("Search the guide")
        self.search.setPlaceholderText("Search the guide (Ctrl+F)")
        self.search.setClearButtonEnabled(True)
        self.tree = QTreeWidget(self)
        self.tree.setAccessibleName("Contents")
        self.tree.setHeaderHidden(True)
        self.tree.setFrameShape(QFrame.Shape.NoFrame)
        self.results = QListWidget(self)
        self.results.setAccessibleName("What was found")
        self.results.setFrameShape(QFrame.Shape.NoFrame)
        self.results.setWordWrap(True)
        self.results.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.found = PlainLabel(self)
        self.found.setWordWrap(True)
        self.found.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self.view = GuideView(self)
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._search)
        self._fill_tree()
        self._lay_out()
        self._connect()
        self.resize(*_SIZE)

    @property
    def address(self) -> str:
        """The page that is shown, and the section it was opened at: "rank#compare"."""
        return self._visits[self._place].address if self._visits else ""

    def open(self, address: str = CONTENTS, words: tuple[str, ...] = ()) -> None:
        """Show a page, or a section of it, and bring the window to the front.

        Args:
            address: "page" or "page#anchor"; the contents if there is no such page.
            words: to be marked.
        """
        self._go(address if self.library.has(address) else CONTENTS, words)
        if self.isMinimized():
            self.showNormal()
        self.show()
        self.raise_()
        self.activateWindow()
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._pause.stop()
        super().closeEvent(event)
        self.closed.emit()

    # -- going from page to page ----------------------------------------------------------------------

    def _go(self, address: str, words: tuple[str, ...] = ()) -> None:
        if address != self.address:
            self._leave()
            del self._visits[self._place + 1 :]
            self._visits.append(_Visit(address))
            self._place += 1
        self._show(address, words)

    def _show(self, address: str, words: tuple[str, ...] = ()) -> None:
        name, _, anchor = address.partition("#")
        self.view.show_topic(self.library.topics[name], anchor, words)
        self.back.setEnabled(self._place > 0)
        self.forward.setEnabled(self._place + 1 < len(self._visits))
        self._mark_in_tree(address)

    def _leave(self) -> None:
        if self._visits:
            self._visits[self._place].scrolled = self.view.verticalScrollBar().value()

    def step(self, by: int) -> None:
        """Go back (-1) or forward (1) through the pages that were read."""
        if 0 <= self._place + by < len(self._visits):
            self._leave()
            self._place += by
            visit = self._visits[self._place]
            self._show(visit.address)
            self.view.verticalScrollBar().setValue(visit.scrolled)

    @Slot(str)
    def _follow(self, link: str) -> None:
        page, _, anchor = link.partition("#")
        name = page.removesuffix(".md") or self.address.partition("#")[0]
        address = f"{name}#{anchor}" if anchor else name
        if self.library.has(address):
            self._go(address)

    # -- contents and search --------------------------------------------------------------------------

    def _fill_tree(self) -> None:
        parts: dict[str, QTreeWidgetItem] = {}
        for topic in self.library.topics.values():
            if topic.name == CONTENTS:
                continue
            if topic.part not in parts:
                parts[topic.part] = self._part(topic.part)
            item = _entry(parts[topic.part], topic.title, topic.name)
            for section in topic.sections[1:]:
                if section.level == 2:
                    _entry(item, section.title, f"{topic.name}#{section.anchor}")

    def _part(self, title: str) -> QTreeWidgetItem:
        item = QTreeWidgetItem(self.tree, [title])
        font = item.font(0)
        font.setBold(True)
        item.setFont(0, font)
        item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsSelectable)
        item.setExpanded(True)
        return item

    def _items(self) -> list[QTreeWidgetItem]:
        return self.tree.findItems("", Qt.MatchFlag.MatchContains | Qt.MatchFlag.MatchRecursive)

    def _mark_in_tree(self, address: str) -> None:
        by_address = {item.data(0, _ADDRESS): item for item in self._items()}
        item = by_address.get(address) or by_address.get(address.partition("#")[0])
        self.tree.blockSignals(True)
        self.tree.setCurrentItem(item)
        self.tree.blockSignals(False)

    @Slot()
    def _search(self) -> None:
        words = self.search.text().strip()
        searching = len(words) >= _FEWEST_LETTERS
        self._left.setCurrentIndex(1 if searching else 0)
        if not searching:
            return
        hits = self.library.search(words)
        self.results.clear()
        for hit in hits:
            item = QListWidgetItem(f"{hit.title}\n{hit.page}: {hit.snippet}")
            item.setData(_ADDRESS, hit.address)
            self.results.addItem(item)
        count = len(hits)
        self.found.setText(
            f"{count} {'section holds' if count == 1 else 'sections hold'} all of these words."
            if hits
            else "No section holds all of these words. Try fewer, or other ones."
        )
        self.found.setAccessibleName(self.found.text())

    @Slot(QListWidgetItem)
    def _result_chosen(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self._go(item.data(_ADDRESS), tuple(self.search.text().split()))

    @Slot()
    def _first_result(self) -> None:
        self._pause.stop()
        self._search()
        if self.results.count() and self._left.currentIndex() == 1:
            self.results.setCurrentRow(0)
            self.results.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _escape(self) -> None:
        if self.search.text():
            self.search.clear()
        else:
            self.close()

    # -- wiring ---------------------------------------------------------------------------------------

    def _connect(self) -> None:
        self.back.clicked.connect(lambda: self.step(-1))
        self.forward.clicked.connect(lambda: self.step(1))
        self.home.clicked.connect(lambda: self._go(CONTENTS))
        self.search.textChanged.connect(self._pause.start)
        self.search.returnPressed.connect(self._first_result)
        self.results.currentItemChanged.connect(self._result_chosen)
        self.results.itemActivated.connect(self._result_chosen)
        self.tree.currentItemChanged.connect(self._entry_chosen)
        self.view.link_chosen.connect(self._follow)
        for keys, callback in (
            ("Alt+Left", lambda: self.step(-1)),
            ("Alt+Right", lambda: self.step(1)),
            ("Ctrl+F", lambda: self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)),
            ("Esc", self._escape),
        ):
            QShortcut(QKeySequence(keys), self, callback)

    @Slot(QTreeWidgetItem)
    def _entry_chosen(self, item: QTreeWidgetItem | None) -> None:
        if item is not None and item.data(0, _ADDRESS):
            self._go(item.data(0, _ADDRESS))

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(SPACE_M, SPACE_M, SPACE_M, SPACE_S)
        bar.setSpacing(SPACE_S)
        for widget in (self.back, self.forward, self.home):
            bar.addWidget(widget)
        bar.addStretch(1)
        listed = QWidget(self)
        column = QVBoxLayout(listed)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_S)
        self.found.setContentsMargins(SPACE_M, 0, SPACE_M, 0)
        column.addWidget(self.found)
        column.addWidget(self.results, 1)
        self._left = QStackedWidget(self)
        self._left.addWidget(self.tree)
        self._left.addWidget(listed)
        side = QWidget(self)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_S)
        column.addLayout(bar)
        search = QHBoxLayout()
        search.setContentsMargins(SPACE_M, 0, SPACE_M, SPACE_S)
        search.addWidget(self.search)
        column.addLayout(search)
        column.addWidget(self._left, 1)
        halves = QSplitter(Qt.Orientation.Horizontal, self)
        halves.setChildrenCollapsible(False)
        halves.addWidget(side)
        halves.addWidget(self.view)
        halves.setStretchFactor(0, 0)
        halves.setStretchFactor(1, 1)
        halves.setSizes([300, 740])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(halves)


def _entry(above: QTreeWidgetItem, title: str, address: str) -> QTreeWidgetItem:
    item = QTreeWidgetItem(above, [title])
    item.setData(0, _ADDRESS, address)
    item.setToolTip(0, title)
    return item
