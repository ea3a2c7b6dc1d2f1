"""The concepts of the pair on screen: asked for after each result, shown as a table and as a flow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from ui.engine_thread import EngineThread
from ui.explain.pair_view import PairView
from ui.explain.requests import ConceptsRequest, FoldRequest, PairConcepts
from ui.navigator import Navigator
from ui.plain import PlainLabel
from ui.requests import Answer, Failure, Stopped
from ui.selection import ConceptTarget, Target, WordTarget
from ui.theme import SPACE_M, SPACE_S, Theme
from ui.widgets.concept_flow import ConceptFlowPlot
from ui.widgets.data_table import Column, DataTable
from ui.widgets.numbers import plain, signed

if TYPE_CHECKING:
    from engine.attribution.explainer import Explanation
    from engine.attribution.pair import PairExplanation
    from engine.instrument import WorkspaceInfo

_NO_WORKSPACE = "Open a workspace (top of the window) with trained features to see the concepts of a match."
_NO_FEATURES = "This workspace has no features yet. Train some in Train; the concepts of a match appear here."
_NO_PAIR = "Explain a pair; the concepts that its texts share appear here."
_STOPPED = "Cancelled; press Run to explain the pair again."
_WAITING = "Looking for concepts …"


@dataclass(frozen=True)
class _Row:
    """A feature of the ledger, or a family of them, for the table."""

    place: int
    feature: int
    name: str
    contribution: float
    query: float
    candidate: float
    limit: float
    members: tuple[str, ...] = ()

    @property
    def side(self) -> str:
        """On which texts the feature is active."""
        return "both" if self.query and self.candidate else "query" if self.query else "candidate"


def _activations(row: _Row) -> str:
    query, candidate = (plain(value) if value else "none" for value in (row.query, row.candidate))
    family = "".join(f"\n    {name}" for name in row.members) if len(row.members) > 1 else ""
    return f"{row.name}{family}\nactivation on the query {query}, on the candidate {candidate}"


_COLUMNS = (
    Column(
        "Concept",
        "Name of the feature; click for its words, double-click to open it in Concepts",
        lambda row: row.name,
        tooltip=_activations,
    ),
    Column(
        "Share",
        "How much of the similarity the concept carries; all concepts, bias and residual sum to it",
        lambda row: signed(row.contribution, row.limit),
        key=lambda row: row.contribution,
        share=lambda row: row.contribution / row.limit,
        diverging=True,
        tooltip=_activations,
        number=True,
        width=9,
    ),
    Column(
        "Active on",
        "The texts on which the feature is active",
        lambda row: row.side,
        tooltip=_activations,
        width=8,
    ),
)


class ConceptsPanel(QWidget):
    """What stands in for the concepts while there are none, or the concepts with a line of words below.

    Args:
        content: shows the concepts.
        name: of the panel.
        control: stands between the two, if there is one.
    """

    def __init__(
        self, content: QWidget, name: str, control: QWidget | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.content = content
        self.setFocusProxy(content)
        self.message = _wrapped(f"{name}: what is missing")
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.note = _wrapped(f"{name} in words")
        shown = QWidget()
        inner = QVBoxLayout(shown)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        inner.addWidget(content, 1)
        if control is not None:
            row = QHBoxLayout()
            row.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, 0)
            row.addWidget(control)
            inner.addLayout(row)
        inner.addWidget(self.note)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.message)
        self._stack.addWidget(shown)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)

    def say(self, text: str) -> None:
        """Say why there are no concepts."""
        self.message.setText(text)
        self._stack.setCurrentIndex(0)

    def show_content(self, note: str) -> None:
        """Show the concepts, and a note below them."""
        self.note.setText(note)
        self.note.setAccessibleDescription(note)
        self._stack.setCurrentIndex(1)


class Concepts(QObject):
    """Asks for the concepts of each pair that is shown, and keeps table, flow and selection together.

    Args:
        engine: answers.
        view: the pair's other panels; what is chosen here lights up in them.
        navigator: says which features are in use, and opens them in Concepts.
    """

    arrived = Signal()  # the first concepts of this run are there

    def __init__(
        self, engine: EngineThread, view: PairView, navigator: Navigator, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._engine, self._view, self._navigator = engine, view, navigator
        self.table = DataTable("Concepts of the match", _COLUMNS)
        self.table.set_empty_text("No feature is active on either text.")
        self.flow = ConceptFlowPlot()
        self.fold = QCheckBox("Fold families")
        self.fold.setAccessibleName("Fold families")
        self.fold.setToolTip("One row for each family of features that fire together")
        self.fold.toggled.connect(self._fold_toggled)
        self.panel = ConceptsPanel(self.table, "Concepts", self.fold)
        self.flow_panel = ConceptsPanel(self.flow, "Flow")
        self.shown: PairConcepts | None = None
        self._info: WorkspaceInfo | None = None
        self._wanted: tuple[PairExplanation, str, float] | None = None
        self._asked: ConceptsRequest | None = None
        self._whole: PairConcepts | None = None
        self._folding: FoldRequest | None = None
        self._announced = False
        self._say(_NO_WORKSPACE)
        self.table.chosen.connect(self._row_chosen)
        self.table.opened.connect(self._row_opened)
        self.flow.feature_chosen.connect(self._isolate)
        self.flow.feature_opened.connect(self._row_opened)
        self.flow.word_chosen.connect(self._word_chosen)
        view.selection.isolated_changed.connect(self._isolated)
        navigator.dictionary_changed.connect(self._ask)
        engine.answered.connect(self._answered)
        engine.failed.connect(self._failed)
        engine.cancelled.connect(self._cancelled)

    def workspace_ready(self, info: WorkspaceInfo) -> None:
        """Take note of the workspace that is open now: its features may be others."""
        self._info, self._asked = info, None
        self._ask()

    def show_pair(self, explanation: Explanation, index: int) -> None:
        """Ask for the concepts of a pair that is on screen; a preview is not worth it."""
        if explanation.preview:
            return
        request = explanation.request
        self._wanted = explanation.pairs[index], explanation.model.fingerprint, request.tolerance
        self._ask()

    def concepts_of(self, pair: PairExplanation) -> PairConcepts | None:
        """Return the concepts of a pair if they are on screen."""
        asked = self._asked
        return self.shown if asked is not None and asked.pair is pair else None

    def set_theme(self, theme: Theme) -> None:
        """Take another theme."""
        self.table.set_theme(theme)
        self.flow.set_theme(theme)

    # -- asking ----------------------------------------------------------------------------------------

    @Slot()
    def _ask(self) -> None:
        if self._info is None:
            self._say(_NO_WORKSPACE)
        elif not self._info.dictionaries:
            self._say(_NO_FEATURES)
        elif self._wanted is None:
            self._say(_NO_PAIR)
        else:
            names = self._info.dictionaries
            name = self._navigator.dictionary if self._navigator.dictionary in names else names[-1]
            pair, fingerprint, tolerance = self._wanted
            asked = self._asked
            if asked is not None and asked.pair is pair and asked.dictionary == name:
                return
            self._asked = ConceptsRequest(pair, fingerprint, tolerance, name)
            self._say(_WAITING)
            self._engine.submit(self._asked)

    @Slot(object)
    def _answered(self, answer: Answer) -> None:
        if answer.request is self._asked and self._asked is not None:
            self._whole = answer.value
            if self.fold.isChecked():
                self._ask_fold()
            else:
                self._show(answer.value)
        elif answer.request is self._folding and self._folding is not None:
            self._show(answer.value)

    @Slot(bool)
    def _fold_toggled(self, folded: bool) -> None:
        self._folding = None
        if self._whole is not None and folded:
            self._ask_fold()
        elif self._whole is not None:
            self._show(self._whole)

    def _ask_fold(self) -> None:
        self._folding = FoldRequest(self._whole, self._asked.dictionary)
        self._engine.submit(self._folding)

    @Slot(object)
    def _failed(self, failure: Failure) -> None:
        asked = (self._asked, self._folding)
        if any(failure.request is one for one in asked if one is not None):
            self._say(failure.message)

    @Slot(object)
    def _cancelled(self, stopped: Stopped) -> None:
        if stopped.request is self._asked and self._asked is not None:
            self._asked = None
            self._say(_STOPPED)
        elif stopped.request is self._folding and self._folding is not None:
            # Unticked, the box says what is on screen.
            self.fold.setChecked(False)

    # -- showing ---------------------------------------------------------------------------------------

    def _say(self, text: str) -> None:
        self.shown = self._whole = self._folding = None
        self.flow.show_flow(None)
        for panel in (self.panel, self.flow_panel):
            panel.say(text)

    def _show(self, concepts: PairConcepts) -> None:
        self.shown = concepts
        explanation, ledger = concepts.explanation, concepts.explanation.ledger
        limit = float(abs(ledger.contributions).max(initial=0.0)) or 1.0
        names = explanation.row_names
        members = explanation.ledger.members or ((),) * len(ledger.features)
        self.table.show_records(
            [
                _Row(
                    place,
                    feature,
                    names[place],
                    *numbers,
                    limit,
                    tuple(explanation.names[int(one)] for one in members[place]),
                )
                for place, (feature, *numbers) in enumerate(
                    zip(
                        ledger.features.tolist(),
                        ledger.contributions.tolist(),
                        ledger.query_activations.tolist(),
                        ledger.candidate_activations.tolist(),
                        strict=True,
                    )
                )
            ]
        )
        words = tuple(
            [word.text for word in side.text.words]
            for side in (explanation.flow.query, explanation.flow.candidate)
        )
        unit = "cosine" if ledger.kind == "cosine" else "dot product"
        drawn = list(names[: len(concepts.flow.features)])
        self.flow.show_flow(concepts.flow, words, drawn, unit)
        terms = "  ".join(f"{row.name}\N{NO-BREAK SPACE}{row.printed}" for row in concepts.ledger[:-1])
        self.panel.show_content(f"{terms}  =\N{NO-BREAK SPACE}{concepts.ledger[-1].printed}")
        self.flow_panel.show_content(" ".join(concepts.erasure))
        self._isolated(self._view.selection.isolated)
        self._isolate_wanted()
        if not self._announced:
            self._announced = True
            self.arrived.emit()

    # -- selection -------------------------------------------------------------------------------------

    @Slot(int)
    def _row_chosen(self, row: int) -> None:
        target = self._target(row)
        if target is not None and self._view.selection.isolated != target:
            self._view.selection.isolate(target)

    def _isolate_wanted(self) -> None:
        """Isolate the feature that an earlier run has isolated, if this pair has it."""
        wanted = None if self._asked is None else self._view.wanted_in(self._asked.pair)
        if isinstance(wanted, ConceptTarget) and self.shown is not None:
            self._view.isolate_when_shown(None)
            found = self.shown.explanation.ledger.features.tolist()
            if wanted.feature in found:
                self._row_chosen(found.index(wanted.feature))

    @Slot(int)
    def _isolate(self, place: int) -> None:
        self._view.selection.isolate(self._target(place))

    @Slot(int)
    def _row_opened(self, row: int) -> None:
        if self.shown is not None and self._asked is not None:
            self._navigator.choose_dictionary(self._asked.dictionary)
            self._navigator.show_feature(int(self.shown.explanation.ledger.features[row]))

    @Slot(int, int)
    def _word_chosen(self, side: int, word: int) -> None:
        self._view.selection.isolate(WordTarget("query" if side == 0 else "candidate", word))

    @Slot(object)
    def _isolated(self, target: Target | None) -> None:
        """Mark the concept that is isolated, wherever that was done."""
        place = None
        if isinstance(target, ConceptTarget) and self.shown is not None:
            found = self.shown.explanation.ledger.features.tolist()
            place = found.index(target.feature) if target.feature in found else None
        if self.table.current() != place:
            self.table.choose(place)
        drawn = self.shown is not None and place is not None and place < len(self.shown.flow.features)
        self.flow.choose_feature(place if drawn else None)

    def _target(self, place: int) -> ConceptTarget | None:
        """Return a feature of the ledger with its words; None if no words are known for it."""
        if self.shown is None or place >= len(self.shown.explanation.flow.features):
            return None
        explanation = self.shown.explanation
        feature = int(explanation.flow.features[place])
        shares = (
            tuple(side.word_bands[:, place].tolist())
            for side in (explanation.flow.query, explanation.flow.candidate)
        )
        return ConceptTarget(feature, explanation.row_names[place], *shares)


def _wrapped(name: str) -> QLabel:
    label = PlainLabel()
    label.setAccessibleName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setMargin(SPACE_M)
    label.setForegroundRole(label.palette().ColorRole.PlaceholderText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setContentsMargins(0, SPACE_S, 0, 0)
    label.setMinimumHeight(1)
    return label
