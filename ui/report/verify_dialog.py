"""What has become of a report's figures: each as stated and as recomputed, and whether it stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ui.banner import Banner
from ui.elided_label import ElidedLabel
from ui.engine_thread import EngineThread
from ui.plain import PlainLabel
from ui.preferences.preferences import Preferences
from ui.report.requests import VerifyReport
from ui.requests import Advance, Answer, Failure, Stopped
from ui.tab_order import ReadingOrder
from ui.theme import SPACE_L, SPACE_M, Theme
from ui.widgets.data_table import Column, DataTable
from ui.widgets.durations import show_fraction, stage_in_words
from ui.widgets.numbers import counted

if TYPE_CHECKING:
    from engine.evidence.figures import Row
    from engine.evidence.verify import Verification

_MARKS = {
    "stands": "\N{CHECK MARK} stands",
    "differs": "\N{BALLOT X} differs",
    "cannot be checked": "? cannot be checked",
}
_ORDER = {"differs": 0, "cannot be checked": 1, "stands": 2}
_FILTERS = (
    ("Every figure", None),
    ("What does not stand", ("differs", "cannot be checked")),
    ("What differs", ("differs",)),
    ("What cannot be checked", ("cannot be checked",)),
    ("What stands", ("stands",)),
)


def _whole(row: Row) -> str:
    lines = [row.figure, f"stated {row.stated}" if row.stated else "", row.note]
    return "\n".join(line for line in lines if line)


_COLUMNS = (
    Column("Item", "Number of the item in the report; 0 is the report itself", lambda r: str(r.item),
           key=lambda r: r.item, number=True, width=5),
    Column("Figure", "What was checked", lambda row: row.figure, tooltip=_whole),
    Column("Stated", "What the report says", lambda r: r.stated, number=True, width=18),
    Column("Recomputed", "What came out now", lambda r: r.recomputed, number=True, width=18),
    Column("Allowed", "The largest difference that is no difference", lambda r: r.allowed, number=True,
           width=10),
    Column("Verdict", "Whether it stands", lambda r: _MARKS[r.verdict], width=18, said=lambda r: r.verdict),
    Column("Why", "Why it does not stand", lambda r: r.note, tooltip=_whole),
)  # fmt: skip
_WHY = len(_COLUMNS) - 1


class VerifyDialog(ReadingOrder, QDialog):
    """Verifies one report in the background; it may be closed before the end, which stops it."""

    def __init__(self, path: str, background: EngineThread, looks: Preferences, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Verify a report")
        self.setAccessibleName("Verify a report")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._background, self._settings = background, looks.settings
        self._request = VerifyReport(path)
        self._id: int | None = None
        self.verification: Verification | None = None
        self.banner = Banner(self)
        self.file = ElidedLabel("Report", self)
        self.file.set_text(path)
        self.verdict = PlainLabel(self)
        self.verdict.setAccessibleName("Verdict")
        self.verdict.setWordWrap(True)
        font = self.verdict.font()
        font.setBold(True)
        self.verdict.setFont(font)
        self.filter = QComboBox(self)
        self.filter.setAccessibleName("Figures that are shown")
        self.filter.view().setAccessibleName("Figures that are shown")
        for name, verdicts in _FILTERS:
            self.filter.addItem(name, verdicts)
        self.filter.currentIndexChanged.connect(self._apply)
        self.table = DataTable("Figures of the report", _COLUMNS, self)
        self._take_theme(looks.theme)
        looks.theme_changed.connect(self._take_theme)
        self.copy = self._button("Copy as &CSV", "The figures that are shown", self._copy)
        self.again = self._button("Verify a&gain", "With the model and workspace that it names", self._verify)
        self.workspace = self._button(
            "With another &workspace…", "Recompute with the workspace in another folder", self._ask_workspace
        )
        self.model = self._button(
            "With another &model…", "Recompute with the model in another folder", self._ask_model
        )
        self.cancel = self._button("S&top", "Stop verifying", self._cancel)
        self.progress = QProgressBar(self)
        self.progress.setAccessibleName("Progress of the verification")
        self.progress.setTextVisible(False)
        self.progress.setMaximumHeight(8)
        self.stage = PlainLabel(self)
        self.stage.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self._lay_out()
        for signal, slot in (
            (background.answered, self._answered),
            (background.failed, self._failed),
            (background.cancelled, self._cancelled),
            (background.advanced, self._advanced),
        ):
            signal.connect(slot)
        self.resize(1040, 620)

    def open_and_verify(self) -> None:
        """Show the window and begin."""
        self.open()
        self._verify()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._cancel()
        super().closeEvent(event)

    def reject(self) -> None:
        self._cancel()
        super().reject()

    @Slot(object)
    def _take_theme(self, theme: Theme) -> None:
        self.banner.set_theme(theme)
        self.table.set_theme(theme)

    # -- asking -----------------------------------------------------------------------------------------

    def _verify(self) -> None:
        self.banner.dismiss()
        self.verification = None
        self.table.show_records(())
        self.verdict.setText("Every figure is being computed again …")
        self._id = self._background.submit(self._request)
        self._show_working(True)

    def _ask_workspace(self) -> None:
        self._ask("The workspace of the report", "workspace")

    def _ask_model(self) -> None:
        self._ask("The model of the report", "model")

    def _ask(self, title: str, what: str) -> None:
        folder = QFileDialog.getExistingDirectory(self, title, self._settings.last_folder)
        if folder:
            self._settings.last_folder = str(Path(folder).parent)
            named = {"model": self._request.model, "workspace": self._request.workspace, what: folder}
            self._request = VerifyReport(self._request.path, **named)
            self._verify()

    def _cancel(self) -> None:
        if self._id is not None:
            self._background.cancel(self._request.kind)

    # -- answers ----------------------------------------------------------------------------------------

    @Slot(object)
    def _answered(self, answer: Answer) -> None:
        if answer.id == self._id and answer.final:
            self._show_working(False)
            self.show_result(answer.value)

    def show_result(self, result: Verification) -> None:
        """Show what has become of the figures; those that do not stand come first."""
        self.verification = result
        self.table.setColumnHidden(_WHY, not any(row.note for row in result.rows))
        self.table.show_records(sorted(result.rows, key=lambda row: _ORDER[row.verdict]))
        self.verdict.setText(_in_words(result))
        self._apply()

    @Slot(object)
    def _failed(self, failure: Failure) -> None:
        if failure.id == self._id:
            self._show_working(False)
            self.verdict.setText("The report was not verified.")
            self.banner.show_error(failure.message)

    @Slot(object)
    def _cancelled(self, stopped: Stopped) -> None:
        if stopped.id == self._id:
            self._show_working(False)
            self.verdict.setText("Stopped; nothing is said about the report.")

    @Slot(object)
    def _advanced(self, advance: Advance) -> None:
        if advance.id == self._id:
            show_fraction(self.progress, advance.progress.fraction)
            self.stage.setText(stage_in_words(advance.progress))

    # -- showing ----------------------------------------------------------------------------------------

    @Slot()
    def _apply(self) -> None:
        verdicts = self.filter.currentData()
        rows: list[Row] = list(self.table.records)
        wanted = [place for place, row in enumerate(rows) if verdicts is None or row.verdict in verdicts]
        self.table.show_only(None if verdicts is None else wanted)
        self.copy.setEnabled(bool(wanted))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.table.as_csv())
        self.banner.show_note(f"{counted(len(self.table.shown()), 'figure')} copied")

    def _show_working(self, on: bool) -> None:
        if not on:
            self._id = None
        self.stage.setText("")
        show_fraction(self.progress, 0)
        for part in (self.progress, self.stage, self.cancel):
            part.setVisible(on)
        for part in (self.again, self.workspace, self.model, self.filter):
            part.setEnabled(not on)
        self.copy.setEnabled(not on and bool(self.table.shown()))

    def _button(self, text: str, tip: str, callback: Callable[[], object]) -> QPushButton:
        button = QPushButton(text, self)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _checked=False: callback())
        return button

    def _lay_out(self) -> None:
        working = QHBoxLayout()
        working.setSpacing(SPACE_M)
        working.addWidget(self.stage)
        working.addWidget(self.progress, 1)
        working.addWidget(self.cancel)
        show = PlainLabel("Show", self)
        show.setBuddy(self.filter)
        above = QHBoxLayout()
        above.setSpacing(SPACE_M)
        above.addWidget(show)
        above.addWidget(self.filter)
        above.addStretch(1)
        above.addWidget(self.copy)
        foot = QHBoxLayout()
        foot.setSpacing(SPACE_M)
        for button in (self.again, self.workspace, self.model):
            foot.addWidget(button)
        foot.addStretch(1)
        foot.addWidget(self._button("C&lose", "", self.close))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_L, SPACE_L, SPACE_L, SPACE_L)
        layout.setSpacing(SPACE_M)
        layout.addWidget(self.file)
        layout.addWidget(self.verdict)
        layout.addWidget(self.banner)
        layout.addLayout(working)
        layout.addLayout(above)
        layout.addWidget(self.table, 1)
        layout.addLayout(foot)


def _in_words(result: Verification) -> str:
    counts = {verdict: result.count(verdict) for verdict in _ORDER}
    total = counted(len(result.rows), "figure")
    if result.stands:
        return f"“{result.title}” stands: each of {total} came out as stated."
    parts = [
        f"{counts['differs']:,} {'differs' if counts['differs'] == 1 else 'differ'}"
        if counts["differs"]
        else "",
        f"{counts['cannot be checked']:,} cannot be checked" if counts["cannot be checked"] else "",
        f"{counts['stands']:,} {'stands' if counts['stands'] == 1 else 'stand'}",
    ]
    return f"“{result.title}”: of {total}, {', '.join(part for part in parts if part)}."
