"""A slider whose zero is in the middle, filled from there to where it stands."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider, QWidget

from ui.colours import blend
from ui.theme import Theme

_GROOVE = 4
_HANDLE = 14
_ZERO_MARK, _TICK = 14, 4


class BalanceSlider(QSlider):
    """A horizontal slider from -`most` to `most`, with a tick at each `step` and a longer one at zero.

    Args:
        name: the accessible name.
        most: the largest value, the same in both directions.
        step: between ticks, and what Page Up adds.
    """

    def __init__(self, name: str, most: int, step: int, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.theme = Theme.for_system()
        self.setAccessibleName(name)
        self.setRange(-most, most)
        self.setPageStep(step)
        self.setTickInterval(step)
        self.setTickPosition(QSlider.TickPosition.TicksBelow)

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme from now on."""
        self.theme = theme
        self.update()

    def filled(self) -> QRectF:
        """Return the stretch of the groove that is coloured: from zero to where the handle stands."""
        zero, now = self._place(0), self._place(self.value())
        left, right = min(zero.x(), now.x()), max(zero.x(), now.x())
        return QRectF(left, now.y() - _GROOVE / 2, right - left, _GROOVE)

    def paintEvent(self, event: QEvent) -> None:
        theme, handle = self.theme, self._place(self.value())
        first, last = self._place(self.minimum()), self._place(self.maximum())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ticks(painter)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.outline)
        middle = handle.y() - _GROOVE / 2
        groove = QRectF(min(first.x(), last.x()), middle, abs(last.x() - first.x()), _GROOVE)
        painter.drawRoundedRect(groove, _GROOVE / 2, _GROOVE / 2)
        if self.isEnabled():
            painter.setBrush(theme.positive if self.value() > 0 else theme.negative)
            painter.drawRect(self.filled())
        edge = theme.accent if self.hasFocus() or self.isSliderDown() else theme.muted
        painter.setPen(QPen(edge, 2.0 if self.hasFocus() else 1.2))
        painter.setBrush(blend(theme.surface, edge, 0.25 if self.underMouse() else 0.0))
        painter.drawEllipse(handle, _HANDLE / 2 - 1, _HANDLE / 2 - 1)

    def _paint_ticks(self, painter: QPainter) -> None:
        painter.setPen(QPen(self.theme.muted, 1.0))
        for value in range(self.minimum(), self.maximum() + 1, self.tickInterval()):
            place = self._place(value)
            top = place.y() + _HANDLE / 2 + 1
            first = place.y() - _ZERO_MARK / 2 if value == 0 else top
            painter.drawLine(QPointF(place.x(), first), QPointF(place.x(), top + _TICK))

    def _place(self, value: int) -> QPointF:
        """Return where the middle of the handle is at a value: there the pointer takes hold of it."""
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        option.sliderPosition = value
        part = QStyle.SubControl.SC_SliderHandle
        handle = self.style().subControlRect(QStyle.ComplexControl.CC_Slider, option, part, self)
        return QRectF(handle).center()
