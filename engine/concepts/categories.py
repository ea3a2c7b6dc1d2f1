"""A metadata column whose values are known categories of the documents: for scoring, never for training."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.corpus.workspace import Workspace

CATEGORIES = range(2, 101)
_ROWS = 20


@dataclass(frozen=True)
class Categories:
    """The category of each document.

    Attributes:
        column: where it comes from.
        labels: one for each document, in their order; None where a document has none.
    """

    column: str
    labels: tuple[str | None, ...]


def choose_categories(documents: Iterable[Mapping[str, Any]]) -> Categories | None:
    """Return the column with most categories among those that have 2 to 100, or None.

    Only text and whole numbers count as values. A column is no category if less than half of the documents
    have a value, or if its values have fewer than 20 documents on average, as ids and names do.

    Args:
        documents: the metadata of each.
    """
    rows = list(documents)
    best: Categories | None = None
    most = 0
    for column in dict.fromkeys(name for row in rows for name in row):
        labels = tuple(_label(row.get(column)) for row in rows)
        counts = Counter(label for label in labels if label is not None)
        named = counts.total()
        if (
            len(counts) in CATEGORIES
            and 2 * named >= len(rows)
            and named >= _ROWS * len(counts)
            and len(counts) > most
        ):
            best, most = Categories(column, labels), len(counts)
    return best


def workspace_categories(workspace: Workspace, count: int) -> Categories | None:
    """Return the categories of the first `count` documents of a workspace, None if it knows none."""
    return choose_categories(workspace.metadata(count))


def _label(value: Any) -> str | None:
    if isinstance(value, str):
        return value.strip() or None
    return str(value) if isinstance(value, int) else None
