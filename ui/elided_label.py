"""A label that shortens its text to the room it has; the whole is in the tooltip."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from ui.plain import plain_tip, tame

_LONGEST = 1_000


class ElidedLabel(QFrame):
    """One line of plain text."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._text = self._shown = ""
        self._note = ""

    @property
    def text(self) -> str:
        """The whole text."""
        return self._text

    def set_text(self, text: str, note: str = "") -> None:
        """Show a text; `note` is more about it, for the tooltip."""
        self._text, self._note = text, note
        # No screen is wide enough for more, and measuring a megabyte takes seconds.
        self._shown = tame(text[:_LONGEST])
        self.setAccessibleDescription(f"{text}. {note}" if note else text)
        self._explain()
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._shown) + 2, metrics.lineSpacing() + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(24, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        elided = self.fontMetrics().elidedText(self._shown, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading, elided)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._explain()

    def _explain(self) -> None:
        cut = self.fontMetrics().horizontalAdvance(self._shown) > self.width()
        self.setToolTip(
            plain_tip("\n".join(part for part in (self._text if cut else "", self._note) if part))
        )
