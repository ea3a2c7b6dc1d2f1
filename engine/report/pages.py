"""Printed pages: what is written one below the other goes on where the page is full.

Importing this module imports matplotlib, which takes half a second.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.report.colours import Colour, heat, palette
from engine.report.drawing import MARGIN, WIDTH, Pen, draw_piece, measure_of
from engine.report.lines import fitted, lines_of_segments
from engine.report.numbers import Scale
from engine.report.segments import Segment, one_line
from engine.report.sheet import Align, Sheet, Weight, save, text_width

# The proportions of A4.
HEIGHT = round(WIDTH * 2**0.5)
_FOOT = 40.0
_MOST_LINES = 100_000
_PIECE = re.compile(
    r"\s*(?:[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]|[^\s\u2e80-\u9fff\uac00-\ud7af]+)"
)


@dataclass(frozen=True)
class Column:
    """A column of a table: its head, its share of the width, and where its cells are aligned."""

    head: str
    share: float
    align: Align = "left"


@dataclass(frozen=True)
class Cell:
    """A cell on the colour of a number between `-largest` and `largest`."""

    text: str
    value: float
    largest: float


class Pages:
    """Pages that fill from top to bottom.

    Args:
        title: of the document, at the foot of every page.

    Attributes:
        y: how far down the page is filled, in points.
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._sheets: list[Sheet] = []
        self.y = 0.0
        self.break_page()

    # -- places --------------------------------------------------------------------------------------

    @property
    def count(self) -> int:
        """How many pages there are so far."""
        return len(self._sheets)

    def pen(self, scale: Scale | None = None) -> Pen:
        """Return what draws on the page that is being filled."""
        return Pen(self._sheets[-1], scale or Scale(1.0, 1.0, ""), "light")

    def break_page(self) -> None:
        """Go on at the top of a new page."""
        self._sheets.append(Sheet(WIDTH, palette("light")["neutral"]))
        self.y = MARGIN

    def need(self, height: float) -> None:
        """Go on at the top of a new page unless so many points are left on this one."""
        if self.y + height > HEIGHT - MARGIN - _FOOT and self.y > MARGIN:
            self.break_page()

    def space(self, height: float) -> None:
        """Leave room."""
        self.y += height

    # -- text ----------------------------------------------------------------------------------------

    def heading(self, text: str, size: float = 13, room: float = 60) -> None:
        """Write a heading that does not stand alone at the foot of a page."""
        self.need(size * 2 + room)
        self.y += size * 0.7
        self.text(text, size, "bold")
        self.y += 3

    def text(
        self,
        text: str,
        size: float = 9.5,
        weight: Weight = "normal",
        *,
        soft: bool = False,
        left: float = 0.0,
        width: float | None = None,
    ) -> None:
        """Write a text that breaks into lines where it must.

        Args:
            text: of any script; line feeds break it, other control characters show as symbols.
            size: in points.
            weight: of the font.
            soft: whether it is less important.
            left: how far it is indented.
            width: of its lines; as wide as the page by default.
        """
        room = (WIDTH - 2 * MARGIN if width is None else width) - left
        for paragraph in text.split("\n"):
            for line in wrapped(one_line(paragraph), room, size, weight):
                self.need(size * 1.45)
                pen = self.pen()
                pen.sheet.text(
                    MARGIN + left, self.y + size, line, size, pen.soft if soft else pen.ink, weight
                )
                self.y += size * 1.45

    def heat(
        self, text: str, parts: Sequence[Segment], scale: Scale, left: float = 0.0, size: float = 11.5
    ) -> None:
        """Write a text, its words on the colours of their numbers."""
        width = WIDTH - 2 * MARGIN - left
        lines, rest = lines_of_segments(text, parts, width, measure_of(size), _MOST_LINES)
        for line in lines:
            self.need(size * 1.7)
            for piece in line:
                draw_piece(self.pen(scale), piece, MARGIN + left, self.y, size)
            self.y += size * 1.7
        if rest:
            self.text(rest, 8, soft=True, left=left)
        self.y += 3

    def facts(self, rows: Sequence[tuple[str, str]], share: float = 0.26) -> None:
        """Write names and what they stand for, side by side."""
        left = share * (WIDTH - 2 * MARGIN)
        for name, value in rows:
            self.need(16)
            pen = self.pen()
            pen.sheet.text(
                MARGIN, self.y + 9, fitted(one_line(name), left - 8, measure_of(8.5)), 8.5, pen.soft
            )
            self.text(value, 8.5, left=left)
            self.y += 1.5

    # -- tables --------------------------------------------------------------------------------------

    def table(
        self,
        columns: Sequence[Column],
        rows: Sequence[Sequence[str | Cell]],
        size: float = 9.0,
        bold_last: bool = False,
    ) -> None:
        """Write a table; its head is repeated on every page that it goes on to.

        Args:
            columns: left to right; their shares are of the width of the page.
            rows: cells, as many as there are columns; a text wraps, a number does not.
            size: of the letters, in points.
            bold_last: whether the last row is a sum.
        """
        widths = [column.share * (WIDTH - 2 * MARGIN) for column in columns]
        self._head(columns, widths)
        for number, row in enumerate(rows, start=1):
            weight: Weight = "bold" if bold_last and number == len(rows) else "normal"
            cells = [
                [cell.text]
                if isinstance(cell, Cell)
                else wrapped(one_line(cell), width - 8, size, weight) or [""]
                for cell, width in zip(row, widths, strict=True)
            ]
            height = size * 1.4 * max(len(lines) for lines in cells) + 3
            if self.y + height > HEIGHT - MARGIN - _FOOT:
                self.break_page()
                self._head(columns, widths)
            self._cells(columns, widths, row, cells, size, weight, height)
            self.y += height
        self.y += 6

    def _head(self, columns: Sequence[Column], widths: Sequence[float]) -> None:
        if any(column.head for column in columns):
            self.need(40)
            x = MARGIN
            for column, width in zip(columns, widths, strict=True):
                pen, at = self.pen(), _at(column.align, x, width)
                head = fitted(column.head, width - 4, measure_of(8))
                pen.sheet.text(at, self.y + 9, head, 8, pen.soft, align=column.align)
                x += width
            self.y += 14

    def _cells(
        self,
        columns: Sequence[Column],
        widths: Sequence[float],
        row: Sequence[str | Cell],
        cells: Sequence[Sequence[str]],
        size: float,
        weight: Weight,
        height: float,
    ) -> None:
        pen, x = self.pen(), MARGIN
        pen.sheet.line([(MARGIN, self.y), (MARGIN + sum(widths), self.y)], pen.rule, 0.6)
        for column, width, cell, lines in zip(columns, widths, row, cells, strict=True):
            if isinstance(cell, Cell):
                colour = heat(cell.value, cell.largest, "light")
                pen.sheet.box(x + 1, self.y + 1, width - 2, height - 2, colour, 2)
            for place, line in enumerate(lines):
                base = self.y + size * 1.2 + place * size * 1.4
                pen.sheet.text(_at(column.align, x, width), base, line, size, pen.ink, weight, column.align)
            x += width

    # -- drawings ------------------------------------------------------------------------------------

    def bar(self, start: float, end: float, left: float, width: float, colour: Colour) -> None:
        """Draw a bar from `start` to `end` percent of a width, on its own line of 10 points."""
        pen = self.pen()
        pen.sheet.box(MARGIN + left, self.y, width, 7, (240, 239, 236), 2)
        x = MARGIN + left + width * start / 100
        pen.sheet.box(x, self.y, max(width * (end - start) / 100, 1.0), 7, colour, 2)

    # -- end -----------------------------------------------------------------------------------------

    def pdf(self) -> bytes:
        """Return the pages with their numbers."""
        figures = []
        for number, sheet in enumerate(self._sheets, start=1):
            pen = Pen(sheet, Scale(1.0, 1.0, ""), "light")
            base, right = HEIGHT - MARGIN + 6, WIDTH - MARGIN
            sheet.line([(MARGIN, base - 14), (right, base - 14)], pen.rule, 0.6)
            sheet.text(MARGIN, base, fitted(self._title, right - MARGIN - 90, measure_of(8)), 8, pen.soft)
            sheet.text(right, base, f"page {number} of {len(self._sheets)}", 8, pen.soft, align="right")
            figures.append(sheet.figure(HEIGHT))
        return save(figures, "pdf", self._title)


def wrapped(text: str, width: float, size: float, weight: Weight = "normal") -> list[str]:
    """Return the lines of a text; a word that is longer than a line is cut."""
    lines: list[str] = []
    line = ""
    for piece in _PIECE.findall(text):
        if not line or text_width(line + piece, size, weight) <= width:
            line += piece if line else piece.lstrip()
        else:
            lines.append(line)
            line = piece.lstrip()
        while len(line) > 1 and text_width(line, size, weight) > width:
            cut = _longest(line, width, size, weight)
            lines.append(line[:cut])
            line = line[cut:]
    return [*lines, line] if line else lines


def _longest(text: str, width: float, size: float, weight: Weight) -> int:
    """Return how many characters fit, at least one."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if text_width(text[:middle], size, weight) <= width:
            low = middle
        else:
            high = middle - 1
    return low


def _at(align: Align, x: float, width: float) -> float:
    return {"left": x, "center": x + width / 2, "right": x + width - 6}[align]
