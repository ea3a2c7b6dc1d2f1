"""Which column of a table holds the text, and which one names the document."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.corpus.rows import Row
from engine.errors import UserError

_TEXT_NAMES = (
    "text", "document", "body", "content", "passage", "contents", "abstract", "description", "definition",
    "sentence", "review", "comment", "message", "summary", "answer", "question", "query", "title",
)  # fmt: skip
_ID_NAMES = ("id", "_id", "doc_id", "docid", "document_id", "key", "uid", "uuid", "guid", "file")


@dataclass(frozen=True)
class Columns:
    """The columns of a corpus and their roles.

    Attributes:
        names: all columns, in the order of the file.
        text: the column with the text of the documents.
        id: the column that names each document, None if no column does.
    """

    names: tuple[str, ...]
    text: str
    id: str | None


def choose_columns(
    path: Path, sample: Sequence[Row], text_column: str | None = None, id_column: str | None = None
) -> Columns:
    """Return the roles of the columns, those not given being the likeliest by name and content.

    A text column holds long, differing strings, and often has a telling name; an id column has a telling
    name and no value twice.

    Args:
        path: the corpus, for the message.
        sample: some of its rows.
        text_column, id_column: the user's choice, None to have it proposed.

    Raises:
        UserError: the corpus lacks a column that was asked for, or has none with text.
    """
    values: dict[str, list[Any]] = {}
    for row in sample:
        for name, value in row.fields.items():
            values.setdefault(name, []).append(value)
    for wanted in (text_column, id_column):
        if wanted is not None and wanted not in values:
            raise UserError(
                f"{path} has no column {wanted!r}; it has: {', '.join(map(repr, values)) or 'none'}"
            )
    if text_column is None:
        scores = {name: _text_score(name, column) for name, column in values.items() if name != id_column}
        text_column = max(scores, key=lambda name: scores[name], default=None)
        if text_column is None or scores[text_column] <= 0:
            raise UserError(
                f"{path} has no column with text (columns: {', '.join(map(repr, values)) or 'none'}); "
                "give a corpus with text"
            )
    if id_column is None:
        candidates = [
            name for name in values if name != text_column and _is_id(name, values[name], len(sample))
        ]
        id_column = min(candidates, key=_id_rank, default=None)
    return Columns(tuple(values), text_column, id_column)


def _text_score(name: str, column: list[Any]) -> float:
    """Return 0 for a column without words; the score grows with length, variety and a telling name."""
    texts = [value.strip() for value in column if isinstance(value, str) and value.strip()]
    worded = [text for text in texts if any(character.isalpha() for character in text)]
    if not worded:
        return 0.0
    variety = len(set(worded)) / len(column)
    length = math.log1p(sum(map(len, worded)) / len(worded))
    plain = name.strip().lower()
    if plain not in _TEXT_NAMES:
        return variety * length
    return variety * length + 2 - _TEXT_NAMES.index(plain) / len(_TEXT_NAMES)


def _is_id(name: str, column: list[Any], rows: int) -> bool:
    plain = name.strip().lower()
    if plain not in _ID_NAMES and not plain.endswith("_id"):
        return False
    filled = [str(value) for value in column if value is not None and str(value).strip()]
    return len(filled) == rows and len(set(filled)) == rows


def _id_rank(name: str) -> int:
    plain = name.strip().lower()
    return _ID_NAMES.index(plain) if plain in _ID_NAMES else len(_ID_NAMES)
