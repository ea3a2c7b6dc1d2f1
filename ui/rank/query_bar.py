"""What is searched for, and among which documents."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ui.explain.inputs import candidates_of
from ui.explain.text_field import TextField
from ui.flow_layout import FlowLayout
from ui.icons import icons
from ui.plain import PlainLabel
from ui.theme import SPACE_M, SPACE_S

MOST_HITS = 1_000
_PAUSE_MS = 250
_ANY = "Any column"


@dataclass(frozen=True)
class Asked:
    """What the fields say.

    Attributes:
        query: the query as written.
        top: how many hits.
        words: only documents that hold all of these; empty for all.
        column, value: only documents with this value in this column; empty for all.
        texts: the texts to rank; None for the documents of the workspace.
    """

    query: str
    top: int
    words: str
    column: str
    value: str
    texts: tuple[str, ...] | None


class QueryBar(QWidget):
    """The fields above the results; asks while a person types, after a short pause."""

    asked = Signal()
    refused = Signal(str)  # one line: which text could not be taken over, and why

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.query = QLineEdit(self)
        self.query.setAccessibleName("Query to rank documents by")
        self.query.setPlaceholderText("Search the documents of the workspace by meaning")
        self.query.setClearButtonEnabled(True)
        self.top = QSpinBox(self)
        self.top.setAccessibleName("How many documents are shown")
        self.top.setToolTip("How many documents are shown")
        self.top.setRange(1, MOST_HITS)
        self.top.setValue(20)
        self.words = QLineEdit(self)
        self.words.setAccessibleName("Words that documents must hold")
        self.words.setPlaceholderText("holding the words …")
        self.column = QComboBox(self)
        self.column.setAccessibleName("Column to filter by")
        self.column.view().setAccessibleName("Columns")
        self.column.setToolTip("Only documents with one value in a column")
        self.value = QLineEdit(self)
        self.value.setAccessibleName("Value to filter by")
        self.value.setPlaceholderText("value")
        self.what_is_ranked = QComboBox(self)
        self.what_is_ranked.setAccessibleName("What is ranked")
        self.what_is_ranked.view().setAccessibleName("What can be ranked")
        self.what_is_ranked.addItem("Documents of the workspace", False)
        self.what_is_ranked.addItem("Texts of my own", True)
        self.texts = TextField("Texts to rank, one per line", "One text per line, or drop a file", 4, self)
        self.texts.hide()
        self.search = QPushButton("Search", self)
        icons.give(self.search, "search", "on_accent")
        self.search.setAccessibleName("Search")
        self.search.setProperty("look", "primary")
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self.asked)
        self._filters: list[QWidget] = []
        self._column = ""
        self._lay_out()
        self.set_columns(())
        for field in (self.query, self.words, self.value):
            field.textEdited.connect(self._pause.start)
            field.returnPressed.connect(self._at_once)
        self.top.valueChanged.connect(self._pause.start)
        self.column.activated.connect(self._column_chosen)
        self.what_is_ranked.activated.connect(self._ranked_chosen)
        self.texts.textChanged.connect(self._pause.start)
        self.texts.refused.connect(self.refused)
        self.search.clicked.connect(self._at_once)

    def what(self) -> Asked:
        """Return what the fields say."""
        column = self.column.currentData() or ""
        value = self.value.text().strip()
        filtered = bool(column and value)
        return Asked(
            self.query.text().strip(),
            self.top.value(),
            self.words.text().strip(),
            column if filtered else "",
            value if filtered else "",
            candidates_of(self.texts.toPlainText()) if self.what_is_ranked.currentData() else None,
        )

    @property
    def wanted_column(self) -> str:
        """The column to filter by, which the workspace may not have told of yet; empty for any."""
        return self.column.currentData() or self._column

    def restore(
        self, *, query: str, top: int, words: str, column: str, value: str, texts: str | None
    ) -> None:
        """Put everything into its field; nothing is asked.

        Args:
            texts: the texts to rank; None for the documents of the workspace.
        """
        self.query.setText(query)
        self.top.setValue(top)
        self.words.setText(words)
        self.value.setText(value)
        self._column = column
        self._choose_column(column)
        self.texts.setPlainText(texts or "")
        self.what_is_ranked.setCurrentIndex(self.what_is_ranked.findData(texts is not None))
        self._show_fields()
        self._pause.stop()

    def set_query(self, text: str, texts: tuple[str, ...] = ()) -> None:
        """Put a query into its field, to rank some texts or else the documents; nothing is asked."""
        self.query.setText(" ".join(text.split()))
        # Of a long query the beginning tells most.
        self.query.setCursorPosition(0)
        if texts:
            self.texts.setPlainText("\n".join(texts))
        self.what_is_ranked.setCurrentIndex(self.what_is_ranked.findData(bool(texts)))
        self._show_fields()
        self._pause.stop()

    def set_columns(self, names: tuple[str, ...]) -> None:
        """Offer the columns of a workspace for filtering."""
        chosen = self.wanted_column
        self.column.clear()
        self.column.addItem(_ANY, "")
        for name in names:
            self.column.addItem(name, name)
        self._choose_column(chosen)

    def stop(self) -> None:
        """Ask no more for what was typed last."""
        self._pause.stop()

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(SPACE_M)
        first.addWidget(self.query, 1)
        first.addWidget(self.search)
        second = FlowLayout(horizontal=SPACE_M)
        second.addWidget(_group("Rank", [self.what_is_ranked], self))
        for title, *fields in (("Show", self.top), ("Only", self.words), ("with", self.column, self.value)):
            self._filters.append(_group(title, fields, self))
            second.addWidget(self._filters[-1])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_S)
        layout.setSpacing(SPACE_S)
        layout.addLayout(first)
        layout.addLayout(second)
        layout.addWidget(self.texts)

    @Slot()
    def _at_once(self) -> None:
        self._pause.stop()
        self.asked.emit()

    @Slot()
    def _ranked_chosen(self) -> None:
        self._show_fields()
        self._at_once()

    def _show_fields(self) -> None:
        own = bool(self.what_is_ranked.currentData())
        self.texts.setVisible(own)
        for part in self._filters:
            part.setVisible(not own)

    def _choose_column(self, name: str) -> None:
        self.column.setCurrentIndex(max(self.column.findData(name), 0))
        self.value.setEnabled(bool(self.column.currentData()))

    @Slot()
    def _column_chosen(self) -> None:
        self._column = ""
        self.value.setEnabled(bool(self.column.currentData()))
        if self.value.text().strip():
            self._at_once()


def _group(title: str, fields: list[QWidget], parent: QWidget) -> QWidget:
    box = QWidget(parent)
    layout = QHBoxLayout(box)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(SPACE_S)
    label = PlainLabel(title, box)
    label.setForegroundRole(label.palette().ColorRole.PlaceholderText)
    label.setBuddy(fields[0])
    for widget in (label, *fields):
        layout.addWidget(widget)
    return box
