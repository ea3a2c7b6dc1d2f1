"""Bringing a corpus into a workspace, so that it can be stopped at any point and taken up again."""

import hashlib
import itertools
import json
import math
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import engine
from engine.corpus.columns import Columns, choose_columns
from engine.corpus.lock import writing
from engine.corpus.readers import FolderReader, open_reader, sample_rows
from engine.corpus.rows import Reader, Row, clean
from engine.corpus.schema import storage_errors, transaction
from engine.corpus.workspace import Workspace, prepare_folder
from engine.errors import UserError
from engine.jobs import Job

_ROWS_A_TRANSACTION = 2_000
_CHARACTERS_A_TRANSACTION = 10_000_000
_ROWS_A_STEP = 50
_SAMPLE_ROWS = 200
_HEAD_BYTES = 1 << 20
_KEPT_NOTICES = 100
_COUNTERS = ("rows_read", "documents", "duplicates", "empty", "broken", "replaced")


@dataclass(frozen=True)
class ImportRequest:
    """A corpus and how to read it.

    Attributes:
        corpus: a file, or a folder of text files.
        text_column: the column with the text; None to have it proposed.
        id_column: the column that names each document; None to have it proposed.
        limit: how many documents of this corpus the workspace shall hold at most; None for all.
    """

    corpus: Path
    text_column: str | None = None
    id_column: str | None = None
    limit: int | None = None


@dataclass(frozen=True)
class ImportReport:
    """What a corpus brought, over all runs that it took.

    Attributes:
        corpus: where it was read from.
        kind, encoding: how it was read.
        columns: its columns and their roles.
        rows: rows read.
        documents: documents kept.
        duplicates: rows left out because an earlier document has the same text.
        empty: rows left out because they have no text.
        broken: rows left out because they cannot be read.
        replaced: documents with bytes that do not fit the encoding of the file.
        notices: one line for each of the first hundred broken rows.
        finished: whether the corpus was read to its end.
    """

    corpus: Path
    kind: str
    encoding: str
    columns: Columns
    rows: int
    documents: int
    duplicates: int
    empty: int
    broken: int
    replaced: int
    notices: tuple[str, ...]
    finished: bool


def check_corpus(request: ImportRequest) -> Columns:
    """Return the columns of a corpus and their roles, after making sure that there is something to import.

    Raises:
        UserError: as `import_corpus`, for all that is wrong with the corpus or the request.
    """
    return _opened(request)[1]


def import_corpus(folder: str | Path, request: ImportRequest, job: Job | None = None) -> ImportReport:
    """Read a corpus into the workspace `folder`, which is made if it is not there.

    Documents go in by whole transactions together with the place in the corpus, so that a killed import
    goes on where it was. A second corpus is added to the first; a text that is already there is a duplicate.

    Raises:
        UserError: the corpus has no usable text, lacks a column, or changed since the import began; the
            workspace is in use, not writable or of something else; the disk is full.
    """
    job = job or Job()
    reader, columns = _opened(request)
    path = prepare_folder(folder)
    with writing(path), Workspace.create(path) as workspace:
        source = _register(workspace, reader, columns, request)
        columns = Columns(columns.names, source["text_column"], source["id_column"])
        run = _Import(workspace, int(source["id"]), columns, request.limit)
        if not source["finished"]:
            with storage_errors(path):
                run.read(reader, job)
        return run.report()


