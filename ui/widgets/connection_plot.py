"""Query words left, candidate words right, and a curve for each pair of words that pulls or pushes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QWidget

from ui.accessible import tell
from ui.plain import one_line
from ui.selection import ConceptTarget, LinkTarget, Selection, Side, Target, WordTarget
from ui.theme import SPACE_M, SPACE_S, SPACE_XS, with_even_figures
from ui.widgets.canvas import hairline
from ui.widgets.label_places import place_labels
from ui.widgets.labels import LETTERS, widest
from ui.widgets.link_curves import LinkCurves, Links
from ui.widgets.numbers import isolated_word, signed, strongest, tip
from ui.widgets.pixel_axis import ZOOM_STEP, PixelAxis
from ui.widgets.pixel_view import PixelView

if TYPE_CHECKING:
    from engine.text import Word

DEFAULT_TOP = 40
MOST_THICK = 24
_LABEL_SHARE = 0.34
_LOOSEST_ROW = 2.4
_CLOSEST = 0.92  # lines from one word to the next where there are more than can be written
_FADED = 0.25
# A word belongs to a concept that is brought out if it brings this share of what its strongest word does.
_CARRIES = 0.2
_TOWARD = [
    side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter
    for side in (Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignLeft)
]
_SIDES: tuple[Side, Side] = ("query", "candidate")


class ConnectionPlot(PixelView):
    """The strongest links between the words of two texts.

    Strength is opacity, negative links are dashed. Pointing at a word or a curve brings its links out,
    a click isolates it. The wheel zooms the column under it, a drag moves it, a double click shows all.

    Args:
        selection: the selection of the window.
    """

    def __init__(self, selection: Selection, parent: QWidget | None = None) -> None:
        super().__init__(
            "Connections between words",
            "The strongest links between query words and candidate words appear here.",
            parent,
        )
        self._selection = selection
        self._words: tuple[Sequence[Word], Sequence[Word]] = ((), ())
        self._matrix = np.zeros((0, 0), dtype=np.float32)
        self._orders: list[list[int]] = [[], []]
        self._limit = 1.0
        self._unit = ""
        self._top = DEFAULT_TOP
        self._top_links = Links.between(self._matrix)
        self._lit = self._top_links
        self._axes = (PixelAxis(align=0.5), PixelAxis(align=0.5))
        self._base, self._bright = LinkCurves(), LinkCurves()
        self._places: list[dict[int, float]] = [{}, {}]  # heights of the words that are written
        self._area = QRectF()
        for curves in (self._base, self._bright):
            self.addItem(curves)
        selection.hovered_changed.connect(self._on_selection)
        selection.isolated_changed.connect(self._on_selection)

    def show_pair(
        self,
        query_words: Sequence[Word],
        candidate_words: Sequence[Word],
        matrix: np.ndarray,
        limit: float,
        unit_label: str,
    ) -> None:
        """Show a pair of texts.

        Args:
            query_words: the words on the left.
            candidate_words: the words on the right.
            matrix: (query words, candidate words).
            limit: the value of full strength.
            unit_label: what the numbers are.
        """
        self._words = (query_words, candidate_words)
        self._matrix = np.asarray(matrix, dtype=np.float32)
        self._limit, self._unit = float(limit), unit_label
        size = np.abs(self._matrix)
        self._places = [{}, {}]
        self._orders = [np.argsort(-size.max(axis=axis, initial=0)).tolist() for axis in (1, 0)]
        self.set_top(self._top)

    def set_top(self, count: int) -> None:
        """Draw the `count` strongest links."""
        self._top = count
        self._top_links = Links.between(self._matrix).strongest(count)
        self._describe()
        self.rearrange()

    # -- layout --------------------------------------------------------------------------------------

    def picture_scale(self) -> tuple[float, str] | None:
        """Return at which number the colours end, and what the numbers are; None while nothing is shown."""
        return (self._limit, self._unit) if self.has_content() else None

    def has_content(self) -> bool:
        return self._matrix.size > 0

    def arrange(self) -> None:
        size = self.viewport().size()
        metrics = self.fontMetrics()
        header = metrics.height() + 2 * SPACE_S
        widths = [self._column_width(side, size.width()) for side in (0, 1)]
        self._area = QRectF(
            widths[0], header, max(size.width() - sum(widths), 1), max(size.height() - header - SPACE_S, 1)
        )
        for axis, words in zip(self._axes, self._words, strict=True):
            axis.place(len(words), header, self._area.height(), metrics.height() * _LOOSEST_ROW)
        heights = [
            axis.origin + (np.arange(len(words)) + 0.5) * axis.pitch
            for axis, words in zip(self._axes, self._words, strict=True)
        ]
        for curves in (self._base, self._bright):
            curves.place(self._area, *heights)
        self._draw_links()

    def _column_width(self, side: int, available: int) -> float:
        bold = widest([word.text for word in self._words[side]], QFontMetricsF(self._font(bold=True)))
        return min(bold + 2 * SPACE_M + 2, available * _LABEL_SHARE)

    def _draw_links(self) -> None:
        isolated, hovered = self._selection.isolated, self._selection.hovered
        colours = (self.theme.positive, self.theme.negative)
        base = self._top_links if isolated is None else self._links_of(isolated)
        self._lit = self._links_of(hovered if hovered is not None else isolated)
        if isolated is not None and hovered is None:
            base = base.only(np.arange(MOST_THICK, len(base)))
        faded = hovered is not None and isolated is None and len(self._lit)
        self._base.show_links(base, self._limit, *colours, thick=False, opacity=_FADED if faded else 1)
        self._bright.show_links(self._lit.only(slice(MOST_THICK)), self._limit, *colours, thick=True)
        self.viewport().update()

    def _links_of(self, target: Target | None) -> Links:
        """Return the links of a target, strongest first; of a word, no more than are drawn of all."""
        rows, columns = self._matrix.shape
        if isinstance(target, LinkTarget) and target.query_word < rows and target.candidate_word < columns:
            return Links.between(self._matrix, target.query_word, target.candidate_word)
        if isinstance(target, WordTarget) and target.side == "query" and target.word < rows:
            return Links.between(self._matrix, row=target.word).strongest(self._top)
        if isinstance(target, WordTarget) and target.side == "candidate" and target.word < columns:
            return Links.between(self._matrix, column=target.word).strongest(self._top)
        sizes = (rows, columns)
        if isinstance(target, ConceptTarget) and (len(target.query), len(target.candidate)) == sizes:
            links = Links.between(self._matrix)
            lit = _carriers(target.query)[links.rows] & _carriers(target.candidate)[links.columns]
            return links.only(lit).strongest(self._top)
        return self._top_links.only(slice(0))

    # -- painting ------------------------------------------------------------------------------------

    def paint_over(self, painter: QPainter) -> None:
        self._paint_header(painter)
        linked = [set(self._top_links.rows.tolist()), set(self._top_links.columns.tolist())]
        lit = [self._lit.rows[:MOST_THICK].tolist(), self._lit.columns[:MOST_THICK].tolist()]
        for side in (0, 1):
            self._places[side] = self._place_names(side, lit[side], linked[side])
            for index in self._places[side]:
                active = index in lit[side] if len(self._lit) else index in linked[side]
                self._paint_word(painter, side, index, active, bold=index in lit[side])
        self._paint_numbers(painter)

    def _place_names(self, side: int, lit: list[int], linked: set[int]) -> dict[int, float]:
        """Return the heights at which words stand: beside their curves, near them where those are close."""
        axis, height = self._axes[side], self.fontMetrics().height()
        low, high = self._area.top(), self._area.bottom()
        points = {index: axis.centre(index) for index in axis.visible() if low <= axis.centre(index) <= high}
        if axis.pitch >= LETTERS * height:
            return points
        order = self._orders[side]
        wanted = [*dict.fromkeys(lit), *(index for index in order if index in linked)]
        return place_labels(points, wanted, order, _CLOSEST * height, low + height / 2, high - height / 2)

    def _paint_header(self, painter: QPainter) -> None:
        # Curves to words that are scrolled away run on above the area.
        row = QRectF(0, 0, self.viewport().width(), self._area.top())
        painter.fillRect(row, self.theme.surface)
        painter.setPen(self.theme.muted)
        for side, title in ((0, "Query"), (1, "Candidate")):
            box = self._label_box(side, 0)
            box.moveTop(SPACE_XS)
            text = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, int(box.width()))
            painter.drawText(box, _TOWARD[side], text)

    def _paint_word(self, painter: QPainter, side: int, index: int, active: bool, bold: bool) -> None:
        painter.setFont(self._font(bold=bold))
        painter.setPen(self.theme.text if active else self.theme.muted)
        box, end = self._label_box(side, index), self._axes[side].centre(index)
        if abs(box.center().y() - end) > 1:
            self._paint_leader(painter, side, end, box)
        text = one_line(self._words[side][index].text)
        text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(box.width()))
        painter.drawText(box, _TOWARD[side], text)
        if _target(side, index) == self._selection.isolated:
            painter.setPen(self.theme.accent)
            painter.drawRoundedRect(box.adjusted(-3, 0, 3, 0), 3, 3)

    def _paint_leader(self, painter: QPainter, side: int, end: float, box: QRectF) -> None:
        """Lead from the end of a word's curves to where the word stands."""
        x, toward = (self._area.left(), -1) if side == 0 else (self._area.right(), 1)
        worn = painter.pen()
        painter.setPen(hairline(self.theme.outline))
        painter.drawLine(QPointF(x, end), QPointF(x + toward * (SPACE_M - 2), box.center().y()))
        painter.setPen(worn)

    def _paint_numbers(self, painter: QPainter) -> None:
        """Write each brought-out link's number at its end on the side that has several ends."""
        links = self._lit.only(slice(MOST_THICK))
        if not len(links):
            return
        painter.setFont(with_even_figures(self.font()))
        side = 0 if len(set(links.columns.tolist())) == 1 and len(links) > 1 else 1
        ends = links.rows if side == 0 else links.columns
        metrics = painter.fontMetrics()
        taken: list[float] = []
        for end, value in zip(ends.tolist(), links.values.tolist(), strict=True):
            y = self._axes[side].centre(end)
            if not self._area.top() <= y <= self._area.bottom() or any(
                abs(y - other) < metrics.height() for other in taken
            ):
                continue
            taken.append(y)
            text = signed(value, self._limit)
            width = metrics.horizontalAdvance(text) + SPACE_M
            x = self._area.left() if side == 0 else self._area.right() - width
            box = QRectF(x, y - metrics.height() / 2, width, metrics.height())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.surface)
            painter.drawRoundedRect(box, 3, 3)
            painter.setPen(self.theme.text)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _font(self, *, bold: bool) -> QFont:
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        return font

    def _label_box(self, side: int, index: int) -> QRectF:
        height = self.fontMetrics().height()
        top = self._places[side].get(index, self._axes[side].centre(index)) - height / 2
        if side == 0:
            return QRectF(SPACE_M, top, self._area.left() - 2 * SPACE_M, height)
        left = self._area.right() + SPACE_M
        return QRectF(left, top, self.viewport().width() - SPACE_M - left, height)

    # -- mouse and keyboard --------------------------------------------------------------------------

    def target_at(self, position: QPointF) -> Target | None:
        """Return the word or the link under a point of the view."""
        if not self._area.left() <= position.x() <= self._area.right():
            side = 0 if position.x() < self._area.left() else 1
            return _target(side, self._word_at(side, position.y()))
        link = self._bright.link_at(position.x(), position.y())
        if link is None or self._selection.isolated is None:
            link = self._base.link_at(position.x(), position.y()) or link
        return None if link is None else LinkTarget(*link)

    def _word_at(self, side: int, y: float) -> int | None:
        """Return the word that is written at a height, or whose place it is."""
        near = {index: abs(place - y) for index, place in self._places[side].items()}
        nearest = min(near, key=near.__getitem__, default=None)
        if nearest is not None and near[nearest] <= LETTERS * self.fontMetrics().height() / 2:
            return nearest
        return self._axes[side].item_at(y)

    def pointer_at(self, position: QPointF) -> None:
        target = self.target_at(position)
        self._selection.hover(target)
        shape = Qt.CursorShape.ArrowCursor if target is None else Qt.CursorShape.PointingHandCursor
        self.viewport().setCursor(shape)
        self.show_tip(position, None if target is None else self._tip(target))

    def pointer_left(self) -> None:
        self._selection.hover(None)

    def clicked_at(self, position: QPointF) -> None:
        self._selection.isolate(self.target_at(position))

    def zoom_at(self, position: QPointF, factor: float) -> None:
        self._axis_near(position).zoom(factor, position.y())

    def pan_by(self, position: QPointF, step: QPointF) -> None:
        self._axis_near(position).pan(step.y())
        self.rearrange()

    def fit(self) -> None:
        for axis in self._axes:
            axis.fit()

    def keyPressEvent(self, event: QEvent) -> None:
        key = event.key()
        word = self._cursor()
        if not self.has_content():
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            side = 0 if key == Qt.Key.Key_Left else 1
            self._move_to(side, self._strongest_partner(word, side))
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End):
            self._move_along(word, key)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._selection.hovered:
            self._selection.isolate(self._selection.hovered)
            tell(self)
        elif key == Qt.Key.Key_Escape:
            self._selection.clear()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            side = 0 if word is not None and word.side == "query" else 1
            axis = self._axes[side]
            at = axis.centre(word.word) if word is not None else self._area.center().y()
            axis.zoom(1 / ZOOM_STEP if key == Qt.Key.Key_Minus else ZOOM_STEP, at)
            self.rearrange()
        else:
            super().keyPressEvent(event)

    def _move_along(self, word: WordTarget | None, key: int) -> None:
        side = 0 if word is None or word.side == "query" else 1
        last = len(self._words[side]) - 1
        if key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            index = 0 if key == Qt.Key.Key_Home else last
        elif word is None:
            index = 0
        else:
            index = min(max(word.word + (1 if key == Qt.Key.Key_Down else -1), 0), last)
        self._move_to(side, index)

    def _strongest_partner(self, word: WordTarget | None, side: int) -> int:
        if word is None:
            return 0
        if word.side == _SIDES[side]:
            return word.word
        links = self._matrix[:, word.word] if side == 0 else self._matrix[word.word]
        return int(np.abs(links).argmax())

    def _move_to(self, side: int, index: int) -> None:
        target = _target(side, index)
        self._axes[side].reveal(index)
        self._selection.hover(target)
        self.rearrange()
        tell(self)

    def _cursor(self) -> WordTarget | None:
        for target in (self._selection.hovered, self._selection.isolated):
            if isinstance(target, WordTarget) and target.word < len(self._words[_SIDES.index(target.side)]):
                return target
        return None

    def _axis_near(self, position: QPointF) -> PixelAxis:
        return self._axes[0 if position.x() < self._area.center().x() else 1]

    def _on_selection(self, _target: Target | None) -> None:
        if self.has_content():
            self._draw_links()

    # -- in words ------------------------------------------------------------------------------------

    def _tip(self, target: Target) -> str:
        if isinstance(target, LinkTarget):
            query = self._words[0][target.query_word].text
            candidate = self._words[1][target.candidate_word].text
            value = float(self._matrix[target.query_word, target.candidate_word])
            title = f"{isolated_word(query)} – {isolated_word(candidate)}"
            return tip(title, f"{signed(value, self._limit)} {self._unit}")
        links = self._links_of(target)
        lines = [
            f"{signed(value, self._limit)}  {isolated_word(other)}"
            for other, value in self._partners(target, links)[:6]
        ]
        word = self._words[_SIDES.index(target.side)][target.word].text
        return tip(isolated_word(word), *lines, "" if lines else "no link")

    def told(self) -> str:
        target = self._cursor() if self.has_content() else None
        if target is None:
            return ""
        return self._said(target) + (", isolated" if target == self._selection.isolated else "")

    def _said(self, target: WordTarget) -> str:
        pairs = self._partners(target, self._links_of(target))
        listed = strongest([name for name, _ in pairs], [value for _, value in pairs], self._limit, 3)
        return f"{self._words[_SIDES.index(target.side)][target.word].text}, linked with {listed}"

    def _partners(self, target: WordTarget, links: Links) -> list[tuple[str, float]]:
        query = target.side == "query"
        others, words = (links.columns, self._words[1]) if query else (links.rows, self._words[0])
        return [(words[o].text, v) for o, v in zip(others.tolist(), links.values.tolist(), strict=True)]

    def _describe(self) -> None:
        links = self._top_links.only(slice(5))
        names = [
            f"{self._words[0][row].text} with {self._words[1][column].text}"
            for row, column in zip(links.rows.tolist(), links.columns.tolist(), strict=True)
        ]
        listed = strongest(names, links.values.tolist(), self._limit)
        self.setAccessibleDescription(f"Strongest links: {listed}, in {self._unit}." if names else "")


def _carriers(shares: tuple[float, ...]) -> np.ndarray:
    """Return which words bring a good part of what the strongest one brings to a concept."""
    values = np.array(shares)
    return values >= _CARRIES * max(float(values.max(initial=0.0)), 1e-12)


def _target(side: int, index: int | None) -> WordTarget | None:
    return None if index is None else WordTarget(_SIDES[side], index)
