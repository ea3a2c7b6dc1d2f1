"""Lays a text out as its writer wrote it, and says where each word came to stand.

Positions are characters of the Python string; Qt counts UTF-16 units, so both are mapped here and nowhere
else. Consecutive lines of one writing direction share a layout: a hundred thousand characters in one
paragraph, or in fifty thousand, take some tens of milliseconds.
"""

import bisect
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import regex
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QTextCharFormat,
    QTextLayout,
    QTextLine,
    QTextOption,
)

Span = tuple[int, int]
_AROUND, _APART = 1.5, 0.5
_LINE = "\N{LINE SEPARATOR}"
_RIGHT_TO_LEFT = regex.compile(r"[\p{Bidi_Class=R}\p{Bidi_Class=AL}]")
_SHOWN: dict[int, str] = {
    **{code: chr(0x2400 + code) for code in range(32)},
    **dict.fromkeys((*range(0x80, 0xA0), *range(0xD800, 0xE000)), "\N{REPLACEMENT CHARACTER}"),
    0x7F: "\N{SYMBOL FOR DELETE}",
    ord("\t"): "\t",
    **{ord(character): _LINE for character in "\n\r\v\f\x85\N{PARAGRAPH SEPARATOR}"},
}


@dataclass
class _Block:
    """Consecutive lines of one direction: its layout, where it starts, and where its lines lie."""

    layout: QTextLayout
    start: int
    length: int
    right_to_left: bool
    top: float = 0.0
    line_tops: list[float] | None = None


