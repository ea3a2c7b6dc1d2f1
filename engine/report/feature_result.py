"""A feature as a report keeps it: names, scores, documents with their words, neighbours, in plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from typing import Any

from engine.concepts.alignment import AlignedValue, Alignment
from engine.concepts.examples import WordActivations
from engine.concepts.page import FeaturePage
from engine.report.features import page_data
from engine.report.plain import decode, encode
from engine.retrieval.explain_hits import WordShare
from engine.spreadsheet import csv_text


@dataclass(frozen=True)
class FeatureKeyword:
    """A keyword, and how well it goes with the feature (-1 to 1)."""

    text: str
    score: float


@dataclass(frozen=True)
class NameScore:
    """How well the machine's name stands for the feature on held-out documents; None: cannot be said."""

    pearson: float | None
    auprc: float | None
    f1: float | None
    lexical_f1: float | None
    discrimination_rank: int | None
    coherence: float | None


@dataclass(frozen=True)
class FeatureFamily:
    """The family of a feature; see `engine.concepts.page.FeaturePage`."""

    head: int | None
    size: int
    ratio: float | None
    parent: int | None
    children: tuple[int, ...]


@dataclass(frozen=True)
class FeatureDocument:
    """A document and what the feature makes of it.

    Attributes:
        id: of the document in the corpus.
        text: its text.
        activation: of the feature; of a near miss, the pre-activation.
        metadata: the other columns.
        band: of a quantile example, 1 (weakest tenth) to 10.
        words: what each word adds to the pre-activation; None if it was not computed.
        outside: what no word brings.
    """

    id: str
    text: str
    activation: float
    metadata: dict[str, Any]
    band: int | None = None
    words: tuple[WordShare, ...] | None = None
    outside: float | None = None


@dataclass(frozen=True)
class FeatureHistogram:
    """How strongly the feature fires where it does: documents in each bin, and the edges of the bins."""

    counts: tuple[int, ...]
    edges: tuple[float, ...]


@dataclass(frozen=True)
class FeatureNeighbour:
    """Another feature: its cosine or its phi, and on how many documents both fire."""

    feature: int
    label: str | None
    documents: int
    cosine: float | None = None
    phi: float | None = None


@dataclass(frozen=True)
class FeatureResult:
    """Everything about a feature, field by field as `features --feature --json` names it.

    Attributes:
        layer: the layer whose inputs were varied to find the words of the documents; None without.
    """

    feature: int
    label: str | None
    machine_label: str | None
    reason: str
    keywords: tuple[FeatureKeyword, ...]
    score: NameScore | None
    fire_rate: float
    documents: int
    threshold: float | None
    group: str | None
    starred: bool
    note: str
    family: FeatureFamily
    top: tuple[FeatureDocument, ...]
    quantiles: tuple[FeatureDocument, ...]
    near_misses: tuple[FeatureDocument, ...]
    histogram: FeatureHistogram
    similar: tuple[FeatureNeighbour, ...]
    coactive: tuple[FeatureNeighbour, ...]
    metadata: Alignment | None
    layer: int | None = None

    @property
    def name(self) -> str:
        """The analyst's name, else the machine's, else the number."""
        return self.label or f"feature {self.feature}"


def feature_result(
    page: FeaturePage, labels: Sequence[str], words: Sequence[WordActivations] = ()
) -> FeatureResult:
    """Return what a report keeps of a feature.

    Args:
        page: of the feature.
        labels: names of all features, for its neighbours.
        words: of the strongest documents, in their order.
    """
    found = decode(FeatureResult, encode(page_data(page, labels)), "the feature")
    top = [
        replace(
            document,
            words=tuple(
                WordShare(word, span, float(value))
                for word, span, value in zip(one.words, one.spans, one.values, strict=True)
            ),
            outside=one.outside,
        )
        for document, one in zip(found.top, words, strict=False)
    ]
    layer = words[0].layer if words else None
    return replace(found, top=(*top, *found.top[len(top) :]), layer=layer)


def feature_tables(result: FeatureResult) -> dict[str, str]:
    """Return the CSV tables "documents", "words", "keywords", "histogram", "neighbours" and "metadata"."""
    groups: Mapping[str, tuple[FeatureDocument, ...]] = {
        "top": result.top,
        "quantile": result.quantiles,
        "near miss": result.near_misses,
    }
    aligned = result.metadata.values if result.metadata is not None else ()
    return {
        "documents": csv_text(
            ("kind", "place", "id", "activation", "band", "text"),
            (
                (kind, place, one.id, one.activation, one.band, one.text)
                for kind, documents in groups.items()
                for place, one in enumerate(documents, start=1)
            ),
        ),
        "words": csv_text(
            ("place", "index", "word", "start", "end", "share"),
            (
                (place, index, word.text, *word.span, word.share)
                for place, one in enumerate(result.top, start=1)
                for index, word in enumerate(one.words or ())
            ),
        ),
        "keywords": csv_text(("keyword", "score"), ((one.text, one.score) for one in result.keywords)),
        "histogram": csv_text(
            ("from", "to", "documents"),
            zip(result.histogram.edges, result.histogram.edges[1:], result.histogram.counts, strict=False),
        ),
        "neighbours": csv_text(
            ("kind", "feature", "label", "value", "documents"),
            (
                (kind, one.feature, one.label, one.cosine if one.phi is None else one.phi, one.documents)
                for kind, found in (("cosine", result.similar), ("phi", result.coactive))
                for one in found
            ),
        ),
        "metadata": csv_text(
            tuple(one.name for one in fields(AlignedValue)),
            (astuple(value) for value in aligned),
        ),
    }
