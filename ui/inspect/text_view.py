"""One text inside the model: its steps, its tokens, its words by their norm, and ways to pool it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import QComboBox, QSizePolicy, QSplitter, QVBoxLayout, QWidget

from ui.elided_label import ElidedLabel
from ui.inspect.panel import Panel
from ui.inspect.steps_view import StepsView
from ui.plain import PlainLabel, one_line
from ui.selection import Selection
from ui.theme import SPACE_M, SPACE_S, Theme
from ui.widgets.data_table import Column, DataTable
from ui.widgets.legend import ScaleLegend
from ui.widgets.matrix_plot import MatrixPlot
from ui.widgets.numbers import plain
from ui.widgets.token_heatmap import TokenHeatmap

if TYPE_CHECKING:
    from engine.retrieval.embedding_inspection import Inspection

_LONGEST_NAME = 70
# Pictures scroll or shrink, so that the page fits on a small screen.
_LOWEST, _POOLINGS = 48, 72
_UNIT = "norm above or below the mean"
_MEANING = (
    "{positive} words have longer vectors than usual, {negative} ones with a dotted underline shorter ones"
)


@dataclass(frozen=True)
class _Token:
    index: int
    token: str
    id: int
    attention: int
    pooled: int
    norm: float
    share: float


def _number(title: str, tip: str, name: str, width: int) -> Column:
    return Column(
        title, tip, lambda t: str(getattr(t, name)), lambda t: getattr(t, name), number=True, width=width
    )


_COLUMNS = (
    _number("#", "Place of the token, from 0", "index", 4),
    Column("Token", "As the tokenizer writes it; specials included", lambda t: t.token, width=14),
    _number("Id", "Row of the token in the model's table", "id", 7),
    _number("Mask", "1: other tokens read it", "attention", 4),
    _number("Pooled", "1: it enters pooling", "pooled", 6),
    Column(
        "Norm",
        "Length of the token's vector as it enters pooling; the bar is its share of the longest",
        lambda t: plain(t.norm),
        lambda t: t.norm,
        lambda t: t.share,
        number=True,
    ),
)


class TextView(QWidget):
    """Shows one of the inspected texts; which one is chosen above."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._inspection: Inspection | None = None
        self.chooser = QComboBox(self)
        self.chooser.setAccessibleName("Text")
        self.chooser.view().setAccessibleName("Text")
        self.chooser.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.chooser.setMinimumContentsLength(20)
        self.chooser.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.cut = PlainLabel(self)
        self.cut.setWordWrap(True)
        self.cut.setAccessibleName("What the model does not read")
        self.steps = StepsView(self)
        self.words = TokenHeatmap("query", Selection(self), self, "Text", "norm")
        self.legend = ScaleLegend(self)
        self.tokens = DataTable("Tokens", _COLUMNS, self)
        self.poolings = MatrixPlot(Selection(self), self)
        self.poolings.setAccessibleName("Cosines of poolings")
        self.panels = [
            Panel("Steps", self.steps, self),
            Panel("Words", self.words, self),
            Panel("Tokens", self.tokens, self),
            Panel("Pooling", self.poolings, self),
        ]
        # The names of all poolings stand one below the other.
        for picture, lowest in ((self.words, _LOWEST), (self.poolings, _POOLINGS)):
            picture.setMinimumHeight(lowest)
        steps, words, tokens, poolings = self.panels
        steps.about.set_text("the shape after each step")
        words.about.set_text("by the length of their tokens' vectors")
        tokens.about.set_text("ids, masks and norms")
        poolings.about.set_text("cosines of the embedding pooled in each way")
        left = QWidget(self)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_S)
        column.addWidget(words, 1)
        column.addWidget(self.legend)
        column.addWidget(poolings, 1)
        below = QSplitter(Qt.Orientation.Horizontal, self)
        below.addWidget(left)
        below.addWidget(tokens)
        below.setSizes([500, 500])
        below.setChildrenCollapsible(False)
        both = QSplitter(Qt.Orientation.Vertical, self)
        both.addWidget(steps)
        both.addWidget(below)
        both.setStretchFactor(0, 0)
        both.setStretchFactor(1, 1)
        both.setSizes([150, 600])
        both.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_S)
        layout.setSpacing(SPACE_S)
        layout.addWidget(self.chooser)
        layout.addWidget(self.cut)
        layout.addWidget(both, 1)
        self.chooser.currentIndexChanged.connect(self._show)

    def show_inspection(self, inspection: Inspection) -> None:
        """Show the same place of another inspection."""
        place = max(self.chooser.currentIndex(), 0)
        self._inspection = inspection
        with QSignalBlocker(self.chooser):
            self.chooser.clear()
            for number, one in enumerate(inspection.texts, start=1):
                self.chooser.addItem(f"{number}   {one_line(one.text.text)[:_LONGEST_NAME]}")
            self.chooser.setCurrentIndex(min(place, len(inspection.texts) - 1))
        self._show(self.chooser.currentIndex())

    def set_theme(self, theme: Theme) -> None:
        """Take another theme."""
        for part in (self.steps, self.words, self.legend, self.tokens, self.poolings):
            part.set_theme(theme)

    @Slot(int)
    def _show(self, place: int) -> None:
        if self._inspection is None or place < 0:
            return
        one, names = self._inspection.texts[place], pooling_names(self._inspection)
        text = one.text
        self.steps.show_steps(one.steps)
        limit = float(np.abs(one.word_norms).max(initial=0)) or 1.0
        self.words.show_text(text, one.word_norms, limit, _UNIT)
        self.legend.show_scale(limit, _UNIT, _MEANING)
        longest = float(one.norms.max(initial=0)) or 1.0
        self.tokens.show_records(
            [
                _Token(
                    index,
                    token,
                    int(text.ids[index]),
                    int(one.attention[index]),
                    int(one.pooled[index]),
                    float(one.norms[index]),
                    float(one.norms[index]) / longest,
                )
                for index, token in enumerate(text.tokens)
            ]
        )
        self.poolings.show_matrix(one.cosines, names, names, 1.0, "cosine", "tokens")
        self.cut.setVisible(text.truncated)
        self.cut.setText(
            f"Cut off: the model reads {len(text.ids):,} of {text.total_tokens:,} tokens, the first "
            f"{text.seen_characters:,} of {len(text.text):,} characters. What is grey below it does not see."
        )


def pooling_names(inspection: Inspection) -> list[str]:
    """Return the poolings as they are called on screen."""
    own = f"model ({inspection.model.pooling})"
    return [own if name == "model" else name for name in inspection.poolings]


def state_label(name: str, parent: QWidget) -> ElidedLabel:
    """Return a quiet line for what is going on."""
    label = ElidedLabel(name, parent)
    label.setForegroundRole(parent.palette().ColorRole.PlaceholderText)
    return label
