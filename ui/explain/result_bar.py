"""The line above the panels: the score, its strongest link, and how the numbers are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from ui.actions import Actions
from ui.buttons import menu_button, segments
from ui.elided_label import ElidedLabel
from ui.explain.inputs import METHOD_NAMES
from ui.plain import PlainLabel
from ui.theme import SPACE_L, SPACE_M, set_size, with_even_figures
from ui.widgets.numbers import isolated_word, plain, signed

if TYPE_CHECKING:
    from engine.attribution.explainer import Explanation
    from engine.attribution.pair import PairExplanation

_EXPORTS = ("file.report", "file.csv", "file.json", "file.picture")
_COPIES = ("edit.copy_csv", "edit.copy_json", "edit.copy_picture")


class ResultBar(QWidget):
    """Shows one pair's score; hidden numbers of the pair are in the panels."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._score = PlainLabel(self)
        self._score.setAccessibleName("Similarity")
        self._score.setFont(with_even_figures(self._score.font()))
        set_size(self._score, "score")
        self._score.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._what = ElidedLabel("What is shown", self)
        self._state = ElidedLabel("State of the result", self)
        self._state.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addStretch(1)
        words.addWidget(self._what)
        words.addWidget(self._state)
        words.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE_M, 0, SPACE_M, 0)
        layout.setSpacing(SPACE_M)
        layout.addWidget(self._score)
        layout.addLayout(words, 1)
        layout.addSpacing(SPACE_L)
        layout.addWidget(segments(actions, ("view.raw", "view.percent", "view.norm"), "Values", self))
        self.export = menu_button(
            "Save", "Save or copy", "Save or copy the report, the numbers, a picture", self
        )
        self.export.menu().addActions([actions[id] for id in _EXPORTS])
        self.export.menu().addSeparator()
        self.export.menu().addActions([actions[id] for id in _COPIES])
        layout.addWidget(self.export)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    @property
    def state(self) -> str:
        """What is said of the result's state."""
        return self._state.text

    def show_pair(self, explanation: Explanation, index: int) -> None:
        """Show the score of one pair and which link carries most of it."""
        pair = explanation.pairs[index]
        self._score.setText(plain(pair.ledger.similarity))
        name = "cosine similarity" if pair.similarity == "cosine" else "dot product"
        count = len(explanation.request.candidates)
        which = f", candidate {index + 1} of {count}" if count > 1 else ""
        self._what.set_text(f"{name}{which}{_strongest_link(pair)}")
        self._score.setToolTip(name)

    def clear(self) -> None:
        """Show no score."""
        self._score.setText("")
        self._what.set_text("")

    def set_state(self, text: str) -> None:
        """Say in a few words how current the result is."""
        self._state.set_text(text)


def settings_in_words(explanation: Explanation) -> str:
    """Return how a result was computed."""
    request = explanation.request
    method = METHOD_NAMES[request.method]
    if request.method == "integrated-jacobians":
        method += f", layer {request.layer}"
    return f"{method}, references {'projected out' if request.references == 'projected' else 'shared'}"


def _strongest_link(pair: PairExplanation) -> str:
    matrix = pair.word_matrix
    if not matrix.size:
        return ""
    row, column = np.unravel_index(int(np.argmax(np.abs(matrix))), matrix.shape)
    value = float(matrix[row, column])
    left, right = pair.query.text.words[row].text, pair.candidate.text.words[column].text
    return (
        f"  ·  strongest link: {isolated_word(left, 30)} with {isolated_word(right, 30)} "
        f"{signed(value, abs(value))}"
    )
