"""The line at the foot of the window: what the shown result is made of, and what the engine is doing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QStatusBar, QWidget

from ui.actions import Actions
from ui.buttons import follow_tip, tool_button
from ui.elided_label import ElidedLabel
from ui.plain import PlainLabel, plain_tip
from ui.theme import SPACE_M, SPACE_S
from ui.widgets.durations import duration, show_fraction, stage_in_words
from ui.widgets.numbers import MINUS

if TYPE_CHECKING:
    from engine.attribution.explainer import Explanation
    from engine.encoder import ModelInfo
    from engine.jobs import Progress

# Shorter work ends before anyone could read what it is.
SHOW_PROGRESS_AFTER_MS = 500
_PROGRESS_WIDTH = 120
# Longer stages are cut short; the whole is in the tooltip.
_STAGE_WIDTH = 440


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
        self.background = _WorkShown(
            "Work in the background", actions["run.stop"], "Stop", at_once=True, parent=self
        )
        self.engine = _WorkShown("What the engine is doing", actions["run.cancel"], "Cancel", parent=self)
        self.addPermanentWidget(self.background)
        self.addPermanentWidget(self.engine)
        self.setSizeGripEnabled(True)

    def show_model(self, info: ModelInfo) -> None:
        """Name the model in use; the whole fingerprint is in the tooltip."""
        self.model.setText(f"{info.name} {info.fingerprint[:8]}")
        self.model.setToolTip(
            plain_tip(
                f"{info.folder}\nFingerprint (sha256) {info.fingerprint}\n"
                f"{info.family}, {info.pooling} pooling, "
                f"{info.dimension} dimensions, {info.layers} layers, up to {info.max_tokens:,} tokens, "
                f"on {info.device}"
            )
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
        errors = f"error {pair.query.error:.0e}, {pair.candidate.error:.0e}"
        facts.append(errors.replace("e-0", f"e{MINUS}"))
        facts.append(duration(explanation.seconds))
        self.result.set_text(
            "  ·  ".join(facts),
            "Layer whose inputs were varied; quadrature nodes and relative completeness error of the query "
            "and of the candidate; time from request to result",
        )

    def stop(self) -> None:
        """Show no progress any more, whatever comes."""
        self.background.end()
        self.engine.end()


class _WorkShown(QWidget):
    """What one thread of the engine is doing, how far it is, and a button that ends it; hidden while idle.

    Args:
        name: of what is said here, for screen readers.
        action: stops the work.
        text: of the button.
        at_once: show work as soon as it begins; else after half a second of it.
    """

    def __init__(
        self, name: str, action: QAction, text: str, *, at_once: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._title = ""
        self._at_once = at_once
        self._stage = ElidedLabel(name, self)
        self._stage.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self._stage.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._stage.setMaximumWidth(_STAGE_WIDTH)
        self._bar = QProgressBar(self)
        self._bar.setAccessibleName(f"{name}: progress")
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(_PROGRESS_WIDTH)
        self._bar.setMaximumHeight(8)
        button = tool_button(text, f"{name}: {text.lower()}", look="flat", parent=self)
        button.clicked.connect(action.trigger)
        follow_tip(button, action)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE_M, 0, 0, 0)
        layout.setSpacing(SPACE_S)
        layout.addWidget(self._stage, 1)
        layout.addWidget(self._bar)
        layout.addWidget(button)
        self._delay = QTimer(self, singleShot=True, interval=SHOW_PROGRESS_AFTER_MS)
        self._delay.timeout.connect(self.show)
        self.hide()

    @property
    def stage(self) -> str:
        """What is said about the work."""
        return self._stage.text

    def begin(self, title: str = "") -> None:
        """Show work that has begun; `title` says whose it is."""
        self._title = title
        self._stage.set_text(title)
        show_fraction(self._bar, 0)
        if self._at_once:
            self.show()
        else:
            self._delay.start()

    def show_progress(self, progress: Progress) -> None:
        """Say what is being done, how far it is, and how long it will take."""
        stage = stage_in_words(progress)
        self._stage.set_text(f"{self._title}: {stage}" if self._title else stage)
        show_fraction(self._bar, progress.fraction)

    def say_stopping(self) -> None:
        """Say that the work has been asked to stop."""
        self._stage.set_text(f"{self._title}: stopping …")

    def end(self) -> None:
        """Nothing is being done any more."""
        self._delay.stop()
        self._stage.set_text("")
        # A bar that moves to and fro costs time even where nobody sees it.
        self._bar.setRange(0, 1)
        self.hide()


def _fact(name: str, parent: QWidget) -> QLabel:
    label = PlainLabel(parent)
    label.setAccessibleName(name)
    label.setContentsMargins(SPACE_M, 0, SPACE_M, 0)
    label.setForegroundRole(label.palette().ColorRole.PlaceholderText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
