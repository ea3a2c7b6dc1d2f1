"""Queries kept in a workspace, by which one index is compared with another."""

from collections.abc import Sequence

from engine.corpus.lock import writing
from engine.corpus.schema import add_later_tables, has_table, storage_errors, transaction
from engine.corpus.workspace import Workspace


def saved_queries(workspace: Workspace) -> tuple[str, ...]:
    """Return the saved queries of a workspace, oldest first."""
    with storage_errors(workspace.folder):
        if not has_table(workspace.database, "queries"):
            return ()
        return tuple(text for (text,) in workspace.database.execute("SELECT text FROM queries ORDER BY id"))


def save_queries(workspace: Workspace, queries: Sequence[str]) -> tuple[str, ...]:
    """Make these the saved queries of a workspace, in one step; return them as they are kept.

    White space at their ends goes, and so do blank ones and repetitions.

    Raises:
        UserError: another task writes to the workspace, or it cannot be written.
    """
    kept = tuple(dict.fromkeys(query.strip() for query in queries if query.strip()))
    with writing(workspace.folder), storage_errors(workspace.folder), transaction(workspace.database):
        add_later_tables(workspace.database)
        workspace.database.execute("DELETE FROM queries")
        workspace.database.executemany("INSERT INTO queries (text) VALUES (?)", [(text,) for text in kept])
    return kept
