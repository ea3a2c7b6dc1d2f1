"""A ranking as a report keeps it: the hits with their words, filters and steering, in plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.retrieval.explain_hits import ExplainedHit, WordShare
from engine.retrieval.index import SearchIndex
from engine.retrieval.search import Ranking
from engine.retrieval.steering import Steered
from engine.spreadsheet import csv_text


@dataclass(frozen=True)
class RankedHit:
    """One line of a ranking.

    Attributes:
        rank: from 1.
        id: of the document in the corpus.
        document: its number in the workspace.
        text: the text.
        similarity: with the query, the steered one if it was steered.
        percentile: share, in percent, of random pairs of documents that are less similar; None if unknown.
        metadata: the other columns.
        query_similarity: with the query as it was, of a steered one.
        words: of the text with their shares; None if they were not asked for.
        query_words: the same of the query.
    """

    rank: int
    id: str
    document: int
    text: str
    similarity: float
    percentile: float | None
    metadata: dict[str, Any]
    query_similarity: float | None = None
    words: tuple[WordShare, ...] | None = None
    query_words: tuple[WordShare, ...] | None = None


@dataclass(frozen=True)
class TurnedFeature:
    """A feature that the query was steered by.

    Attributes:
        feature: its number.
        name: what it is called.
        weight: in units of
        scale: its 99th percentile among the documents on which it is active.
        before: its activation on the query as it was.
    """

    feature: int
    name: str
    weight: float
    scale: float
    before: float


@dataclass(frozen=True)
class RankingResult:
    """What a search found.

    Attributes:
        hits: best first.
        searched: how many documents passed the filters.
        documents: how many there are.
        note: what the model does not read of the query; empty if it reads all.
        drift: cosine of the steered query and the query as it was; None if it was not steered.
        turned: the features that it was steered by.
        layer: the layer whose inputs were varied to find the words; None if they were not asked for.
    """

    hits: tuple[RankedHit, ...]
    searched: int
    documents: int
    note: str
    drift: float | None = None
    turned: tuple[TurnedFeature, ...] = ()
    layer: int | None = None


def ranking_result(
    ranking: Ranking,
    explained: Sequence[ExplainedHit],
    steered: Steered | None,
    names: Sequence[str],
    index: SearchIndex,
) -> RankingResult:
    """Return what a report keeps of a search.

    Args:
        ranking: what was found.
        explained: the hits whose words are known, from the best on.
        steered: how the query was steered.
        names: of all features, if it was.
        index: what was searched.
    """
    words = {one.place: one for one in explained}
    before: list[float | None] = [None] * len(ranking.hits)
    if steered is not None:
        rows = np.array([hit.id - 1 for hit in ranking.hits], dtype=np.int64)
        before = list(index.exact(ranking.query.vector, rows).tolist())
    return RankingResult(
        tuple(
            RankedHit(
                hit.rank,
                hit.name,
                hit.id,
                hit.text,
                hit.similarity,
                hit.percentile,
                hit.metadata,
                before[place],
                words[place].words if place in words else None,
                words[place].query_words if place in words else None,
            )
            for place, hit in enumerate(ranking.hits)
        ),
        ranking.searched,
        ranking.documents,
        ranking.query.note,
        None if steered is None else steered.drift,
        ()
        if steered is None
        else tuple(
            TurnedFeature(one.feature, names[one.feature], one.weight, one.scale, one.before)
            for one in steered.features
        ),
        explained[0].pair.candidate.layer if explained else None,
    )


def listed_hits(result: RankingResult) -> list[dict[str, Any]]:
    """Return the hits as plain lists and objects, for JSON that scripts rely on.

    "id" is the document's id in the corpus, as the JSON of features has it; "document" its number in the
    workspace. Of a steered query each hit has its similarity to the query as it was, and the drift; where
    words were asked for, those whose words are known have them.
    """
    return [_listed(hit, result) for hit in result.hits]


def _listed(hit: RankedHit, result: RankingResult) -> dict[str, Any]:
    listed: dict[str, Any] = {
        "rank": hit.rank,
        "id": hit.id,
        "document": hit.document,
        "text": hit.text,
        "similarity": hit.similarity,
        "percentile": hit.percentile,
        "metadata": hit.metadata,
    }
    if hit.query_similarity is not None:
        listed |= {"query_similarity": hit.query_similarity, "drift": result.drift}
    if hit.words is not None and hit.query_words is not None:
        listed |= {
            "words": _shares(hit.words),
            "query_words": _shares(hit.query_words),
            "layer": result.layer,
        }
    return listed


def _shares(words: Sequence[WordShare]) -> list[dict[str, Any]]:
    return [{"text": word.text, "span": list(word.span), "share": word.share} for word in words]


def ranking_tables(result: RankingResult) -> dict[str, str]:
    """Return the CSV tables "hits", "words" and, of a steered query, "steering"."""
    columns = list(dict.fromkeys(name for hit in result.hits for name in hit.metadata))
    tables = {
        "hits": csv_text(
            ("rank", "id", "document", "similarity", "percentile", "query_similarity", "text", *columns),
            (
                (
                    *(hit.rank, hit.id, hit.document, hit.similarity, hit.percentile, hit.query_similarity),
                    *(hit.text, *(_cell(hit.metadata.get(name)) for name in columns)),
                )
                for hit in result.hits
            ),
        ),
        "words": csv_text(
            ("rank", "side", "index", "word", "start", "end", "share"),
            (
                (hit.rank, side, index, word.text, *word.span, word.share)
                for hit in result.hits
                for side, words in (("query", hit.query_words), ("text", hit.words))
                for index, word in enumerate(words or ())
            ),
        ),
    }
    if result.turned:
        tables["steering"] = csv_text(
            ("feature", "name", "weight", "scale", "activation_before"),
            ((one.feature, one.name, one.weight, one.scale, one.before) for one in result.turned),
        )
    return tables


def _cell(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float) else str(value)
