"""The workspace Explain: two texts in, and why the model calls them similar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from engine.attribution.worked_example import CANDIDATES, QUERY
from ui.explain import session
from ui.explain.asking import Asking
from ui.explain.bindings import bind_actions
from ui.explain.checks import Checks
from ui.explain.concepts import Concepts
from ui.explain.export import Exporter
from ui.explain.inputs import InputPanel
from ui.explain.live import LiveTimer
from ui.explain.pair_view import PairView
from ui.explain.panels import Panels
from ui.explain.result_area import ResultArea
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

if TYPE_CHECKING:
    from engine.attribution.explainer import Explanation
    from engine.attribution.request import ExplainRequest
    from engine.instrument import WorkspaceInfo

_OURS = (ExplainTask, MethodsRequest, CaptumRequest, ReportRequest)


class ExplainWorkspace(Page):
    """Fields above, panels below; hands answers to where they are shown, and remembers what was explained."""

    result_shown = Signal(object, int)  # Explanation, index of the pair
    session_shape = staticmethod(session.SHAPE)

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._engine, self._settings, self._actions = context.engine, context.settings, context.actions
        engine, actions, settings = context.engine, context.actions, context.settings
        navigator = context.navigator
        self.inputs = InputPanel(actions, settings, self)
        self.bar = ResultBar(actions, self)
        self.view = PairView(settings.unit, settings.level, self)
        self.concepts = Concepts(engine, self.view, navigator, self)
        self.panels = Panels(actions, self.view, self.concepts, settings.top_links, self)
        self.live = LiveTimer(self)
        self.checks = Checks(engine, self.panels, self)
        self.export = Exporter(engine, self.panels, settings, self._reported, self)
        self.result = ResultArea(actions, self.inputs, self.bar, self.panels, self.checks, self)
        self.asking = Asking(engine, settings, self.inputs, self.live, self.result, self.banner, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_S)
        layout.addWidget(self.inputs)
        layout.addWidget(self.banner)
        layout.addWidget(self.result, 1)
        self._connect()
        navigator.explain_asked.connect(self.explain_texts)
        bind_actions(self, actions, settings)

    # -- what others use ------------------------------------------------------------------------------

    @property
    def explanation(self) -> Explanation | None:
        """The result on screen."""
        return self.result.explanation

    @property
    def shown_request(self) -> ExplainRequest | None:
        """What the result on screen, or the one on its way to it, was asked for; None if there is none."""
        if self.explanation is not None and not self.explanation.preview:
            return self.explanation.request
        return None if self.asking.task is None else self.asking.task.request

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
        self.asking.withdraw()
        self.asking.task = None
        self.result.forget(wanted)
        if shown is not None:
            self.inputs.set_request(shown)
            self.asking.explain()
        self.inputs.set_request(fields)
        self.inputs.set_texts(fields.query, candidates.splitlines())
        if shown is None:
            self.result.say(self.inputs.missing())
        elif self.inputs.request() != shown:
            self.result.outdate()

    def show_worked_example(self) -> None:
        """Put the worked example into the fields and explain it."""
        self.explain_texts(QUERY, CANDIDATES)

    @Slot(str, object)
    def explain_texts(self, query: str, candidates: tuple[str, ...]) -> None:
        """Put texts into the fields and explain them."""
        self.inputs.set_texts(query, candidates)
        self.result.wanted = 0
        self.asking.explain()

    def cancel(self) -> None:
        """Stop whatever the engine does, and what typing would have asked for next."""
        self.live.stop()
        self._engine.cancel()

    def compare_methods(self) -> None:
        """Explain the pair on screen by every method."""
        self.checks.compare_methods(self.explanation, self.result.index)

    def check_with_captum(self) -> None:
        """Run Captum's tests on the pair on screen."""
        self.checks.check_with_captum(self.explanation, self.result.index)

    def query_field(self) -> QPlainTextEdit:
        """Return the field with the query."""
        return self.inputs.query

    def text_field(self) -> TextField:
        """Return the field with the candidates."""
        return self.inputs.candidates

    def model_ready(self, ready: ModelReady) -> None:
        """Explain with a model that has just been loaded."""
        self.asking.model = ready
        self.inputs.set_layers(ready.info.layers)
        self.asking.catch_up()

    def workspace_ready(self, info: WorkspaceInfo) -> None:
        """Show the concepts of the pair on screen, by the features of a workspace that is open now."""
        self.concepts.workspace_ready(info)

    def model_failed(self, message: str) -> None:
        """Stay with the model in use."""
        self.banner.show_error(message)
        if self.asking.model is not None:
            self.asking.catch_up()
        else:
            self.result.say("No model is loaded; choose one at the top of the window.")

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
        for source in (self.inputs, self.export):
            source.problem.connect(self.banner.show_error)
        self.export.note.connect(self.banner.show_note)
        self.result.pair_shown.connect(self.result_shown)
        self.panels.history.chosen.connect(self._recall)
        self.panels.history.wanted.connect(self._explain_again)
        self.panels.top_changed.connect(self._remember_top)
        self._engine.answered.connect(self._answered)
        self._engine.failed.connect(self._failed)
        self._engine.cancelled.connect(self._cancelled)
        if not self._settings.window_state.isEmpty():
            self.panels.restore(self._settings.window_state)

    # -- answers --------------------------------------------------------------------------------------

    @Slot(object)
    def _answered(self, answer: Answer) -> None:
        if not isinstance(answer.request, ExplainTask):
            return
        explanation: Explanation = answer.value
        if not answer.final:
            self.result.show_partial(explanation)
            return
        self.result.show_explanation(explanation)
        if explanation.preview:
            self.result.say(f"Preview from layer {explanation.request.layer}, refined when you pause")
            self.live.quick_answered()
            return
        self.result.say(settings_in_words(explanation))
        self._remember_result(explanation)

    @Slot(object)
    def _recall(self, explanation: Explanation) -> None:
        """Bring an earlier result back, with what was asked for it."""
        self.asking.withdraw()
        self.inputs.set_request(explanation.request)
        self.result.wanted = min(self.result.wanted, len(explanation.pairs) - 1)
        self.result.show_explanation(explanation)
        self.result.say(settings_in_words(explanation))

    @Slot(object)
    def _explain_again(self, request: ExplainRequest) -> None:
        """Explain what an earlier run has explained."""
        self.inputs.set_request(request)
        self.result.wanted = 0
        self.asking.explain()

    @Slot(object)
    def _failed(self, failure: Failure) -> None:
        # The other pages say for themselves what they could not be told.
        if not isinstance(failure.request, _OURS):
            return
        if isinstance(failure.request, ExplainTask):
            self.live.stop()
            self.result.say("The result shown is an earlier one." if self.explanation else "")
        self.banner.show_error(failure.message, passing=isinstance(failure.request, ExplainTask))

    @Slot(object)
    def _cancelled(self, stopped: Stopped) -> None:
        # Whoever has typed on since then is not told of it.
        if isinstance(stopped.request, ExplainTask) and not self.live.pending:
            self.result.say(self.inputs.missing() or "Cancelled; press Run to explain.")

    # -- small things ---------------------------------------------------------------------------------

    def _remember_result(self, explanation: Explanation) -> None:
        request = explanation.request
        old = self.panels.history.add(explanation, self.asking.from_typing)
        replaced = RecentInput(old.query, old.candidates) if old is not None else None
        self._settings.add_recent_input(RecentInput(request.query, request.candidates), replaced)

    def _reported(self) -> tuple[Explanation, str | None] | None:
        """Return the result on screen, and the path to the layers of its model if one was given."""
        shown, model = self.explanation, self.asking.model
        if shown is None:
            return None
        known = model is not None and model.info == shown.model
        return shown, model.choice.layer_path if known else None

    @Slot(int)
    def _remember_top(self, count: int) -> None:
        self._settings.top_links = count
