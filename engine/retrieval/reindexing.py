"""A new model for the documents of a workspace while the old one answers: build, compare, switch, go back."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.corpus.embedding import EmbedReport, build_index, document_embedder, index_model
from engine.corpus.lock import writing
from engine.corpus.vectors import FloatArray, IndexModel, VectorStore, read_manifest
from engine.corpus.workspace import Workspace
from engine.encoder import Encoder
from engine.encoder.loading import fingerprint
from engine.errors import UserError
from engine.jobs import Job
from engine.retrieval.index import Best, SearchIndex
from engine.retrieval.model_comparison import rank_correlation

TOP = 10
_DEPTH = 100


@dataclass(frozen=True)
class QueryComparison:
    """What two indexes find for one query.

    Attributes:
        query: the query.
        overlap: the share of the first ten documents that both find, 0 to 1.
        correlation: Spearman's rank correlation of the two orders of the documents that are among the first
            hundred of either; NaN if one tells none apart.
        hits: ids of the first ten documents, by the old index and by the new one.
        first_texts: the text of the first document of each.
    """

    query: str
    overlap: float
    correlation: float
    hits: tuple[tuple[int, ...], tuple[int, ...]]
    first_texts: tuple[str, str]


@dataclass(frozen=True)
class IndexComparison:
    """Two indexes of one workspace on the same queries.

    Attributes:
        models: of the old and of the new index.
        queries: query by query.
        overlap: the mean over queries.
        correlation: the mean over queries that have one.
    """

    models: tuple[IndexModel, IndexModel]
    queries: tuple[QueryComparison, ...]
    overlap: float
    correlation: float


def build_beside(workspace: Workspace, encoder: Encoder, job: Job | None = None) -> EmbedReport:
    """Build the index of a model, or go on building it; the index in use goes on answering.

    Raises:
        UserError: see `engine.corpus.embedding.build_index`.
    """
    return build_index(workspace, index_model(encoder), document_embedder(encoder), job)


def complete_index(workspace: Workspace, fingerprint: str) -> VectorStore:
    """Return the index of a model that has a vector for every document.

    Raises:
        UserError: there is none, it is not complete, damaged, or of another workspace.
    """
    folder = workspace.folder / "indexes" / fingerprint
    if not folder.is_dir():
        raise UserError(f"{workspace.folder} has no index of the model {fingerprint[:8]}; build it first")
    store = workspace.index(read_manifest(folder)[0])
    total = workspace.document_count
    if store.count < total:
        raise UserError(
            f"the index of {store.model.name} has vectors of {store.count:,} of {total:,} documents; "
            "build it to the end first"
        )
    return store


def switch_index(workspace: Workspace, fingerprint: str) -> IndexModel:
    """Make a complete index the one in use, in one step; killed at any point, the old or the new one is.

    Raises:
        UserError: the index is not complete, or another task writes to the workspace.
    """
    with writing(workspace.folder):
        store = complete_index(workspace, fingerprint)
        workspace.activate(fingerprint)
    return store.model


def switch_back(workspace: Workspace) -> IndexModel:
    """Make the index that was in use before the one in use again.

    Raises:
        UserError: there was none, or it is not complete any more.
    """
    before = workspace.previous_index
    if before is None:
        raise UserError(f"{workspace.folder} has used one index only; there is none to go back to")
    return switch_index(workspace, before)


def find_model(fingerprint_: str, folders: Sequence[str]) -> str | None:
    """Return the first of some folders that holds the model of a fingerprint, None if none does."""
    for folder in folders:
        try:
            if fingerprint(Path(folder)) == fingerprint_:
                return folder
        except (UserError, OSError):
            continue
    return None


def compare_indexes(
    workspace: Workspace,
    old: Encoder,
    new: Encoder,
    queries: Sequence[str],
    job: Job | None = None,
) -> IndexComparison:
    """Compare what the indexes of two models find for the same queries.

    Each model's queries are searched in its own index, under its own prompt for queries.

    Args:
        workspace: its indexes of both models must be complete.
        old: a model.
        new: another.
        queries: at least one.
        job: progress and cancellation.

    Raises:
        UserError: there are no queries, one cannot be read, or an index is not complete.
    """
    job = job or Job()
    if not queries:
        raise UserError("there are no saved queries; write some, one a line")
    indexes, vectors = [], []
    for place, encoder in enumerate((old, new)):
        indexes.append(SearchIndex(complete_index(workspace, encoder.info.fingerprint)))
        part = job.part(place * 0.1, (place + 1) * 0.1)
        vectors.append(encoder.embed([encoder.tokenize(query, "query") for query in queries], part))
    found = []
    for row, query in enumerate(queries):
        job.step(f"query {row + 1} of {len(queries)}", 0.2 + 0.8 * row / len(queries))
        found.append(_compare(workspace, query, indexes, [side[row] for side in vectors]))
    defined = [one.correlation for one in found if not np.isnan(one.correlation)]
    job.step("comparing", 1.0)
    return IndexComparison(
        models=(indexes[0].model, indexes[1].model),
        queries=tuple(found),
        overlap=float(np.mean([one.overlap for one in found])),
        correlation=float(np.mean(defined)) if defined else float("nan"),
    )


def _compare(
    workspace: Workspace, query: str, indexes: list[SearchIndex], vectors: list[FloatArray]
) -> QueryComparison:
    scores = [index.scores(vector) for index, vector in zip(indexes, vectors, strict=True)]
    best: list[Best] = [
        index.best(vector, _DEPTH, score)
        for index, vector, score in zip(indexes, vectors, scores, strict=True)
    ]
    either = np.union1d(best[0].rows, best[1].rows)
    top = [tuple(int(row) + 1 for row in side.rows[:TOP]) for side in best]
    texts = [document.text for document in workspace.documents([ids[0] for ids in top])]
    return QueryComparison(
        query=query,
        overlap=len(set(top[0]) & set(top[1])) / len(top[0]),
        correlation=rank_correlation(scores[0][either], scores[1][either]),
        hits=(top[0], top[1]),
        first_texts=(texts[0], texts[1]),
    )
