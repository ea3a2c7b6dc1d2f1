"""The concept flow: query words left, features in the middle, candidate words right, joined by bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from ui.accessible import tell
from ui.plain import one_line
from ui.theme import SPACE_M, SPACE_S
from ui.widgets.canvas import Canvas
from ui.widgets.labels import LETTERS, widest
from ui.widgets.numbers import isolated_word, signed, strongest, tip

if TYPE_CHECKING:
    from engine.concepts.flow import ShownFlow, ShownSide

OTHER_WORDS, NO_WORD = "other words", "no word"
_NODE, _EDGE, _GAP, _STEPS = 10, 3, 6, 24
# Of the width: the most that words take on either side, the least that concepts and bands take.
_LABEL_SHARE, _MIDDLE_SHARE, _BAND_SHARE = 0.22, 0.26, 0.12
_LEAST_HEIGHT = 90
_PLAIN, _LIT, _FADED = 0.42, 0.85, 0.1


@dataclass(frozen=True)
class _Node:
    """A word or a feature: its name, what it carries, and the box of its bar."""

    name: str
    value: float
    box: QRectF
    quiet: bool


@dataclass(frozen=True)
class _Bands:
    """Bands as arrays: between which nodes, how much, and their edges on either end, in pixels."""

    side: np.ndarray
    word: np.ndarray
    feature: np.ndarray
    value: np.ndarray
    top: np.ndarray  # (bands, 2): at the left end and at the right end
    width: np.ndarray


class ConceptFlowPlot(Canvas):
    """A flow as bands whose widths are shares of the similarity; bands against the match are striped."""

    feature_chosen = Signal(int)  # place of a feature in the flow
    feature_opened = Signal(int)
    word_chosen = Signal(int, int)  # side (0 query, 1 candidate), index of the word in its text

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Concept flow", "", parent)
        self._flow: ShownFlow | None = None
        self._names: tuple[list[str], list[str], list[str]] = ([], [], [])
        self._columns: list[list[_Node]] = [[], [], []]
        self._bands = _Bands(*(np.zeros(0, dtype=int) for _ in range(3)), *(np.zeros(0) for _ in range(3)))
        self._hovered: tuple[str, int] | None = None
        self._chosen: int | None = None
        self._unit = ""
        self._room_for, self._rooms = -1, (0.0, 0.0)

    def show_flow(
        self,
        flow: ShownFlow | None,
        words: tuple[Sequence[str], Sequence[str]] = ((), ()),
        names: Sequence[str] = (),
        unit: str = "",
    ) -> None:
        """Show a flow, or None for nothing.

        Args:
            flow: thinned for a picture.
            words: all words of the query, and of the candidate.
            names: of the features that are drawn.
            unit: what the numbers are.
        """
        self._flow, self._hovered, self._chosen, self._unit = flow, None, None, unit
        if flow is not None:
            ends = [OTHER_WORDS, NO_WORD]
            left, right = (
                [words[side][word] for word in shown.words] + ends
                for side, shown in enumerate((flow.query, flow.candidate))
            )
            middle = [*names, f"{flow.others} others"]
            self._names = (left, middle, right)
        self._describe()
        self.content_changed()

    def choose_feature(self, place: int | None) -> None:
        """Bring out the bands of one feature, None for all."""
        if place != self._chosen:
            self._chosen = place
            self.viewport().update()

    # -- layout ----------------------------------------------------------------------------------------

    def has_content(self) -> bool:
        return self._flow is not None

    def resizeEvent(self, event: QResizeEvent) -> None:
        # The height of the bands follows the height of the panel.
        self._laid_out_for = -1
        super().resizeEvent(event)

    def lay_out(self, width: int) -> int:
        flow, self._room_for = self._flow, -1
        sides = (flow.query.bands, flow.candidate.bands)
        # What carries nothing at all has no place.
        rows = [np.flatnonzero(np.abs(bands).sum(axis=1) > 1e-9) for bands in sides]
        places = np.arange(len(flow.contributions) - (0 if flow.others else 1))
        weights = [
            np.abs(sides[0][rows[0]]).sum(axis=1),
            np.maximum(*(np.abs(bands[:, places]).sum(axis=0) for bands in sides)),
            np.abs(sides[1][rows[1]]).sum(axis=1),
        ]
        line = self.fontMetrics().height() * LETTERS + _GAP
        top = self._head_height()
        room = [self.viewport().height() - top - SPACE_M - len(weight) * line for weight in weights]
        least = [max(space, _LEAST_HEIGHT) for space in room]
        scale = min(
            (space / max(float(weight.sum()), 1e-9) for space, weight in zip(least, weights, strict=True)),
            default=1.0,
        )
        edges = self._edges(width)
        self._columns = []
        height = top
        for column, (x, weight) in enumerate(zip(edges, weights, strict=True)):
            kept = places if column == 1 else rows[column // 2]
            slots = weight * scale + line
            y = top + max((self.viewport().height() - top - SPACE_M - float(slots.sum())) / 2, 0)
            nodes = []
            for index, size, slot in zip(kept.tolist(), weight.tolist(), slots.tolist(), strict=True):
                carried = flow.contributions[index] if column == 1 else sides[column // 2][index].sum()
                quiet = index >= len(self._names[column]) - (1 if column == 1 else 2)
                box = QRectF(x, y + line / 2, _NODE, max(size * scale, 1.0))
                nodes.append(_Node(self._names[column][index], float(carried), box, quiet))
                y += slot
            self._columns.append(nodes)
            height = max(height, y)
        self._bands = self._stack(sides, rows, places, scale)
        return round(height + SPACE_M)

    def _stack(
        self, sides: Sequence[np.ndarray], rows: Sequence[np.ndarray], places: np.ndarray, scale: float
    ) -> _Bands:
        """Put bands side by side at both ends, in the order of the nodes that they come from."""
        found: list[tuple[int, int, int, float, float, float]] = []
        for side, bands in enumerate(sides):
            at_word = [node.box.top() for node in self._columns[2 * side]]
            at_feature = [node.box.top() for node in self._columns[1]]
            for word, row in enumerate(rows[side].tolist()):
                for feature, column in enumerate(places.tolist()):
                    value = float(bands[row, column])
                    if abs(value) <= 1e-9:
                        continue
                    found.append((side, word, feature, value, at_word[word], at_feature[feature]))
                    at_word[word] += abs(value) * scale
                    at_feature[feature] += abs(value) * scale
        side, word, feature, value, first, second = (
            np.array(each) for each in (zip(*found, strict=True) if found else [[]] * 6)
        )
        ends = np.column_stack([first, second])
        # On the candidate's side the feature is the left end.
        ends[side == 1] = ends[side == 1][:, ::-1]
        whole = [array.astype(int) for array in (side, word, feature)]
        return _Bands(*whole, value, ends, np.abs(value) * scale)

    def _edges(self, width: int) -> tuple[float, float, float]:
        """Return where the nodes of each column begin."""
        words, middle = self._room(width)
        return words, (width - middle) / 2, width - words - _NODE

    def _room(self, width: int) -> tuple[float, float]:
        """Return how wide the words on either side may be, and the concepts, by what is written there."""
        if self._room_for == width:
            return self._rooms
        plain, bold = QFontMetricsF(self.font()), QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        named = QFontMetricsF(bold)
        longest = max(widest(self._names[0], plain), widest(self._names[2], plain))
        words = min(longest + 2 * SPACE_M + _NODE, width * _LABEL_SHARE)
        numbers = named.horizontalAdvance(f"  {signed(-self._limit(), self._limit())}")
        concepts = widest(self._names[1], named) + numbers + _NODE + 3 * SPACE_M
        left = width - 2 * (words + width * _BAND_SHARE)
        self._room_for, self._rooms = width, (words, max(min(concepts, left), width * _MIDDLE_SHARE))
        return self._rooms

    def _head_height(self) -> int:
        return self.fontMetrics().height() + SPACE_S

    # -- painting --------------------------------------------------------------------------------------

    def paint_content(self, painter: QPainter, width: int, top: int, bottom: int) -> None:
        self._paint_heads(painter, width)
        lit = self._lit_bands()
        for band in np.argsort(-self._bands.width, kind="stable").tolist():
            strength = _PLAIN if lit is None else _LIT if lit[band] else _FADED
            self._paint_band(painter, band, strength)
        for column, nodes in enumerate(self._columns):
            for place, node in enumerate(nodes):
                self._paint_node(painter, column, place, node, width)

    def _paint_heads(self, painter: QPainter, width: int) -> None:
        painter.setPen(self.theme.muted)
        height = self.fontMetrics().height()
        row = QRectF(SPACE_M, 2, width - 2 * SPACE_M, height)
        for text, where in (
            ("Query", Qt.AlignmentFlag.AlignLeft),
            ("Concepts", Qt.AlignmentFlag.AlignHCenter),
            ("Candidate", Qt.AlignmentFlag.AlignRight),
        ):
            painter.drawText(row, where | Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_band(self, painter: QPainter, band: int, strength: float) -> None:
        left, right = self._span(int(self._bands.side[band]))
        steps = np.linspace(0, 1, _STEPS)
        x = left + steps * (right - left)
        upper = self._upper(band, steps)
        lower = upper + max(float(self._bands.width[band]), 0.8)
        outline = QPolygonF(
            [QPointF(*point) for point in zip(x.tolist(), upper.tolist(), strict=True)]
            + [QPointF(*point) for point in zip(x[::-1].tolist(), lower[::-1].tolist(), strict=True)]
        )
        colour = QColor(self.theme.positive if self._bands.value[band] > 0 else self.theme.negative)
        word = self._columns[2 * int(self._bands.side[band])][int(self._bands.word[band])]
        feature = self._columns[1][int(self._bands.feature[band])]
        colour.setAlphaF(strength * (0.5 if word.quiet or feature.quiet else 1))
        painter.setPen(Qt.PenStyle.NoPen)
        # Stripes, so that colour is not the only sign of what speaks against the match.
        style = Qt.BrushStyle.SolidPattern if self._bands.value[band] > 0 else Qt.BrushStyle.BDiagPattern
        painter.setBrush(QBrush(colour, style))
        painter.drawPolygon(outline)

    def _paint_node(self, painter: QPainter, column: int, place: int, node: _Node, width: int) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        chosen = column == 1 and place == self._chosen
        painter.setBrush(self.theme.accent if chosen else self.theme.muted if node.quiet else self.theme.text)
        painter.drawRoundedRect(node.box, 2, 2)
        if column == 1:
            other_end = node.box.translated(self._right_end(width) - node.box.left(), 0)
            painter.drawRoundedRect(other_end.adjusted(0, 0, _EDGE - _NODE, 0), 1, 1)
        font = QFont(self.font())
        font.setItalic(node.quiet)
        font.setWeight(QFont.Weight.DemiBold if column == 1 and not node.quiet else QFont.Weight.Normal)
        painter.setFont(font)
        painter.setPen(self.theme.muted if node.quiet else self.theme.text)
        box = self._label_box(column, node, width)
        where = Qt.AlignmentFlag.AlignRight if column == 0 else Qt.AlignmentFlag.AlignLeft
        metrics = painter.fontMetrics()
        number = f"  {signed(node.value, self._limit())}" if column == 1 else ""
        room = int(box.width()) - metrics.horizontalAdvance(number)
        text = metrics.elidedText(one_line(node.name), Qt.TextElideMode.ElideRight, room)
        painter.drawText(box, where | Qt.AlignmentFlag.AlignVCenter, text + number)

    def _label_box(self, column: int, node: _Node, width: int) -> QRectF:
        height = self.fontMetrics().height()
        y = node.box.center().y() - height / 2
        if column == 0:
            return QRectF(SPACE_M, y, node.box.left() - 2 * SPACE_M + 2, height)
        x = node.box.right() + SPACE_S + 2
        end = width - SPACE_M if column == 2 else self._right_end(width) - SPACE_S
        return QRectF(x, y, end - x, height)

    def _right_end(self, width: int) -> float:
        """Return the x at which features end and the bands to the candidate begin."""
        return (width + self._room(width)[1]) / 2

    def _span(self, side: int) -> tuple[float, float]:
        """Return between which heights' x the bands of a side run."""
        width = self.viewport().width()
        left, middle, right = self._edges(width)
        if side == 0:
            return left + _NODE, middle
        return self._right_end(width) + _EDGE, right

    def _upper(self, band: int | np.ndarray, along: float | np.ndarray) -> np.ndarray:
        """Return the upper edge of a band at a share of its way; bands bend as 3t² - 2t³."""
        ends = self._bands.top[band]
        bend = 3 * along**2 - 2 * along**3
        return ends[..., 0] + bend * (ends[..., 1] - ends[..., 0])

    def _lit_bands(self) -> np.ndarray | None:
        """Return which bands are brought out, None where none is."""
        bands = self._bands
        what = self._hovered or (("node1", self._chosen) if self._chosen is not None else None)
        if what is None:
            return None
        kind, index = what
        if kind == "band":
            lit = np.zeros(len(bands.value), dtype=bool)
            lit[index] = True
            return lit
        if kind == "node1":
            return bands.feature == index
        return (bands.side == (0 if kind == "node0" else 1)) & (bands.word == index)

    def _limit(self) -> float:
        return float(np.abs(self._flow.contributions).max(initial=0.0)) or 1.0

    # -- mouse and keyboard ----------------------------------------------------------------------------

    def target_at(self, point: QPointF) -> tuple[str, int] | None:
        """Return what is under a point of the content: ("node0" to "node2", place) or ("band", index)."""
        width = self.viewport().width()
        for column, nodes in enumerate(self._columns):
            for place, node in enumerate(nodes):
                reach = node.box.united(self._label_box(column, node, width))
                if reach.contains(point):
                    return f"node{column}", place
        return self._band_at(point)

    def _band_at(self, point: QPointF) -> tuple[str, int] | None:
        for side in (0, 1):
            left, right = self._span(side)
            if not left <= point.x() <= right:
                continue
            of_side = np.flatnonzero(self._bands.side == side)
            if not len(of_side):
                continue
            upper = self._upper(of_side, (point.x() - left) / max(right - left, 1.0))
            below = point.y() - upper
            inside = of_side[(below >= -1) & (below <= self._bands.width[of_side] + 1)]
            if len(inside):
                # The narrowest lies above the others.
                return "band", int(inside[np.argmin(self._bands.width[inside])])
        return None

    def mouseMoveEvent(self, event: QEvent) -> None:
        if self._flow is None:
            return
        target = self.target_at(self.in_content(event.position()))
        self._hover(target)
        if target is None:
            QToolTip.hideText()
        else:
            self.show_tip(event.position().toPoint(), self.tip_of(target))

    def mousePressEvent(self, event: QEvent) -> None:
        if self._flow is None or event.button() != Qt.MouseButton.LeftButton:
            return
        match self.target_at(self.in_content(event.position())):
            case ("node1", place) if place < len(self._flow.features):
                self.feature_chosen.emit(place)
            case ("node0" | "node2" as column, place):
                self._choose_word(0 if column == "node0" else 1, place)
            case ("band", index) if int(self._bands.feature[index]) < len(self._flow.features):
                self.feature_chosen.emit(int(self._bands.feature[index]))

    def mouseDoubleClickEvent(self, event: QEvent) -> None:
        if self._flow is not None:
            match self.target_at(self.in_content(event.position())):
                case ("node1", place) if place < len(self._flow.features):
                    self.feature_opened.emit(place)

    def keyPressEvent(self, event: QEvent) -> None:
        key, count = event.key(), len(self._flow.features) if self._flow is not None else 0
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and count:
            step = 1 if key == Qt.Key.Key_Down else -1
            at = self._hovered[1] if self._hovered and self._hovered[0] == "node1" else -1
            place = min(max(at + step, 0), count - 1)
            node = self._columns[1][place]
            self.ensure_visible(node.box.top(), node.box.bottom())
            self._hover(("node1", place))
            tell(self)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._hovered:
            if self._hovered[0] == "node1" and self._hovered[1] < count:
                self.feature_chosen.emit(self._hovered[1])
        else:
            super().keyPressEvent(event)

    def pointer_left(self) -> None:
        super().pointer_left()
        self._hover(None)

    def _choose_word(self, side: int, place: int) -> None:
        shown: ShownSide = (self._flow.query, self._flow.candidate)[side]
        if place < len(shown.words):
            self.word_chosen.emit(side, shown.words[place])

    def _hover(self, target: tuple[str, int] | None) -> None:
        if target != self._hovered:
            self._hovered = target
            self.viewport().update()
        shape = Qt.CursorShape.ArrowCursor if target is None else Qt.CursorShape.PointingHandCursor
        self.viewport().setCursor(shape)

    # -- in words --------------------------------------------------------------------------------------

    def tip_of(self, target: tuple[str, int]) -> str:
        """Return the numbers of a band, a word or a feature."""
        kind, index = target
        if kind == "band":
            side = int(self._bands.side[index])
            word = self._columns[2 * side][int(self._bands.word[index])]
            feature = self._columns[1][int(self._bands.feature[index])]
            value = signed(float(self._bands.value[index]), self._limit())
            title = f"{isolated_word(word.name)} – {isolated_word(feature.name)}"
            whole = f"of the {signed(feature.value, self._limit())} that the concept carries"
            return tip(title, f"{value} {self._unit}", whole)
        node = self._columns[int(kind[-1])][index]
        lines = [f"{signed(node.value, self._limit())} {self._unit}"]
        if node.name == NO_WORD:
            lines.append("from the empty text and the biases: no word brings it")
        elif node.name == OTHER_WORDS:
            lines.append("words and bands too weak to be drawn, together")
        return tip(isolated_word(node.name), *lines)

    def told(self) -> str:
        if self._flow is None or self._hovered is None or not self._hovered[0].startswith("node"):
            return ""
        node = self._columns[int(self._hovered[0][-1])][self._hovered[1]]
        return f"{node.name} {signed(node.value, self._limit())}"

    def _describe(self) -> None:
        if self._flow is None:
            self.setAccessibleDescription("")
            return
        listed = strongest(self._names[1], self._flow.contributions.tolist(), self._limit())
        self.setAccessibleDescription(f"Strongest concepts: {listed}, in {self._unit}.")
