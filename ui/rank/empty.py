"""What stands in place of the hits while there are none: what to do about it."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from ui.actions import Actions
from ui.empty_state import EmptyState
from ui.widgets.numbers import counted


class EmptyRank(EmptyState):
    """Says what the search waits for."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__("list-ordered", parent)
        self._actions = actions

    def show_no_texts(self) -> None:
        """Say that texts of one's own are to be written."""
        self.say(
            "Write a query, and below it the texts to be ranked by it, one on each line.",
            "They appear here in the order that the model gives them.",
        )

    def show_no_workspace(self) -> None:
        """Say that there are no documents to search."""
        self.say(
            "No workspace is open.",
            "Its documents are ranked here, each with the words that drove it. Texts of your own can be "
            "ranked without one.",
            "Open the sample workspace",
            self._actions["file.sample"].trigger,
            ("Make one from documents…", self._actions["file.corpus"].trigger),
        )

    def show_searching(self) -> None:
        """Say that hits are on their way."""
        self.say("Searching …", "The hits appear here, best first.")

    def show_no_query(self, documents: int) -> None:
        """Say that a query is to be written, and what can be done with its hits."""
        self.say(
            f"Write a query above: {counted(documents, 'document')} will be ranked by it.",
            "Every hit shows the words that drove it; beside the list you can compare two hits, ask why "
            "a document is missing, edit texts, and steer.",
        )
