"""What a corpus looks like before it is imported: its columns, their likely roles, its first rows."""

from dataclasses import dataclass

from engine.corpus.columns import Columns
from engine.corpus.importing import ImportRequest, check_corpus
from engine.corpus.readers import open_reader, sample_rows

_ROWS = 8
_CHARACTERS = 300


@dataclass(frozen=True)
class CorpusPreview:
    """A corpus and what is proposed for it.

    Attributes:
        kind, encoding: how it is read.
        columns: its columns and their roles.
        rows: the first rows that can be read, each with a value for every column, shortened.
    """

    kind: str
    encoding: str
    columns: Columns
    rows: tuple[tuple[str, ...], ...]


def preview_corpus(request: ImportRequest) -> CorpusPreview:
    """Return the first rows of a corpus and the roles of its columns; nothing is written.

    Raises:
        UserError: as `engine.corpus.importing.import_corpus`, for all that is wrong with the corpus.
    """
    columns = check_corpus(request)
    reader = open_reader(request.corpus)
    rows = tuple(
        tuple(_shown(row.fields.get(name)) for name in columns.names) for row in sample_rows(reader, _ROWS)
    )
    return CorpusPreview(reader.kind, reader.encoding, columns, rows)


def _shown(value: object) -> str:
    """Return a value on one line, and not more of it than a cell can hold."""
    if isinstance(value, list):
        value = ", ".join(map(str, value[:_CHARACTERS]))
    text = "" if value is None else str(value)
    return " ".join(text[: 4 * _CHARACTERS].split())[:_CHARACTERS]
