"""Two models on the same texts: matrices side by side, rank correlations, and where they disagree."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QSplitter, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from ui.actions import Actions
from ui.buttons import action_button
from ui.empty_state import EmptyState
from ui.flow_layout import FlowLayout
from ui.inspect.panel import Panel
from ui.inspect.similarity_view import text_labels
from ui.inspect.text_view import state_label
from ui.plain import one_line
from ui.selection import Selection
from ui.theme import SPACE_M, SPACE_S, Theme
from ui.widgets.data_table import Column, DataTable
from ui.widgets.matrix_plot import MatrixPlot
from ui.widgets.numbers import plain, signed

if TYPE_CHECKING:
    from engine.retrieval.model_comparison import ModelComparison


@dataclass(frozen=True)
class _Pair:
    first: str
    second: str
    similarities: tuple[float, float]
    percentiles: tuple[float, float]
    difference: float


@dataclass(frozen=True)
class _Text:
    number: int
    text: str
    correlation: float
    nearest: tuple[str, str]


def _pair_columns() -> tuple[Column, ...]:
    def similarity(place: int) -> Column:
        return Column(
            f"Model {place + 1}",
            f"Cosine by model {place + 1}, and the percentile (p) of the pair among all pairs of that model",
            lambda p: f"{plain(p.similarities[place])}  (p{p.percentiles[place]:.0f})",
            lambda p: p.similarities[place],
            number=True,
            width=16,
        )

    return (
        Column("Text", "One text of the pair", lambda p: p.first),
        Column("Other text", "The other", lambda p: p.second),
        similarity(0),
        similarity(1),
        Column(
            "Disagree",
            "By how many percentiles the second model puts the pair higher (+) or lower",
            lambda p: signed(p.difference, 100),
            lambda p: abs(p.difference),
            lambda p: p.difference / 100,
            number=True,
            width=11,
        ),
    )


_TEXT_COLUMNS = (
    Column("#", "Number of the text", lambda t: str(t.number), lambda t: t.number, number=True, width=4),
    Column("Text", "As written", lambda t: t.text),
    Column("Nearest by model 1", "The most similar other text", lambda t: t.nearest[0]),
    Column("Nearest by model 2", "The most similar other text", lambda t: t.nearest[1]),
    Column(
        "Rank correlation",
        "Spearman's, of the two models' similarities of this text with the others; 1: same order",
        lambda t: plain(t.correlation),
        lambda t: t.correlation,
        lambda t: t.correlation,
        number=True,
        width=15,
    ),
)


class ModelsView(QWidget):
    """Asks for a folder, and shows the comparison with the model in it."""

    folder_chosen = Signal(str)

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.comparison: ModelComparison | None = None
        self.state = state_label("State of the comparison", self)
        self.matrices = (MatrixPlot(Selection(self), self), MatrixPlot(Selection(self), self))
        for place, matrix in enumerate(self.matrices, start=1):
            matrix.setAccessibleName(f"Similarities by model {place}")
        self.pairs = DataTable("Pairs on which the models disagree", _pair_columns(), self, (4, True))
        self.texts = DataTable("Rankings by text", _TEXT_COLUMNS, self)
        self.panels = [
            Panel("Model 1", self.matrices[0], self),
            Panel("Model 2", self.matrices[1], self),
            Panel("Disagreements", self.pairs, self, named_by_tab=True),
            Panel("Rankings", self.texts, self, named_by_tab=True),
        ]
        self.panels[2].about.set_text("pairs of texts, the largest disagreement first")
        self.panels[3].about.set_text(
            "of each text: the nearest other text, and how far the two orders agree"
        )
        self._empty = EmptyState("scale", self)
        self._empty.say(
            "Choose another model: it embeds the texts above as well, at least three of them.",
            "Vectors of two models are never multiplied with each other: what is compared are the "
            "similarities and the ranks that each gives by itself.",
        )
        rows = QSplitter(Qt.Orientation.Vertical, self)
        row = QSplitter(Qt.Orientation.Horizontal, rows)
        row.setChildrenCollapsible(False)
        for panel in self.panels[:2]:
            row.addWidget(panel)
        row.setSizes([500, 500])
        tables = QTabWidget(rows)
        tables.setAccessibleName("Pairs and ranks")
        tables.setDocumentMode(True)
        for title, panel in zip(("Disagreements", "Rankings by text"), self.panels[2:], strict=True):
            tables.addTab(panel, title)
        rows.setChildrenCollapsible(False)
        rows.setSizes([330, 300])
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(rows)
        bar = FlowLayout(horizontal=SPACE_M)
        bar.addWidget(action_button(actions["inspect.model"], parent=self))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_M, SPACE_M, SPACE_S)
        layout.setSpacing(SPACE_S)
        layout.addLayout(bar)
        layout.addWidget(self.state)
        layout.addWidget(self._stack, 1)

    @Slot()
    def choose_folder(self) -> None:
        """Let a person point to the other model."""
        folder = QFileDialog.getExistingDirectory(self, "Compare with the model in a folder")
        if folder:
            self.folder_chosen.emit(folder)

    def say(self, text: str) -> None:
        """Say what is going on."""
        self.state.set_text(text)

    def show_comparison(self, comparison: ModelComparison) -> None:
        """Show two models side by side, in the order that puts texts together which model 1 finds alike."""
        self.comparison = comparison
        order = [int(place) for place in comparison.order]
        labels = text_labels([comparison.texts[place] for place in order], order)
        for matrix, cosines, panel, model in zip(
            self.matrices, comparison.similarities, self.panels[:2], comparison.models, strict=True
        ):
            matrix.show_matrix(cosines[np.ix_(order, order)], labels, labels, 1.0, "cosine", "tokens")
            panel.about.set_text(f"{model.name}, {model.pooling} pooling, {model.dimension} dimensions")
        names = text_labels(list(comparison.texts), list(range(len(comparison.texts))))
        self.pairs.show_records(
            [
                _Pair(
                    names[one.texts[0]],
                    names[one.texts[1]],
                    one.similarities,
                    one.percentiles,
                    one.difference,
                )
                for one in comparison.disagreements
            ]
        )
        self.texts.show_records(
            [
                _Text(
                    place + 1,
                    one_line(text),
                    float(comparison.text_correlations[place]),
                    (
                        names[int(comparison.rankings[0][place][1])],
                        names[int(comparison.rankings[1][place][1])],
                    ),
                )
                for place, text in enumerate(comparison.texts)
            ]
        )
        said = plain(comparison.correlation)
        first, second = (f"{model.name} ({model.fingerprint[:8]})" for model in comparison.models)
        self.say(f"{first} and {second}: rank correlation over all pairs {said} (Spearman; 1: same order)")
        self._stack.setCurrentIndex(1)

    def set_theme(self, theme: Theme) -> None:
        """Take another theme."""
        for part in (*self.matrices, self.pairs, self.texts):
            part.set_theme(theme)


def default_name(folder: str) -> str:
    """Return how a model folder is called on screen."""
    return Path(folder).name
