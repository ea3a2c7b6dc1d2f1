"""What a list, a table or a tree says while there is nothing in it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtWidgets import QAbstractItemView

from ui.plain import PlainLabel
from ui.theme import SPACE_L


class EmptyText(PlainLabel):
    """Words in the middle of a view, which go as soon as there are rows.

    Args:
        view: over whose viewport the words stand; its model stays the same.
        text: what will be there, and what to do for it.
    """

    def __init__(self, view: QAbstractItemView, text: str) -> None:
        super().__init__(text, view.viewport())
        self._view = view
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMargin(SPACE_L)
        self.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        model = view.model()
        for signal in (model.rowsInserted, model.rowsRemoved, model.modelReset, model.layoutChanged):
            signal.connect(self._look)
        view.viewport().installEventFilter(self)
        self._look()

    def say(self, text: str) -> None:
        """Say something else."""
        self.setText(text)
        self._look()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.resize(watched.size())
        return False

    @Slot()
    def _look(self) -> None:
        empty = self._view.model().rowCount() == 0
        self.setVisible(empty and bool(self.text()))
        self.resize(self._view.viewport().size())
        # Whoever does not see the words hears them with the name of the view.
        self._view.setAccessibleDescription(self.text() if empty else "")
