"""A ranking as an item of the HTML page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from engine.attribution.request import Similarity
from engine.encoder import ModelInfo
from engine.report.html import rendered
from engine.report.numbers import Scale, digits_for
from engine.report.ranking import RankedHit, RankingResult
from engine.report.segments import Segment, label, segments_of
from engine.report.wording import SIMILARITY_NAMES
from engine.retrieval.explain_hits import strongest

HEADING = "What the search found"


@dataclass(frozen=True)
class HitRow:
    """A hit of the page; `start` and `end` are those of its bar, in percent."""

    hit: RankedHit
    segments: list[Segment]
    start: float
    end: float
    percentile: str
    metadata: list[tuple[str, str]]
    drivers: list[tuple[str, float]]


@dataclass(frozen=True)
class RankingView:
    """The hits as page and print show them, on one colour scale, and the decimals of similarities."""

    rows: list[HitRow]
    scale: Scale
    digits: int
    explained: bool


def ranking_view(similarity: Similarity, result: RankingResult) -> RankingView:
    """Return what is shown of the hits."""
    shares = [abs(word.share) for hit in result.hits for word in hit.words or ()]
    scale = Scale(max(shares, default=0.0), 0.0, "cosine" if similarity == "cosine" else "dot product")
    values = [hit.similarity for hit in result.hits]
    low, high = min([*values, 0.0]), max([*values, 1.0 if similarity == "cosine" else 0.0, 1e-12])
    return RankingView(
        [_row(hit, low, high) for hit in result.hits],
        scale,
        min(4, digits_for(max(abs(low), abs(high)), 5)),
        bool(shares),
    )


def ranking_body(
    query: str, similarity: Similarity, filters: Sequence[str], result: RankingResult, anchor: str
) -> Markup:
    """Return the query, how it was filtered and steered, and the hits.

    Args:
        query: as written.
        similarity: "cosine" or "dot".
        filters: each in a few words.
        result: what was found.
        anchor: what names of places on the page begin with.
    """
    view = ranking_view(similarity, result)
    return rendered(
        "ranking.html",
        anchor=anchor,
        max_tokens="",
        scale=view.scale,
        explained=view.explained,
        query=query,
        note=result.note,
        filters=filters,
        result=result,
        digits=view.digits,
        rows=view.rows,
        no_note=_nothing,
    )


def _row(hit: RankedHit, low: float, high: float) -> HitRow:
    words = hit.words or ()
    start, end = sorted(round(100 * (edge - low) / (high - low), 2) for edge in (0.0, hit.similarity))
    return HitRow(
        hit,
        segments_of(hit.text, [word.span for word in words], [word.share for word in words])
        if words
        else [Segment(hit.text, "space")],
        start,
        end,
        "" if hit.percentile is None else share_below(hit.percentile),
        [
            (label(name, 60), label(_said(value), 120))
            for name, value in hit.metadata.items()
            if value is not None
        ],
        [(label(word.text), word.share) for word in strongest(words, 5)],
    )


def share_below(percentile: float) -> str:
    """Return what share of the random pairs that were drawn is less similar."""
    # 100 % would say that no pair can be more alike.
    return "all" if percentile >= 100 else f"{min(percentile, 99.99):.2f} %"


def ranking_facts(
    model: ModelInfo, similarity: Similarity, result: RankingResult, ranked: str
) -> tuple[str, ...]:
    """Return model, measure and how many documents were searched, of how many (`ranked`)."""
    some = f"{result.searched:,} of " if result.searched < result.documents else ""
    return (model.name, SIMILARITY_NAMES[similarity], f"{some}{ranked}")


def ranking_settings(
    similarity: Similarity, filters: Sequence[str], result: RankingResult
) -> tuple[tuple[str, str], ...]:
    """Return the settings of a ranking."""
    words = "not asked for" if result.layer is None else f"integrated Jacobians, layer {result.layer}"
    turned = ", ".join(f"{one.feature} by {one.weight:+g}" for one in result.turned)
    return (
        ("Similarity", SIMILARITY_NAMES[similarity]),
        ("Filters", "; ".join(label(one, 200) for one in filters) or "none"),
        ("Steering", f"features {turned}" if turned else "none"),
        ("Words of the hits", words),
    )


def _said(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _nothing(_value: float) -> str:
    return ""
