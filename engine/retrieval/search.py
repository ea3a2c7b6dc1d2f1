"""Exact search: the documents, or some texts, most similar to a query, best first."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.attribution.request import Similarity
from engine.corpus.embedding import index_model
from engine.corpus.vectors import FloatArray
from engine.corpus.workspace import Document, Workspace
from engine.encoder import Encoder, TokenizedText
from engine.errors import UserError
from engine.jobs import Job
from engine.retrieval.filters import Filters, allowed_rows
from engine.retrieval.index import Float64Array, SearchIndex, TextVectors

MOST_HITS = 1_000


@dataclass(frozen=True)
class Query:
    """A query as the model reads it.

    Attributes:
        text: its tokens and words.
        vector: (D,) as the model gives it.
        note: what the model does not read of it; empty if it reads all.
    """

    text: TokenizedText
    vector: FloatArray
    note: str


@dataclass(frozen=True)
class Hit:
    """One line of a ranking.

    Attributes:
        rank: from 1.
        id: of the document; of a text that is not in the workspace its place in the list, from 1.
        name: its id in the corpus, empty for a text.
        text: the text.
        similarity: with the query that was searched for, the steered one if it was steered.
        percentile: share, in percent, of random pairs of documents that are less similar; None without
            a workspace.
        metadata: the other columns of the document.
    """

    rank: int
    id: int
    name: str
    text: str
    similarity: float
    percentile: float | None
    metadata: dict[str, Any]


@dataclass(frozen=True)
class Ranking:
    """The result of a search.

    Attributes:
        query: what was searched for.
        vector: (D,) what the documents were compared with: the query's vector, or the steered one.
        similarity: "cosine" or "dot".
        hits: best first.
        searched: how many documents passed the filters.
        documents: how many there are.
        seconds: what the search took, without embedding the query.
    """

    query: Query
    vector: FloatArray
    similarity: Similarity
    hits: tuple[Hit, ...]
    searched: int
    documents: int
    seconds: float


def embed_query(encoder: Encoder, text: str) -> Query:
    """Return a query and its vector, under the prompt that the model keeps for queries.

    Raises:
        UserError: the text is empty, or holds nothing that the model reads.
    """
    try:
        tokenized = encoder.tokenize(text, "query")
    except UserError as error:
        raise UserError(f"query: {error}") from error
    return Query(tokenized, encoder.embed([tokenized])[0], cut_note(tokenized))


def cut_note(text: TokenizedText) -> str:
    """Return what a model does not read of a query, empty if it reads all."""
    if not text.truncated:
        return ""
    rest = " ".join(text.text[text.seen_characters :].split())
    return (
        f"the model reads {len(text.ids)} of the {text.total_tokens} tokens of the query; "
        f"cut off: {rest[:60]!r}{'...' if len(rest) > 60 else ''}"
    )


def check_count(count: int, name: str = "top") -> None:
    """Refuse a number of hits that is no number of hits.

    Raises:
        UserError: it is not from 1 to 1,000.
    """
    if not 1 <= count <= MOST_HITS:
        raise UserError(f"{name} is {count}; choose 1 to {MOST_HITS:,}")


def search(
    workspace: Workspace,
    index: SearchIndex,
    query: Query,
    top: int = 10,
    filters: Filters | None = None,
    vector: FloatArray | None = None,
    job: Job | None = None,
) -> Ranking:
    """Return the documents most similar to a query, best first, ties in the order of their ids.

    Args:
        workspace: the documents.
        index: its vectors.
        query: embedded by the model of the index.
        top: how many hits at most, 1 to 1,000.
        filters: what documents must have; nothing by default.
        vector: (D,) what to search for in place of the query's own vector: a steered query.
        job: progress and cancellation.

    Raises:
        UserError: `top` is out of range, or there is no column of a filter's name.
    """
    check_count(top)
    start = time.perf_counter()
    vector = query.vector if vector is None else vector
    allowed = allowed_rows(workspace, filters or Filters(), len(index))
    best = index.best(vector, top, allowed=allowed, job=job)
    documents = documents_of(workspace, [int(row) + 1 for row in best.rows])
    percentiles = index.percentiles(best.similarities)
    hits = tuple(
        Hit(
            place + 1,
            document.id,
            document.name,
            document.text,
            float(best.similarities[place]),
            _at(percentiles, place),
            document.metadata,
        )
        for place, document in enumerate(documents)
    )
    searched = len(index) if allowed is None else int(allowed.sum())
    return Ranking(query, vector, index.similarity, hits, searched, len(index), time.perf_counter() - start)


def rank_texts(
    query: Query,
    texts: Sequence[str],
    among: SearchIndex,
    index: SearchIndex | None = None,
    vector: FloatArray | None = None,
    job: Job | None = None,
) -> Ranking:
    """Return texts that are in no workspace, ranked as `search` ranks documents.

    Args:
        query: what they are compared with.
        texts: the candidates; a hit's id is its place among them, from 1.
        among: what `index_of_texts` gave for them.
        index: the workspace whose random pairs give percentiles; none by default.
        vector: (D,) a steered query, as of `search`.
        job: progress and cancellation.

    Raises:
        UserError: the index is of another model.
    """
    start = time.perf_counter()
    vector = query.vector if vector is None else vector
    if index is not None:
        index.check_model(among.model.name, among.model.fingerprint)
    best = among.best(vector, len(texts), job=job)
    percentiles = None if index is None else index.percentiles(best.similarities)
    hits = tuple(
        Hit(place + 1, int(row) + 1, "", texts[row], float(similarity), _at(percentiles, place), {})
        for place, (row, similarity) in enumerate(zip(*best, strict=True))
    )
    return Ranking(query, vector, among.similarity, hits, len(texts), len(texts), time.perf_counter() - start)


def index_of_texts(
    encoder: Encoder, texts: Sequence[str], similarity: Similarity = "cosine", job: Job | None = None
) -> SearchIndex:
    """Return texts as something to search; row i belongs to the text at place i.

    Raises:
        UserError: there are no texts or more than 1,000, or one is empty.
    """
    check_count(len(texts), "the number of candidates")
    return SearchIndex(TextVectors(embed_texts(encoder, texts, job), index_model(encoder)), similarity)


def embed_texts(encoder: Encoder, texts: Sequence[str], job: Job | None = None) -> FloatArray:
    """Return the vectors (N, D) of texts, as documents.

    Raises:
        UserError: a text is empty, or holds nothing that the model reads.
    """
    tokenized = []
    for number, text in enumerate(texts, start=1):
        try:
            tokenized.append(encoder.tokenize(text))
        except UserError as error:
            raise UserError(f"candidate {number}: {error}") from error
    return encoder.embed(tokenized, job)


def documents_of(workspace: Workspace, ids: Sequence[int]) -> list[Document]:
    """Return documents in the order of `ids`.

    Raises:
        UserError: one of them is not there, or no longer.
    """
    try:
        return workspace.documents(ids)
    except KeyError as error:
        raise UserError(
            f"there is no document {error.args[0]} in {workspace.folder} (it has 1 to "
            f"{workspace.document_count:,}); search again"
        ) from error


def _at(values: Float64Array | None, place: int) -> float | None:
    return None if values is None else float(values[place])
