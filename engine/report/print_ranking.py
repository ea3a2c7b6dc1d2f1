"""A ranking on printed pages."""

from collections.abc import Sequence

from engine.attribution.request import Similarity
from engine.report.colours import palette
from engine.report.drawing import MARGIN, WIDTH
from engine.report.numbers import signed, unsigned
from engine.report.pages import Column, Pages
from engine.report.ranking import RankingResult
from engine.report.ranking_section import HitRow, ranking_view

_LEFT = 150.0


def print_ranking(
    pages: Pages, query: str, similarity: Similarity, filters: Sequence[str], result: RankingResult
) -> None:
    """Write the query, how it was filtered and steered, and the hits with their words."""
    view = ranking_view(similarity, result)
    pages.text("Query", 9, "bold", soft=True)
    pages.text(query, 12)
    if result.note:
        pages.text(result.note, 8, soft=True)
    if filters:
        pages.text(f"Only documents with {', '.join(filters)}.", soft=True)
    if result.turned:
        pages.space(6)
        pages.table(
            (
                Column("steered by", 0.52),
                Column("feature", 0.12, "right"),
                Column("weight", 0.12, "right"),
                Column("unit", 0.12, "right"),
                Column("on the query", 0.12, "right"),
            ),
            [
                [
                    one.name,
                    str(one.feature),
                    signed(one.weight, 2),
                    unsigned(one.scale, 3),
                    unsigned(one.before, 3),
                ]
                for one in result.turned
            ],
        )
        if result.drift is not None:
            pages.text(
                f"Cosine of the steered query with the query as it was: {unsigned(result.drift, 3)}.",
                soft=True,
            )
    pages.heading(f"{len(view.rows)} {'hit' if len(view.rows) == 1 else 'hits'}, best first")
    for row in view.rows:
        pages.need(76)
        count, bottom = pages.count, _hit(pages, row, view.digits)
        if row.hit.words:
            pages.heat(row.hit.text, row.segments, view.scale, _LEFT)
        else:
            pages.text(row.hit.text, 11, left=_LEFT)
        if row.drivers:
            words = "  ·  ".join(
                f"{word} {signed(share, view.scale.word_digits)}" for word, share in row.drivers
            )
            pages.text(words, 8.5, soft=True, left=_LEFT)
        if pages.count == count:
            pages.y = max(pages.y, bottom)
        pages.space(4)


def _hit(pages: Pages, row: HitRow, digits: int) -> float:
    """Write what stands left of a hit's text, and its name above it; return where the left side ends."""
    pen = pages.pen()
    pen.sheet.line([(MARGIN, pages.y), (WIDTH - MARGIN, pages.y)], pen.rule, 0.6)
    pages.space(5)
    top = pages.y
    pages.text(f"{row.hit.rank}  ·  {unsigned(row.hit.similarity, digits)}", 11, "bold")
    colours = palette("light")
    pages.bar(
        row.start, row.end, 0, _LEFT - 24, colours["positive" if row.hit.similarity >= 0 else "negative"]
    )
    pages.space(11)
    if row.percentile:
        pages.text(f"above {row.percentile} of random pairs", 7.5, soft=True, width=_LEFT - 10)
    if row.hit.query_similarity is not None:
        before = unsigned(row.hit.query_similarity, digits)
        pages.text(f"{before} with the query as it was", 7.5, soft=True, width=_LEFT - 10)
    # The text begins beside the number, not below it.
    bottom, pages.y = pages.y, top
    name = " · ".join([row.hit.id, *(f"{column}: {value}" for column, value in row.metadata)])
    pages.text(name, 8, soft=True, left=_LEFT)
    return bottom
