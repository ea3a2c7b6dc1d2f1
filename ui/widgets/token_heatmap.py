"""The text as its writer wrote it, each word on the colour of what it contributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from engine.text import Span
from ui.accessible import tell
from ui.selection import LinkTarget, Selection, Side, Target, WordTarget
from ui.theme import LARGE, SPACE_M, SPACE_S, colour_scale, sized
from ui.widgets.canvas import Canvas
from ui.widgets.numbers import counted, isolated_word, signed, strongest, tip
from ui.widgets.text_flow import TextFlow
from ui.widgets.text_ranges import ColouredRange, holds, unread_spans

if TYPE_CHECKING:
    from engine.encoder import TokenizedText

_MARGIN = 12
LINKS = "with the isolated word"
_ARROWS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class TokenHeatmap(Canvas):
    """One text of a pair, its words painted with the diverging scale.

    Negative words also carry a dotted underline; what the model did not read is grey. Hover and click, or
    the arrow keys, Enter and Escape, work the window's selection.

    Args:
        side: which text this is.
        selection: the selection of the window.
        title: what stands above the text; the side by default.
        shown: what the colours are.
    """

    text_shown = Signal()  # another text, or other values of the same

    def __init__(
        self,
        side: Side,
        selection: Selection,
        parent: QWidget | None = None,
        title: str = "",
        shown: str = "contribution",
    ) -> None:
        self.side = side
        self._title = title or side.capitalize()
        super().__init__(
            f"{self._title}, words coloured by {shown}",
            f"The {self._title.lower()} appears here, each word on the colour of its {shown}.",
            parent,
        )
        self._selection = selection
        self._text: TokenizedText | None = None
        self._importance = self._values = np.zeros(0)
        self._limit = self._values_limit = 1.0
        self._unit = ""
        self._linked = False
        self._linked_what = LINKS
        self._flow = TextFlow("", [], self.font())
        self._unread: list[Span] = []
        self._header = _Header(self)
        selection.hovered_changed.connect(self._on_selection)
        selection.isolated_changed.connect(self._on_selection)

    def show_text(self, text: TokenizedText, importance: np.ndarray, limit: float, unit_label: str) -> None:
        """Show a text and what its words contribute.

        Args:
            text: the text and its words.
            importance: (words,) in the order of `text.words`.
            limit: the value of full colour, positive or negative.
            unit_label: what the numbers are ("similarity", "% of the sum").
        """
        self._text = text
        self._importance = self._values = np.asarray(importance, dtype=float)
        self._limit = self._values_limit = float(limit)
        self._unit = unit_label
        self._linked = False
        self._unread = unread_spans(text)
        self._make_flow()
        self._describe()
        self.verticalScrollBar().setValue(0)
        self.content_changed()
        self.text_shown.emit()

    def set_linked_values(
        self, values: np.ndarray | None, limit: float | None = None, what: str = LINKS
    ) -> None:
        """Colour by links with an isolated word of the other side; None goes back to importance.

        Args:
            values: (words,) that word's row or column of the matrix, or what each word brings to a concept.
            limit: the value of full colour; the largest of the values by default.
            what: what the values are shares of; links by default.
        """
        if self._text is None:
            return
        self._linked = values is not None
        self._linked_what = what
        self._values = self._importance if values is None else np.asarray(values, dtype=float)
        largest = float(np.abs(self._values).max(initial=0.0))
        self._values_limit = self._limit if values is None else (limit or largest or 1.0)
        self._describe()
        self.content_changed()

    # -- painting ------------------------------------------------------------------------------------

    def picture_scale(self) -> tuple[float, str] | None:
        """Return at which number the colours end, and what the numbers are; None while nothing is shown."""
        return (self._limit, self._unit) if self.has_content() else None

    def has_content(self) -> bool:
        return self._text is not None

    def lay_out(self, width: int) -> int:
        return round(self._flow.lay_out(width - 2 * _MARGIN, self._text_colours()) + _MARGIN)

    def paint_content(self, painter: QPainter, width: int, top: int, bottom: int) -> None:
        painter.translate(_MARGIN, 0)
        scale = colour_scale(self.theme)
        shown = self._flow.words_between(top, bottom)
        painter.setPen(Qt.PenStyle.NoPen)
        for word in shown:
            if scale.index(self._values[word], self._values_limit) not in (127, 128):
                painter.setBrush(scale.colour(self._values[word], self._values_limit))
                for rect in self._flow.word_rects(word):
                    painter.drawRoundedRect(rect, 3, 3)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self.theme.text)
        self._flow.draw(painter, QPointF(0, 0), top, bottom)
        for word in shown:
            if self._values[word] < 0:
                self._underline(painter, word)
        for target, colour, thickness in (
            (self._selection.isolated, self.theme.accent, 2.0),
            (self._selection.hovered, self.theme.text, 1.5),
        ):
            word = self._word_of(target)
            if word is not None:
                painter.setPen(QPen(colour, thickness))
                for rect in self._flow.word_rects(word):
                    painter.drawRoundedRect(rect, 3, 3)

    def picture_size(self) -> QSize:
        size = super().picture_size()
        return size + QSize(0, self._header.height()) if self.has_content() else size

    def paint_picture(self, painter: QPainter) -> None:
        if not self.has_content():
            super().paint_picture(painter)
            return
        size, header = self.picture_size(), self._header.height()
        painter.fillRect(QRect(QPoint(0, 0), size), self.theme.surface)
        self.paint_header(painter, QRect(0, 0, size.width(), header))
        painter.translate(0, header)
        # Each word by itself, so that it stays on its colour where another font takes this one's place.
        self._flow.lay_out(size.width() - 2 * _MARGIN, self._text_colours(every_word=True))
        self.paint_content(painter, size.width(), 0, size.height() - header)
        self.content_changed()

    def paint_header(self, painter: QPainter, rect: QRect) -> None:
        """Write which text this is, and what has to be known to read its colours."""
        painter.fillRect(rect, self.theme.surface)
        inner = rect.adjusted(_MARGIN, 0, -_MARGIN, 0)
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        painter.setFont(bold)
        painter.setPen(self.theme.text)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(inner, flags, self._title)
        if self._text is None:
            return
        inner.setLeft(inner.left() + painter.fontMetrics().horizontalAdvance(self._title) + SPACE_M)
        painter.setFont(self.font())
        painter.setPen(self.theme.muted)
        note = painter.fontMetrics().elidedText(self._note(), Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, flags, note)

    # -- mouse and keyboard --------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QEvent) -> None:
        if self._text is None:
            return
        point = self._in_flow(event.position())
        word = self._flow.word_at(point)
        self._selection.hover(None if word is None else WordTarget(self.side, word))
        self.viewport().setCursor(
            Qt.CursorShape.ArrowCursor if word is None else Qt.CursorShape.PointingHandCursor
        )
        if word is not None:
            self.show_tip(event.position().toPoint(), self._tip(word))
        elif holds(self._unread, self._flow.character_at(point)):
            self.show_tip(event.position().toPoint(), tip("Not read by the model", self._why_unread()))
        else:
            QToolTip.hideText()

    def mousePressEvent(self, event: QEvent) -> None:
        if self._text is not None and event.button() == Qt.MouseButton.LeftButton:
            word = self._flow.word_at(self._in_flow(event.position()))
            self._selection.isolate(None if word is None else WordTarget(self.side, word))

    def pointer_left(self) -> None:
        super().pointer_left()
        self._selection.hover(None)

    def keyPressEvent(self, event: QEvent) -> None:
        key = event.key()
        word = self._word_of(self._selection.hovered)
        if self._text is None or not self._text.words:
            super().keyPressEvent(event)
        elif key in _ARROWS or key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End):
            self._move_to(self._next_word(word, key))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and word is not None:
            self._selection.isolate(WordTarget(self.side, word))
            tell(self)
        elif key == Qt.Key.Key_Escape:
            self._selection.clear()
        else:
            super().keyPressEvent(event)

    def _next_word(self, word: int | None, key: int) -> int:
        last = len(self._text.words) - 1
        if key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            return 0 if key == Qt.Key.Key_Home else last
        if word is None:
            isolated = self._word_of(self._selection.isolated)
            return 0 if isolated is None else isolated
        if key in _ARROWS:
            step = -_ARROWS[key] if self._flow.reads_right_to_left(word) else _ARROWS[key]
            return min(max(word + step, 0), last)
        nearest = self._flow.word_above(word, 1 if key == Qt.Key.Key_Up else -1)
        return word if nearest is None else nearest

    def _move_to(self, word: int) -> None:
        rects = self._flow.word_rects(word)
        self.ensure_visible(rects[0].top(), rects[-1].bottom())
        self._selection.hover(WordTarget(self.side, word))
        tell(self)

    # -- layout and words ----------------------------------------------------------------------------

    def resizeEvent(self, event: QEvent) -> None:
        self._place_header()
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.FontChange:
            self._place_header()
            if self._text is not None:
                self._make_flow()
        super().changeEvent(event)

    def _make_flow(self) -> None:
        font = sized(self.font(), LARGE)
        self._flow = TextFlow(self._text.text, [word.span for word in self._text.words], font)

    def _place_header(self) -> None:
        height = self.fontMetrics().height() + 2 * SPACE_S
        if self.viewportMargins().top() != height:
            self.setViewportMargins(0, height, 0, 0)
        self._header.setGeometry(0, 0, self.width(), height)
        self._header.update()

    def _text_colours(self, *, every_word: bool = False) -> list[ColouredRange]:
        """Return the ranges that are not in the theme's text colour, or a range for every word."""
        scale, usual = colour_scale(self.theme), self.theme.text
        ranges = [(start, end, self.theme.muted) for start, end in self._unread]
        for word, value in zip(self._text.words, self._values, strict=True):
            colour = scale.text_colour(value, self._values_limit)
            if every_word or colour is not usual:
                ranges.append((*word.span, colour))
        return sorted(ranges, key=lambda entry: entry[:2])

    def _underline(self, painter: QPainter, word: int) -> None:
        colour = colour_scale(self.theme).text_colour(self._values[word], self._values_limit)
        painter.setPen(QPen(colour, 1.4, Qt.PenStyle.DotLine))
        for rect in self._flow.word_rects(word):
            y = rect.bottom() - 1.5
            painter.drawLine(QPointF(rect.left() + 2, y), QPointF(rect.right() - 2, y))

    def _in_flow(self, position: QPointF) -> QPointF:
        return self.in_content(position) - QPointF(_MARGIN, 0)

    def _word_of(self, target: Target | None) -> int | None:
        if isinstance(target, LinkTarget):
            word = target.query_word if self.side == "query" else target.candidate_word
        elif isinstance(target, WordTarget) and target.side == self.side:
            word = target.word
        else:
            return None
        return word if self._text is not None and 0 <= word < len(self._text.words) else None

    def _on_selection(self, _target: Target | None) -> None:
        self.viewport().update()

    # -- words about words ---------------------------------------------------------------------------

    def told(self) -> str:
        isolated = self._word_of(self._selection.isolated)
        hovered = self._word_of(self._selection.hovered)
        word = isolated if hovered is None else hovered
        if word is None or word >= len(self._values):
            return ""
        alone = ", isolated" if word == isolated else ""
        return f"{self._text.words[word].text} {signed(self._values[word], self._values_limit)}{alone}"

    def _note(self) -> str:
        parts = [counted(len(self._text.words), "word")]
        if self._linked:
            kind = "links" if self._linked_what == LINKS else "shares"
            parts = [f"{kind} {self._linked_what}, full colour at {self._full_colour()}"]
        if self._unread:
            parts.append("grey: not read by the model")
        return "  ·  ".join(parts)

    def _full_colour(self) -> str:
        return "±" + signed(self._values_limit, self._values_limit).removeprefix("+")

    def _why_unread(self) -> str:
        if self._text.truncated:
            return f"It reads {len(self._text.ids):,} of the {self._text.total_tokens:,} tokens of this text."
        return "Its tokenizer has no token for this."

    def _tip(self, word: int) -> str:
        entry = self._text.words[word]
        pieces = " ".join(isolated_word(self._text.tokens[token], 24) for token in entry.tokens[:12])
        more = " …" if len(entry.tokens) > 12 else ""
        lines = [f"{signed(self._importance[word], self._limit)} {self._unit}"]
        if self._linked:
            lines.append(f"{signed(self._values[word], self._values_limit)} {self._linked_what}")
        return tip(
            isolated_word(entry.text), *lines, f"{counted(len(entry.tokens), 'token')}: {pieces}{more}"
        )

    def _describe(self) -> None:
        names = [word.text for word in self._text.words]
        listed = strongest(names, self._values, self._values_limit)
        self.setAccessibleDescription(f"Strongest words: {listed}, in {self._unit}. {self._note()}.")
        self._header.update()


class _Header(QWidget):
    """The strip above the text; it stays while the text scrolls."""

    def __init__(self, heatmap: TokenHeatmap) -> None:
        super().__init__(heatmap)
        self._heatmap = heatmap
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def paintEvent(self, event: QEvent) -> None:
        self._heatmap.paint_header(QPainter(self), self.rect())
