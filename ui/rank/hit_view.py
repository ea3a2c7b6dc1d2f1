"""One hit beside the query: both texts, words coloured by what they carry of the similarity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ui.elided_label import ElidedLabel
from ui.plain import PlainLabel
from ui.selection import Selection, Target, WordTarget
from ui.theme import SPACE_M, SPACE_S, Theme
from ui.widgets.legend import ScaleLegend
from ui.widgets.text_splitter import TextSplitter
from ui.widgets.token_heatmap import TokenHeatmap

if TYPE_CHECKING:
    from engine.attribution.pair import PairExplanation
    from engine.retrieval.search import Hit


class HitView(QWidget):
    """The words that drove a hit, and its metadata; a word isolated on one side lights up on the other."""

    explain_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pair: PairExplanation | None = None
        self.selection = Selection(self)
        self.query = TokenHeatmap("query", self.selection, self)
        self.document = TokenHeatmap("candidate", self.selection, self, "Document")
        self.legend = ScaleLegend(self)
        self.facts = PlainLabel(self)
        self.facts.setWordWrap(True)
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        self.facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.facts.setForegroundRole(self.facts.palette().ColorRole.PlaceholderText)
        self.state = ElidedLabel("State of the explanation", self, lines=2)
        self.full = QPushButton("Explain in full", self)
        self.full.setAccessibleName("Explain in full")
        self.full.setToolTip("Explain the query and this document on the page Explain, to its tolerance")
        self.full.clicked.connect(self.explain_asked)
        texts = TextSplitter(self.query, self.document, 64, self)
        foot = QHBoxLayout()
        foot.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_S)
        foot.addWidget(self.legend, 1)
        foot.addWidget(self.full)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_S)
        layout.addWidget(texts, 1)
        layout.addLayout(foot)
        margins = QVBoxLayout()
        margins.setContentsMargins(SPACE_M, 0, SPACE_M, SPACE_S)
        margins.addWidget(self.state)
        margins.addWidget(self.facts)
        layout.addLayout(margins)
        self.selection.isolated_changed.connect(self._isolated)

    def show_hit(self, hit: Hit, pair: PairExplanation | None) -> None:
        """Show a hit; its words are coloured as soon as there is an explanation."""
        known = {name: value for name, value in hit.metadata.items() if value not in (None, "", [])}
        self.facts.setText("   ".join(f"{name}: {_short(value)}" for name, value in known.items()))
        self.facts.setVisible(bool(known))
        if pair is None:
            self.state.set_text(f"Rank {hit.rank}: its words are being explained …")
            return
        self.state.set_text(
            f"Rank {hit.rank}: words carry {pair.between_words:.3f} of the similarity "
            f"{pair.ledger.similarity:.3f}; a quick explanation from a deeper layer"
        )
        if pair is self._pair:
            return
        self._pair = pair
        self.selection.clear()
        limit = _limit(pair.query_word_importance, pair.candidate_word_importance)
        self.query.show_text(pair.query.text, pair.query_word_importance, limit, "similarity")
        self.document.show_text(pair.candidate.text, pair.candidate_word_importance, limit, "similarity")
        self.legend.show_scale(limit, "similarity")

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme from now on."""
        for part in (self.query, self.document, self.legend):
            part.set_theme(theme)

    def _isolated(self, target: Target | None) -> None:
        pair = self._pair
        if pair is None:
            return
        of_query = of_document = None
        if isinstance(target, WordTarget) and target.side == "query":
            of_document = pair.word_matrix[target.word]
        elif isinstance(target, WordTarget):
            of_query = pair.word_matrix[:, target.word]
        self.query.set_linked_values(of_query)
        self.document.set_linked_values(of_document)


def _limit(*values: np.ndarray) -> float:
    return max((float(np.abs(part).max(initial=0.0)) for part in values), default=1.0) or 1.0


def _short(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 80 else text[:79] + "…"
