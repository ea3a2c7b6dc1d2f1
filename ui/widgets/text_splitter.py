"""Two texts one above the other: a long one gets the room that a short one does not need."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from ui.widgets.token_heatmap import TokenHeatmap


class TextSplitter(QSplitter):
    """Shares its height out by the lengths of the texts, until a person moves the handle.

    Args:
        upper: at the top.
        lower: below it.
        least: the least height of either.
    """

    def __init__(
        self, upper: TokenHeatmap, lower: TokenHeatmap, least: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._moved = False
        self.setChildrenCollapsible(False)
        # Both texts of a pair are shown one after the other, and shared out once.
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self._share_out)
        for text in (upper, lower):
            text.setMinimumHeight(least)
            text.text_shown.connect(self._later.start)
            self.addWidget(text)
        self.splitterMoved.connect(self._keep)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._later.start()

    @Slot()
    def _keep(self) -> None:
        self._moved = True

    @Slot()
    def _share_out(self) -> None:
        room = self.height() - self.handleWidth()
        if self._moved or room <= 0:
            return
        upper, lower = (self.widget(place).picture_size().height() for place in (0, 1))
        first = room // 2
        if upper < first < lower:
            first = upper
        elif lower < first < upper:
            first = room - lower
        self.setSizes([first, room - first])
