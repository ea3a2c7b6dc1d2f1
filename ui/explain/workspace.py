"""The workspace Explain: two texts in, and why the model calls them similar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QPlainTextEdit, QStackedWidget, QVBoxLayout, QWidget

from engine.attribution.worked_example import CANDIDATES, QUERY
from ui.empty_state import EmptyState
from ui.explain import session
from ui.explain.bindings import bind_actions
from ui.explain.checks import Checks
from ui.explain.concepts import Concepts
from ui.explain.export import Exporter
from ui.explain.inputs import InputPanel
from ui.explain.live import LiveTimer
from ui.explain.pair_view import PairView
from ui.explain.panels import Panels
from ui.explain.result_bar import ResultBar, settings_in_words
from ui.explain.text_field import TextField
from ui.page import Page, PageContext
from ui.report.requests import ShownExplanation
from ui.requests import (
    Answer,
    CaptumRequest,
    ExplainTask,
    Failure,
    MethodsRequest,
    ModelReady,
    ReportRequest,
    Stopped,
)
from ui.settings import RecentInput
from ui.theme import SPACE_S, Theme
from ui.widgets.numbers import counted

if TYPE_CHECKING:
    from engine.attribution.explainer import Explanation
    from engine.attribution.request import ExplainRequest
    from engine.instrument import WorkspaceInfo

_OURS = (ExplainTask, MethodsRequest, CaptumRequest, ReportRequest)


class ExplainWorkspace(Page):
    """Fields above, panels below; asks the engine, and shows the last good result until the next one."""

    result_shown = Signal(object, int)  # Explanation, index of the pair
    session_shape = staticmethod(session.SHAPE)

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._engine, self._settings, self._actions = context.engine, context.settings, context.actions
        engine, actions, settings = context.engine, context.actions, context.settings
        navigator = context.navigator
        self._explanation: Explanation | None = None
        self._index = 0
        self._wanted = 0
        self._asked: ExplainTask | None = None
        self._from_typing = False
        self._model: ModelReady | None = None
        self.inputs = InputPanel(actions, settings, self)
        self.bar = ResultBar(actions, self)
        self.view = PairView(settings.unit, settings.level, self)
        self.concepts = Concepts(engine, self.view, navigator, self)
        self.panels = Panels(actions, self.view, self.concepts, settings.top_links, self)
        self.empty = EmptyState("waypoints", self)
        self.empty.say(
            "Write a query and at least one candidate above.",
            "The words that make the model call them similar will light up here.",
            "Show the worked example",
            actions["file.example"].trigger,
            ("Take the tour", actions["help.tour"].trigger),
        )
        self.live = LiveTimer(self)
        self.checks = Checks(engine, self.panels, self)
        self.export = Exporter(engine, self.panels, settings, self._reported, self)
        self._results = QWidget(self)
        results = QVBoxLayout(self._results)
        results.setContentsMargins(0, 0, 0, 0)
        results.setSpacing(SPACE_S)
        results.addWidget(self.bar)
        results.addWidget(self.panels, 1)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self._results)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_S)
        layout.addWidget(self.inputs)
        layout.addWidget(self.banner)
        layout.addWidget(self._pages, 1)
        self._connect()
        navigator.explain_asked.connect(self.explain_texts)
        bind_actions(self, actions, settings)

    # -- what others use ------------------------------------------------------------------------------

    @property
    def explanation(self) -> Explanation | None:
        """The result on screen."""
        return self._explanation

    @property
    def wanted(self) -> int:
        """The candidate that is to be shown as soon as it is explained."""
        return self._wanted

    @property
    def shown_request(self) -> ExplainRequest | None:
        """What the result on screen, or the one on its way to it, was asked for; None if there is none."""
        if self._explanation is not None and not self._explanation.preview:
            return self._explanation.request
        return None if self._asked is None else self._asked.request

    def shown_for_report(self) -> ShownExplanation | str:
        """Return the result on screen."""
        found = self._reported()
        if found is None or found[0].preview:
            return "there is no result yet; explain a query and a candidate first"
        explanation, layer_path = found
        return ShownExplanation(explanation, self.export.concepts_of(explanation), layer_path)

    def session(self) -> dict[str, Any]:
        """Return what the page needs to look as it does."""
        return session.session_of(self)

    def restore(self, data: Mapping[str, Any]) -> None:
        """Look as `session` said."""
        session.restore(self, data, self._actions, self._settings)

    def show_anew(
        self, fields: ExplainRequest, candidates: str, shown: ExplainRequest | None, wanted: int
    ) -> None:
        """Put texts and settings into the fields, and explain what was on the screen with them.

        Args:
            fields: the query and the settings in the fields.
            candidates: the text in the field of the candidates.
            shown: what the result on the screen was asked for; None if there was none.
            wanted: which of its candidates.
        """
        self.live.stop()
        self._engine.cancel("explain")
        self._explanation = self._asked = None
        self._wanted = wanted
        if shown is not None:
            self.inputs.set_request(shown)
            self.explain()
        self.inputs.set_request(fields)
        self.inputs.set_texts(fields.query, candidates.splitlines())
        if shown is None:
            self._say(self.inputs.missing())
        elif self.inputs.request() != shown:
            self._outdated()

    def show_worked_example(self) -> None:
        """Put the worked example into the fields and explain it."""
        self.explain_texts(QUERY, CANDIDATES)

    def explain(self) -> None:
        """Explain what is in the fields."""
        self._submit(live=False, from_typing=False)

    @Slot(str, object)
    def explain_texts(self, query: str, candidates: tuple[str, ...]) -> None:
        """Put texts into the fields and explain them."""
        self.inputs.set_texts(query, candidates)
        self._wanted = 0
        self.explain()

    def cancel(self) -> None:
        """Stop whatever the engine does, and what typing would have asked for next."""
        self.live.stop()
        self._engine.cancel()

    def compare_methods(self) -> None:
        """Explain the pair on screen by every method."""
        self.checks.compare_methods(self._explanation, self._index)

    def check_with_captum(self) -> None:
        """Run Captum's tests on the pair on screen."""
        self.checks.check_with_captum(self._explanation, self._index)

    def step_candidate(self, by: int) -> None:
        """Show the pair of a candidate further down or up."""
        self.choose_candidate(self._index + by)

    def set_live(self, on: bool) -> None:
        """Explain while somebody types, or only when asked to."""
        self._settings.live = on
        if on:
            self._catch_up()
        else:
            self.live.stop()

    def query_field(self) -> QPlainTextEdit:
        """Return the field with the query."""
        return self.inputs.query

    def text_field(self) -> TextField:
        """Return the field with the candidates."""
        return self.inputs.candidates

    def model_ready(self, ready: ModelReady) -> None:
        """Explain with a model that has just been loaded."""
        self._model = ready
        self.inputs.set_layers(ready.info.layers)
        self._catch_up()

    def workspace_ready(self, info: WorkspaceInfo) -> None:
        """Show the concepts of the pair on screen, by the features of a workspace that is open now."""
        self.concepts.workspace_ready(info)

    def model_failed(self, message: str) -> None:
        """Stay with the model in use."""
        self.banner.show_error(message)
        if self._model is not None:
            self._catch_up()
        else:
            self._say("No model is loaded; choose one at the top of the window.")

    def set_theme(self, theme: Theme) -> None:
        """Take another theme."""
        super().set_theme(theme)
        self.panels.set_theme(theme)

    def remember(self) -> None:
        """Write down what the next run starts with."""
        self.inputs.remember()
        self._settings.window_state = self.panels.save()

    def stop(self) -> None:
        """Start nothing more."""
        self.live.stop()
        self.panels.veil.set_drawn(False)

    # -- wiring ---------------------------------------------------------------------------------------

    def _connect(self) -> None:
        self.inputs.edited.connect(self._edited)
        self.inputs.settings_changed.connect(self._settings_changed)
        self.inputs.recalled.connect(self.explain)
        for source in (self.inputs, self.export):
            source.problem.connect(self.banner.show_error)
        self.export.note.connect(self.banner.show_note)
        self.live.quick_due.connect(self._quick)
        self.live.refine_due.connect(self._refine)
        self.panels.candidates.chosen.connect(self.choose_candidate)
        self.panels.history.chosen.connect(self._recall)
        self.panels.history.wanted.connect(self._explain_again)
        self.panels.top_changed.connect(self._remember_top)
        self.concepts.arrived.connect(self._show_concepts)
        self._engine.answered.connect(self._answered)
        self._engine.failed.connect(self._failed)
        self._engine.cancelled.connect(self._cancelled)
        if not self._settings.window_state.isEmpty():
            self.panels.restore(self._settings.window_state)

    # -- asking ---------------------------------------------------------------------------------------

    @Slot()
    def _edited(self) -> None:
        self.live.stop()
        if self.inputs.missing():
            self._engine.cancel("explain")
            self._say(self.inputs.missing())
            self.panels.veil.set_drawn(True)
        elif self._settings.live:
            self.live.touch()
            self.panels.veil.set_drawn(True)
        else:
            self._outdated()

    @Slot()
    def _settings_changed(self) -> None:
        if self._settings.live and not self.inputs.missing():
            self.explain()
        elif not self.inputs.missing():
            self._outdated()

    @Slot()
    def _quick(self) -> None:
        if not self._submit(live=True, from_typing=True):
            self.live.stop()

    @Slot()
    def _refine(self) -> None:
        self._submit(live=False, from_typing=True)

    def _submit(self, *, live: bool, from_typing: bool) -> bool:
        if not live:
            self.live.stop()
        request = self.inputs.request()
        if request is None:
            self._say(self.inputs.missing())
            return False
        # The empty panels are painted while the engine works, which makes the first result appear sooner.
        self._pages.setCurrentWidget(self._results)
        self._asked, self._from_typing = ExplainTask(request, live), from_typing
        self._engine.submit(self._asked)
        self.banner.dismiss_passing()
        if not live:
            self._say("Refining …" if from_typing else "Explaining …")
        if self._explanation is None or self._explanation.request != request:
            self.panels.veil.set_drawn(not self._shows_texts_of(self._asked))
        return True

    def _catch_up(self) -> None:
        """Explain what is in the fields, unless it is on screen or on its way."""
        request, shown = self.inputs.request(), self._explanation
        if request is None or self.live.pending:
            return
        if self._engine.awaits("explain") and self._asked is not None and self._asked.request == request:
            return
        done = (
            shown is not None
            and self._model is not None
            and not shown.preview
            and shown.request == request
            and shown.model == self._model.info
        )
        if not done:
            self.explain()

    # -- answers --------------------------------------------------------------------------------------

    @Slot(object)
    def _answered(self, answer: Answer) -> None:
        if not isinstance(answer.request, ExplainTask):
            return
        explanation: Explanation = answer.value
        if not answer.final:
            self._show_partial(explanation)
            return
        self._show(explanation)
        if explanation.preview:
            self._say(f"Preview from layer {explanation.request.layer}, refined when you pause")
            self.live.quick_answered()
            return
        self._say(settings_in_words(explanation))
        self._remember_result(explanation)

    def _show_partial(self, explanation: Explanation) -> None:
        done, count = len(explanation.pairs), len(explanation.request.candidates)
        if explanation.preview:
            self._say(f"Preview from layer {explanation.request.layer}, refining …")
        else:
            self._say(f"{done} of {counted(count, 'candidate')} explained …")
        if self._wanted < done or self._explanation is None:
            self._show(explanation)
        else:
            self.panels.candidates.show_explanation(explanation, self._wanted)

    def _show(self, explanation: Explanation) -> None:
        index = min(self._wanted, len(explanation.pairs) - 1)
        before = self._explanation
        same = before is not None and before.pairs[self._index] is explanation.pairs[index]
        same = same and before.faithfulness[self._index] is explanation.faithfulness[index]
        self._explanation, self._index = explanation, index
        self.panels.veil.set_drawn(False)
        self.panels.candidates.show_explanation(explanation, index)
        if not same:
            self.checks.forget()
            self.view.show_pair(explanation, index)
        self.bar.show_pair(explanation, index)
        self.concepts.show_pair(explanation, index)
        self.result_shown.emit(explanation, index)

    @Slot(int)
    def choose_candidate(self, index: int) -> None:
        """Show the pair of another candidate, as soon as it is explained."""
        explanation = self._explanation
        if explanation is None or not 0 <= index < len(explanation.request.candidates):
            return
        self._wanted = index
        if index < len(explanation.pairs):
            self._show(explanation)

    @Slot(object)
    def _recall(self, explanation: Explanation) -> None:
        """Bring an earlier result back, with what was asked for it."""
        self.live.stop()
        self._engine.cancel("explain")
        self.inputs.set_request(explanation.request)
        self._wanted = min(self._wanted, len(explanation.pairs) - 1)
        self._show(explanation)
        self._say(settings_in_words(explanation))

    @Slot(object)
    def _explain_again(self, request: ExplainRequest) -> None:
        """Explain what an earlier run has explained."""
        self.inputs.set_request(request)
        self._wanted = 0
        self.explain()

    @Slot(object)
    def _failed(self, failure: Failure) -> None:
        # The other pages say for themselves what they could not be told.
        if not isinstance(failure.request, _OURS):
            return
        if isinstance(failure.request, ExplainTask):
            self.live.stop()
            self._say("The result shown is an earlier one." if self._explanation else "")
        self.banner.show_error(failure.message, passing=isinstance(failure.request, ExplainTask))

    @Slot(object)
    def _cancelled(self, stopped: Stopped) -> None:
        # Whoever has typed on since then is not told of it.
        if isinstance(stopped.request, ExplainTask) and not self.live.pending:
            self._say(self.inputs.missing() or "Cancelled; press Run to explain.")

    # -- small things ---------------------------------------------------------------------------------

    def _remember_result(self, explanation: Explanation) -> None:
        request = explanation.request
        old = self.panels.history.add(explanation, self._from_typing)
        replaced = RecentInput(old.query, old.candidates) if old is not None else None
        self._settings.add_recent_input(RecentInput(request.query, request.candidates), replaced)

    def _reported(self) -> tuple[Explanation, str | None] | None:
        """Return the result on screen, and the path to the layers of its model if one was given."""
        if self._explanation is None:
            return None
        model = self._model
        known = model is not None and model.info == self._explanation.model
        return self._explanation, model.choice.layer_path if known else None

    def _shows_texts_of(self, task: ExplainTask) -> bool:
        shown = self._explanation
        return (
            shown is not None
            and shown.request.query == task.request.query
            and shown.request.candidates == task.request.candidates
        )

    def _outdated(self) -> None:
        self._say("Something changed; press Run to explain.")
        self.panels.veil.set_drawn(True)

    @Slot()
    def _show_concepts(self) -> None:
        """Bring the first concepts to the front, unless their panel was closed."""
        if not self.panels.dock("concepts").isHidden():
            self.panels.reveal("concepts")

    def _say(self, text: str) -> None:
        self.bar.set_state(text)
        if self._explanation is None and self.inputs.missing():
            self._pages.setCurrentWidget(self.empty)

    @Slot(int)
    def _remember_top(self, count: int) -> None:
        self._settings.top_links = count
