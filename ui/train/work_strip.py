"""What the background thread is doing: how far it is, how long it will take, and how to stop it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QSizePolicy, QWidget

from ui.buttons import action_button
from ui.elided_label import ElidedLabel
from ui.plain import PlainLabel
from ui.theme import SPACE_M, SPACE_S
from ui.widgets.durations import show_fraction, stage_in_words

if TYPE_CHECKING:
    from engine.jobs import Progress
    from ui.actions import Actions

_BAR_WIDTH = 160


class WorkStrip(QWidget):
    """One line above the curves; hidden while nothing is done."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._what = PlainLabel(self)
        self._what.setAccessibleName("Work in the background")
        self._stage = ElidedLabel("Stage", self)
        self._stage.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self._bar = QProgressBar(self)
        self._bar.setAccessibleName("Progress in the background")
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(_BAR_WIDTH)
        self._bar.setMaximumHeight(8)
        self.pause = action_button(actions["train.pause"], parent=self)
        self.finish = action_button(actions["train.finish"], parent=self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_S)
        layout.setSpacing(SPACE_M)
        layout.addWidget(self._what)
        layout.addWidget(self._stage, 1)
        layout.addWidget(self._bar)
        layout.addWidget(self.pause)
        layout.addWidget(self.finish)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.hide()

    @property
    def stage(self) -> str:
        """What is said about the work."""
        return self._stage.text

    def begin(self, what: str, *, training: bool) -> None:
        """Say what is being done."""
        self._what.setText(what)
        self._stage.set_text("waiting for its turn")
        self._bar.setRange(0, 0)
        self.finish.setVisible(training)
        self.show()

    def show_progress(self, progress: Progress) -> None:
        """Say how far it is, and how long it will take."""
        self._stage.set_text(stage_in_words(progress))
        show_fraction(self._bar, progress.fraction)

    def say(self, text: str) -> None:
        """Say something in place of the stage."""
        self._stage.set_text(text)

    def end(self) -> None:
        """Nothing is being done any more."""
        self._bar.setRange(0, 1000)
        self.hide()
