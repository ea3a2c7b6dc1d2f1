"""What is written on the map of the features: names of clusters, and tags of single points."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from ui.theme import SPACE_M, SPACE_S, Theme

_LONGEST_NAME, _LONGEST_TAG = 220, 200  # pixels
_OPAQUE = 0.82


def name_font(font: QFont) -> QFont:
    """Return the font of the names of clusters."""
    bold = QFont(font)
    bold.setWeight(QFont.Weight.DemiBold)
    return bold


def place_names(
    named: Iterable[tuple[str, QPointF]], most: int, font: QFont, area: QRectF
) -> list[tuple[QRectF, int]]:
    """Return where names can stand without covering one another, and their places in `named`.

    Args:
        named: names and the points that they are centred on, the most important ones first.
        most: how many names there may be.
        font: of the names.
        area: what can be seen; a name at its edge is moved inside.
    """
    metrics = QFontMetricsF(name_font(font))
    placed: list[tuple[QRectF, int]] = []
    for number, (name, middle) in enumerate(named):
        if len(placed) >= most:
            break
        rect = _room(metrics, _cut(metrics, name, _LONGEST_NAME), 2)
        rect.moveCenter(middle)
        if not area.intersects(rect):
            continue
        rect = _inside(rect, area)
        if not any(rect.adjusted(-SPACE_S, -2, SPACE_S, 2).intersects(other) for other, _ in placed):
            placed.append((rect, number))
    return placed


def place_tag(name: str, point: QPointF, font: QFont, area: QRectF, taken: Sequence[QRectF]) -> QRectF:
    """Return where the tag of a point can stand: beside, above or below it, and on nothing if it can."""
    metrics = QFontMetricsF(font)
    rect = _room(metrics, _cut(metrics, name, _LONGEST_TAG), 4)
    aside, above = SPACE_M + 2 + rect.width() / 2, SPACE_M + 2 + rect.height() / 2
    beside = [QPointF(aside, 0), QPointF(-aside, 0), QPointF(0, -above), QPointF(0, above)]
    corners = [QPointF(x, y) for y in (-above, above) for x in (aside, -aside)]
    # Further off it still stands beside its point, and a line leads to it.
    further = [QPointF(0, side * above * step) for step in (2, 3) for side in (-1, 1)]
    places = []
    for offset in (*beside, *corners, *further):
        place = QRectF(rect)
        place.moveCenter(point + offset)
        places.append(_inside(place, area))

    def covered(place: QRectF) -> float:
        own = QRectF(point.x() - SPACE_M, point.y() - SPACE_M, 2 * SPACE_M, 2 * SPACE_M)
        over = (place.intersected(other) for other in (*taken, own))
        return sum(each.width() * each.height() for each in over)

    return min(places, key=covered)


def paint_name(painter: QPainter, rect: QRectF, name: str, font: QFont, theme: Theme) -> None:
    """Write the name of a cluster where `place_names` put it."""
    back = QColor(theme.surface)
    back.setAlphaF(_OPAQUE)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(back)
    painter.drawRoundedRect(rect, 3, 3)
    _write(painter, rect, name, name_font(font), theme, _LONGEST_NAME)


def paint_tag(
    painter: QPainter, rect: QRectF, name: str, point: QPointF, font: QFont, theme: Theme, radius: float
) -> None:
    """Write the tag of a point where `place_tag` put it, with a line from the ring around the point."""
    nearest = QPointF(
        min(max(point.x(), rect.left()), rect.right()), min(max(point.y(), rect.top()), rect.bottom())
    )
    way = nearest - point
    length = (way.x() ** 2 + way.y() ** 2) ** 0.5
    painter.setPen(QPen(theme.accent, 1))
    if length > radius:
        painter.drawLine(point + way * (radius / length), nearest)
    painter.setBrush(theme.surface)
    painter.drawRoundedRect(rect, 3, 3)
    _write(painter, rect, name, font, theme, _LONGEST_TAG)


def _write(painter: QPainter, rect: QRectF, name: str, font: QFont, theme: Theme, longest: float) -> None:
    painter.setFont(font)
    painter.setPen(theme.text)
    text = _cut(QFontMetricsF(font), name, longest)
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine, text)


def _cut(metrics: QFontMetricsF, name: str, longest: float) -> str:
    return metrics.elidedText(name, Qt.TextElideMode.ElideRight, longest)


def _room(metrics: QFontMetricsF, text: str, above: int) -> QRectF:
    return QRectF(0, 0, metrics.horizontalAdvance(text) + 2 * SPACE_S, metrics.height() + above)


def _inside(rect: QRectF, area: QRectF) -> QRectF:
    """Return a rectangle moved so that it can be seen whole, as far as it fits."""
    moved = QRectF(rect)
    moved.moveLeft(min(max(rect.left(), SPACE_S), max(area.right() - rect.width() - SPACE_S, SPACE_S)))
    moved.moveTop(min(max(rect.top(), SPACE_S), max(area.bottom() - rect.height() - SPACE_S, SPACE_S)))
    return moved
