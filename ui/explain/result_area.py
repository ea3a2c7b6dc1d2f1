"""Where Explain shows its result: the last good one until the next, or what to do while there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ui.actions import Actions
from ui.empty_state import EmptyState
from ui.explain.checks import Checks
from ui.explain.inputs import InputPanel
from ui.explain.panels import Panels
from ui.explain.result_bar import ResultBar
from ui.theme import SPACE_S
from ui.widgets.numbers import counted

if TYPE_CHECKING:
    from engine.attribution.explainer import Explanation


class ResultArea(QStackedWidget):
    """Shows one pair of an explanation in the bar and the panels, and says how current it is.

    Attributes:
        explanation: on screen; None before the first.
        index: of its pair on screen.
        wanted: the candidate that is to be shown as soon as it is explained.

    Args:
        actions: what the empty state offers.
        inputs: the fields, which say what is missing in them.
        bar: the line above the panels.
        panels: of the pair.
        checks: of the pair; they are forgotten with it.
        parent: the page.
    """

    pair_shown = Signal(object, int)  # Explanation, index of the pair

    def __init__(
        self,
        actions: Actions,
        inputs: InputPanel,
        bar: ResultBar,
        panels: Panels,
        checks: Checks,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._inputs, self._bar, self._panels, self._checks = inputs, bar, panels, checks
        self.explanation: Explanation | None = None
        self.index = 0
        self.wanted = 0
        self._empty = EmptyState("waypoints", self)
        self._empty.say(
            "Write a query and at least one candidate above.",
            "The words that make the model call them similar will light up here.",
            "Show the worked example",
            actions["file.example"].trigger,
            ("Take the tour", actions["help.tour"].trigger),
        )
        self._results = QWidget(self)
        results = QVBoxLayout(self._results)
        results.setContentsMargins(0, 0, 0, 0)
        results.setSpacing(SPACE_S)
        results.addWidget(bar)
        results.addWidget(panels, 1)
        self.addWidget(self._empty)
        self.addWidget(self._results)
        panels.candidates.chosen.connect(self.choose)
        panels.concepts.arrived.connect(self._show_concepts)

    def open(self) -> None:
        """Show the panels, be they empty."""
        self.setCurrentWidget(self._results)

    def say(self, text: str) -> None:
        """Say how current the result is; without one, and with empty fields, what to do."""
        self._bar.set_state(text)
        if self.explanation is None and self._inputs.missing():
            self.setCurrentWidget(self._empty)

    def dim(self, dimmed: bool) -> None:
        """Let the panels be seen as outdated, or as current."""
        self._panels.veil.set_drawn(dimmed)

    def outdate(self) -> None:
        """Say that the fields hold something else now."""
        self.say("Something changed; press Run to explain.")
        self.dim(True)

    def forget(self, wanted: int) -> None:
        """Have no result; of the next one, `wanted` is the candidate to be shown."""
        self.explanation = None
        self.wanted = wanted

    def shows(self, query: str, candidates: tuple[str, ...]) -> bool:
        """Return whether the result on screen is of these texts."""
        shown = self.explanation
        return shown is not None and shown.request.query == query and shown.request.candidates == candidates

    def show_explanation(self, explanation: Explanation) -> None:
        """Show the pair that is wanted, or the last one of those explained."""
        index = min(self.wanted, len(explanation.pairs) - 1)
        before = self.explanation
        same = before is not None and before.pairs[self.index] is explanation.pairs[index]
        same = same and before.faithfulness[self.index] is explanation.faithfulness[index]
        self.explanation, self.index = explanation, index
        self.dim(False)
        self._panels.candidates.show_explanation(explanation, index)
        if not same:
            self._checks.forget()
            self._panels.view.show_pair(explanation, index)
        self._bar.show_pair(explanation, index)
        self._panels.concepts.show_pair(explanation, index)
        self.pair_shown.emit(explanation, index)

    def show_partial(self, explanation: Explanation) -> None:
        """Show how far an explanation is, and its pair as soon as the one that is wanted is there."""
        done, count = len(explanation.pairs), len(explanation.request.candidates)
        if explanation.preview:
            self.say(f"Preview from layer {explanation.request.layer}, refining …")
        else:
            self.say(f"{done} of {counted(count, 'candidate')} explained …")
        if self.wanted < done or self.explanation is None:
            self.show_explanation(explanation)
        else:
            self._panels.candidates.show_explanation(explanation, self.wanted)

    @Slot(int)
    def choose(self, index: int) -> None:
        """Show the pair of another candidate, as soon as it is explained."""
        explanation = self.explanation
        if explanation is None or not 0 <= index < len(explanation.request.candidates):
            return
        self.wanted = index
        if index < len(explanation.pairs):
            self.show_explanation(explanation)

    def step(self, by: int) -> None:
        """Show the pair of a candidate further down or up."""
        self.choose(self.index + by)

    @Slot()
    def _show_concepts(self) -> None:
        """Bring the first concepts to the front, unless their panel was closed."""
        if not self._panels.dock("concepts").isHidden():
            self._panels.reveal("concepts")
