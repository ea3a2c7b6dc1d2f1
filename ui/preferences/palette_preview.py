"""What a diverging palette looks like: the scale, and words on it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme import RADIUS, SPACE_M, SPACE_S, Theme, colour_scale
from ui.widgets.legend import paint_scale

_WORDS = (("less", -1.0), ("fewer", -0.5), ("some", 0.0), ("more", 0.5), ("most", 1.0))
_SCALE_WIDTH = 200


class PalettePreview(QWidget):
    """A strip of colours from one end to the other, and five words as a heatmap would paint them."""

    def __init__(self, palette: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.palette_name = palette
        self._theme = Theme.for_system(palette)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        """Show how the palette looks in a theme, whatever palette that theme has."""
        self._theme = Theme.named(theme.name, self.palette_name)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_SCALE_WIDTH + 200, self.fontMetrics().height() + 2 * SPACE_S)

    def paintEvent(self, event: QEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = self.fontMetrics()
        height = metrics.height() + SPACE_S
        top = (self.height() - height) / 2
        paint_scale(painter, QRectF(1, top, _SCALE_WIDTH, height), self._theme)
        x = 1 + _SCALE_WIDTH + SPACE_M
        scale = colour_scale(self._theme)
        for word, value in _WORDS:
            box = QRectF(x, top, metrics.horizontalAdvance(word) + SPACE_M, height)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(scale.colour(value, 1.0))
            painter.drawRoundedRect(box, RADIUS / 2, RADIUS / 2)
            painter.setPen(scale.text_colour(value, 1.0))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, word)
            x = box.right() + SPACE_S
