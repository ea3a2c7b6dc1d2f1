"""Which documents a search may return: those with some words, and with some values in their columns."""

from dataclasses import dataclass

import numpy as np

from engine.corpus.schema import storage_errors
from engine.corpus.workspace import Workspace
from engine.errors import UserError
from engine.retrieval.index import BoolArray


@dataclass(frozen=True)
class Filters:
    """What a document must have to be found.

    Attributes:
        words: words that all stand in its text; empty for any text.
        columns: pairs of a metadata column and the value that it must have, as text.
    """

    words: str = ""
    columns: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words.strip() or self.columns)


def allowed_rows(workspace: Workspace, filters: Filters, count: int) -> BoolArray | None:
    """Return which of the first `count` rows (count,) pass all filters, None if all do.

    Raises:
        UserError: there is no such column, or the words hold no letter or digit.
    """
    if not filters:
        return None
    allowed = np.ones(count, dtype=np.bool_)
    known = workspace.columns()
    for column, value in filters.columns:
        if column not in known:
            raise UserError(
                f"the documents have no column {column!r}; there are: {', '.join(map(repr, known)) or 'none'}"
            )
        allowed &= _rows(_with_value(workspace, column, value), count)
    if filters.words.strip():
        if not any(character.isalnum() for character in filters.words):
            raise UserError(f"{filters.words!r} holds no word to look for; write at least one")
        allowed &= _rows(workspace.find(filters.words, workspace.document_count), count)
    return allowed


def _rows(ids: list[int], count: int) -> BoolArray:
    found = np.zeros(count, dtype=np.bool_)
    rows = np.asarray(ids, dtype=np.int64) - 1
    found[rows[rows < count]] = True
    return found


def _with_value(workspace: Workspace, column: str, value: str) -> list[int]:
    with storage_errors(workspace.folder):
        rows = workspace.database.execute(
            "SELECT documents.id FROM documents, json_each(documents.metadata) AS field WHERE field.key = ? "
            "AND CASE WHEN field.type IN ('true', 'false') THEN field.type = lower(?) "
            "ELSE CAST(field.value AS TEXT) = ? END",
            (column, value, value),
        )
        return [int(id_) for (id_,) in rows]
