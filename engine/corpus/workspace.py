"""A workspace: a folder with documents, their vectors, and what is learnt from them."""

import json
import os
import re
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from engine.corpus.lock import LOCK
from engine.corpus.schema import DATABASE, connect, storage_errors, transaction
from engine.corpus.vectors import MANIFEST, IndexModel, VectorStore, is_fingerprint, read_manifest
from engine.errors import UserError

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Document:
    """One document.

    Attributes:
        id: from 1, without gaps; its vector is row `id - 1`.
        name: its id in the corpus, or the number of its row where the corpus has no id column.
        text: as in the corpus.
        metadata: the other columns.
    """

    id: int
    name: str
    text: str
    metadata: dict[str, Any]


class Workspace:
    """An open workspace; close it, or use it in a `with` block. One object belongs to one thread.

    Attributes:
        folder: where it lies.
        database: the connection; changes are made inside `engine.corpus.lock.writing`.
        identity: a random name given at its making, by which its vectors know it.
    """

    def __init__(self, folder: Path, database: sqlite3.Connection) -> None:
        self.folder, self.database = folder, database
        self.identity = self._value("identity") or ""

    @classmethod
    def open(cls, folder: str | Path) -> "Workspace":
        """Open a workspace that is there.

        Raises:
            UserError: the folder is no workspace, is damaged, or has links in it that lead out of it.
        """
        if "\0" in str(folder):
            raise UserError(f"{folder} is no name of a folder; choose a workspace")
        path = Path(folder).expanduser()
        if (path / DATABASE).is_file():
            # Any other folder is no workspace, and may take long to be looked through.
            refuse_links(path)
        database = connect(path)
        try:
            _check_documents(path, database)
            return cls(path, database)
        except BaseException:
            database.close()
            raise

    @classmethod
    def create(cls, folder: str | Path) -> "Workspace":
        """Open a workspace, made if the folder is new or empty; hold the lock meanwhile.

        Raises:
            UserError: the folder holds something else, or cannot be written.
        """
        path = prepare_folder(folder)
        database = connect(path, create=True)
        with storage_errors(path), transaction(database):
            database.execute("INSERT OR IGNORE INTO workspace VALUES ('identity', ?)", (uuid.uuid4().hex,))
        return cls(path, database)

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    def __enter__(self) -> "Workspace":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- documents --------------------------------------------------------------------------------

    @property
    def document_count(self) -> int:
        """How many documents there are; their ids are 1 to this number."""
        (count,) = self._one("SELECT coalesce(max(id), 0) FROM documents")
        return int(count)

    def columns(self) -> tuple[str, ...]:
        """Return the names of the metadata columns, in the order in which documents bring them."""
        with storage_errors(self.folder):
            sources = self.database.execute("SELECT columns, text_column, id_column FROM sources ORDER BY id")
            named = [
                str(name)
                for columns, text, id_ in sources
                for name in self._parsed(columns, list)
                if name not in (text, id_)
            ]
        return tuple(dict.fromkeys(named))

    def documents(self, ids: Sequence[int]) -> list[Document]:
        """Return documents in the order of `ids`.

        Raises:
            KeyError: there is no document of that id.
        """
        with storage_errors(self.folder):
            found = self.database.execute(
                "SELECT id, CAST(name AS TEXT) AS name, CAST(text AS TEXT) AS text,"
                " CAST(metadata AS TEXT) AS metadata"
                " FROM documents WHERE id IN (SELECT value FROM json_each(?))",
                (json.dumps([int(i) for i in ids]),),
            )
            by_id = {
                row["id"]: Document(row["id"], row["name"], row["text"], self._metadata(row["metadata"]))
                for row in found
            }
        return [by_id[int(i)] for i in ids]

    def texts(self, first: int, count: int) -> list[str]:
        """Return the texts of the documents with ids `first` to `first + count - 1`."""
        with storage_errors(self.folder):
            rows = self.database.execute(
                "SELECT CAST(text AS TEXT) FROM documents WHERE id >= ? AND id < ? ORDER BY id",
                (first, first + count),
            )
            return [text for (text,) in rows]

    def metadata(self, count: int) -> Iterator[dict[str, Any]]:
        """Yield the metadata of the first `count` documents, in their order."""
        with storage_errors(self.folder):
            rows = self.database.execute(
                "SELECT CAST(metadata AS TEXT) FROM documents WHERE id <= ? ORDER BY id", (count,)
            )
            for (metadata,) in rows:
                yield self._metadata(metadata)

    def find(self, words: str, limit: int) -> list[int]:
        """Return the ids of at most `limit` documents that hold all words, best match (BM25) first.

        The last word also stands for the beginning of a longer one, so that one can search while typing.
        """
        terms = [f'"{word}"' for word in _WORD.findall(words)]
        if not terms:
            return []
        with storage_errors(self.folder):
            rows = self.database.execute(
                "SELECT rowid FROM documents_text WHERE documents_text MATCH ? ORDER BY rank, rowid LIMIT ?",
                (" ".join(terms) + "*", limit),
            )
            return [int(id_) for (id_,) in rows]

    def named(self, name: str, limit: int = 100) -> list[int]:
        """Return the ids of at most `limit` documents whose id in the corpus is `name`."""
        with storage_errors(self.folder):
            rows = self.database.execute(
                "SELECT id FROM documents WHERE name = ? ORDER BY id LIMIT ?", (name.strip(), limit)
            )
            return [int(id_) for (id_,) in rows]

    # -- vectors ----------------------------------------------------------------------------------

    @property
    def active_index(self) -> str | None:
        """The fingerprint of the model in use: the last whose index was completed."""
        return self._value("active index")

    @property
    def previous_index(self) -> str | None:
        """The fingerprint of the model that was in use before the one in use, None if there was none."""
        return self._value("previous index")

    def activate(self, fingerprint: str) -> None:
        """Make a completed index the one in use, in one step; the others stay beside it.

        The one that was in use before is remembered.
        """
        with storage_errors(self.folder), transaction(self.database):
            before = self._value("active index")
            values = [("active index", fingerprint)]
            if before not in (None, fingerprint):
                values.append(("previous index", str(before)))
            self.database.executemany("INSERT OR REPLACE INTO workspace VALUES (?, ?)", values)

    def indexes(self) -> Iterator[tuple[IndexModel, int]]:
        """Yield the model and the number of vectors of each index."""
        for manifest in sorted(self.folder.glob(f"indexes/*/{MANIFEST}")):
            model, _, count = read_manifest(manifest.parent)
            yield model, count

    def index(self, model: IndexModel) -> VectorStore:
        """Return the vectors of one model, none yet if it is new.

        Raises:
            UserError: the index is damaged, or does not belong to this workspace.
        """
        store = VectorStore(self.folder / "indexes" / model.fingerprint, model, self.identity)
        if store.count > self.document_count:
            raise UserError(
                f"{store.folder} holds more vectors than there are documents; delete it and embed again"
            )
        return store

    def active_vectors(self) -> VectorStore:
        """Return the vectors in use.

        Raises:
            UserError: no index has been completed.
        """
        fingerprint = self.active_index
        if fingerprint is None:
            raise UserError(f"{self.folder} has no complete index; run `workspace` on it again")
        if not is_fingerprint(fingerprint):
            raise UserError(f"{self.folder / DATABASE} is damaged (the index in use); restore it")
        return self.index(read_manifest(self.folder / "indexes" / fingerprint)[0])

    def vectors_so_far(self, minimum: int) -> VectorStore:
        """Return the vectors in use, or those that the first embedding has made while it is still running.

        The rows that are there stay as they are, so that they can be trained on meanwhile.

        Args:
            minimum: how many there must be if embedding is not done.

        Raises:
            UserError: no index has been begun, or it has too few vectors yet.
        """
        begun = list(self.indexes())
        if self.active_index is not None or not begun:
            return self.active_vectors()
        model, count = max(begun, key=lambda found: found[1])
        needed = min(minimum, self.document_count)
        if count < needed:
            raise UserError(
                f"{self.folder} has vectors of {count:,} documents so far; training can begin with"
                f" {needed:,}: wait until then, or run `workspace` on it again if embedding was stopped"
            )
        return self.index(model)

    # -- inside -----------------------------------------------------------------------------------

    def _metadata(self, text: str) -> dict[str, Any]:
        found: dict[str, Any] = self._parsed(text, dict)
        return found

    def _parsed(self, text: str, kind: type) -> Any:
        """Return what a column holds as JSON.

        Raises:
            UserError: it is no JSON of that kind.
        """
        try:
            value = json.loads(text)
            if not isinstance(value, kind):
                raise ValueError(f"no {kind.__name__}")
        except (ValueError, TypeError, RecursionError) as error:
            raise UserError(f"{self.folder / DATABASE} is damaged ({error}); restore it") from error
        return value

    def _value(self, key: str) -> str | None:
        with storage_errors(self.folder):
            row = self.database.execute("SELECT value FROM workspace WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def _one(self, query: str) -> sqlite3.Row:
        with storage_errors(self.folder):
            row: sqlite3.Row = self.database.execute(query).fetchone()
        return row


def refuse_links(folder: Path) -> None:
    """Refuse a workspace with a link inside that leads out of it: writing there would change other files.

    The folder itself may be reached through one.

    Raises:
        UserError: there is such a link, or the folder cannot be looked through.
    """
    place = os.path.realpath(folder)
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = os.path.join(parent, name)
            if os.path.islink(path) and not Path(os.path.realpath(path)).is_relative_to(place):
                raise UserError(f"{path} is a link that leads out of the workspace; put what it names there")


def _check_documents(folder: Path, database: sqlite3.Connection) -> None:
    """Refuse documents whose ids do not run from 1 without a gap, as the rows of vectors do."""
    with storage_errors(folder):
        count, first, last = database.execute(
            "SELECT count(*), coalesce(min(id), 1), coalesce(max(id), 0) FROM documents"
        ).fetchone()
    if (first, last) != (1, count):
        raise UserError(
            f"{folder / DATABASE} is damaged ({count} documents, numbered {first} to {last}); restore it"
        )


def prepare_folder(folder: str | Path) -> Path:
    """Make the folder of a workspace, or check that it is one, or empty.

    Raises:
        UserError: it is a file, holds something else or links that lead out of it, or cannot be made.
    """
    path = Path(folder).expanduser()
    with storage_errors(path):
        if path.exists() and not path.is_dir():
            raise UserError(f"{path} is a file; give a new folder for the workspace")
        path.mkdir(parents=True, exist_ok=True)
        names = {entry.name for entry in path.iterdir()}
    if DATABASE not in names and names - {LOCK}:
        raise UserError(f"{path} holds other files; give a new or empty folder for the workspace")
    refuse_links(path)
    return path
