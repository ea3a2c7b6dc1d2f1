"""What pictures and printed pages draw alike: words on their colours, connections, ledger, legends.

Importing this module imports matplotlib, which takes half a second.
"""

from collections.abc import Callable
from dataclasses import dataclass

from engine.attribution.pair import PairExplanation
from engine.report.colours import Colour, Theme, heat, palette, strength
from engine.report.ledger import waterfall
from engine.report.lines import Piece, fitted
from engine.report.links import Link, choose_links
from engine.report.numbers import Scale, signed
from engine.report.segments import label
from engine.report.sheet import Align, Sheet, Weight, text_width

WIDTH, MARGIN, GAP = 720.0, 36.0, 30.0
MOST_LINKS, MOST_WORDS, LISTED_LINKS = 16, 22, 8
_INK: dict[Theme, tuple[Colour, Colour, Colour]] = {
    "light": ((27, 28, 31), (93, 96, 103), (222, 220, 214)),
    "dark": ((236, 236, 234), (169, 172, 179), (58, 60, 66)),
}


@dataclass
class Pen:
    """What drawing needs besides the sheet."""

    sheet: Sheet
    scale: Scale
    theme: Theme

    @property
    def ink(self) -> Colour:
        """Of what is read first."""
        return _INK[self.theme][0]

    @property
    def soft(self) -> Colour:
        """Of what explains it."""
        return _INK[self.theme][1]

    @property
    def rule(self) -> Colour:
        """Of lines between parts."""
        return _INK[self.theme][2]


def draw_piece(pen: Pen, piece: Piece, left: float, y: float, size: float) -> None:
    """Write a word on the colour of its number; what speaks against the match is underlined too."""
    x = left + piece.x
    if piece.value is not None:
        colour = heat(piece.value, pen.scale.words, pen.theme)
        pen.sheet.box(x - 1, y - 1, piece.width + 2, 17, colour, 2.5)
        if piece.value < 0:
            faint = 0.12 + 0.88 * strength(piece.value, pen.scale.words)
            under = [(x, y + 15.5), (x + piece.width, y + 15.5)]
            pen.sheet.line(under, palette(pen.theme)["negative"], 1, faint, dashed=True)
    pen.sheet.text(x, y + 12, piece.text, size, pen.ink if piece.value is not None else pen.soft)


def draw_connections(pen: Pen, pair: PairExplanation, right: float, y: float) -> float:
    """Draw the words of both texts and the strongest links between them; return the lower edge."""
    sheet = pen.sheet
    sheet.text(MARGIN, y + 10, "Which words go together", 10, pen.ink, "bold")
    y += 22
    choice = choose_links(pair.word_matrix, MOST_LINKS, MOST_WORDS)
    sides = (
        (choice.query_words, pair.query.text, pair.query_word_importance),
        (choice.candidate_words, pair.candidate.text, pair.candidate_word_importance),
    )
    rows = max(len(words) for words, _, _ in sides)
    height = rows * min(max(240 / rows, 18.0), 30.0)
    middles: list[dict[int, float]] = []
    edges: list[float] = []
    for side, (chosen, text, importance) in enumerate(sides):
        names = {word: fitted(label(text.words[word].text), 110, measure_of(10.5)) for word in chosen}
        widest = max(text_width(name, 10.5) for name in names.values())
        edges.append(MARGIN + widest + 8 if side == 0 else right - widest - 8)
        middles.append({})
        for index, (word, name) in enumerate(names.items()):
            middle = y + height * (index + 0.5) / len(names)
            middles[side][word] = middle
            width = text_width(name, 10.5)
            x = edges[0] - 4 - width if side == 0 else edges[1] + 4
            colour = heat(float(importance[word]), pen.scale.words, pen.theme)
            sheet.box(x - 3, middle - 7.5, width + 6, 15, colour, 2.5)
            sheet.text(x, middle + 3.8, name, 10.5, pen.ink)
    for link in reversed(choice.links):
        _link(pen, link, (edges[0], middles[0][link.query]), (edges[1], middles[1][link.candidate]))
    left_out = [
        f"{len(chosen)} of {len(text.words)} words of the {name}"
        for (chosen, text, _), name in zip(sides, ("query", "candidate"), strict=True)
        if len(chosen) < len(text.words)
    ]
    note = f"the {len(choice.links)} strongest pairs" + (f"; {' and '.join(left_out)}" if left_out else "")
    sheet.text(MARGIN, y + height + 14, note, 8, pen.soft)
    return y + height + 14


