"""The map of the features: alike ones lie together, clusters are coloured and named."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QToolTip, QWidget

from ui.accessible import tell
from ui.colours import blend
from ui.concepts.cluster_colours import cluster_colours
from ui.concepts.map_names import paint_name, paint_tag, place_names, place_tag
from ui.concepts.requests import Cluster, FeatureRow
from ui.widgets.canvas import Canvas
from ui.widgets.numbers import counted, tip

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_MARGIN = 24
_REACH = 12  # pixels between the pointer and the point that it means
_MOST_ZOOM = 40.0
_DRAG = 6  # pixels from which on a press is a drag
_NAMED_AT_FIRST = 14


class FeatureMap(Canvas):
    """Thousands of points, painted once for each view and kept; hover and choice are painted above.

    The wheel zooms, a drag moves, a double click shows all; arrow keys go from point to point.
    """

    hovered = Signal(object)  # id of a feature, or None
    feature_chosen = Signal(int)
    cluster_chosen = Signal(int)  # index of a cluster whose name was clicked

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            "Map of the features, alike ones together",
            "The map is drawn in the background; it appears here.",
            parent,
        )
        self._rows: tuple[FeatureRow, ...] = ()
        self._places = np.zeros((0, 2))
        self._shown = np.zeros(0, dtype=int)  # features that have a place
        self._cluster_of = np.zeros(0, dtype=int)
        self._clusters: tuple[Cluster, ...] = ()
        self._wanted: tuple[int, ...] | None = None  # features that are searched for
        self._matching: np.ndarray | None = None
        self._current: int | None = None
        self._hovered: int | None = None
        self._zoom, self._centre = 1.0, np.array([0.5, 0.5])
        self._pixels = np.zeros((0, 2))
        self._kept: QPixmap | None = None
        self._dimmed: QPixmap | None = None
        self._names: list[tuple[QRectF, int]] = []
        self._pressed: QPointF | None = None
        self._dragged = self._in_picture = False
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_rows(self, rows: tuple[FeatureRow, ...]) -> None:
        """Take the names of the features."""
        self._rows = rows
        self.viewport().update()

    def show_map(self, positions: np.ndarray | None, clusters: tuple[Cluster, ...]) -> None:
        """Show places (F, 2), nan for features that have none, and their clusters; None for no map."""
        places = np.zeros((0, 2)) if positions is None else np.asarray(positions, dtype=float)
        self._shown = np.flatnonzero(np.isfinite(places).all(axis=1))
        if len(self._shown):
            low, high = places[self._shown].min(axis=0), places[self._shown].max(axis=0)
            places = (places - low) / np.where(high > low, high - low, 1.0)
        self._places, self._clusters = places, clusters
        self._cluster_of = np.full(len(places), -1)
        for number, cluster in enumerate(clusters):
            self._cluster_of[list(cluster.features)] = number
        self._hovered = None
        self._match()
        self._fit()
        self.setAccessibleDescription(
            f"{counted(len(self._shown), 'feature')} in {counted(len(clusters), 'cluster')}: "
            + "; ".join(cluster.name for cluster in clusters[:8])
        )
        self.content_changed()

    def show_matching(self, features: tuple[int, ...] | None) -> None:
        """Dim all features but these; None dims none."""
        self._wanted = features
        self._match()
        self.viewport().update()

    def choose(self, feature: int | None) -> None:
        """Mark a feature as the chosen one."""
        self._current = feature
        self.viewport().update()

    def hover(self, feature: int | None) -> None:
        """Mark a feature that is pointed at somewhere else."""
        self._hovered = feature
        self.viewport().update()

    # -- the view --------------------------------------------------------------------------------------

    def has_content(self) -> bool:
        return len(self._shown) > 0

    def lay_out(self, width: int) -> int:
        size = self._size()
        middle = size / 2 + _MARGIN
        self._pixels = middle + (self._places - self._centre) * size * self._zoom
        self._kept = self._dimmed = None
        return self.viewport().height()

    def resizeEvent(self, event: QEvent) -> None:
        self._laid_out_for = -1
        super().resizeEvent(event)

    def paint_picture(self, painter: QPainter) -> None:
        self._in_picture = True
        try:
            super().paint_picture(painter)
        finally:
            self._in_picture = False

    def paint_content(self, painter: QPainter, width: int, top: int, bottom: int) -> None:
        if self._in_picture:
            self._paint_points(painter)
        else:
            if self._kept is None or self._dimmed is None:
                # Both at once: the first key that somebody types should not wait for the second.
                self._kept, self._dimmed = self._pixmap(), self._pixmap(dimmed=True)
            painter.drawPixmap(0, 0, self._kept if self._matching is None else self._dimmed)
            if self._matching is not None:
                self._paint_bright(painter)
        self._paint_names(painter)
        self._paint_marks(painter)

    # -- pointer and keys ------------------------------------------------------------------------------

    def mousePressEvent(self, event: QEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragged = event.position(), False

    def mouseMoveEvent(self, event: QEvent) -> None:
        position = event.position()
        if self._pressed is None:
            self._point_at(position)
        elif self._dragged or (position - self._pressed).manhattanLength() > _DRAG:
            step = position - self._pressed
            self._dragged, self._pressed = True, position
            moved = self._centre - np.array([step.x(), step.y()]) / self._size() / self._zoom
            self._centre = np.clip(moved, 0.0, 1.0)
            self.content_changed()

    def mouseReleaseEvent(self, event: QEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is None or self._dragged or event.button() != Qt.MouseButton.LeftButton:
            return
        feature, name = self._feature_at(pressed), self._name_at(pressed)
        if feature is not None:
            self.feature_chosen.emit(feature)
        elif name is not None:
            self.cluster_chosen.emit(name)

    def mouseDoubleClickEvent(self, event: QEvent) -> None:
        self._fit()
        self.content_changed()

    def wheelEvent(self, event: QEvent) -> None:
        steps = event.angleDelta().y() / 120
        if self.has_content() and steps:
            offset = np.array([event.position().x(), event.position().y()]) - _MARGIN - self._size() / 2
            before = self._zoom
            self._zoom = min(max(before * 1.25**steps, 1.0), _MOST_ZOOM)
            # What lies under the pointer stays there.
            self._centre = self._centre + offset / self._size() * (1 / before - 1 / self._zoom)
            if self._zoom == 1.0:
                self._fit()
            self.content_changed()
        event.accept()

    def pointer_left(self) -> None:
        super().pointer_left()
        if self._hovered is not None:
            self.hover(None)
            self.hovered.emit(None)

    def keyPressEvent(self, event: QEvent) -> None:
        steps = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        if event.key() in steps and self.has_content():
            following = self._beside(np.array(steps[event.key()], dtype=float))
            if following is not None:
                self.feature_chosen.emit(following)
                tell(self)
        elif event.key() in _ENTER and self._cluster_of_current() is not None:
            self.cluster_chosen.emit(self._cluster_of_current())
        else:
            super().keyPressEvent(event)

    def told(self) -> str:
        current = self._current
        if current is None or current >= min(len(self._rows), len(self._places)):
            return ""
        cluster = self._cluster_of_current()
        return self._rows[current].name + ("" if cluster is None else f", of {self._clusters[cluster].name}")

    # -- inside ----------------------------------------------------------------------------------------

    def _match(self) -> None:
        """Mark what is searched for on the map that is shown, which may have come after the search."""
        self._matching = None
        if self._wanted is not None:
            self._matching = np.zeros(len(self._places), dtype=bool)
            self._matching[[feature for feature in self._wanted if feature < len(self._places)]] = True

    def _fit(self) -> None:
        self._zoom, self._centre = 1.0, np.array([0.5, 0.5])

    def _cluster_of_current(self) -> int | None:
        if self._current is None or self._current >= len(self._cluster_of):
            return None
        cluster = int(self._cluster_of[self._current])
        return None if cluster < 0 else cluster

    def _size(self) -> np.ndarray:
        area = self.viewport().rect()
        return np.array([max(area.width() - 2 * _MARGIN, 1.0), max(area.height() - 2 * _MARGIN, 1.0)])

    def _point_at(self, position: QPointF) -> None:
        feature = self._feature_at(position)
        over = feature is not None or self._name_at(position) is not None
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)
        if feature is None:
            QToolTip.hideText()
        else:
            self.show_tip(position.toPoint(), self._tip(feature))
        if feature != self._hovered:
            self.hover(feature)
            self.hovered.emit(feature)

    def _beside(self, direction: np.ndarray) -> int | None:
        """Return the nearest feature in a direction from the chosen one."""
        if self._current is None or self._current >= len(self._pixels):
            return int(self._shown[0])
        offsets = self._pixels[self._shown] - self._pixels[self._current]
        along = offsets @ direction
        across = np.abs(offsets @ direction[::-1])
        cost = np.where(along > 0.5, along + 2 * across, np.inf)
        best = int(np.argmin(cost))
        return int(self._shown[best]) if np.isfinite(cost[best]) else None

    def _feature_at(self, position: QPointF) -> int | None:
        if not len(self._shown):
            return None
        distance = np.hypot(*(self._pixels[self._shown] - [position.x(), position.y()]).T)
        if self._matching is not None:
            distance = np.where(self._matching[self._shown], distance, distance + _REACH / 2)
        nearest = int(distance.argmin())
        return int(self._shown[nearest]) if distance[nearest] <= _REACH else None

    def _name_at(self, position: QPointF) -> int | None:
        return next((number for rect, number in self._names if rect.contains(position)), None)

    def _pixmap(self, dimmed: bool = False) -> QPixmap:
        ratio = self.devicePixelRatioF()
        kept = QPixmap(self.viewport().size() * ratio)
        kept.setDevicePixelRatio(ratio)
        kept.fill(self.theme.surface)
        painter = QPainter(kept)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if dimmed:
                self._paint_dimmed(painter, self._shown)
            else:
                self._paint_coloured(painter, self._shown)
        finally:
            # A painter that outlives its device ends the program.
            painter.end()
        return kept

    def _paint_points(self, painter: QPainter) -> None:
        if self._matching is not None:
            self._paint_dimmed(painter, self._shown[~self._matching[self._shown]])
        self._paint_bright(painter)

    def _paint_dimmed(self, painter: QPainter, features: np.ndarray) -> None:
        self._paint_dots(painter, features, blend(self.theme.surface, self.theme.muted, 0.18))

    def _paint_bright(self, painter: QPainter) -> None:
        """Paint the features that are searched for, or all of them."""
        found = self._shown if self._matching is None else self._shown[self._matching[self._shown]]
        self._paint_coloured(painter, found)

    def _paint_coloured(self, painter: QPainter, features: np.ndarray) -> None:
        """Paint features in the colours of their clusters."""
        colours = cluster_colours(self.theme, len(self._clusters))
        numbers = self._cluster_of[features]
        for number in np.unique(numbers):
            colour = colours[number] if number >= 0 else blend(self.theme.surface, self.theme.muted, 0.55)
            self._paint_dots(painter, features[numbers == number], colour)

    def _paint_dots(self, painter: QPainter, features: np.ndarray, colour: QColor) -> None:
        radius = min(2.4 + 0.6 * (self._zoom - 1) ** 0.5, 5.0)
        size = np.array([self.viewport().width(), self.viewport().height()])
        places = self._pixels[features]
        inside = ((places > -_REACH) & (places < size + _REACH)).all(axis=1)
        points = [QPointF(x, y) for x, y in places[inside].tolist()]
        if points:
            # Round caps of a wide pen: one call for all dots of a colour.
            pen = QPen(colour, 2 * radius)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPoints(points)

    def _paint_names(self, painter: QPainter) -> None:
        """Write the names of the largest clusters in view, where they do not cover one another."""
        named = (
            (cluster.name, QPointF(*np.median(self._pixels[list(cluster.features)], axis=0)))
            for cluster in self._clusters
        )
        most, area = round(_NAMED_AT_FIRST * self._zoom), QRectF(self.viewport().rect())
        self._names = place_names(named, most, self.font(), area)
        for rect, number in self._names:
            paint_name(painter, rect, self._clusters[number].name, self.font(), self.theme)

    def _paint_marks(self, painter: QPainter) -> None:
        """Ring and name the chosen feature and the one that is pointed at, which comes last."""
        area = QRectF(self.viewport().rect())
        taken = [rect for rect, _number in self._names]
        for feature, colour, radius in (
            (self._current, self.theme.accent, 7.0),
            (self._hovered, self.theme.text, 6.0),
        ):
            if feature is None or feature >= len(self._pixels) or not np.isfinite(self._pixels[feature, 0]):
                continue
            point = QPointF(*self._pixels[feature])
            painter.setPen(QPen(colour, 2.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(point, radius, radius)
            if feature < len(self._rows) and area.contains(point):
                name = self._rows[feature].name
                rect = place_tag(name, point, self.font(), area, taken)
                taken.append(rect)
                paint_tag(painter, rect, name, point, self.font(), self.theme, radius)

    def _tip(self, feature: int) -> str:
        row = self._rows[feature] if feature < len(self._rows) else None
        number = int(self._cluster_of[feature])
        cluster = f"cluster: {self._clusters[number].name}" if number >= 0 else "in no cluster"
        return tip(row.name if row is not None else f"feature {feature}", cluster)
