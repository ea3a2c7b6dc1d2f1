"""A feature as an item of the HTML page."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from engine.concepts.alignment import AlignedValue
from engine.encoder import ModelInfo
from engine.report.curves import nice_ticks
from engine.report.feature_result import FeatureDocument, FeatureNeighbour, FeatureResult
from engine.report.html import rendered
from engine.report.numbers import Scale, percent, unsigned
from engine.report.segments import Segment, label, one_line, segments_of

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 560, 190, 46, 548, 10, 150
MOST_VALUES, MOST_CHILDREN = 30, 20


@dataclass(frozen=True)
class Bar:
    """A bin of the histogram in units of the drawing."""

    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True)
class Document:
    """A document of the page: its number, its name, its text as segments, and what no word brings."""

    activation: str
    name: str
    band: str
    segments: list[Segment]
    outside: float | None


def feature_body(result: FeatureResult, anchor: str) -> Markup:
    """Return names, scores, histogram, documents and neighbours of a feature.

    Args:
        result: the feature.
        anchor: what names of places on the page begin with.
    """
    family, scale = result.family, word_scale(result)
    return rendered(
        "feature.html",
        anchor=anchor,
        max_tokens="",
        scale=scale,
        explained=scale.words > 0,
        feature=result,
        facts=name_facts(result),
        scores=score_rows(result),
        bars=histogram_bars(result),
        y_ticks=count_ticks(result),
        x_ticks=activation_ticks(result),
        frame=(WIDTH, HEIGHT, LEFT, RIGHT, BOTTOM),
        top=[shown_document(one) for one in result.top],
        quantiles=[shown_document(one) for one in result.quantiles],
        near_misses=[shown_document(one) for one in result.near_misses],
        similar=neighbour_rows(result.similar),
        coactive=neighbour_rows(result.coactive),
        children=", ".join(map(str, family.children[:MOST_CHILDREN])),
        values=value_rows(result),
        more_values=max(len(result.metadata.values) - MOST_VALUES, 0) if result.metadata else 0,
        no_note=_nothing,
    )


def feature_facts(result: FeatureResult, dictionary: str, model: ModelInfo) -> tuple[str, ...]:
    """Return which feature it is, of what, and how often it fires."""
    return (
        f"Feature {result.feature}",
        one_line(dictionary),
        model.name,
        f"active on {result.documents:,} documents ({percent(result.fire_rate)})",
    )


def feature_settings(result: FeatureResult) -> tuple[tuple[str, str], ...]:
    """Return the settings of a feature's page."""
    words = "not asked for" if result.layer is None else f"integrated Jacobians, layer {result.layer}"
    return (
        ("Feature", str(result.feature)),
        ("Threshold", "none" if result.threshold is None else unsigned(result.threshold, 4)),
        ("Words of the documents", words),
    )


def word_scale(result: FeatureResult) -> Scale:
    """Return the colour scale that the words of all documents share."""
    shares = [abs(word.share) for document in result.top for word in document.words or ()]
    return Scale(max(shares, default=0.0), 0.0, "activation")


def name_facts(result: FeatureResult) -> list[tuple[str, str]]:
    """Return what is said of the feature's name, by the analyst and by the machine."""
    rows = [("name", result.label or "none")]
    if result.machine_label != result.label:
        rows.append(
            ("the machine’s name", result.machine_label or f"none: {result.reason or 'not looked for'}")
        )
    if result.group:
        rows.append(("group", result.group))
    if result.starred:
        rows.append(("starred", "yes"))
    if result.note:
        rows.append(("note", result.note))
    return [(name, label(value, 2_000)) for name, value in rows]


