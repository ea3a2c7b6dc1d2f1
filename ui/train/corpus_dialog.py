"""The dialog that makes a workspace from documents: what is in the file, and what is taken from it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ui.banner import Banner
from ui.engine_thread import EngineThread
from ui.plain import PlainLabel, one_line, plain_tip, tame
from ui.requests import Answer, Failure, ModelChoice
from ui.tab_order import ReadingOrder
from ui.theme import SPACE_M, Theme
from ui.train.requests import MakeWorkspace, PreviewCorpus
from ui.widgets.numbers import counted

if TYPE_CHECKING:
    from engine.corpus.preview import CorpusPreview

_FILES = "Documents (*.csv *.tsv *.jsonl *.ndjson *.json *.parquet *.txt *.md);;All files (*)"
_MOST_DOCUMENTS = 100_000_000
_WIDEST_COLUMN = 320


class CorpusDialog(ReadingOrder, QDialog):
    """Shows what an engine proposes for a corpus; `wanted` carries the `MakeWorkspace` to be done.

    Args:
        engine: looks at the corpus.
        model: what embeds.
        model_name: how that model is shown.
        folder: where the choice of a file begins.
        theme: of the window.
    """

    wanted = Signal(object)

    def __init__(
        self,
        engine: EngineThread,
        model: ModelChoice,
        model_name: str,
        folder: str,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("New workspace from documents")
        self.setAccessibleName("New workspace from documents")
        self._engine, self._model, self._folder = engine, model, folder
        self._preview: CorpusPreview | None = None
        self._asked: PreviewCorpus | None = None
        self._quiet = False
        self.banner = Banner(self)
        self.banner.set_theme(theme)
        self.corpus = _field("Documents", "A .csv, .tsv, .jsonl, .parquet or .txt file, or a folder of texts")
        self.corpus.editingFinished.connect(self._corpus_edited)
        self.text_column = _combo("Column with the text")
        self.id_column = _combo("Column with the ids")
        for combo in (self.text_column, self.id_column):
            combo.activated.connect(self._column_chosen)
        self.limit = QSpinBox(self)
        self.limit.setAccessibleName("Most documents")
        self.limit.setToolTip("How many documents the workspace takes from this corpus")
        self.limit.setRange(0, _MOST_DOCUMENTS)
        self.limit.setSpecialValueText("All")
        self.limit.setGroupSeparatorShown(True)
        self.limit.setSingleStep(1000)
        self.target = _field("Folder of the workspace", "A new folder, or a workspace to go on with")
        self.target.textChanged.connect(self._enable)
        self.rows = QTableWidget(0, 0, self)
        self.rows.setAccessibleName("First rows")
        self.rows.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.rows.setWordWrap(False)
        self.rows.setTabKeyNavigation(False)
        self.rows.verticalHeader().hide()
        self.rows.horizontalHeader().setHighlightSections(False)
        self.rows.horizontalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        self._about = PlainLabel("Choose a file or a folder; its first rows appear here.", self)
        self._about.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self._with = PlainLabel(f"Embedded with {model_name}, the model in use.", self)
        self._with.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.make = self._buttons.addButton("Make workspace", QDialogButtonBox.ButtonRole.AcceptRole)
        self.make.setProperty("look", "primary")
        self._buttons.accepted.connect(self._accepted)
        self._buttons.rejected.connect(self.reject)
        engine.answered.connect(self._answered)
        engine.failed.connect(self._failed)
        self._lay_out()
        self._enable()
        self.corpus.setFocus(Qt.FocusReason.OtherFocusReason)
        self.resize(760, 560)

    def show_corpus(self, path: str) -> None:
        """Look at a file or a folder, and propose a folder for its workspace."""
        place = Path(path)
        self.corpus.setText(path)
        self.target.setText(str(place.parent / f"{place.stem or 'documents'}-workspace"))
        self._ask(None, None)

    # -- inside ---------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.setHorizontalSpacing(SPACE_M)
        form.setVerticalSpacing(SPACE_M)
        file = _button("File…", "Choose a file of documents", self._choose_file)
        folder = _button("Folder…", "Choose a folder of text files", self._choose_folder)
        target = _button("Change…", "Choose the folder of the workspace", self._choose_target)
        form.addRow("Documents", _row(self.corpus, file, folder))
        form.addRow("Text", self.text_column)
        form.addRow("Ids", self.id_column)
        form.addRow("At most", self.limit)
        form.addRow("Workspace", _row(self.target, target))
        layout = QVBoxLayout(self)
        layout.setSpacing(SPACE_M)
        layout.addLayout(form)
        layout.addWidget(self.banner)
        layout.addWidget(self._about)
        layout.addWidget(self.rows, 1)
        layout.addWidget(self._with)
        layout.addWidget(self._buttons)

    def _choose_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Documents", self._folder, _FILES)
        if path:
            self.show_corpus(path)

    def _choose_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "A folder of text files", self._folder)
        if path:
            self.show_corpus(path)

    def _choose_target(self) -> None:
        start = str(Path(self.target.text() or self._folder).parent)
        path = QFileDialog.getExistingDirectory(self, "An empty folder, or a workspace", start)
        if path:
            self.target.setText(path)

    def _corpus_edited(self) -> None:
        path = self.corpus.text().strip()
        if path and (self._asked is None or Path(path) != self._asked.corpus):
            self.show_corpus(path)

    def _column_chosen(self) -> None:
        self._ask(self.text_column.currentData(), self.id_column.currentData())

    def _ask(self, text: str | None, id_: str | None) -> None:
        self._preview = None
        self.banner.dismiss()
        self._about.setText("Looking at the documents …")
        self._asked = PreviewCorpus(Path(self.corpus.text().strip()), text, id_)
        self._engine.submit(self._asked)
        self._enable()

    @Slot(object)
    def _answered(self, answer: Answer) -> None:
        if answer.request is not self._asked:
            return
        preview: CorpusPreview = answer.value
        self._preview = preview
        columns = preview.columns
        for combo, chosen, none in (
            (self.text_column, columns.text, None),
            (self.id_column, columns.id, "Numbers of the rows"),
        ):
            combo.clear()
            if none is not None and chosen is None:
                combo.addItem(none, None)
            for name in columns.names:
                combo.addItem(one_line(name), name)
            combo.setCurrentIndex(combo.findData(chosen))
        others = [name for name in columns.names if name not in (columns.text, columns.id)]
        kind = f"{preview.kind}, {preview.encoding}" if preview.encoding else preview.kind
        metadata = f"metadata: {', '.join(map(one_line, others))}" if others else "no metadata"
        self._about.setText(f"{kind}; {counted(len(columns.names), 'column')}; {metadata}")
        self._fill(preview)
        self._enable()

    @Slot(object)
    def _failed(self, failure: Failure) -> None:
        if failure.request is self._asked:
            self._about.setText("These documents cannot be imported.")
            self.banner.show_error(failure.message)
            self.rows.clear()
            self.rows.setRowCount(0)
            self.rows.setColumnCount(0)

    def _fill(self, preview: CorpusPreview) -> None:
        columns = preview.columns
        self.rows.setColumnCount(len(columns.names))
        self.rows.setRowCount(len(preview.rows))
        roles = {columns.text: " (text)", columns.id: " (id)"}
        self.rows.setHorizontalHeaderLabels([one_line(n) + roles.get(n, "") for n in columns.names])
        for row, values in enumerate(preview.rows):
            for column, value in enumerate(values):
                item = QTableWidgetItem(tame(value))
                item.setToolTip(plain_tip(value))
                self.rows.setItem(row, column, item)
        self.rows.resizeColumnsToContents()
        for column in range(self.rows.columnCount()):
            if self.rows.columnWidth(column) > _WIDEST_COLUMN:
                self.rows.setColumnWidth(column, _WIDEST_COLUMN)
        self.rows.horizontalHeader().setSectionResizeMode(
            columns.names.index(columns.text), QHeaderView.ResizeMode.Stretch
        )

    def _enable(self) -> None:
        self.make.setEnabled(self._preview is not None and bool(self.target.text().strip()))

    def _accepted(self) -> None:
        if self._preview is None:
            return
        columns = self._preview.columns
        self.accept()
        self.wanted.emit(
            MakeWorkspace(
                folder=self.target.text().strip(),
                model=self._model,
                corpus=Path(self.corpus.text().strip()),
                text_column=columns.text,
                id_column=columns.id,
                limit=self.limit.value() or None,
            )
        )


def _field(name: str, placeholder: str) -> QLineEdit:
    field = QLineEdit()
    field.setAccessibleName(name)
    field.setPlaceholderText(placeholder)
    return field


def _combo(name: str) -> QComboBox:
    combo = QComboBox()
    combo.setAccessibleName(name)
    combo.view().setAccessibleName(name)
    return combo


def _button(text: str, name: str, callback) -> QPushButton:
    button = QPushButton(text)
    button.setAccessibleName(name)
    button.setToolTip(name)
    button.setAutoDefault(False)
    button.clicked.connect(callback)
    return button


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    for place, widget in enumerate(widgets):
        row.addWidget(widget, 1 if place == 0 else 0)
    return row
