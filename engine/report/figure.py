"""A static picture of an explanation, for PNG and SVG.

Importing this module imports matplotlib, which takes half a second.
"""

from typing import Literal

from engine.attribution.explainer import Explanation
from engine.attribution.pair import PairExplanation
from engine.encoder import FloatArray, TokenizedText
from engine.report.colours import Theme, palette
from engine.report.data import APP
from engine.report.drawing import (
    GAP,
    MARGIN,
    WIDTH,
    Pen,
    draw_connections,
    draw_ledger,
    draw_legends,
    draw_piece,
    measure_of,
)
from engine.report.ledger import printed_ledger
from engine.report.lines import lines_of
from engine.report.numbers import scale_of
from engine.report.segments import label
from engine.report.sheet import Sheet, save, text_width
from engine.report.wording import METHOD_NAMES, REFERENCE_NAMES, SIMILARITY_NAMES

MOST_BLOCKS = 10
MOST_LINES = 14


def figure_report(explanation: Explanation, kind: Literal["png", "svg"], theme: Theme = "light") -> bytes:
    """Return a picture of an explanation: texts, connections, ledger and legends.

    It holds up to ten candidates one below the other and says how many it leaves out.
    """
    title = f"{APP}: {label(explanation.request.query, 80)}"
    blocks = list(enumerate(explanation.pairs, start=1))
    sheet, height = _page(explanation, blocks[:MOST_BLOCKS], theme)
    return save([sheet.figure(height)], kind, title)


def _page(
    explanation: Explanation, blocks: list[tuple[int, PairExplanation]], theme: Theme
) -> tuple[Sheet, float]:
    sheet = Sheet(WIDTH, palette(theme)["neutral"])
    pen = Pen(sheet, scale_of(explanation), theme)
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
    y = draw_legends(pen, y)
    footer = f"{APP}  ·  model fingerprint {explanation.model.fingerprint[:16]}"
    sheet.text(MARGIN, y, footer, 7.5, pen.soft)
    return sheet, y + MARGIN - 8


def _block(pen: Pen, pair: PairExplanation, number: int | None, y: float) -> float:
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
    bottom = max(draw_connections(pen, pair, column - GAP, y), draw_ledger(pen, pair, column, y))
    return bottom + 22


def _text(pen: Pen, name: str, text: TokenizedText, importance: FloatArray, y: float) -> float:
    sheet, size, left = pen.sheet, 12.0, MARGIN + 68
    sheet.text(MARGIN, y + 12, name, 9, pen.soft, "bold")

    lines, rest = lines_of(text, importance, WIDTH - MARGIN - left, measure_of(size), MOST_LINES)
    for line in lines:
        for piece in line:
            draw_piece(pen, piece, left, y, size)
        y += 20
    if rest:
        sheet.text(left, y + 12, rest, 9, pen.soft)
        y += 20
    return y + 4