def score_rows(result: FeatureResult) -> list[tuple[str, str, str]]:
    """Return the scores of the machine's name: their names, values, and what they mean."""
    score = result.score
    if score is None:
        return []
    rank = score.discrimination_rank
    shown = (
        ("Pearson", score.pearson, "correlation of a document’s similarity to the name with its activation"),
        ("AUPRC", score.auprc, "area under precision and recall of “active” by that similarity"),
        ("F1", score.f1, "of “active” at the best threshold"),
        ("lexical F1", score.lexical_f1, "of “active”, told by whether a document holds a keyword"),
        ("coherence", score.coherence, "how much more alike its documents are than random ones"),
    )
    rows = [(name, "–" if value is None else unsigned(value, 3), what) for name, value, what in shown]
    rows.append(
        (
            "rank of its own name",
            "–" if rank is None else f"{rank:,}",
            "among the names of all features; 1 is best",
        )
    )
    return rows


def histogram_bars(result: FeatureResult) -> list[Bar]:
    """Return the bars of the histogram."""
    counts, edges = result.histogram.counts, result.histogram.edges
    if not counts or edges[-1] <= 0:
        return []
    highest = _count_scale(result)[-1]
    bars = []
    for count, start, end in zip(counts, edges, edges[1:], strict=False):
        x, right = (LEFT + (RIGHT - LEFT) * min(max(edge / edges[-1], 0.0), 1.0) for edge in (start, end))
        height = (BOTTOM - TOP) * min(max(count, 0) / highest, 1.0)
        title = f"{unsigned(start, 3)} to {unsigned(end, 3)}: {count:,} documents"
        bars.append(
            Bar(
                round(x, 1),
                round(BOTTOM - height, 1),
                round(max(right - x - 1, 0.5), 1),
                round(height, 1),
                title,
            )
        )
    return bars


def _count_scale(result: FeatureResult) -> list[float]:
    return nice_ticks(0.0, float(max(max(result.histogram.counts, default=0), 1)), 4)


def count_ticks(result: FeatureResult) -> list[tuple[float, str]]:
    """Return where the ticks of the histogram's counts are, and what they say."""
    ticks = _count_scale(result)
    return [
        (round(BOTTOM - (BOTTOM - TOP) * tick / ticks[-1], 1), f"{tick:,.0f}")
        for tick in ticks
        if tick == round(tick)
    ]


def activation_ticks(result: FeatureResult) -> list[tuple[float, str]]:
    """Return where the ticks of the histogram's activations are, and what they say."""
    end = result.histogram.edges[-1]
    return [
        (round(LEFT + (RIGHT - LEFT) * at, 1), unsigned(end * at, 2)) for at in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]


def shown_document(one: FeatureDocument) -> Document:
    """Return a document as page and print show it."""
    words = one.words or ()
    found = segments_of(one.text, [word.span for word in words], [word.share for word in words])
    return Document(
        unsigned(one.activation, 3),
        label(one.id),
        "" if one.band is None else str(one.band),
        found if words else [Segment(one.text, "space")],
        one.outside,
    )


def neighbour_rows(found: Sequence[FeatureNeighbour]) -> list[tuple[int, str, str, str]]:
    """Return number, name, measure and documents of each neighbour, as printed."""
    return [
        (
            one.feature,
            label(one.label or f"feature {one.feature}"),
            unsigned((one.cosine if one.phi is None else one.phi) or 0.0, 3),
            f"{one.documents:,}",
        )
        for one in found
    ]


def value_rows(result: FeatureResult) -> list[tuple[str, ...]]:
    """Return the values of metadata that the feature goes with, as printed, the surest first."""
    return [_value(value) for value in result.metadata.values[:MOST_VALUES]] if result.metadata else []


def _value(value: AlignedValue) -> tuple[str, ...]:
    return (
        f"{label(value.column, 40)} = {label(value.value, 80)}",
        percent(value.precision),
        f"{unsigned(value.lift, 1)}",
        percent(value.recall),
        "<1e-99" if value.q < 1e-99 else f"{value.q:.0e}",
    )


def _nothing(_value: float) -> str:
    return ""
