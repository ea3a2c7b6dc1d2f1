"""The tables of a workspace, and how they are opened."""

import contextlib
import errno
import functools
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from engine.errors import UserError

DATABASE = "workspace.sqlite"
APPLICATION_ID = 0x53454D41  # "SEMA": file(1) and other tools tell a workspace by it
VERSION = 1
_BUSY_SECONDS = 10.0
_LONGEST_VALUE = 200_000_000  # bytes: several times the longest row that a reader lets through
# The last bytes of a rollback journal that names a second file: SQLite would delete that file. A workspace
# has one database, so that its own journals never name another.
_NAMES_ANOTHER_FILE = bytes.fromhex("d9d505f920a163d7")
_TEXT_INDEX = "documents_text"
_NO_RIGHT = (errno.EACCES, errno.EPERM, errno.EROFS)
_NO_TEXT = "Could not decode to UTF-8"

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
    be written. A database from a stranger may hold code: views and triggers, which are refused, and
    expressions, which get no functions but harmless ones and no value of more than 200 MB.

    Args:
        folder: the workspace.
        create: whether to make the tables in a database that has none.

    Raises:
        UserError: it is no workspace, damaged, or of a newer version of this program.
    """
    path = folder / DATABASE
    _refuse_foreign_journal(path)
    if not create and not path.is_file():
        raise UserError(f"{folder} is not a workspace: it has no {DATABASE}; make one with `workspace`")
    with storage_errors(folder):
        database = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            database.row_factory = sqlite3.Row
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
            database.execute("PRAGMA trusted_schema = OFF")
            database.execute("PRAGMA cell_size_check = ON")
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
            else:
                _check_tables(path, database)
        except BaseException:
            database.close()
            raise
    return database


def _refuse_foreign_journal(path: Path) -> None:
    journal = path.with_name(f"{path.name}-journal")
    try:
        with journal.open("rb") as stream:
            stream.seek(-len(_NAMES_ANOTHER_FILE), os.SEEK_END)
            foreign = stream.read() == _NAMES_ANOTHER_FILE
    except OSError:
        return  # there is none, or it is empty
    if foreign:
        raise UserError(f"{journal} names another file, which opening it would delete; delete {journal.name}")


def _check_tables(path: Path, database: sqlite3.Connection) -> None:
    """Refuse a database with code in it, or without the tables of a workspace and their columns.

    Raises:
        UserError: it is so.
    """
    found = database.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
    if _TEXT_INDEX not in {name for _, name, _ in found}:
        raise UserError(f"{path} is damaged (table {_TEXT_INDEX}); restore it or choose another folder")
    for kind, name, sql in found:
        virtual = kind == "table" and str(sql).upper().startswith("CREATE VIRTUAL")
        if kind not in ("table", "index") or (virtual and name != _TEXT_INDEX):
            raise UserError(
                f"{path} holds code that runs when it is used ({kind} {name}), as no workspace does; refused"
            )
    tables = {name for _, name, _ in found}
    for name, columns in _expected_columns().items():
        later = f"EXISTS {name} (" in _LATER_TABLES
        if not (later and name not in tables) and _columns(database, name) != columns:
            raise UserError(f"{path} is damaged (table {name}); restore it or choose another folder")


@functools.cache
def _expected_columns() -> dict[str, list[tuple[str, str, int]]]:
    """Return the columns of each table but the text index, as this version makes them."""
    database = sqlite3.connect(":memory:")
    try:
        for statement in filter(str.strip, f"{_TABLES}{_LATER_TABLES}".split(";")):
            if "VIRTUAL" not in statement:
                database.execute(statement)
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {name: _columns(database, name) for (name,) in names}
    finally:
        database.close()


def _columns(database: sqlite3.Connection, table: str) -> list[tuple[str, str, int]]:
    """Return name, type and kind of each column of a table; kind 0 is one that is not computed."""
    rows = database.execute(f"PRAGMA table_xinfo({table})")
    return [(str(row[1]), str(row[2]), int(row[6])) for row in rows]


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
    except UnicodeDecodeError as error:
        # SQLite quotes what is damaged, and Python's module cannot make a message of that.
        raise UserError(_not_utf8(folder)) from error
    except OSError as error:
        if error.errno in _NO_RIGHT:
            raise UserError(_unwritable(folder)) from error
        reason = error.strerror or str(error)
        raise UserError(
            f"cannot write to {folder}: {reason}; what was finished is kept, run it again afterwards"
        ) from error


def _unwritable(folder: Path) -> str:
    return f"{folder} cannot be written; change its permissions, or use a copy in another folder"


def _not_utf8(folder: Path) -> str:
    return f"{folder / DATABASE} is damaged (text that is not UTF-8); restore it or choose another folder"


def _explained(folder: Path, error: sqlite3.DatabaseError) -> str:
    # Errors of the module itself, such as a wrong thread, carry no code.
    if _NO_TEXT in str(error):
        return _not_utf8(folder)
    match getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return f"the disk of {folder} is full; free some space and go on: what was finished is kept"
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return f"another program is writing to {folder}; try again when it is done"
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return _unwritable(folder)
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            return f"{folder / DATABASE} is damaged ({error}); restore it or choose another folder"
        case _:
            return f"{folder / DATABASE} cannot be used ({error}); what was finished is kept"
