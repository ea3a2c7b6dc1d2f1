"""All pairs of the inspected texts as a heatmap that can be put into another order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSignalBlocker, Slot
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from ui.inspect.panel import Panel
from ui.inspect.text_view import pooling_names
from ui.plain import one_line
from ui.selection import Selection
from ui.theme import SPACE_M, SPACE_S, Theme
from ui.widgets.matrix_plot import MatrixPlot

if TYPE_CHECKING:
    from engine.retrieval.embedding_inspection import Inspection

_ORDERS = ("Order of the texts", "Similar texts together", "Most similar to the text chosen")
_WRITTEN, _CLUSTERED, _NEAREST = range(3)
_LONGEST_LABEL = 60


class SimilarityView(QWidget):
    """The matrix `E @ E.T` of unit vectors, and the order of its rows and columns."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._inspection: Inspection | None = None
        self._order: list[int] = []
        self._chosen = 0
        self.matrix = MatrixPlot(Selection(self), self)
        self.matrix.setAccessibleName("Similarities of all pairs of texts")
        self.matrix.set_empty_text("Write at least two texts above: how similar each pair is appears here.")
        self.matrix.setToolTip("")
        self.order = QComboBox(self)
        self.order.addItems(_ORDERS)
        self.order.setAccessibleName("Order of the matrix")
        self.order.view().setAccessibleName("Order of the matrix")
        self.order.setToolTip("A click on a row puts the texts most similar to it first")
        self.panel = Panel("Similarities", self.matrix, self)
        self.panel.add_control(self.order)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_S)
        layout.addWidget(self.panel)
        self.order.currentIndexChanged.connect(self._show)
        self.matrix.cell_activated.connect(self._choose)

    @property
    def shown_order(self) -> list[int]:
        """The texts from top to bottom."""
        return self._order

    def show_inspection(self, inspection: Inspection) -> None:
        """Show another inspection in the same kind of order."""
        self._inspection = inspection
        self._chosen = min(self._chosen, len(inspection.texts) - 1)
        self._show()

    def set_theme(self, theme: Theme) -> None:
        """Take another theme."""
        self.matrix.set_theme(theme)

    @Slot()
    def _show(self) -> None:
        inspection = self._inspection
        if inspection is None or len(inspection.texts) < 2:
            return
        kind = self.order.currentIndex()
        if kind == _CLUSTERED:
            order = inspection.order
        elif kind == _NEAREST:
            order = inspection.neighbours[self._chosen]
        else:
            order = np.arange(len(inspection.texts))
        self._order = [int(place) for place in order]
        labels = text_labels([inspection.texts[place].text.text for place in self._order], self._order)
        self.matrix.show_matrix(
            inspection.cosines[np.ix_(order, order)], labels, labels, 1.0, "cosine", "tokens"
        )
        name = pooling_names(inspection)[inspection.poolings.index(inspection.pooling)]
        said = f"cosines, pooling: {name}"
        self.panel.about.set_text(f"{said}, nearest to text {self._chosen + 1}" if kind == _NEAREST else said)

    @Slot(int, int)
    def _choose(self, row: int, _column: int) -> None:
        self._chosen = self._order[row]
        with QSignalBlocker(self.order):
            self.order.setCurrentIndex(_NEAREST)
        self._show()


def text_labels(texts: list[str], places: list[int]) -> list[str]:
    """Return a numbered label for each text, its number from 1."""
    return [
        f"{place + 1} {one_line(text)[:_LONGEST_LABEL]}" for text, place in zip(texts, places, strict=True)
    ]
