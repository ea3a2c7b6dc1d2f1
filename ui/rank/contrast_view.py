"""Why one hit stands above another: both texts on one scale, and the margin word by word and by concept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSpinBox, QSplitter, QTabWidget, QVBoxLayout, QWidget

from ui.elided_label import ElidedLabel
from ui.plain import PlainLabel
from ui.selection import Selection
from ui.theme import SPACE_M, SPACE_S, Theme
from ui.widgets.data_table import Column, DataTable
from ui.widgets.legend import ScaleLegend
from ui.widgets.numbers import signed
from ui.widgets.token_heatmap import TokenHeatmap

if TYPE_CHECKING:
    from engine.retrieval.contrast import Contrast
    from engine.retrieval.explain_hits import WordShare

_MOST_CONCEPTS = 200


@dataclass(frozen=True)
class Share:
    """A row of a table: something, what it carries for either text, and the largest margin of the table."""

    name: str
    for_a: float
    for_b: float
    largest: float
    feature: int | None = None

    @property
    def margin(self) -> float:
        """What it adds to the margin."""
        return self.for_a - self.for_b


class ContrastView(QWidget):
    """The chosen hit (A) against another (B)."""

    other_chosen = Signal(int)  # a rank
    feature_opened = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.other = QSpinBox(self)
        self.other.setAccessibleName("Rank of the hit to compare with")
        self.other.setKeyboardTracking(False)
        self.other.valueChanged.connect(self.other_chosen)
        self.state = ElidedLabel("Margin", self)
        self.margin = PlainLabel(self)
        self.margin.setWordWrap(True)
        self.margin.setForegroundRole(self.margin.palette().ColorRole.PlaceholderText)
        self.a = TokenHeatmap("candidate", Selection(self), self, "Document")
        self.b = TokenHeatmap("candidate", Selection(self), self, "Document")
        self.legend = ScaleLegend(self)
        self.words = DataTable("Words of the query and the margin", _columns("Word of the query"), self)
        self.concepts = DataTable("Concepts and the margin", _columns("Concept"), self)
        self.words.set_empty_text("What each word of the query adds to the margin of two hits appears here.")
        self.concepts.set_empty_text("What each concept adds to the margin of two hits appears here.")
        self.concepts.opened.connect(self._concept_opened)
        self._names: tuple[str, ...] = ()
        self._lay_out()

    def set_ranks(self, count: int, chosen: int) -> None:
        """Say how many hits there are, and which is A; B is the best other one unless a person chose it."""
        self.setEnabled(count > 1)
        self.other.blockSignals(True)
        self.other.setRange(1, max(count, 1))
        if self.other.value() == chosen:
            self.other.setValue(2 if chosen == 1 else 1)
        self.other.blockSignals(False)
        if count < 2:
            self.state.set_text("Two hits are needed to compare.")

    def choose_rank(self, rank: int) -> None:
        """Compare with the hit of this rank as soon as there is one; 0 for the best other one."""
        self.other.blockSignals(True)
        self.other.setRange(0, max(rank, self.other.maximum()))
        self.other.setValue(rank)
        self.other.blockSignals(False)

    def set_names(self, names: tuple[str, ...]) -> None:
        """Take the names of the features."""
        self._names = names

    def say(self, text: str) -> None:
        """Say what is going on."""
        self.state.set_text(text)

    def show_contrast(self, contrast: Contrast, rank_a: int, rank_b: int) -> None:
        """Show why A is above B, or below."""
        limit = _largest(contrast.words_a, contrast.words_b)
        for view, pair, words in (
            (self.a, contrast.a, contrast.words_a),
            (self.b, contrast.b, contrast.words_b),
        ):
            shares = np.array([word.share for word in words])
            view.show_text(pair.candidate.text, shares, limit, "similarity")
        self._titles[0].setText(f"A: rank {rank_a}")
        self._titles[1].setText(f"B: rank {rank_b}")
        self.legend.show_scale(limit, "similarity")
        above = "above" if contrast.margin >= 0 else "below"
        scale = max(abs(contrast.margin) * 10, 0.1)
        self.state.set_text(f"Margin {signed(contrast.margin, scale)}: A is {above} B")
        query = sum(word.word.share for word in contrast.query_words)
        self.margin.setText(
            f"= words of the query {signed(query, scale)}, special tokens "
            f"{signed(contrast.query_specials, scale)}, reference {signed(contrast.reference, scale)}, "
            f"residual {signed(contrast.residual, scale)}"
        )
        largest = max((abs(word.word.share) for word in contrast.query_words), default=1.0) or 1.0
        self.words.show_records(
            [Share(word.word.text, word.for_a, word.for_b, largest) for word in contrast.query_words]
        )
        self._show_concepts(contrast)

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme from now on."""
        for part in (self.a, self.b, self.legend, self.words, self.concepts):
            part.set_theme(theme)

    def _show_concepts(self, contrast: Contrast) -> None:
        concepts = contrast.concepts
        self._tables.setTabEnabled(1, concepts is not None)
        if concepts is None:
            self.concepts.show_records([])
            return
        largest = float(np.abs(concepts.differences).max(initial=0.0)) or 1.0
        rows = [
            Share(self._name(int(feature)), float(a), float(b), largest, int(feature))
            for feature, a, b in zip(
                concepts.features[:_MOST_CONCEPTS], concepts.for_a, concepts.for_b, strict=False
            )
        ]
        rest = float(concepts.differences[_MOST_CONCEPTS:].sum())
        if len(concepts.features) > _MOST_CONCEPTS:
            rows.append(Share("all other concepts", rest, 0.0, largest))
        rows.append(Share("what all texts of the corpus share", concepts.bias, 0.0, largest))
        rows.append(Share("what the features do not rebuild", concepts.residual, 0.0, largest))
        self.concepts.show_records(rows)

    def _name(self, feature: int) -> str:
        return self._names[feature] if feature < len(self._names) else f"feature {feature}"

    def _concept_opened(self, row: int) -> None:
        feature = self.concepts.records[row].feature
        if feature is not None:
            self.feature_opened.emit(feature)

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.setContentsMargins(SPACE_M, SPACE_M, SPACE_M, 0)
        label = PlainLabel("Chosen hit against rank", self)
        label.setBuddy(self.other)
        first.addWidget(label)
        first.addWidget(self.other)
        first.addStretch(1)
        second = QVBoxLayout()
        second.setContentsMargins(SPACE_M, 0, SPACE_M, 0)
        second.setSpacing(SPACE_S)
        second.addWidget(self.state)
        second.addWidget(self.margin)
        texts = QWidget(self)
        columns = QVBoxLayout(texts)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(SPACE_S)
        self._titles = (PlainLabel("A", texts), PlainLabel("B", texts))
        for title, view in zip(self._titles, (self.a, self.b), strict=True):
            title.setContentsMargins(SPACE_M, SPACE_S, 0, 0)
            title.setForegroundRole(title.palette().ColorRole.PlaceholderText)
            view.setMinimumHeight(56)
            columns.addWidget(title)
            columns.addWidget(view, 1)
        columns.addWidget(self.legend)
        self._tables = QTabWidget(self)
        self._tables.setAccessibleName("Words and concepts of the comparison")
        self._tables.setDocumentMode(True)
        self._tables.addTab(self.words, "Words of the query")
        self._tables.addTab(self.concepts, "Concepts")
        self._tables.setTabEnabled(1, False)
        halves = QSplitter(Qt.Orientation.Vertical, self)
        halves.setChildrenCollapsible(False)
        halves.addWidget(texts)
        halves.addWidget(self._tables)
        halves.setSizes([360, 300])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_S)
        layout.addLayout(first)
        layout.addLayout(second)
        layout.addWidget(halves, 1)


def _largest(*lists: tuple[WordShare, ...]) -> float:
    return max((abs(word.share) for words in lists for word in words), default=1.0) or 1.0


def _columns(first: str) -> tuple[Column, ...]:
    return (
        Column(first, "Double-click a concept to see its page", lambda row: row.name),
        Column(
            "for A",
            "What it carries of the similarity of the query and A",
            lambda row: signed(row.for_a, row.largest),
            key=lambda row: row.for_a,
            number=True,
            width=8,
        ),
        Column(
            "for B",
            "What it carries of the similarity of the query and B",
            lambda row: signed(row.for_b, row.largest),
            key=lambda row: row.for_b,
            number=True,
            width=8,
        ),
        Column(
            "Margin",
            "What it adds to the margin of A over B: to the right it speaks for A, to the left for B",
            lambda row: signed(row.margin, row.largest),
            key=lambda row: row.margin,
            share=lambda row: row.margin / row.largest,
            diverging=True,
            number=True,
            width=16,
        ),
    )
