"""How the lines of several runs are told apart: by dash and mark, and by colour as well."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from ui.theme import Theme

# What stands in texts for the marks that `paint_mark` draws.
MARKS = ("\N{BLACK CIRCLE}", "\N{BLACK SQUARE}", "\N{BLACK UP-POINTING TRIANGLE}", "\N{BLACK DIAMOND}", "✚")
COUNT = len(MARKS)
_DASHES = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotLine,
    Qt.PenStyle.DashDotDotLine,
)
_RADIUS = 3.4


def line_colour(number: int, theme: Theme) -> QColor:
    """Return the colour of a run's line."""
    colours = (theme.accent, theme.positive, theme.negative, theme.text, theme.muted)
    return colours[number % COUNT]


def line_pen(number: int, theme: Theme) -> QPen:
    """Return the pen of a run's line."""
    pen = QPen(line_colour(number, theme), 1.8, _DASHES[number % COUNT])
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen


def paint_mark(painter: QPainter, number: int, centre: QPointF, theme: Theme) -> None:
    """Paint the mark of a run at a point."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(line_colour(number, theme))
    r = _RADIUS
    match number % COUNT:
        case 0:
            painter.drawEllipse(centre, r, r)
        case 1:
            painter.drawRect(QRectF(centre.x() - r + 0.4, centre.y() - r + 0.4, 2 * r - 0.8, 2 * r - 0.8))
        case 2:
            painter.drawPolygon(_polygon(centre, 3, r + 1, -90))
        case 3:
            painter.drawPolygon(_polygon(centre, 4, r + 0.8, 0))
        case _:
            painter.drawRect(QRectF(centre.x() - r, centre.y() - 1, 2 * r, 2))
            painter.drawRect(QRectF(centre.x() - 1, centre.y() - r, 2, 2 * r))
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _polygon(centre: QPointF, corners: int, radius: float, turn: float) -> QPolygonF:
    angles = [math.radians(turn + 360 * corner / corners) for corner in range(corners)]
    return QPolygonF([centre + radius * QPointF(math.cos(a), math.sin(a)) for a in angles])