class _Import:
    """One source on its way into a workspace."""

    def __init__(self, workspace: Workspace, source: int, columns: Columns, limit: int | None) -> None:
        self._workspace, self._database = workspace, workspace.database
        self._source, self._columns, self._limit = source, columns, limit
        row = self._row()
        self._counts = {name: int(row[name]) for name in _COUNTERS}

    def read(self, reader: Reader, job: Job) -> None:
        """Read on from where the last transaction ended, to the end of the corpus or the limit."""
        rows = reader.rows()
        for _ in itertools.islice(rows, self._counts["rows_read"]):
            job.step("finding the place to go on", 0.0)
        start = reader.fraction
        finished = False
        while not finished and not self._full():
            with transaction(self._database):
                first = self._workspace.document_count
                finished = self._read_some(rows, reader, start, job)
                self._database.execute(
                    "INSERT INTO documents_text (rowid, text) SELECT id, text FROM documents WHERE id > ?",
                    (first,),
                )
                settings = ", ".join(f"{name} = :{name}" for name in _COUNTERS)
                self._database.execute(
                    f"UPDATE sources SET {settings}, finished = :finished WHERE id = :id",
                    {**self._counts, "finished": finished, "id": self._source},
                )
        job.step(f"importing: {self._counts['documents']:,} documents", 1.0)

    def report(self) -> ImportReport:
        """Return what the source brought so far."""
        row = self._row()
        notices = self._database.execute(
            "SELECT number, message FROM notices WHERE source = ? ORDER BY rowid", (self._source,)
        )
        return ImportReport(
            corpus=Path(row["path"]),
            kind=row["kind"],
            encoding=row["encoding"],
            columns=self._columns,
            rows=row["rows_read"],
            documents=row["documents"],
            duplicates=row["duplicates"],
            empty=row["empty"],
            broken=row["broken"],
            replaced=row["replaced"],
            notices=tuple(f"{row['unit']} {number}: {message}" for number, message in notices),
            finished=bool(row["finished"]),
        )

    def _read_some(self, rows: Iterator[Row], reader: Reader, start: float, job: Job) -> bool:
        """Read the rows of one transaction; return True at the end of the corpus."""
        characters = 0
        for index in range(_ROWS_A_TRANSACTION):
            if index % _ROWS_A_STEP == 0:
                done = (reader.fraction - start) / max(1 - start, 1e-9)
                job.step(f"importing: {self._counts['documents']:,} documents", done)
            row = next(rows, None)
            if row is None:
                return True
            self._counts["rows_read"] += 1
            characters += self._add(row)
            if characters > _CHARACTERS_A_TRANSACTION or self._full():
                break
        return False

    def _add(self, row: Row) -> int:
        """Count a row, and keep it if it is a new document; return how many characters were kept."""
        text, problem = ("", row.problem) if row.problem else _text_of(row, self._columns.text)
        if problem:
            self._counts["broken"] += 1
            if self._counts["broken"] <= _KEPT_NOTICES:
                self._database.execute(
                    "INSERT INTO notices VALUES (?, ?, ?)", (self._source, row.number, clean(problem))
                )
            return 0
        if not text:
            self._counts["empty"] += 1
            return 0
        metadata = _metadata_of(row, self._columns)
        digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
        try:
            self._database.execute(
                "INSERT INTO documents (source, number, name, text, metadata, digest)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (self._source, row.number, self._name_of(row), text, metadata, digest),
            )
        except sqlite3.IntegrityError:
            self._counts["duplicates"] += 1
            return 0
        self._counts["documents"] += 1
        self._counts["replaced"] += row.replaced
        return len(text) + len(metadata)

    def _name_of(self, row: Row) -> str:
        value = row.fields.get(self._columns.id) if self._columns.id is not None else None
        return str(row.number) if value is None or value == "" else clean(str(value))

    def _full(self) -> bool:
        return self._limit is not None and self._counts["documents"] >= self._limit

    def _row(self) -> sqlite3.Row:
        row: sqlite3.Row = self._database.execute(
            "SELECT * FROM sources WHERE id = ?", (self._source,)
        ).fetchone()
        return row


