"""Which values of which metadata column a feature goes with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array
from scipy.stats import false_discovery_control, hypergeom

from engine.corpus.schema import storage_errors
from engine.corpus.workspace import Workspace
from engine.jobs import Job

IntArray = npt.NDArray[np.int64]
LEAST_DOCUMENTS, MOST_VALUES, LEVEL = 5, 500, 0.05
_ROWS = 4_096


@dataclass(frozen=True)
class Metadata:
    """The metadata of all documents, by columns that can be tested.

    Attributes:
        pairs: the (column, value) pairs that at least 5 documents have, column by column.
        documents: (N, pairs) of ones: which documents have which.
        skipped: why each other column cannot be tested.
    """

    pairs: tuple[tuple[str, str], ...]
    documents: csc_array
    skipped: Mapping[str, str]


@dataclass(frozen=True)
class AlignedValue:
    """A value of a column that goes with a feature.

    Attributes:
        column: the column.
        value: the value, as text.
        documents: how many documents have it.
        together: on how many of these the feature is active.
        precision: share of the feature's documents that have the value.
        recall: share of the value's documents on which the feature is active.
        lift: precision over the share of all documents that have the value; 1 is chance.
        p: Fisher's exact test, one-sided: how likely chance alone gives `together` or more.
        q: after the correction of Benjamini and Hochberg over all pairs tested.
    """

    column: str
    value: str
    documents: int
    together: int
    precision: float
    recall: float
    lift: float
    p: float
    q: float


@dataclass(frozen=True)
class Alignment:
    """The values that a feature goes with.

    Attributes:
        values: at a false discovery rate of 5 %, surest first.
        tested: how many (column, value) pairs were tested.
        skipped: why other columns were not.
    """

    values: tuple[AlignedValue, ...]
    tested: int
    skipped: Mapping[str, str]


def read_metadata(workspace: Workspace, job: Job | None = None, documents: int | None = None) -> Metadata:
    """Read the metadata of a workspace once, for the tests of all features.

    Of a list each element is a value of its own. A document without a value counts as one that has none
    of the others. Columns with more than 500 values that stand in enough documents, or none, are skipped.

    Args:
        workspace: an open workspace.
        job: progress and cancellation.
        documents: how many, the first ones; all by default.
    """
    job = job or Job()
    count = workspace.document_count if documents is None else documents
    columns = workspace.columns()
    found: dict[str, dict[str, list[int]]] = {column: {} for column in columns}
    for start in range(0, count, _ROWS):
        job.step("metadata", start / count)
        with storage_errors(workspace.folder):
            rows = workspace.database.execute(
                "SELECT id, metadata FROM documents WHERE id > ? AND id <= ? ORDER BY id",
                (start, min(start + _ROWS, count)),
            ).fetchall()
        # One parse of a block is faster than one a document.
        block = json.loads(f"[{','.join(row['metadata'] for row in rows)}]")
        for row, metadata in zip(rows, block, strict=True):
            for column in columns:
                for value in _values(metadata.get(column)):
                    found[column].setdefault(value, []).append(row["id"] - 1)
    return _metadata(found, count)


def feature_alignment(metadata: Metadata, rows: IntArray) -> Alignment:
    """Return the values that go with the documents on which a feature is active.

    Every pair is tested by Fisher's exact test (the upper tail of the hypergeometric distribution) and
    corrected over all of them (Y. Benjamini and Y. Hochberg, JRSS B 57, 1995).

    Args:
        metadata: of all documents.
        rows: (n,) rows of the active documents.
    """
    total, tested = metadata.documents.shape
    if not tested or not len(rows):
        return Alignment((), tested, metadata.skipped)
    active = np.zeros(total, dtype=np.int64)
    active[rows] = 1
    together = (metadata.documents.T @ active).astype(np.int64)
    having = np.diff(metadata.documents.indptr).astype(np.int64)
    p = np.clip(hypergeom.sf(together - 1, total, having, len(rows)), 0.0, 1.0)
    q = false_discovery_control(p)
    precision, recall = together / len(rows), together / having
    # Where p is too small for a number, the better match of the two comes first.
    match = 2 * together / (len(rows) + having)
    order = np.lexsort((np.arange(tested), -match, p))
    values = tuple(
        AlignedValue(
            column=metadata.pairs[place][0],
            value=metadata.pairs[place][1],
            documents=int(having[place]),
            together=int(together[place]),
            precision=float(precision[place]),
            recall=float(recall[place]),
            lift=float(precision[place] * total / having[place]),
            p=float(p[place]),
            q=float(q[place]),
        )
        for place in order
        if q[place] <= LEVEL
    )
    return Alignment(values, tested, metadata.skipped)


def _values(value: Any) -> set[str]:
    """Return the values that a document has in a column, as text."""
    if isinstance(value, list):
        return set().union(*map(_values, value))
    if value is None or value == "":
        return set()
    return {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}


def _metadata(found: Mapping[str, Mapping[str, list[int]]], count: int) -> Metadata:
    pairs: list[tuple[str, str]] = []
    columns: list[IntArray] = []
    skipped: dict[str, str] = {}
    for column, values in found.items():
        enough = [value for value, rows in values.items() if len(rows) >= LEAST_DOCUMENTS]
        if not values:
            skipped[column] = "it is empty"
        elif len(enough) > MOST_VALUES:
            skipped[column] = f"it has {len(values):,} distinct values, more than {MOST_VALUES} can be tested"
        elif not enough:
            skipped[column] = f"none of its values stands in {LEAST_DOCUMENTS} documents or more"
        else:
            pairs += [(column, value) for value in sorted(enough)]
            columns += [np.array(values[value], dtype=np.int64) for value in sorted(enough)]
    offsets = np.cumsum([0, *(len(rows) for rows in columns)])
    rows = np.concatenate([np.zeros(0, np.int64), *columns])
    matrix = csc_array((np.ones(len(rows), np.int64), rows, offsets), shape=(count, len(pairs)))
    return Metadata(tuple(pairs), matrix, skipped)
