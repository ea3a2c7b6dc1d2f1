"""The line at the foot of the window: what the shown result is made of, and what the engine is doing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QProgressBar, QStatusBar, QWidget

from ui.actions import Actions
from ui.buttons import tool_button
from ui.elided_label import ElidedLabel
from ui.theme import SPACE_M
from ui.widgets.durations import duration

if TYPE_CHECKING:
    from engine.attribution.explainer import Explanation
    from engine.encoder import ModelInfo
    from engine.jobs import Progress

# Shorter work ends before anyone could read what it is.
SHOW_PROGRESS_AFTER_MS = 500
_PROGRESS_WIDTH = 140


class StatusLine(QStatusBar):
    """Facts of the result on the left, progress on the right."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Status")
        self.model = _fact("Model in use", self)
        self.result = ElidedLabel("Facts of the result", self)
        self.result.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self.addWidget(self.model)
        self.addWidget(self.result, 1)
        self._stage = _fact("What the engine is doing", self)
        self._bar = QProgressBar(self)
        self._bar.setAccessibleName("Progress")
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(_PROGRESS_WIDTH)
        self._bar.setMaximumHeight(8)
        self._cancel = tool_button("Cancel", "Cancel", actions["run.cancel"].toolTip(), "flat", self)
        self._cancel.clicked.connect(actions["run.cancel"].trigger)
        for widget in (self._stage, self._bar, self._cancel):
            self.addPermanentWidget(widget)
            widget.hide()
        self._delay = QTimer(self, singleShot=True, interval=SHOW_PROGRESS_AFTER_MS)
        self._delay.timeout.connect(self._show_progress)
        self.setSizeGripEnabled(True)

    def show_model(self, info: ModelInfo) -> None:
        """Name the model in use; the whole fingerprint is in the tooltip."""
        self.model.setText(f"{info.name} {info.fingerprint[:8]}")
        self.model.setToolTip(
            f"{info.folder}\nFingerprint (sha256) {info.fingerprint}\n{info.family}, {info.pooling} pooling, "
            f"{info.dimension} dimensions, {info.layers} layers, up to {info.max_tokens:,} tokens, "
            f"on {info.device}"
        )

    def show_result(self, explanation: Explanation, index: int) -> None:
        """Say which layer, how many nodes, what error and what time the shown pair has."""
        pair, request = explanation.pairs[index], explanation.request
        facts = []
        if request.method == "integrated-jacobians":
            preview = " (preview)" if explanation.preview else ""
            facts.append(f"Layer {request.layer} of {explanation.model.layers}{preview}")
            facts.append(f"{pair.query.nodes} + {pair.candidate.nodes} nodes")
        else:
            facts.append(request.method + (" (preview)" if explanation.preview else ""))
        facts.append(f"error {pair.query.error:.0e}, {pair.candidate.error:.0e}".replace("e-0", "e-"))
        facts.append(duration(explanation.seconds))
        self.result.set_text(
            "  ·  ".join(facts),
            "Layer whose inputs were varied; quadrature nodes and relative completeness error of the query "
            "and of the candidate; time from request to result",
        )

    def set_busy(self, busy: bool) -> None:
        """Say whether the engine is at work; progress appears after half a second of it."""
        if busy:
            self._delay.start()
            return
        self._delay.stop()
        for widget in (self._stage, self._bar, self._cancel):
            widget.hide()
        self._stage.setText("")

    def show_progress(self, progress: Progress) -> None:
        """Say what is being done, how far it is, and how long it will take."""
        left = progress.remaining_seconds
        eta = f", {duration(left)} left" if left is not None and left >= 1 else ""
        self._stage.setText(progress.stage + eta)
        # Without any progress known, a bar that moves says that something is going on.
        self._bar.setRange(0, 1000 if progress.fraction > 0 else 0)
        self._bar.setValue(round(1000 * progress.fraction))

    def stop(self) -> None:
        """Show no progress any more, whatever comes."""
        self.set_busy(False)

    def _show_progress(self) -> None:
        for widget in (self._stage, self._bar, self._cancel):
            widget.show()


def _fact(name: str, parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setAccessibleName(name)
    label.setContentsMargins(SPACE_M, 0, SPACE_M, 0)
    label.setForegroundRole(label.palette().ColorRole.PlaceholderText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
