"""One pair in all its panels: puts the numbers of a result into the widgets, in the unit asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Slot

from engine.attribution.request import Unit
from engine.report.wording import findings
from ui.selection import ConceptTarget, LinkTarget, Selection, Target, WordTarget
from ui.theme import Theme
from ui.widgets.connection_plot import ConnectionPlot
from ui.widgets.dimension_bars import DimensionBars
from ui.widgets.faithfulness_plot import FaithfulnessPlot
from ui.widgets.ledger_view import LedgerView
from ui.widgets.legend import ScaleLegend
from ui.widgets.matrix_plot import Level, MatrixPlot
from ui.widgets.numbers import isolated_word
from ui.widgets.token_heatmap import LINKS, TokenHeatmap

if TYPE_CHECKING:
    from engine.attribution.explainer import Explanation
    from engine.attribution.pair import PairExplanation
    from engine.text import Word

UNIT_LABELS: dict[Unit, str] = {"percent": "% of the sum", "norm": "of unit norm"}
RAW_LABELS = {"cosine": "similarity", "dot": "dot product"}
_SENTENCE_CHARACTERS = 80


class PairView(QObject):
    """The widgets of one pair, and the one selection that they share."""

    def __init__(self, unit: Unit, level: Level, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.selection = Selection(self)
        self.query = TokenHeatmap("query", self.selection)
        self.candidate = TokenHeatmap("candidate", self.selection)
        self.legend = ScaleLegend()
        self.connections = ConnectionPlot(self.selection)
        self.matrix = MatrixPlot(self.selection)
        self.matrix.axes = "rows: query, columns: candidate"
        self.ledger = LedgerView()
        self.faithfulness = FaithfulnessPlot()
        self.dimensions = DimensionBars()
        self.pair: PairExplanation | None = None
        self._wanted: tuple[Target, str, str] | None = None
        self._unit: Unit = unit
        self._level: Level = level
        self.selection.isolated_changed.connect(self._isolated)
        self.matrix.cell_activated.connect(self._cell_activated)

    @property
    def unit(self) -> Unit:
        """The unit that values are shown in."""
        return self._unit

    @property
    def level(self) -> Level:
        """What the rows and columns of the matrix are."""
        return self._level

    def show_pair(self, explanation: Explanation, index: int) -> None:
        """Show one pair of a result; what is isolated stays so if the texts are the same."""
        pair, before = explanation.pairs[index], self.pair
        if before is None or _texts(before) != _texts(pair):
            self.selection.clear()
        self.pair = pair
        tests = explanation.faithfulness[index]
        told = () if tests is None else findings(pair, tests, explanation.request.tolerance)
        self.faithfulness.show_faithfulness(tests, told)
        self._show_values()
        self._isolate_wanted(pair)

    @property
    def wanted(self) -> Target | None:
        """What is to be isolated as soon as its pair is shown, None if nothing is."""
        return None if self._wanted is None else self._wanted[0]

    def isolate_when_shown(self, target: Target | None, query: str = "", candidate: str = "") -> None:
        """Isolate something as soon as the pair of two texts is shown; a feature waits for its concepts."""
        self._wanted = None if target is None else (target, query, candidate)

    def wanted_in(self, pair: PairExplanation) -> Target | None:
        """Return what is to be isolated in a pair, None if nothing is."""
        texts = pair.query.text.text, pair.candidate.text.text
        return None if self._wanted is None or self._wanted[1:] != texts else self._wanted[0]

    def set_unit(self, unit: Unit) -> None:
        """Show values in another unit."""
        self._unit = unit
        self._show_values()

    def set_level(self, level: Level) -> None:
        """Show another matrix."""
        self._level = level
        if self.pair is not None:
            self._show_matrix(self.pair)

    def set_theme(self, theme: Theme) -> None:
        """Give every widget another theme."""
        for widget in (
            self.query,
            self.candidate,
            self.legend,
            self.connections,
            self.matrix,
            self.ledger,
            self.faithfulness,
            self.dimensions,
        ):
            widget.set_theme(theme)

    def label(self, pair: PairExplanation) -> str:
        """Return what the numbers are."""
        return RAW_LABELS[pair.similarity] if self._unit == "raw" else UNIT_LABELS[self._unit]

    # -- inside ---------------------------------------------------------------------------------------

    def _show_values(self) -> None:
        pair = self.pair
        if pair is None:
            return
        label = self.label(pair)
        query, candidate, links = (
            pair.in_unit(values, self._unit)
            for values in (pair.query_word_importance, pair.candidate_word_importance, pair.word_matrix)
        )
        limit = max(_largest(query), _largest(candidate)) or 1.0
        self.query.show_text(pair.query.text, query, limit, label)
        self.candidate.show_text(pair.candidate.text, candidate, limit, label)
        self.legend.show_scale(limit, label)
        self.connections.show_pair(
            pair.query.text.words, pair.candidate.text.words, links, _largest(links) or 1.0, label
        )
        self._show_matrix(pair)
        self.ledger.show_ledger(pair.ledger, pair.between_words, self._unit)
        # The texts have just been laid out by importance; once more only for what is isolated.
        if self.selection.isolated is not None:
            self._isolated(self.selection.isolated)
        else:
            self._show_dimensions(pair, None)

    def _show_matrix(self, pair: PairExplanation) -> None:
        if self._level == "tokens":
            values, rows, columns = pair.matrix, pair.query.text.tokens, pair.candidate.text.tokens
        elif self._level == "words":
            values = pair.word_matrix
            rows, columns = (_labels(text.words) for text in (pair.query.text, pair.candidate.text))
        else:
            values = pair.sentence_matrix
            rows, columns = (_labels(text.sentences) for text in (pair.query.text, pair.candidate.text))
        shown = pair.in_unit(values, self._unit)
        self.matrix.show_matrix(shown, rows, columns, _largest(shown) or 1.0, self.label(pair), self._level)

    def _isolate_wanted(self, pair: PairExplanation) -> None:
        """Isolate what is wanted, if this is its pair and has such words."""
        target, left, right = self.wanted_in(pair), len(pair.query.text.words), len(pair.candidate.text.words)
        match target:
            case WordTarget(side, word):
                there = word < (left if side == "query" else right)
            case LinkTarget(query, candidate):
                there = query < left and candidate < right
            case _:
                return
        self._wanted = None
        if there and target != self.selection.isolated:
            self.selection.isolate(target)

    @Slot(object)
    def _isolated(self, target: Target | None) -> None:
        if target is not None:
            self._wanted = None
        pair = self.pair
        if pair is None:
            return
        links = pair.in_unit(pair.word_matrix, self._unit)
        of_query = of_candidate = limit = None
        partner = LINKS
        if isinstance(target, ConceptTarget):
            of_query, of_candidate = np.array(target.query), np.array(target.candidate)
            limit, partner = max(_largest(of_query), _largest(of_candidate)), f"of “{target.name}”"
        elif isinstance(target, WordTarget) and target.side == "query":
            of_candidate = links[target.word]
        elif isinstance(target, WordTarget):
            of_query = links[:, target.word]
        self.query.set_linked_values(of_query, limit, partner)
        self.candidate.set_linked_values(of_candidate, limit, partner)
        self._show_dimensions(pair, target)

    def _show_dimensions(self, pair: PairExplanation, target: Target | None) -> None:
        left, right = pair.query.text, pair.candidate.text
        everything = (range(len(left.ids)), range(len(right.ids)))
        match target:
            case LinkTarget():
                rows, columns = left.words[target.query_word], right.words[target.candidate_word]
                title = f"{isolated_word(rows.text)} – {isolated_word(columns.text)}"
                tokens = (rows.tokens, columns.tokens)
            case WordTarget():
                word = (left if target.side == "query" else right).words[target.word]
                title = f"{isolated_word(word.text)} – all of the other text"
                tokens = (
                    (word.tokens, everything[1]) if target.side == "query" else (everything[0], word.tokens)
                )
            case _:
                title, tokens = "The whole pair", everything
        self.dimensions.show_cell(title, pair.cell_dimensions(*tokens))

    @Slot(int, int)
    def _cell_activated(self, row: int, column: int) -> None:
        """Show the dimensions of a cell that is no pair of words, and so no part of the selection."""
        pair = self.pair
        if pair is None or self._level == "words":
            return
        left, right = pair.query.text, pair.candidate.text
        if self._level == "tokens":
            names, tokens = (left.tokens[row], right.tokens[column]), ((row,), (column,))
        else:
            first, second = left.sentences[row], right.sentences[column]
            names, tokens = (first.text, second.text), (first.tokens, second.tokens)
        title = " – ".join(isolated_word(name) for name in names)
        self.dimensions.show_cell(title, pair.cell_dimensions(*tokens))


def _texts(pair: PairExplanation) -> tuple[str, str]:
    return pair.query.text.text, pair.candidate.text.text


def _largest(values: np.ndarray) -> float:
    return float(np.abs(values).max(initial=0.0))


def _labels(words: tuple[Word, ...]) -> list[str]:
    return [" ".join(word.text[:_SENTENCE_CHARACTERS].split()) for word in words]
