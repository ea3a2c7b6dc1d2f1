"""A feature on printed pages."""

from collections.abc import Sequence

from engine.report.colours import palette
from engine.report.drawing import MARGIN, WIDTH
from engine.report.feature_result import FeatureDocument, FeatureResult
from engine.report.feature_section import (
    BOTTOM,
    HEIGHT,
    RIGHT,
    activation_ticks,
    count_ticks,
    histogram_bars,
    name_facts,
    neighbour_rows,
    score_rows,
    shown_document,
    value_rows,
    word_scale,
)
from engine.report.feature_section import (
    WIDTH as CHART_WIDTH,
)
from engine.report.numbers import signed, unsigned
from engine.report.pages import Column, Pages

_LEFT = 70.0


def print_feature(pages: Pages, result: FeatureResult) -> None:
    """Write names, scores, histogram, documents, neighbours and metadata."""
    pages.heading("What it is called")
    pages.facts(name_facts(result))
    columns: tuple[Column, ...]
    if result.keywords:
        pages.space(6)
        columns = (Column("keyword", 0.6), Column("goes with it", 0.16, "right"))
        pages.table(columns, [[one.text, unsigned(one.score, 3)] for one in result.keywords])
    scores = score_rows(result)
    if scores:
        pages.heading("How well the name fits, on documents that did not make it", 11)
        columns = (Column("", 0.2), Column("", 0.12, "right"), Column("", 0.68))
        pages.table(columns, [list(row) for row in scores])
    _histogram(pages, result)
    _documents(pages, "The documents on which it is strongest", result.top, result)
    _documents(pages, "From strong to weak: the middle of each tenth", result.quantiles, result)
    _documents(pages, "Near misses: what did not suffice", result.near_misses, result)
    for title, measure, found in (
        ("Similar features", "cosine", result.similar),
        ("Features that fire together", "phi", result.coactive),
    ):
        if found:
            pages.heading(title)
            columns = (
                Column("feature", 0.1, "right"),
                Column("", 0.6),
                Column(measure, 0.14, "right"),
                Column("documents", 0.16, "right"),
            )
            pages.table(columns, [[str(number), *rest] for number, *rest in neighbour_rows(found)])
    if result.metadata is not None and result.metadata.values:
        pages.heading("Metadata that it goes with")
        columns = (
            Column("column = value", 0.44),
            Column("of its documents", 0.16, "right"),
            Column("times chance", 0.14, "right"),
            Column("of the value", 0.14, "right"),
            Column("q", 0.12, "right"),
        )
        pages.table(columns, [list(row) for row in value_rows(result)])


def _histogram(pages: Pages, result: FeatureResult) -> None:
    bars = histogram_bars(result)
    scale = 0.62 * (WIDTH - 2 * MARGIN) / CHART_WIDTH
    pages.heading("How strongly it fires", room=HEIGHT * scale + 30)
    pages.text(f"{result.documents:,} documents", soft=True)
    if not bars:
        return
    pen, top, colour = pages.pen(), pages.y + 4, palette("light")["positive"]
    sheet = pen.sheet
    for at, name in count_ticks(result):
        y = top + scale * at
        sheet.line([(MARGIN + scale * 46, y), (MARGIN + scale * RIGHT, y)], pen.rule, 0.5)
        sheet.text(MARGIN + scale * 38, y + 3, name, 7.5, pen.soft, align="right")
    for bar in bars:
        sheet.box(MARGIN + scale * bar.x, top + scale * bar.y, scale * bar.width, scale * bar.height, colour)
    for at, name in activation_ticks(result):
        sheet.text(MARGIN + scale * at, top + scale * (BOTTOM + 18), name, 7.5, pen.soft, align="center")
    sheet.text(MARGIN + scale * 297, top + scale * (HEIGHT - 4), "activation", 7.5, pen.soft, align="center")
    pages.space(HEIGHT * scale + 12)


def _documents(pages: Pages, title: str, found: Sequence[FeatureDocument], result: FeatureResult) -> None:
    if not found:
        return
    pages.heading(title)
    scale = word_scale(result)
    for one in found:
        shown = shown_document(one)
        pages.need(44)
        pen, top = pages.pen(), pages.y
        pen.sheet.line([(MARGIN, top), (WIDTH - MARGIN, top)], pen.rule, 0.6)
        pages.space(4)
        pen.sheet.text(MARGIN, pages.y + 10, shown.activation, 10, pen.ink, "bold")
        pages.text(shown.name, 8, soft=True, left=_LEFT)
        if one.words:
            pages.heat(one.text, shown.segments, scale, _LEFT)
        else:
            pages.text(one.text, 11, left=_LEFT)
        if one.outside is not None:
            note = f"{signed(one.outside, 3)} that no word brings: the empty text, the biases."
            pages.text(note, 8, soft=True, left=_LEFT)
        pages.space(3)
