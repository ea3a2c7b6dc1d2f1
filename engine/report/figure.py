"""A static picture of an explanation, for PNG, SVG and PDF.

Importing this module imports matplotlib, which takes half a second.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from engine.attribution.explainer import Explanation
from engine.attribution.pair import PairExplanation
from engine.encoder import FloatArray, TokenizedText
from engine.report.colours import Colour, Theme, heat, palette, strength
from engine.report.data import APP
from engine.report.ledger import printed_ledger, waterfall
from engine.report.lines import Piece, fitted, lines_of
from engine.report.links import Link, choose_links
from engine.report.numbers import Scale, scale_of, signed
from engine.report.segments import label
from engine.report.sheet import Align, Sheet, Weight, save, text_width
from engine.report.wording import METHOD_NAMES, REFERENCE_NAMES, SIMILARITY_NAMES

WIDTH, MARGIN, GAP = 720.0, 36.0, 30.0
MOST_BLOCKS = 10
MOST_LINES = 14
MOST_LINKS, MOST_WORDS, LISTED_LINKS = 16, 22, 8
_INK: dict[Theme, tuple[Colour, Colour, Colour]] = {
    "light": ((27, 28, 31), (93, 96, 103), (222, 220, 214)),
    "dark": ((236, 236, 234), (169, 172, 179), (58, 60, 66)),
}


def figure_report(
    explanation: Explanation, kind: Literal["png", "svg", "pdf"], theme: Theme = "light"
) -> bytes:
    """Return a picture of an explanation: texts, connections, ledger and legends.

    A PDF has a page for each candidate. A PNG or SVG holds up to ten one below the other and says how
    many it leaves out.
    """
    title = f"{APP}: {label(explanation.request.query, 80)}"
    blocks = list(enumerate(explanation.pairs, start=1))
    if kind == "pdf":
        figures = [_page(explanation, [block], theme) for block in blocks]
    else:
        figures = [_page(explanation, blocks[:MOST_BLOCKS], theme)]
    return save([sheet.figure(height) for sheet, height in figures], kind, title)


@dataclass
class _Pen:
    """What drawing needs besides the sheet."""

    sheet: Sheet
    scale: Scale
    theme: Theme

    @property
    def ink(self) -> Colour:
        return _INK[self.theme][0]

    @property
    def soft(self) -> Colour:
        return _INK[self.theme][1]

    @property
    def rule(self) -> Colour:
        return _INK[self.theme][2]


def _page(
    explanation: Explanation, blocks: list[tuple[int, PairExplanation]], theme: Theme
) -> tuple[Sheet, float]:
    sheet = Sheet(WIDTH, palette(theme)["neutral"])
    pen = _Pen(sheet, scale_of(explanation), theme)
    y = MARGIN + 12
    sheet.text(MARGIN, y, "What the model sees in common", 17, pen.ink, "bold")
    request = explanation.request
    settings = (
        explanation.model.name,
        f"{METHOD_NAMES[request.method]}, layer {explanation.pairs[0].query.layer}",
        REFERENCE_NAMES[request.references],
        SIMILARITY_NAMES[request.similarity],
    )
    y += 18
    sheet.text(MARGIN, y, "  ·  ".join(settings), 9, pen.soft)
    y += 24
    for number, pair in blocks:
        y = _block(pen, pair, number if len(explanation.pairs) > 1 else None, y)
    left_out = len(explanation.pairs) - len(blocks)
    if left_out and len(blocks) > 1:
        sheet.text(MARGIN, y, f"and {left_out} more candidates, not shown here", 10, pen.soft)
        y += 24
    y = _legends(pen, y)
    footer = f"{APP}  ·  model fingerprint {explanation.model.fingerprint[:16]}"
    sheet.text(MARGIN, y, footer, 7.5, pen.soft)
    return sheet, y + MARGIN - 8


def _block(pen: _Pen, pair: PairExplanation, number: int | None, y: float) -> float:
    """Draw one candidate from `y` down; return where the next begins."""
    sheet = pen.sheet
    sheet.line([(MARGIN, y), (WIDTH - MARGIN, y)], pen.rule)
    y += 34
    score = printed_ledger(pair).similarity
    sheet.text(MARGIN, y, score, 26, pen.ink)
    words = SIMILARITY_NAMES[pair.similarity] + (f" of candidate {number}" if number else "")
    sheet.text(MARGIN + text_width(score, 26) + 12, y, words, 10, pen.soft)
    y += 22
    for name, text, importance in (
        ("Query", pair.query.text, pair.query_word_importance),
        ("Candidate", pair.candidate.text, pair.candidate_word_importance),
    ):
        y = _text(pen, name, text, importance, y)
    y += 8
    column = MARGIN + 380
    bottom = max(_connections(pen, pair, column - GAP, y), _ledger(pen, pair, column, y))
    return bottom + 22


def _text(pen: _Pen, name: str, text: TokenizedText, importance: FloatArray, y: float) -> float:
    sheet, size, left = pen.sheet, 12.0, MARGIN + 68
    sheet.text(MARGIN, y + 12, name, 9, pen.soft, "bold")

    lines, rest = lines_of(text, importance, WIDTH - MARGIN - left, _measure(size), MOST_LINES)
    for line in lines:
        for piece in line:
            _piece(pen, piece, left, y, size)
        y += 20
    if rest:
        sheet.text(left, y + 12, rest, 9, pen.soft)
        y += 20
    return y + 4


def _piece(pen: _Pen, piece: Piece, left: float, y: float, size: float) -> None:
    x = left + piece.x
    if piece.value is not None:
        colour = heat(piece.value, pen.scale.words, pen.theme)
        pen.sheet.box(x - 1, y - 1, piece.width + 2, 17, colour, 2.5)
        if piece.value < 0:
            faint = 0.12 + 0.88 * strength(piece.value, pen.scale.words)
            under = [(x, y + 15.5), (x + piece.width, y + 15.5)]
            pen.sheet.line(under, palette(pen.theme)["negative"], 1, faint, dashed=True)
    pen.sheet.text(x, y + 12, piece.text, size, pen.ink if piece.value is not None else pen.soft)


def _connections(pen: _Pen, pair: PairExplanation, right: float, y: float) -> float:
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
        names = {word: fitted(label(text.words[word].text), 110, _measure(10.5)) for word in chosen}
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


def _link(pen: _Pen, link: Link, start: tuple[float, float], end: tuple[float, float]) -> None:
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


def _ledger(pen: _Pen, pair: PairExplanation, left: float, y: float) -> float:
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
        query = fitted(label(pair.query.text.words[link.query].text), middle - left - 12, _measure(9.5))
        candidate = fitted(
            label(pair.candidate.text.words[link.candidate].text), middle - left - 12, _measure(9.5)
        )
        sheet.text(middle - 9, y + 12, query, 9.5, pen.ink, align="right")
        sheet.text(middle, y + 12, "–", 9.5, pen.soft, align="center")
        sheet.text(middle + 9, y + 12, candidate, 9.5, pen.ink)
        colour = heat(link.value, pen.scale.pairs, pen.theme)
        sheet.box(right - 52, y + 1, 52, 15, colour, 2.5)
        sheet.text(right - 4, y + 12, signed(link.value, pen.scale.pair_digits), 9.5, pen.ink, align="right")
        y += 18
    return y


def _legends(pen: _Pen, y: float) -> float:
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


def _measure(size: float) -> Callable[[str], float]:
    def width(text: str) -> float:
        return text_width(text, size)

    return width
