"""What stands in place of the features while there are none to show: why, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from ui.actions import Actions
from ui.empty_state import EmptyState
from ui.navigator import Navigator


class EmptyConcepts(EmptyState):
    """Says what the page waits for."""

    def __init__(self, actions: Actions, navigator: Navigator, parent: QWidget | None = None) -> None:
        super().__init__("shapes", parent)
        self._actions, self._navigator = actions, navigator

    def show_no_workspace(self) -> None:
        """Say that no workspace is open."""
        self.say(
            "No workspace is open.",
            "A workspace holds documents, their vectors, and the features learnt from them.",
            "Open the sample workspace",
            self._actions["file.sample"].trigger,
            ("Make one from documents…", self._actions["file.corpus"].trigger),
        )

    def show_no_features(self) -> None:
        """Say that features are to be trained first."""
        self.say(
            "This workspace has no features yet.",
            "Train a sparse autoencoder on its documents; its features appear here.",
            "Go to Train",
            lambda: self._navigator.page_asked.emit("Train"),
        )

    def show_reading(self, dictionary: str) -> None:
        """Say that the features of an autoencoder are on the way."""
        self.say("Reading the features …", dictionary)

    def show_refused(self, why: str, again: Callable[[], object]) -> None:
        """Say why the features cannot be read; `again` tries once more."""
        self.say("These features cannot be shown.", why, "Try again", again)

    def show_stopped(self, again: Callable[[], object]) -> None:
        """Say that a person has stopped the reading; `again` reads them after all."""
        self.say("Stopped.", "The features were not read.", "Read them", again)
