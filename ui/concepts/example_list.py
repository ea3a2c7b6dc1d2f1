"""Documents beside a feature, the words that fire it coloured."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from ui.accessible import tell
from ui.concepts.requests import Example, WordValues
from ui.theme import SPACE_L, SPACE_M, SPACE_S, colour_scale, with_even_figures
from ui.widgets.canvas import Canvas
from ui.widgets.numbers import isolated_word, plain, signed, tip
from ui.widgets.text_flow import TextFlow

TITLES = {
    "top": "Strongest",
    "quantile": "Across the range of its activations",
    "near": "Near misses: alike in meaning, but silent",
}
_LONGEST_TEXT = 1_200
_BAR = 4


class ExampleList(Canvas):
    """Texts in sections. Click, or the arrow keys, choose one; its words arrive after it."""

    chosen = Signal(object)  # Example, or None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Examples, words coloured by what they add to the feature", "No examples.", parent)
        self._examples: tuple[Example, ...] = ()
        self._words: WordValues | None = None
        self._limit = 1.0
        self._current: int | None = None
        self._flows: list[TextFlow] = []
        self._tops: list[float] = []
        self._titles: list[tuple[float, str]] = []

    @property
    def current(self) -> Example | None:
        """The example that is chosen."""
        return None if self._current is None else self._examples[self._current]

    def show_examples(self, examples: tuple[Example, ...]) -> None:
        """Show other examples; they must come kind by kind."""
        self._examples, self._words = examples, None
        self._make_flows()
        self._choose(None)
        self.verticalScrollBar().setValue(0)
        self._describe()
        self.content_changed()

    def show_words(self, words: WordValues) -> None:
        """Colour the words of the texts that have been read so far."""
        self._words = words
        self._limit = max((float(np.abs(v).max(initial=0.0)) for v in words.values), default=0.0) or 1.0
        self._make_flows()
        self.content_changed()

    def has_content(self) -> bool:
        return bool(self._examples)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 120)

    def lay_out(self, width: int) -> int:
        gutter, line = self._gutter(), self.fontMetrics().height()
        self._tops, self._titles = [], []
        y, kind = 0.0, ""
        for place, (example, flow) in enumerate(zip(self._examples, self._flows, strict=True)):
            if example.kind != kind:
                kind = example.kind
                y += SPACE_M if place else SPACE_S
                self._titles.append((y, TITLES[kind]))
                y += line + SPACE_S
            self._tops.append(y)
            y += max(flow.lay_out(width - gutter - SPACE_L, self._text_colours(place)), line + _BAR + SPACE_S)
            y += SPACE_S
        return round(y + SPACE_M)

    def paint_content(self, painter: QPainter, width: int, top: int, bottom: int) -> None:
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        for y, title in self._titles:
            painter.setFont(bold)
            painter.setPen(self.theme.muted)
            row = QRectF(SPACE_M, y, width - 2 * SPACE_M, self.fontMetrics().height())
            fitting = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, int(row.width()))
            painter.drawText(row, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, fitting)
        for place in range(len(self._examples)):
            if self._tops[place] <= bottom and self._end(place) >= top:
                self._paint_example(painter, place, width)

    def mouseMoveEvent(self, event: QEvent) -> None:
        place = self._example_at(event.position())
        word = None if place is None else self._word_at(place, event.position())
        if word is None:
            QToolTip.hideText()
            return
        start, end = self._words.spans[place][word]
        value = signed(float(self._words.values[place][word]), self._limit)
        title = isolated_word(self._examples[place].text[start:end])
        self.show_tip(event.position().toPoint(), tip(title, f"{value} to the pre-activation of the feature"))

    def mousePressEvent(self, event: QEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose(self._example_at(event.position()))

    def keyPressEvent(self, event: QEvent) -> None:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        if event.key() in steps and self._examples:
            last = len(self._examples) - 1
            here = self._current
            self._choose(0 if here is None else min(max(here + steps[event.key()], 0), last))
            self.ensure_visible(self._tops[self._current], self._end(self._current))
            tell(self)
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.FontChange:
            self._make_flows()
        super().changeEvent(event)

    def told(self) -> str:
        one = self.current
        return "" if one is None else f"{plain(one.activation, 3)} {one.text[:_LONGEST_TEXT]}"

    # -- inside --------------------------------------------------------------------------------------

    def _make_flows(self) -> None:
        self._flows = [
            TextFlow(_shown(example.text), self._spans(place), self.font())
            for place, example in enumerate(self._examples)
        ]

    def _spans(self, place: int) -> list[tuple[int, int]]:
        if self._words is None or place >= len(self._words.spans):
            return []
        end = len(_shown(self._examples[place].text))
        return [span for span in self._words.spans[place] if span[1] <= end]

    def _text_colours(self, place: int) -> list[tuple[int, int, object]]:
        scale = colour_scale(self.theme)
        found = []
        for span, value in zip(self._spans(place), self._values(place), strict=False):
            colour = scale.text_colour(float(value), self._limit)
            if colour is not self.theme.text:
                found.append((*span, colour))
        return found

    def _values(self, place: int) -> np.ndarray:
        return np.zeros(0) if not self._spans(place) else self._words.values[place]

    def _paint_example(self, painter: QPainter, place: int, width: int) -> None:
        example, flow, top = self._examples[place], self._flows[place], self._tops[place]
        gutter, line = self._gutter(), self.fontMetrics().height()
        painter.setFont(with_even_figures(self.font()))
        painter.setPen(self.theme.text if example.activation > 0 else self.theme.muted)
        number = QRectF(SPACE_M, top + SPACE_S / 2, gutter - SPACE_L, line)
        text = plain(example.activation, 3) if example.activation > 0 else "silent"
        painter.drawText(number, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        strongest = max(one.activation for one in self._examples)
        if strongest > 0 and example.activation > 0:
            track = QRectF(number.left(), number.bottom() + 1, number.width(), _BAR - 1)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.grid)
            painter.drawRoundedRect(track, 1.5, 1.5)
            painter.setBrush(self.theme.accent)
            track.setLeft(track.right() - track.width() * example.activation / strongest)
            painter.drawRoundedRect(track, 1.5, 1.5)
        painter.save()
        painter.translate(gutter, top)
        self._paint_words(painter, place)
        painter.setPen(self.theme.text)
        flow.draw(painter, QPointF(0, 0), 0, flow.height)
        painter.restore()
        if place == self._current:
            painter.setPen(QPen(self.theme.accent, 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            frame = QRectF(SPACE_S, top - 1, width - 2 * SPACE_S, self._end(place) - top)
            painter.drawRoundedRect(frame, 3, 3)

    def _paint_words(self, painter: QPainter, place: int) -> None:
        scale, flow = colour_scale(self.theme), self._flows[place]
        values = self._values(place)
        for word in range(len(self._spans(place))):
            value = float(values[word])
            if scale.index(value, self._limit) in (127, 128):
                continue
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(scale.colour(value, self._limit))
            for rect in flow.word_rects(word):
                painter.drawRoundedRect(rect, 3, 3)
            if value < 0:
                painter.setPen(QPen(scale.text_colour(value, self._limit), 1.4, Qt.PenStyle.DotLine))
                for rect in flow.word_rects(word):
                    y = rect.bottom() - 1.5
                    painter.drawLine(QPointF(rect.left() + 2, y), QPointF(rect.right() - 2, y))
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _choose(self, place: int | None) -> None:
        self._current = place
        self.viewport().update()
        self.chosen.emit(self.current)

    def _example_at(self, position: QPointF) -> int | None:
        y = self.in_content(position).y()
        for place, top in enumerate(self._tops):
            if top <= y < self._end(place):
                return place
        return None

    def _word_at(self, place: int, position: QPointF) -> int | None:
        if not self._spans(place):
            return None
        return self._flows[place].word_at(
            self.in_content(position) - QPointF(self._gutter(), self._tops[place])
        )

    def _end(self, place: int) -> float:
        return self._tops[place] + max(
            self._flows[place].height, self.fontMetrics().height() + _BAR + SPACE_S
        )

    def _gutter(self) -> int:
        return self.fontMetrics().horizontalAdvance("0.0000") + SPACE_M + SPACE_L

    def _describe(self) -> None:
        first = "; ".join(
            f"{plain(one.activation, 3)} {isolated_word(one.text)}" for one in self._examples[:3]
        )
        self.setAccessibleDescription(f"{len(self._examples)} examples. {first}")


def _shown(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
