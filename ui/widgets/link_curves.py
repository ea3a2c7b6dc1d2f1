"""Curves between two columns of points, drawn and hit-tested by the thousand.

All curves leave and arrive level, over the same width, so at one x they all have the same parameter t:
one look-up gives it, one product gives every y.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

BUCKETS = 16
REACH = 6.0
_FAINTEST = 0.06
_DASHES = [4.0, 4.0]
_ALL = slice(None)

_T = np.linspace(0, 1, 257)
_X_AT_T = 1.5 * _T * (1 - _T) + _T**3


@dataclass(frozen=True)
class Links:
    """Pairs of points and how strong each is.

    Attributes:
        rows: (K,) indices on the left, and
        columns: (K,) on the right.
        values: (K,) signed.
    """

    rows: npt.NDArray[np.intp]
    columns: npt.NDArray[np.intp]
    values: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.values)

    def only(self, chosen: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> "Links":
        """Return some of them."""
        return Links(self.rows[chosen], self.columns[chosen], self.values[chosen])

    def strongest(self, count: int) -> "Links":
        """Return the largest by magnitude that are not zero, strongest first."""
        size = np.abs(self.values)
        count = min(count, len(size))
        chosen = np.argpartition(-size, count - 1)[:count] if count else np.zeros(0, dtype=np.intp)
        chosen = chosen[size[chosen] > 0]
        return self.only(chosen[np.argsort(-size[chosen], kind="stable")])

    @staticmethod
    def between(
        matrix: npt.NDArray[np.float32], row: int | slice = _ALL, column: int | slice = _ALL
    ) -> "Links":
        """Return the links of a matrix, of one of its rows or columns, or of one cell."""
        rows, columns = np.meshgrid(
            np.atleast_1d(np.arange(matrix.shape[0])[row]),
            np.atleast_1d(np.arange(matrix.shape[1])[column]),
            indexing="ij",
        )
        return Links(rows.ravel(), columns.ravel(), matrix[rows, columns].ravel())


class LinkCurves(pg.GraphicsObject):
    """Draws links in about sixteen pens: sign by colour and dashes, strength by opacity.

    Pens are one pixel wide, as Qt draws those fifty times faster than wider ones; only a few links, the
    ones pointed at, are drawn thick.
    """

    def __init__(self) -> None:
        super().__init__()
        self._area = QRectF()
        self._paths: list[tuple[QPen, QPainterPath]] = []
        self._links = Links.between(np.zeros((0, 0), np.float32))
        self._left = self._right = np.zeros(0)

    def place(self, area: QRectF, left: npt.NDArray[np.float64], right: npt.NDArray[np.float64]) -> None:
        """Say between which edges the curves run, and at which heights the points lie."""
        self.prepareGeometryChange()
        self._area, self._left, self._right = area, left, right

    def show_links(
        self,
        links: Links,
        limit: float,
        positive: QColor,
        negative: QColor,
        thick: bool,
        opacity: float = 1.0,
    ) -> None:
        """Draw these links.

        Args:
            links: what to draw.
            limit: the value of full opacity.
            positive: the colour of positive links, and
            negative: of negative ones.
            thick: wider with strength; for a few links only.
            opacity: of the strongest.
        """
        self._links = links
        self._paths = []
        strength = np.clip(np.abs(links.values) / max(limit, 1e-12), 0, 1)
        bucket = np.minimum((strength * BUCKETS).astype(int), BUCKETS - 1)
        for level in range(BUCKETS):
            for sign, colour in ((1, positive), (-1, negative)):
                chosen = np.flatnonzero((bucket == level) & (np.sign(links.values) == sign))
                if len(chosen):
                    share = (level + 1) / BUCKETS
                    pen = self._pen(colour, share, sign, thick, opacity)
                    self._paths.append((pen, self._path(links.only(chosen))))
        self.update()

    def link_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Return (row, column) of the drawn link nearest to a point, or None beyond six pixels."""
        width = self._area.width()
        if not len(self._links) or not self._area.left() <= x <= self._area.right() or width <= 0:
            return None
        t = float(np.interp((x - self._area.left()) / width, _X_AT_T, _T))
        start, end = self._left[self._links.rows], self._right[self._links.columns]
        height = start + (end - start) * (3 * t**2 - 2 * t**3)
        slope = (end - start) * 6 * t * (1 - t) / (width * (1.5 - 3 * t + 3 * t**2))
        distance = np.abs(height - y) / np.hypot(1, slope)
        # Where curves run together, the strongest of those within a pixel of the nearest.
        near = np.flatnonzero((distance <= REACH) & (distance <= distance.min() + 1))
        if not len(near):
            return None
        best = near[np.argmax(np.abs(self._links.values[near]))]
        return int(self._links.rows[best]), int(self._links.columns[best])

    def boundingRect(self) -> QRectF:
        return self._area

    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen, path in self._paths:
            painter.setPen(pen)
            painter.drawPath(path)

    def _path(self, links: Links) -> QPainterPath:
        left, right = self._area.left(), self._area.right()
        middle = (left + right) / 2
        path = QPainterPath()
        for start, end in zip(
            self._left[links.rows].tolist(), self._right[links.columns].tolist(), strict=True
        ):
            path.moveTo(left, start)
            path.cubicTo(middle, start, middle, end, right, end)
        return path

    @staticmethod
    def _pen(colour: QColor, share: float, sign: int, thick: bool, opacity: float) -> QPen:
        shade = QColor(colour)
        shade.setAlphaF(opacity * (max(share, 0.35) if thick else _FAINTEST + (1 - _FAINTEST) * share))
        pen = QPen(shade, 1.5 + 2.5 * share if thick else 1.0)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if sign < 0:
            pen.setDashPattern([length / pen.widthF() for length in _DASHES] if thick else _DASHES)
        return pen
