"""Dims what lies below while a newer result is on its way."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

# A quick answer comes before this and nothing flickers.
DELAY_MS = 400
_OPACITY = 0.45


class Veil(QWidget):
    """Covers its parent with a share of the background; the mouse goes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._delay = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._delay.timeout.connect(self._cover)
        parent.installEventFilter(self)
        self.hide()

    def set_drawn(self, drawn: bool) -> None:
        """Draw the veil after a moment, or take it away at once."""
        if drawn and self.isHidden() and not self._delay.isActive():
            self._delay.start()
        elif not drawn:
            self._delay.stop()
            self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.setGeometry(self.parentWidget().rect())
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        colour = QColor(self.palette().window().color())
        colour.setAlphaF(_OPACITY)
        QPainter(self).fillRect(event.rect(), colour)

    def _cover(self) -> None:
        self.setGeometry(self.parentWidget().rect())
        self.raise_()
        self.show()
