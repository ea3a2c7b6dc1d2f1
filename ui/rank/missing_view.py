"""Why a document does not come up: its rank, what of the query it does not support, what it would need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QLineEdit, QSplitter, QVBoxLayout, QWidget

from ui.plain import PlainLabel
from ui.selection import Selection
from ui.theme import SPACE_M, SPACE_S, Theme
from ui.widgets.data_table import Column, DataTable
from ui.widgets.numbers import counted, isolated_word, plain, signed
from ui.widgets.token_heatmap import TokenHeatmap

if TYPE_CHECKING:
    from engine.corpus.workspace import Document
    from engine.retrieval.missing import Missing

_PAUSE_MS = 250
_HOW = "Look for any document by words in it, or by its id, and see where it ranks and why it is not higher."


class MissingView(QWidget):
    """A search by words for the document, and what is said about its place."""

    find_asked = Signal(str)
    document_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = QLineEdit(self)
        self.search.setAccessibleName("Words of the missing document")
        self.search.setPlaceholderText("Words in the missing document, or its id")
        self.search.setClearButtonEnabled(True)
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        self.search.textEdited.connect(self._pause.start)
        self.search.returnPressed.connect(self._ask)
        self.found = DataTable("Documents that hold the words", _DOCUMENTS, self)
        self.found.set_empty_text("Type words of the document that you miss; choose it here.")
        self.found.chosen.connect(self._chosen)
        self.place = PlainLabel(_HOW, self)
        self.place.setWordWrap(True)
        self.place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.query = TokenHeatmap("query", Selection(self), self)
        self.query.setMinimumHeight(56)
        self.words = DataTable("Words of the query that the document does not support", _WORDS, self)
        self.words.set_empty_text("Words of the query that the document does not support appear here.")
        self.remedy = PlainLabel(self)
        self.remedy.setWordWrap(True)
        self.remedy.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._lay_out()

    def show_documents(self, documents: tuple[Document, ...]) -> None:
        """List what was found."""
        self.found.show_records(documents)
        if not documents and self.search.text().strip():
            self.place.setText("No document holds all of these words.")

    def say(self, text: str) -> None:
        """Say what is going on."""
        self.place.setText(text or _HOW)

    def show_missing(self, missing: Missing, documents: int) -> None:
        """Say where a document stands, and why."""
        share = missing.percentile
        # "100%" would say that no pair can be more alike.
        percentile = "" if share is None else f", more than {min(share, 99.9):.1f}% of random pairs"
        lacks = (
            f"It lacks {plain(missing.needed)} to rank {missing.k}."
            if missing.needed > 0
            else f"It is among the first {missing.k}."
        )
        self.place.setText(
            f"Rank {missing.rank:,} of {counted(documents, 'document')}: similarity "
            f"{plain(missing.similarity)}{percentile}. {lacks}"
        )
        pair = missing.pair
        importance = pair.query_word_importance
        limit = float(np.abs(np.concatenate([importance, missing.best.query_word_importance])).max(initial=0))
        self.query.show_text(pair.query.text, importance, limit or 1.0, "similarity with this document")
        self.words.show_records(missing.unsupported)
        if missing.remedy is None:
            self.remedy.setText("It supports every word of the query that the best other hit supports.")
            return
        words = ", ".join(isolated_word(word) for word in missing.remedy.words)
        self.remedy.setText(
            f"With {words} written before it, it would have similarity "
            f"{plain(missing.remedy.similarity)} and rank {missing.remedy.rank:,} (encoded anew)."
        )

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme from now on."""
        for part in (self.found, self.query, self.words):
            part.set_theme(theme)

    def restore(self, words: str) -> None:
        """Look for a document again."""
        self.search.setText(words)
        self._ask()

    def stop(self) -> None:
        """Ask for nothing more."""
        self._pause.stop()

    @Slot()
    def _ask(self) -> None:
        self._pause.stop()
        self.find_asked.emit(self.search.text().strip())

    @Slot(int)
    def _chosen(self, row: int) -> None:
        self.document_chosen.emit(self.found.records[row].id)

    def _lay_out(self) -> None:
        upper, lower = QWidget(self), QWidget(self)
        column = QVBoxLayout(upper)
        column.setContentsMargins(0, SPACE_M, 0, 0)
        column.setSpacing(SPACE_S)
        column.addLayout(_inset(self.search))
        column.addWidget(self.found, 1)
        column = QVBoxLayout(lower)
        column.setContentsMargins(0, SPACE_S, 0, SPACE_S)
        column.setSpacing(SPACE_S)
        column.addLayout(_inset(self.place))
        column.addWidget(self.query, 1)
        column.addWidget(self.words, 2)
        column.addLayout(_inset(self.remedy))
        halves = QSplitter(Qt.Orientation.Vertical, self)
        halves.setChildrenCollapsible(False)
        halves.addWidget(upper)
        halves.addWidget(lower)
        halves.setSizes([220, 440])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(halves)


def _inset(widget: QWidget) -> QVBoxLayout:
    box = QVBoxLayout()
    box.setContentsMargins(SPACE_M, 0, SPACE_M, 0)
    box.addWidget(widget)
    return box


_DOCUMENTS = (
    Column("Id", "The document's id in the corpus", lambda document: document.name, width=14),
    Column("Document", "The text as it was imported", lambda document: document.text),
)
_WORDS = (
    Column("Word of the query", "A word that the document gives little or nothing", lambda w: w.word.text),
    Column(
        "Here",
        "What this document gives the word",
        lambda w: signed(w.word.share, 0.1),
        key=lambda w: w.word.share,
        number=True,
        width=8,
    ),
    Column(
        "Best hit",
        "What the best other hit gives the word",
        lambda w: signed(w.by_best, 0.1),
        key=lambda w: w.by_best,
        number=True,
        width=8,
    ),
    Column(
        "By its words",
        "Words of the best other hit that give it, which this document does not have",
        lambda w: ", ".join(lent.text for lent in w.lacking),
        width=22,
    ),
)