class TextFlow:
    """A text wrapped to a width.

    Args:
        text: any string; control characters are shown as their symbols.
        words: [start, end) spans, ascending, without overlap.
        font: the font to set it in; others step in for characters that it lacks.
    """

    def __init__(self, text: str, words: Sequence[Span], font: QFont) -> None:
        # Of a carriage return and a line feed, one ends the line and the other takes no room.
        self._shown = text.replace("\r\n", "\N{WORD JOINER}\n").translate(_SHOWN)
        codes = np.frombuffer(self._shown.encode("utf-32-le"), dtype=np.uint32)
        self._units = np.concatenate([[0], np.cumsum(1 + (codes > 0xFFFF))])
        self._starts = [start for start, _ in words]
        self._ends = [end for _, end in words]
        metrics = QFontMetricsF(font)
        self._gap = round(0.4 * metrics.height())
        self._blocks = [
            self._make_block(start, end, right_to_left, font)
            for start, end, right_to_left in _runs(self._shown)
        ]
        self.height = 0.0

    def lay_out(self, width: float, colours: Sequence[tuple[int, int, QColor]]) -> float:
        """Wrap to `width`, with other colours for some [start, end) ranges, ascending; return the height."""
        firsts = [start for start, _, _ in colours]
        top = 0.0
        for block in self._blocks:
            first = max(bisect.bisect_right(firsts, block.start) - 1, 0)
            last = bisect.bisect_left(firsts, block.start + block.length)
            block.layout.setFormats([f for c in colours[first:last] if (f := self._format(block, *c))])
            block.top, block.line_tops = top, []
            block.layout.beginLayout()
            while (line := block.layout.createLine()).isValid():
                line.setLineWidth(width)
                line.setPosition(QPointF(0, top - block.top + self._gap / 2))
                block.line_tops.append(top - block.top)
                top += line.height() + self._gap
            block.layout.endLayout()
        self.height = top
        return top

    def draw(self, painter: QPainter, origin: QPointF, top: float, bottom: float) -> None:
        """Draw the lines between two heights of the flow, which begins at `origin`."""
        clip = QRectF(-1e6, origin.y() + top, 2e6, bottom - top)
        for block in self._blocks[self._block_at(top) : self._block_at(bottom) + 1]:
            block.layout.draw(painter, origin + QPointF(0, block.top), [], clip)

    def words_between(self, top: float, bottom: float) -> range:
        """Return the indices of the words on the lines between two heights."""
        first = self._position_at_height(top)
        last = self._position_at_height(bottom, end=True)
        return range(max(bisect.bisect_right(self._ends, first), 0), bisect.bisect_left(self._starts, last))

    def word_rects(self, word: int) -> list[QRectF]:
        """Return where a word stands: one rectangle, or one for each line that it is broken over.

        They reach a little into white space around the word, and leave a gap to a word that touches it.
        """
        start, end = self._starts[word], self._ends[word]
        block = self._block_of(start)
        touched = word > 0 and self._ends[word - 1] == start
        touches = word + 1 < len(self._starts) and self._starts[word + 1] == end
        pads = [-_APART if touching else _AROUND for touching in (touched, touches)]
        left, right = reversed(pads) if block.right_to_left else pads
        return [rect.adjusted(-left, -1, right, 1) for rect in self._pieces(block, start, end)]

    def word_at(self, point: QPointF) -> int | None:
        """Return the index of the word under a point, or None."""
        character = self.character_at(point)
        word = bisect.bisect_right(self._starts, character) - 1
        if word < 0 or character >= self._ends[word]:
            return None
        return word if any(rect.contains(point) for rect in self.word_rects(word)) else None

    def character_at(self, point: QPointF) -> int:
        """Return the character nearest to a point."""
        block = self._blocks[self._block_at(point.y())]
        line = block.layout.lineAt(_index_at(block.line_tops, point.y() - block.top))
        if not line.isValid():
            return block.start
        unit = int(line.xToCursor(point.x(), QTextLine.CursorPosition.CursorOnCharacter))
        return self._character(block, unit)

    def word_above(self, word: int, lines: int) -> int | None:
        """Return the word nearest to a word's middle, some lines above (positive) or below (negative)."""
        rects = self.word_rects(word)
        if not rects:
            return None
        rect = rects[0]
        step = rect.height() + self._gap
        y = rect.center().y() - lines * step
        candidates = self.words_between(y - 1, y + 1)
        if not 0 <= y <= self.height or not candidates:
            return None
        middles = [
            (abs(r.center().x() - rect.center().x()), i) for i in candidates for r in self.word_rects(i)[:1]
        ]
        return min(middles)[1]

    def reads_right_to_left(self, word: int) -> bool:
        """Return the writing direction of the lines around a word."""
        return self._block_of(self._starts[word]).right_to_left

    # -- between characters, units and lines ---------------------------------------------------------

    def _make_block(self, start: int, end: int, right_to_left: bool, font: QFont) -> _Block:
        layout = QTextLayout(self._shown[start:end], font)
        option = QTextOption(Qt.AlignmentFlag.AlignRight if right_to_left else Qt.AlignmentFlag.AlignLeft)
        option.setTextDirection(
            Qt.LayoutDirection.RightToLeft if right_to_left else Qt.LayoutDirection.LeftToRight
        )
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.setCacheEnabled(True)
        return _Block(layout, start, end - start, right_to_left)

    def _format(self, block: _Block, start: int, end: int, colour: QColor) -> QTextLayout.FormatRange | None:
        start, end = max(start, block.start), min(end, block.start + block.length)
        if start >= end:
            return None
        format_range = QTextLayout.FormatRange()
        format_range.start = self._unit(block, start)
        format_range.length = self._unit(block, end) - format_range.start
        character_format = QTextCharFormat()
        character_format.setForeground(colour)
        format_range.format = character_format
        return format_range

    def _unit(self, block: _Block, character: int) -> int:
        return int(self._units[character] - self._units[block.start])

    def _character(self, block: _Block, unit: int) -> int:
        return int(np.searchsorted(self._units, unit + self._units[block.start], side="right")) - 1

    def _block_of(self, character: int) -> _Block:
        return self._blocks[bisect.bisect_right(self._blocks, character, key=lambda b: b.start) - 1]

    def _block_at(self, height: float) -> int:
        return max(bisect.bisect_right(self._blocks, height, key=lambda b: b.top) - 1, 0)

    def _position_at_height(self, height: float, *, end: bool = False) -> int:
        block = self._blocks[self._block_at(height)]
        line = block.layout.lineAt(_index_at(block.line_tops, height - block.top))
        if not line.isValid():
            return block.start
        return self._character(block, line.textStart() + (line.textLength() if end else 0))

    def _pieces(self, block: _Block, start: int, end: int) -> Iterator[QRectF]:
        """Yield the boxes of a word's glyphs, one for each line that holds part of it."""
        first, last = self._unit(block, start), self._unit(block, end)
        while first < last:
            line = block.layout.lineForTextPosition(first)
            stop = min(last, line.textStart() + line.textLength()) if line.isValid() else first
            if stop <= first:
                return
            # Not from cursor positions: where directions meet, a cursor stands away from its character.
            boxes = [run.boundingRect() for run in line.glyphRuns(first, stop - first)]
            if boxes:
                left, right = min(box.left() for box in boxes), max(box.right() for box in boxes)
                yield QRectF(left, block.top + line.y(), right - left, line.height())
            first = stop


def _index_at(tops: Sequence[float] | None, height: float) -> int:
    return max(bisect.bisect_right(tops or [], height) - 1, 0)


def _runs(text: str) -> Iterator[tuple[int, int, bool]]:
    """Yield [start, end) of consecutive lines that begin in the same direction."""
    if not _RIGHT_TO_LEFT.search(text):
        yield 0, len(text), False
        return
    start = position = 0
    direction = False
    for line in text.split(_LINE):
        here = _direction(line, direction)
        if here != direction and position > start:
            # The separator stays with neither: it would add an empty line.
            yield start, position - 1, direction
            start = position
        direction = here
        position += len(line) + 1
    yield start, len(text), direction


def _direction(line: str, otherwise: bool) -> bool:
    for character in line:
        kind = unicodedata.bidirectional(character)
        if kind in {"L", "R", "AL"}:
            return kind != "L"
    return otherwise