def _opened(request: ImportRequest) -> tuple[Reader, Columns]:
    """Open a corpus and choose its columns; what is wrong with it is said before anything is written."""
    if request.limit is not None and request.limit < 1:
        raise UserError("the limit must be at least 1 document")
    reader = open_reader(request.corpus)
    sample = sample_rows(reader, _SAMPLE_ROWS)
    if not sample:
        broken = next((row for row in reader.rows() if row.problem), None)
        found = f"{reader.unit} {broken.number} is {broken.problem}" if broken else "it is empty"
        raise UserError(f"{reader.path} has no usable text: {found}")
    columns = choose_columns(reader.path, sample, request.text_column, request.id_column)
    if not any(_text_of(row, columns.text)[0] for row in reader.rows()):
        raise UserError(f"{reader.path} has no usable text in its column {columns.text!r}; choose another")
    return reader, columns


def _register(workspace: Workspace, reader: Reader, columns: Columns, request: ImportRequest) -> sqlite3.Row:
    """Return the row of the corpus in `sources`, made if it is new.

    A corpus that was registered before keeps the roles of its columns.

    Raises:
        UserError: it was registered before, and its content has changed or other columns are asked for.
    """
    path = reader.path.resolve()
    size, modified, head = _identity(reader)
    with storage_errors(workspace.folder), transaction(workspace.database):
        workspace.database.execute(
            "INSERT OR IGNORE INTO sources (path, kind, encoding, unit, bytes, modified_ns, head_sha256,"
            " text_column, id_column, columns, started, application)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(str(path), reader.kind, reader.encoding, reader.unit, size, modified, head),
                *(columns.text, columns.id, json.dumps(columns.names, ensure_ascii=False)),
                *(datetime.now(UTC).isoformat(timespec="seconds"), f"semascope {engine.__version__}"),
            ),
        )
        source: sqlite3.Row = workspace.database.execute(
            "SELECT * FROM sources WHERE path = ?", (str(path),)
        ).fetchone()
    if (source["bytes"], source["modified_ns"], source["head_sha256"]) != (size, modified, head):
        raise UserError(
            f"{path} has changed since it was imported into {workspace.folder}; make a new workspace for it"
        )
    for wanted, role in ((request.text_column, "text"), (request.id_column, "id")):
        if wanted not in (None, source[f"{role}_column"]):
            raise UserError(
                f"{workspace.folder} took the {role} of each document from column "
                f"{source[f'{role}_column']!r}, not {wanted!r}; make a new workspace for that"
            )
    return source


def _identity(reader: Reader) -> tuple[int, int, str]:
    """Return size, time of change and a digest of the beginning, by which a changed corpus is told."""
    try:
        if isinstance(reader, FolderReader):
            states = [(file.relative_to(reader.path).as_posix(), file.stat()) for file in reader.files]
            listing = "\n".join(f"{name}\0{s.st_size}\0{s.st_mtime_ns}" for name, s in states)
            newest = max(state.st_mtime_ns for _, state in states)
            digest = hashlib.sha256(listing.encode("utf-8", "surrogateescape")).hexdigest()
            return sum(state.st_size for _, state in states), newest, digest
        with reader.path.open("rb") as stream:
            state = reader.path.stat()
            return state.st_size, state.st_mtime_ns, hashlib.sha256(stream.read(_HEAD_BYTES)).hexdigest()
    except OSError as error:
        raise UserError(f"cannot read {reader.path}: {error.strerror or error}") from error


def _text_of(row: Row, column: str) -> tuple[str, str]:
    """Return the text of a row without white space around it, and what is wrong with it."""
    value = row.fields.get(column)
    if value is None:
        return "", ""
    if isinstance(value, dict | list | bytes):
        return "", f"{column!r} holds no text"
    return clean(str(value)).strip(), ""


def _metadata_of(row: Row, columns: Columns) -> str:
    rest = {name: value for name, value in row.fields.items() if name not in (columns.text, columns.id)}
    try:
        return clean(json.dumps(rest, ensure_ascii=False, default=_as_text, allow_nan=False))
    except ValueError:
        # NaN and Infinity are no JSON; other tools could not read them back.
        return clean(json.dumps(_finite(rest), ensure_ascii=False, default=_as_text))


def _finite(value: Any) -> Any:
    """Return a value with None in place of numbers that are not finite."""
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _as_text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
