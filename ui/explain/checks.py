"""Second opinions on the pair on screen: other methods, and Captum's two tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from ui.engine_thread import EngineThread
from ui.explain.panels import Panels
from ui.requests import Answer, CaptumRequest, Failure, MethodsRequest, Request, Stopped
from ui.widgets.numbers import counted

if TYPE_CHECKING:
    from engine.attribution.agreement import MethodAgreement
    from engine.attribution.captum_checks import CaptumChecks
    from engine.attribution.explainer import Explanation

_MEANING = (
    "Infidelity: squared gap between what the explanation says random sets of words carry and what the "
    "similarity loses without them. Sensitivity: largest relative change of the explanation under small "
    "nudges of the input. Of both, 0 is perfect."
)


class Checks(QObject):
    """Asks for checks of a pair and puts their results beside its panels."""

    def __init__(self, engine: EngineThread, panels: Panels, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine, self._panels = engine, panels
        engine.answered.connect(self._answered)
        engine.failed.connect(self._ended)
        engine.cancelled.connect(self._ended)

    def compare_methods(self, explanation: Explanation | None, index: int) -> None:
        """Explain a pair by every method and show how far they agree."""
        if explanation is not None:
            self._engine.submit(MethodsRequest(explanation.pairs[index], explanation.model.fingerprint))
            self._panels.compared.set_text("Comparing …")
            self._panels.checks.set_text("")
            self._panels.reveal("methods")

    def check_with_captum(self, explanation: Explanation | None, index: int) -> None:
        """Test a pair by infidelity and sensitivity."""
        if explanation is not None:
            self._engine.submit(CaptumRequest(explanation.pairs[index], explanation.model.fingerprint))
            self._panels.checks.set_text("Checking …")
            self._panels.compared.set_text("")
            self._panels.reveal("faithfulness")

    def forget(self) -> None:
        """Say that another pair is on screen than the one that was checked."""
        self._panels.checks.set_text("")
        self._panels.compared.set_text("of another pair" if self._panels.compared.text else "")

    @Slot(object)
    def _answered(self, answer: Answer) -> None:
        match answer.request:
            case MethodsRequest():
                self._show_agreement(answer.value)
            case CaptumRequest():
                self._show_checks(answer.value)

    @Slot(object)
    def _ended(self, message: Failure | Stopped) -> None:
        request: Request = message.request
        if isinstance(request, MethodsRequest):
            self._panels.compared.set_text("")
        elif isinstance(request, CaptumRequest):
            self._panels.checks.set_text("")

    def _show_agreement(self, agreement: MethodAgreement) -> None:
        self._panels.methods.show_agreement(agreement)
        text = f"{counted(len(agreement.methods), 'method')} in {float(sum(agreement.seconds)):.1f} s"
        if agreement.left_out:
            text += f", {len(agreement.left_out)} left out"
        left_out = "\n".join(f"{name}: {reason}" for name, reason in agreement.left_out)
        self._panels.compared.set_text(text, left_out)

    def _show_checks(self, checks: CaptumChecks) -> None:
        numbers = f"infidelity {checks.infidelity:.2g}, sensitivity {checks.sensitivity:.2g}"
        self._panels.checks.set_text(numbers, _MEANING)
