"""How often the features of a group fire together, as a heatmap with their names."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from ui.accessible import tell
from ui.concepts.requests import Coactivation, FeatureRow
from ui.theme import SPACE_M, SPACE_S, colour_scale
from ui.widgets.canvas import Canvas
from ui.widgets.labels import widest
from ui.widgets.legend import paint_scale
from ui.widgets.numbers import isolated_word, plain, signed, tip

_LEAST_NAMED = 9  # pixels of a cell from which its row can be named
_SCALE_WIDTH = 120


class CoactivationPlot(Canvas):
    """A square of cells; hover says what a cell is, a click goes to the feature of its row."""

    hovered = Signal(object)  # id of a feature, or None
    feature_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Co-activation", "Choose a cluster of the map: its features appear here.", parent)
        self._shown: Coactivation | None = None
        self._rows: tuple[FeatureRow, ...] = ()
        self._image = QImage()
        self._current: int | None = None
        self._over: tuple[int, int] | None = None

    def show_rows(self, rows: tuple[FeatureRow, ...]) -> None:
        """Take the names of the features."""
        self._rows = rows
        self.content_changed()

    def show_matrix(self, found: Coactivation | None) -> None:
        """Show how features of a group fire together, None for nothing."""
        self._shown, self._over = found, None
        if found is not None and len(found.features) > 1:
            apart = ~np.eye(len(found.features), dtype=bool)
            row, column = np.unravel_index(np.argmax(np.where(apart, found.matrix, -np.inf)), apart.shape)
            self.setAccessibleDescription(
                f"{found.title}, {found.measure}. Strongest: {self._name(int(row))} and "
                f"{self._name(int(column))}, {signed(float(found.matrix[row, column]), 1.0)}."
            )
        self.content_changed()

    def choose(self, feature: int | None) -> None:
        """Mark the row and column of a feature."""
        self._current = feature
        self.viewport().update()

    def has_content(self) -> bool:
        return self._shown is not None and len(self._shown.features) > 0

    def resizeEvent(self, event: QEvent) -> None:
        self._laid_out_for = -1
        super().resizeEvent(event)

    def content_changed(self) -> None:
        if self.has_content():
            limit = self._limit()
            scale = np.clip((self._shown.matrix + limit) / (2 * limit) * 256, 0, 255).astype(int)
            table = colour_scale(self.theme).lookup_table()
            pixels = np.ascontiguousarray(table[scale])
            count = len(self._shown.features)
            image = QImage(pixels.tobytes(), count, count, 4 * count, QImage.Format.Format_RGBA8888)
            self._image = image.copy()
        super().content_changed()

    def lay_out(self, width: int) -> int:
        return max(self.viewport().height(), 120)

    def paint_content(self, painter: QPainter, width: int, top: int, bottom: int) -> None:
        metrics = self.fontMetrics()
        head = QRectF(SPACE_M, SPACE_S, width - _SCALE_WIDTH - 3 * SPACE_M, metrics.height())
        painter.setPen(self.theme.text)
        title = f"{self._shown.title}  ·  {self._shown.measure}"
        side = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(
            head, side, metrics.elidedText(title, Qt.TextElideMode.ElideRight, int(head.width()))
        )
        self._paint_legend(painter, width)
        square = self._square(width)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(square, self._image)
        cell = square.height() / len(self._shown.features)
        painter.setPen(self.theme.text)
        if cell >= _LEAST_NAMED:
            font = painter.font()
            font.setPixelSize(int(min(cell - 1, metrics.height() - 2)))
            painter.setFont(font)
            for row in range(len(self._shown.features)):
                box = QRectF(SPACE_M, square.top() + row * cell, square.left() - 2 * SPACE_M, cell)
                text = painter.fontMetrics().elidedText(
                    self._name(row), Qt.TextElideMode.ElideRight, int(box.width())
                )
                painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._current in self._shown.features:
            place = self._shown.features.index(self._current)
            painter.setPen(QPen(self.theme.accent, 1.5))
            painter.drawRect(QRectF(square.left(), square.top() + place * cell, square.width(), cell))
            painter.drawRect(QRectF(square.left() + place * cell, square.top(), cell, square.height()))
        if self._over is not None:
            row, column = self._over
            painter.setPen(QPen(self.theme.text, 1.5))
            painter.drawRect(QRectF(square.left() + column * cell, square.top() + row * cell, cell, cell))

    def mouseMoveEvent(self, event: QEvent) -> None:
        over = self._cell_at(event.position())
        if over != self._over:
            self._over = over
            self.viewport().update()
            self.hovered.emit(None if over is None else self._shown.features[over[0]])
        if over is None:
            QToolTip.hideText()
            return
        row, column = over
        value = signed(float(self._shown.matrix[row, column]), 1.0)
        self.show_tip(
            event.position().toPoint(),
            tip(self._name(row), self._name(column), f"{value} {self._shown.measure}"),
        )

    def mousePressEvent(self, event: QEvent) -> None:
        cell = self._cell_at(event.position())
        if cell is not None and event.button() == Qt.MouseButton.LeftButton:
            self.feature_chosen.emit(self._shown.features[cell[0]])

    def keyPressEvent(self, event: QEvent) -> None:
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if event.key() in steps and self.has_content():
            features = self._shown.features
            here = features.index(self._current) if self._current in features else -1
            self.feature_chosen.emit(features[min(max(here + steps[event.key()], 0), len(features) - 1)])
            tell(self)
        else:
            super().keyPressEvent(event)

    def pointer_left(self) -> None:
        super().pointer_left()
        if self._over is not None:
            self._over = None
            self.viewport().update()
            self.hovered.emit(None)

    def told(self) -> str:
        if not self.has_content() or self._current not in self._shown.features:
            return ""
        row = self._shown.features.index(self._current)
        others = [place for place in range(len(self._shown.features)) if place != row]
        if not others:
            return self._name(row)
        values = self._shown.matrix[row]
        best = max(others, key=lambda place: values[place])
        return f"{self._name(row)}, most with {self._name(best)}, {signed(float(values[best]), 1.0)}"

    # -- inside ----------------------------------------------------------------------------------------

    def _limit(self) -> float:
        """The largest value off the diagonal, which is 1 by itself and would drown the others."""
        apart = self._shown.matrix[~np.eye(len(self._shown.features), dtype=bool)]
        return float(np.abs(apart).max(initial=0.0)) or 1.0

    def _paint_legend(self, painter: QPainter, width: int) -> None:
        metrics = self.fontMetrics()
        limit = f"±{plain(self._limit(), 2)}"
        bar = QRectF(width - _SCALE_WIDTH, SPACE_S + 2, _SCALE_WIDTH - SPACE_M, metrics.height() - 4)
        bar.setWidth(bar.width() - metrics.horizontalAdvance(limit) - SPACE_S)
        paint_scale(painter, bar, self.theme)
        painter.setPen(self.theme.muted)
        beside = QRectF(bar.right() + SPACE_S, SPACE_S, _SCALE_WIDTH, metrics.height())
        painter.drawText(beside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, limit)

    def _square(self, width: int) -> QRectF:
        top = self.fontMetrics().height() + 3 * SPACE_S
        names = [self._name(place) for place in range(len(self._shown.features))]
        wanted = min(widest(names, self.fontMetrics()), 0.45 * width)
        room = self.lay_out(width) - top - SPACE_M
        side = max(min(width - wanted - 3 * SPACE_M, room), 20.0)
        return QRectF(wanted + 2 * SPACE_M, top, side, side)

    def _cell_at(self, position: QPointF) -> tuple[int, int] | None:
        if not self.has_content():
            return None
        square, point = self._square(self.viewport().width()), self.in_content(position)
        count = len(self._shown.features)
        column = int((point.x() - square.left()) / square.width() * count)
        row = int((point.y() - square.top()) / square.height() * count)
        inside = square.contains(point) and row < count and column < count
        return (row, column) if inside else None

    def _name(self, place: int) -> str:
        feature = self._shown.features[place]
        return isolated_word(self._rows[feature].name if feature < len(self._rows) else f"feature {feature}")
