"""The window with the items of the report: put in order, taken out, saved."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QSize, QStandardPaths, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ui.banner import Banner
from ui.drops import BUNDLE_SUFFIX
from ui.engine_thread import EngineThread
from ui.icons import icons, large
from ui.plain import PlainLabel, one_line, plain_tip, tame
from ui.preferences.preferences import Preferences
from ui.report.requests import Format, TrayItem, WriteReport
from ui.report.tray import LONGEST_TITLE, Tray
from ui.requests import Advance, Answer, Failure, Stopped
from ui.save_dialog import ask_save_path
from ui.tab_order import ReadingOrder
from ui.theme import SPACE_L, SPACE_M, SPACE_S
from ui.widgets.durations import show_fraction, stage_in_words

_EMPTY = (
    "Nothing is in the report yet.\n\nPress Ctrl+D on Explain, Rank or Concepts: the explanation, the "
    "ranking or the feature in front becomes an item here."
)
_FORMATS: tuple[tuple[Format, str, str, str], ...] = (
    ("html", "Save as &HTML…", "HTML page (*.html)", "One page that needs nothing else"),
    ("pdf", "Save as &PDF…", "PDF document (*.pdf)", "Pages to print"),
    (
        "semareport",
        "Save as &bundle…",
        f"Report bundle (*{BUNDLE_SUFFIX})",
        "The page, its data as JSON, every table as CSV, and their digests",
    ),
)
_KINDS = {"explanation": "Explanation", "ranking": "Ranking", "feature": "Feature"}


class TrayDialog(ReadingOrder, QDialog):
    """Stays open beside the window; what is added there appears here at once."""

    opened = Signal(object)  # TrayItem, to be shown on its page
    verify_asked = Signal(str)  # path of a report that was just saved

    def __init__(self, tray: Tray, engine: EngineThread, looks: Preferences, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Items of the report")
        self.setAccessibleName("Items of the report")
        self._tray, self._engine, self._settings = tray, engine, looks.settings
        self._id: int | None = None
        self.banner = Banner(self)
        self.banner.set_theme(looks.theme)
        looks.theme_changed.connect(self.banner.set_theme)
        self.title = QLineEdit(self)
        self.title.setAccessibleName("Title of the report")
        self.title.setPlaceholderText("Title; that of the only item if it is empty")
        self.title.setMaxLength(LONGEST_TITLE)
        self.title.textEdited.connect(self._title_edited)
        self.list = _Items(self)
        self.list.removal_wanted.connect(self._remove)
        self.list.move_wanted.connect(self._move)
        self.list.itemActivated.connect(lambda _item: self._open())
        self.list.currentRowChanged.connect(self._enable)
        self.up = self._button(
            "Move &up", "Earlier in the report (Ctrl+Up)", lambda: self._move(-1), "arrow-up"
        )
        self.down = self._button(
            "Move &down", "Later in the report (Ctrl+Down)", lambda: self._move(1), "arrow-down"
        )
        self.remove = self._button("&Remove", "Take it out of the report (Delete)", self._remove, "trash-2")
        self.show_item = self._button("Sho&w", "Show it on its page (Return)", self._open, "maximize")
        self.saves = [
            self._button(text, tip, lambda format=format, kind=kind: self._ask_path(format, kind))
            for format, text, kind, tip in _FORMATS
        ]
        self.saves[0].setProperty("look", "primary")
        self.cancel = self._button("&Cancel", "Write nothing", self._cancel)
        self.progress = QProgressBar(self)
        self.progress.setAccessibleName("Progress of the report")
        self.progress.setTextVisible(False)
        self.progress.setMaximumHeight(8)
        self.stage = PlainLabel(self)
        self.stage.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self.empty = self._made_empty()
        self._lay_out()
        tray.changed.connect(self._fill)
        for signal, slot in (
            (engine.answered, self._answered),
            (engine.failed, self._failed),
            (engine.cancelled, self._cancelled),
            (engine.advanced, self._advanced),
        ):
            signal.connect(slot)
        self._show_working(False)
        self._fill()
        self.resize(620, 520)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._cancel()
        super().closeEvent(event)

    # -- the items --------------------------------------------------------------------------------------

    @Slot()
    def _fill(self) -> None:
        row = self.list.currentRow()
        self.list.show_items(self._tray.items)
        self.list.setCurrentRow(min(max(row, 0), self.list.count() - 1))
        if self.title.text() != self._tray.title:
            self.title.setText(self._tray.title)
        self._stack.setCurrentIndex(1 if self._tray.items else 0)
        self._enable()

    def _remove(self) -> None:
        if self.list.currentRow() >= 0:
            self._tray.remove(self.list.currentRow())

    def _move(self, by: int) -> None:
        row = self.list.currentRow()
        if row >= 0 and 0 <= row + by < self.list.count():
            self._tray.move(row, row + by)
            self.list.setCurrentRow(row + by)

    def _open(self) -> None:
        if self.list.currentRow() >= 0:
            self.opened.emit(self._tray.items[self.list.currentRow()])

    @Slot(str)
    def _title_edited(self, text: str) -> None:
        self._tray.title = text

    @Slot()
    def _enable(self) -> None:
        row, count, idle = self.list.currentRow(), self.list.count(), self._id is None
        self.up.setEnabled(row > 0)
        self.down.setEnabled(0 <= row < count - 1)
        for button in (self.remove, self.show_item):
            button.setEnabled(row >= 0)
        for button in self.saves:
            button.setEnabled(count > 0 and idle)

    # -- saving -----------------------------------------------------------------------------------------

    def save(self, format: Format, path: str) -> None:
        """Write the report into a file."""
        self.banner.dismiss()
        self._id = self._engine.submit(WriteReport(self._tray.title.strip(), self._tray.items, format, path))
        self._show_working(True)

    def _ask_path(self, format: Format, kind: str) -> None:
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        start = Path(self._settings.last_folder or documents) / f"report.{format}"
        path, _ = ask_save_path(self, "Save the report", start, kind)
        if path:
            self._settings.last_folder = str(Path(path).parent)
            self.save(format, path)

    def _cancel(self) -> None:
        if self._id is not None:
            self._engine.cancel("report")

    @Slot(object)
    def _answered(self, answer: Answer) -> None:
        if answer.id == self._id and answer.final:
            self._show_working(False)
            self._tray.take_results(answer.value.items)
            path = answer.value.path
            self.banner.show_note(f"Saved {path}", "Verify it", lambda: self.verify_asked.emit(path))

    @Slot(object)
    def _failed(self, failure: Failure) -> None:
        if failure.id == self._id:
            self._show_working(False)
            self.banner.show_error(failure.message)

    @Slot(object)
    def _cancelled(self, stopped: Stopped) -> None:
        if stopped.id == self._id:
            self._show_working(False)
            self.banner.show_note("Cancelled; nothing was written.")

    @Slot(object)
    def _advanced(self, advance: Advance) -> None:
        if advance.id == self._id:
            show_fraction(self.progress, advance.progress.fraction)
            self.stage.setText(stage_in_words(advance.progress))

    def _show_working(self, on: bool) -> None:
        if not on:
            self._id = None
        self.stage.setText("Computing …" if on else "")
        show_fraction(self.progress, 0)
        for part in (self.progress, self.stage, self.cancel):
            part.setVisible(on)
        self._enable()

    # -- looks ------------------------------------------------------------------------------------------

    def _button(self, text: str, tip: str, callback, icon: str = "") -> QPushButton:
        button = QPushButton(text, self)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _checked=False: callback())
        if icon:
            icons.give(button, icon)
        return button

    def _made_empty(self) -> QWidget:
        box = QWidget(self)
        text = PlainLabel(_EMPTY, box)
        text.setWordWrap(True)
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(box)
        column.setSpacing(SPACE_M)
        column.addStretch(2)
        column.addWidget(large("file-output", box))
        column.addWidget(text)
        column.addStretch(3)
        return box

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        label = PlainLabel("Title", self)
        label.setBuddy(self.title)
        head.addWidget(label)
        head.addWidget(self.title, 1)
        beside = QVBoxLayout()
        beside.setSpacing(SPACE_S)
        for button in (self.up, self.down, self.remove, self.show_item):
            beside.addWidget(button)
        beside.addStretch(1)
        filled = QWidget(self)
        row = QHBoxLayout(filled)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_M)
        row.addWidget(self.list, 1)
        row.addLayout(beside)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(filled)
        working = QHBoxLayout()
        working.setSpacing(SPACE_M)
        working.addWidget(self.stage)
        working.addWidget(self.progress, 1)
        working.addWidget(self.cancel)
        foot = QHBoxLayout()
        foot.setSpacing(SPACE_M)
        for button in self.saves:
            foot.addWidget(button)
        foot.addStretch(1)
        close = self._button("C&lose", "", self.close)
        foot.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_L, SPACE_L, SPACE_L, SPACE_L)
        layout.setSpacing(SPACE_M)
        layout.addLayout(head)
        layout.addWidget(self.banner)
        layout.addWidget(self._stack, 1)
        layout.addLayout(working)
        layout.addLayout(foot)


class _Items(QListWidget):
    """The items, two lines each; Delete takes one out, Ctrl with an arrow moves it."""

    removal_wanted = Signal()
    move_wanted = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Items of the report")
        self.setUniformItemSizes(True)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_items(self, items: tuple[TrayItem, ...]) -> None:
        """List them."""
        self.clear()
        for number, item in enumerate(items, start=1):
            about = [_KINDS[item.kind], item.model_name, Path(item.workspace).name]
            if item.evidence is None:
                about.append("computed anew when it is saved")
            second = tame(one_line("  ·  ".join(part for part in about if part)))
            row = QListWidgetItem(f"{number}.  {tame(one_line(item.title))}\n     {second}")
            row.setToolTip(plain_tip(item.title))
            row.setSizeHint(QSize(0, 2 * self.fontMetrics().lineSpacing() + 2 * SPACE_M))
            self.addItem(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if event.key() == Qt.Key.Key_Delete:
            self.removal_wanted.emit()
        elif event.key() in steps and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.move_wanted.emit(steps[event.key()])
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            for row in range(self.count()):
                self.item(row).setSizeHint(QSize(0, 2 * self.fontMetrics().lineSpacing() + 2 * SPACE_M))