def _link(pen: Pen, link: Link, start: tuple[float, float], end: tuple[float, float]) -> None:
    middle = (start[0] + end[0]) / 2
    positive = link.value > 0
    pen.sheet.line(
        [start, (middle, start[1]), (middle, end[1]), end],
        palette(pen.theme)["positive" if positive else "negative"],
        1.8,
        0.1 + 0.9 * strength(link.value, pen.scale.pairs),
        curved=True,
        dashed=not positive,
    )


def draw_ledger(pen: Pen, pair: PairExplanation, left: float, y: float) -> float:
    """Draw the ledger and the strongest pairs; return the lower edge."""
    sheet, right, colours = pen.sheet, WIDTH - MARGIN, palette(pen.theme)
    sheet.text(left, y + 10, "What it adds up to", 10, pen.ink, "bold")
    y += 18
    start, width = left + 104, right - 56 - (left + 104)
    for row in waterfall(pair):
        total = row.kind == "total"
        if total:
            sheet.line([(left, y + 3), (right, y + 3)], pen.ink)
            y += 4
        weight: Weight = "bold" if total else "normal"
        indent, colour = (10, pen.soft) if row.kind == "part" else (0, pen.ink)
        sheet.text(left + indent, y + 13, row.name, 9.5, colour, weight)
        bar = pen.ink if total else colours["positive" if row.value > 0 else "negative"]
        sheet.box(start + width * row.start / 100, y + 5, max(width * (row.end - row.start) / 100, 1), 9, bar)
        sheet.text(right, y + 13, row.printed, 9.5, colour, weight, "right")
        y += 19
    y += 18
    sheet.text(left, y + 10, "Strongest pairs", 10, pen.ink, "bold")
    y += 18
    middle = left + (right - 56 - left) / 2
    for link in choose_links(pair.word_matrix, LISTED_LINKS, max(pair.word_matrix.shape)).links:
        query = fitted(label(pair.query.text.words[link.query].text), middle - left - 12, measure_of(9.5))
        candidate = fitted(
            label(pair.candidate.text.words[link.candidate].text), middle - left - 12, measure_of(9.5)
        )
        sheet.text(middle - 9, y + 12, query, 9.5, pen.ink, align="right")
        sheet.text(middle, y + 12, "–", 9.5, pen.soft, align="center")
        sheet.text(middle + 9, y + 12, candidate, 9.5, pen.ink)
        colour = heat(link.value, pen.scale.pairs, pen.theme)
        sheet.box(right - 52, y + 1, 52, 15, colour, 2.5)
        sheet.text(right - 4, y + 12, signed(link.value, pen.scale.pair_digits), 9.5, pen.ink, align="right")
        y += 18
    return y


def draw_legends(pen: Pen, y: float) -> float:
    """Draw the two colour scales; return the lower edge."""
    sheet, width = pen.sheet, (WIDTH - 2 * MARGIN - GAP) / 2
    sheet.line([(MARGIN, y), (WIDTH - MARGIN, y)], pen.rule)
    y += 18
    places: tuple[tuple[int, Align], ...] = ((-1, "left"), (0, "center"), (1, "right"))
    for index, (caption, largest, digits) in enumerate(
        (
            (f"What one word carries, in {pen.scale.unit}", pen.scale.words, pen.scale.word_digits),
            (
                f"What one pair of words carries, in {pen.scale.unit}; dashed: against the match",
                pen.scale.pairs,
                pen.scale.pair_digits,
            ),
        )
    ):
        x, steps = MARGIN + index * (width + GAP), 80
        sheet.text(x, y, caption, 8, pen.soft)
        for step in range(steps):
            value = 2 * (step + 0.5) / steps - 1
            sheet.box(x + width * step / steps, y + 6, width / steps + 0.2, 9, heat(value, 1, pen.theme))
        for share, align in places:
            tick = signed(share * largest, digits)
            sheet.text(x + width * (share + 1) / 2, y + 26, tick, 8, pen.soft, align=align)
    return y + 50


def measure_of(size: float) -> Callable[[str], float]:
    """Return what measures a line of text of a size, in points."""

    def width(text: str) -> float:
        return text_width(text, size)

    return width
