"""The tables of a workspace, and how they are opened."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from engine.errors import UserError

DATABASE = "workspace.sqlite"
APPLICATION_ID = 0x53454D41  # "SEMA": file(1) and other tools tell a workspace by it
VERSION = 1
_BUSY_SECONDS = 10.0

# Ids of documents run from 1 without a gap: the vector of a document is row id - 1 of each index.
_TABLES = """
CREATE TABLE workspace (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE sources (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    encoding TEXT NOT NULL,
    unit TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    head_sha256 TEXT NOT NULL,
    text_column TEXT NOT NULL,
    id_column TEXT,
    columns TEXT NOT NULL,
    rows_read INTEGER NOT NULL DEFAULT 0,
    documents INTEGER NOT NULL DEFAULT 0,
    duplicates INTEGER NOT NULL DEFAULT 0,
    empty INTEGER NOT NULL DEFAULT 0,
    broken INTEGER NOT NULL DEFAULT 0,
    replaced INTEGER NOT NULL DEFAULT 0,
    finished INTEGER NOT NULL DEFAULT 0,
    started TEXT NOT NULL,
    application TEXT NOT NULL
);
CREATE TABLE documents (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES sources (id),
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    metadata TEXT NOT NULL,
    digest BLOB NOT NULL UNIQUE
);
CREATE TABLE notices (
    source INTEGER NOT NULL REFERENCES sources (id),
    number INTEGER NOT NULL,
    message TEXT NOT NULL
);
CREATE VIRTUAL TABLE documents_text USING fts5 (
    text, content='documents', content_rowid='id', tokenize='unicode61 remove_diacritics 2'
);
"""

# What is learnt from the documents. Workspaces made before a table was thought of get it at the first write.
_LATER_TABLES = """
CREATE TABLE IF NOT EXISTS label_runs (
    dictionary TEXT PRIMARY KEY,
    autoencoder TEXT NOT NULL,
    report TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS labels (
    dictionary TEXT NOT NULL,
    feature INTEGER NOT NULL,
    label TEXT NOT NULL,
    PRIMARY KEY (dictionary, feature)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS feature_journal (
    id INTEGER PRIMARY KEY,
    dictionary TEXT NOT NULL,
    autoencoder TEXT NOT NULL,
    time TEXT NOT NULL,
    kind TEXT NOT NULL,
    features TEXT NOT NULL,
    value TEXT NOT NULL,
    undone INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS queries (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
"""


def connect(folder: Path, create: bool = False) -> sqlite3.Connection:
    """Open the database of a workspace, in autocommit mode: each change is one explicit transaction.

    It keeps a rollback journal, which, unlike a write-ahead log, can be read from a folder that cannot
    be written.

    Args:
        folder: the workspace.
        create: whether to make the tables in a database that has none.

    Raises:
        UserError: it is no workspace, or of a newer version of this program.
    """
    path = folder / DATABASE
    if not create and not path.is_file():
        raise UserError(f"{folder} is not a workspace: it has no {DATABASE}; make one with `workspace`")
    with storage_errors(folder):
        database = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            database.row_factory = sqlite3.Row
            (version,) = database.execute("PRAGMA user_version").fetchone()
            (application,) = database.execute("PRAGMA application_id").fetchone()
            (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if version == 0 and tables == 0 and create:
                with transaction(database):
                    for statement in filter(str.strip, _TABLES.split(";")):
                        database.execute(statement)
                    database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                    database.execute(f"PRAGMA user_version = {VERSION}")
            elif application != APPLICATION_ID:
                raise UserError(f"{path} is not the database of a workspace; choose another folder")
            elif version > VERSION:
                raise UserError(f"{folder} was made by a newer version of this program; update it")
        except BaseException:
            database.close()
            raise
    return database


def add_later_tables(database: sqlite3.Connection) -> None:
    """Make the tables of what is learnt, where they are not there; call it inside a transaction."""
    for statement in filter(str.strip, _LATER_TABLES.split(";")):
        database.execute(statement)


def has_table(database: sqlite3.Connection, name: str) -> bool:
    """Return whether a table is there: a reader may not make it."""
    found = database.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,))
    return found.fetchone() is not None


@contextlib.contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """Make the changes inside the block whole or absent; others may read meanwhile, but not write."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        # SQLite has rolled back by itself after some errors, such as a full disk.
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


@contextlib.contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """Turn what can go wrong with a disk or a database file into one line."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError | sqlite3.NotSupportedError):
            raise
        raise UserError(_explained(folder, error)) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(
            f"cannot write to {folder}: {reason}; what was finished is kept, run it again afterwards"
        ) from error


def _explained(folder: Path, error: sqlite3.DatabaseError) -> str:
    # Errors of the module itself, such as a wrong thread, carry no code.
    match getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return f"the disk of {folder} is full; free some space and go on: what was finished is kept"
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return f"another program is writing to {folder}; try again when it is done"
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return f"{folder} cannot be written; change its permissions or choose another folder"
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            return f"{folder / DATABASE} is damaged ({error}); restore it or choose another folder"
        case _:
            return f"{folder / DATABASE} cannot be used ({error}); what was finished is kept"
