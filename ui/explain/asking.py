"""When Explain asks for an explanation: when told to, while somebody types, after a setting or a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from ui.banner import Banner
from ui.engine_thread import EngineThread
from ui.explain.inputs import InputPanel
from ui.explain.live import LiveTimer
from ui.explain.result_area import ResultArea
from ui.requests import ExplainTask
from ui.settings import Settings

if TYPE_CHECKING:
    from ui.requests import ModelReady


class Asking(QObject):
    """Asks the engine to explain what is in the fields; the answers are for the page.

    Attributes:
        task: what was asked last; None if nothing was.
        from_typing: whether it was asked because somebody has typed.
        model: in use; None while none is loaded.

    Args:
        engine: explains.
        settings: whether to explain while somebody types.
        inputs: the fields.
        live: says when to explain while somebody types.
        result: where the result is shown; says how current it is.
        banner: what it says of the last question is taken away with the next.
        parent: the page.
    """

    def __init__(
        self,
        engine: EngineThread,
        settings: Settings,
        inputs: InputPanel,
        live: LiveTimer,
        result: ResultArea,
        banner: Banner,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine, self._settings, self._inputs, self._live = engine, settings, inputs, live
        self._result, self._banner = result, banner
        self.task: ExplainTask | None = None
        self.from_typing = False
        self.model: ModelReady | None = None
        inputs.edited.connect(self._edited)
        inputs.settings_changed.connect(self._settings_changed)
        inputs.recalled.connect(self.explain)
        live.quick_due.connect(self._quick)
        live.refine_due.connect(self._refine)

    @Slot()
    def explain(self) -> None:
        """Explain what is in the fields."""
        self._submit(live=False, from_typing=False)

    def catch_up(self) -> None:
        """Explain what is in the fields, unless it is on screen or on its way."""
        request, shown = self._inputs.request(), self._result.explanation
        if request is None or self._live.pending:
            return
        if self._engine.awaits("explain") and self.task is not None and self.task.request == request:
            return
        done = (
            shown is not None
            and self.model is not None
            and not shown.preview
            and shown.request == request
            and shown.model == self.model.info
        )
        if not done:
            self.explain()

    def set_live(self, on: bool) -> None:
        """Explain while somebody types, or only when asked to."""
        self._settings.live = on
        if on:
            self.catch_up()
        else:
            self._live.stop()

    def withdraw(self) -> None:
        """Wait neither for an explanation nor for a pause in typing."""
        self._live.stop()
        self._engine.cancel("explain")

    @Slot()
    def _edited(self) -> None:
        self._live.stop()
        if self._inputs.missing():
            self._engine.cancel("explain")
            self._result.say(self._inputs.missing())
            self._result.dim(True)
        elif self._settings.live:
            self._live.touch()
            self._result.dim(True)
        else:
            self._result.outdate()

    @Slot()
    def _settings_changed(self) -> None:
        if self._settings.live and not self._inputs.missing():
            self.explain()
        elif not self._inputs.missing():
            self._result.outdate()

    @Slot()
    def _quick(self) -> None:
        if not self._submit(live=True, from_typing=True):
            self._live.stop()

    @Slot()
    def _refine(self) -> None:
        self._submit(live=False, from_typing=True)

    def _submit(self, *, live: bool, from_typing: bool) -> bool:
        if not live:
            self._live.stop()
        request = self._inputs.request()
        if request is None:
            self._result.say(self._inputs.missing())
            return False
        # The empty panels are painted while the engine works, which makes the first result appear sooner.
        self._result.open()
        self.task, self.from_typing = ExplainTask(request, live), from_typing
        self._engine.submit(self.task)
        self._banner.dismiss_passing()
        if not live:
            self._result.say("Refining …" if from_typing else "Explaining …")
        shown = self._result.explanation
        if shown is None or shown.request != request:
            self._result.dim(not self._result.shows(request.query, request.candidates))
        return True
