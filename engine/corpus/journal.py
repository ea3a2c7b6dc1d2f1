"""An analyst's changes to features: a journal that can be undone, beside what the machine says of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from engine.corpus.lock import writing
from engine.corpus.schema import add_later_tables, has_table, storage_errors, transaction
from engine.corpus.workspace import Workspace
from engine.errors import UserError

Kind = Literal["name", "note", "starred", "group"]
KINDS: tuple[Kind, ...] = get_args(Kind)
LONGEST_NAME, LONGEST_NOTE = 200, 20_000
_OWN = "dictionary = ? AND autoencoder = ?"


@dataclass(frozen=True)
class Entry:
    """One change.

    Attributes:
        id: ascending in the order of the changes.
        time: when, in UTC, as ISO 8601.
        kind: which field of the features was set: "name", "note", "starred" or "group".
        features: of which features.
        value: what it was set to.
        undone: whether it was taken back, and waits to be done again.
    """

    id: int
    time: str
    kind: Kind
    features: tuple[int, ...]
    value: str | bool | None
    undone: bool


@dataclass(frozen=True)
class Annotation:
    """What an analyst says of one feature.

    Attributes:
        name: in place of the machine's label, None to keep that.
        note: free text, empty for none.
        starred: whether it was marked.
        group: name of the group that it was merged into, None for none.
    """

    name: str | None = None
    note: str = ""
    starred: bool = False
    group: str | None = None


@dataclass(frozen=True)
class Annotations:
    """All that an analyst says of the features of one autoencoder, at one moment.

    Attributes:
        by_feature: only features of which something is said.
        last: the change that would be taken back, None if there is none.
        undone: the one that would be done again, None if there is none.
    """

    by_feature: Mapping[int, Annotation] = field(default_factory=dict)
    last: Entry | None = None
    undone: Entry | None = None

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return self.last is not None

    @property
    def can_redo(self) -> bool:
        """Whether there is one to do again."""
        return self.undone is not None

    def of(self, feature: int) -> Annotation:
        """Return what is said of a feature."""
        return self.by_feature.get(feature, Annotation())

    @property
    def groups(self) -> dict[str, tuple[int, ...]]:
        """The features of each group, in ascending order; groups by name."""
        found: dict[str, list[int]] = {}
        for feature, annotation in sorted(self.by_feature.items()):
            if annotation.group is not None:
                found.setdefault(annotation.group, []).append(feature)
        return {name: tuple(found[name]) for name in sorted(found)}


class Journal:
    """The changes to the features of one autoencoder, each kept in one transaction.

    Nothing is overwritten: the state is what the entries that are not undone come to, one after another.

    Args:
        workspace: where the journal is kept.
        dictionary: name of the autoencoder.
        autoencoder: digest of its checkpoint: one trained anew under the same name has other features,
            and starts with an empty journal.
        features: how many it has.
    """

    def __init__(self, workspace: Workspace, dictionary: str, autoencoder: str, features: int) -> None:
        self._workspace, self._features = workspace, features
        self._dictionary = dictionary
        self._key = (dictionary, autoencoder)

    # -- changes ----------------------------------------------------------------------------------

    def rename(self, feature: int, name: str | None) -> Entry:
        """Give a feature a name of one line; None or a blank one brings the machine's label back.

        Raises:
            UserError: here and below: there is no such feature, the text is too long, another task writes
                to the workspace, or it cannot be written.
        """
        return self._add("name", (feature,), _line(name, "name"))

    def note(self, feature: int, text: str) -> Entry:
        """Set the note of a feature; an empty one removes it."""
        if len(text) > LONGEST_NOTE:
            raise UserError(f"the note has {len(text):,} characters; shorten it to {LONGEST_NOTE:,}")
        return self._add("note", (feature,), text.strip())

    def star(self, feature: int, starred: bool = True) -> Entry:
        """Mark a feature, or take the mark off."""
        return self._add("starred", (feature,), starred)

    def group(self, features: Sequence[int], name: str | None) -> Entry:
        """Merge features into the group of that name, out of those they were in; None: into none."""
        return self._add("group", tuple(dict.fromkeys(features)), _line(name, "name of the group"))

    def undo(self, expected: int | None = None) -> Entry | None:
        """Take the last change back; return it, or None if there is none.

        Args:
            expected: the id of the change that is meant to be taken back; None for whichever is the last.

        Raises:
            UserError: it is not the last one any more, as somebody else has changed something since.
        """
        return self._mark("undone = 0 ORDER BY id DESC", 1, expected)

    def redo(self, expected: int | None = None) -> Entry | None:
        """Do again what was undone last; return it, or None if nothing was undone since the last change.

        Args and errors are those of `undo`.
        """
        return self._mark("undone = 1 ORDER BY id", 0, expected)

    # -- state ------------------------------------------------------------------------------------

    def entries(self) -> tuple[Entry, ...]:
        """Return all changes, oldest first, with those that were undone and can be done again.

        Raises:
            UserError: the journal is damaged, or made by a newer version.
        """
        database = self._workspace.database
        with storage_errors(self._workspace.folder):
            if not has_table(database, "feature_journal"):
                return ()
            rows = database.execute(
                f"SELECT * FROM feature_journal WHERE {_OWN} ORDER BY id", self._key
            ).fetchall()
        return tuple(self._entry(row) for row in rows)

    def annotations(self) -> Annotations:
        """Return what the changes come to."""
        entries = self.entries()
        found: dict[int, Annotation] = {}
        for entry in entries:
            if not entry.undone:
                for feature in entry.features:
                    change: dict[str, Any] = {entry.kind: entry.value}
                    found[feature] = replace(found.get(feature, Annotation()), **change)
        said = {feature: found[feature] for feature in sorted(found) if found[feature] != Annotation()}
        done = [entry for entry in entries if not entry.undone]
        undone = [entry for entry in entries if entry.undone]
        return Annotations(said, done[-1] if done else None, undone[0] if undone else None)

    # -- inside -----------------------------------------------------------------------------------

    def _add(self, kind: Kind, features: tuple[int, ...], value: str | bool | None) -> Entry:
        if not features:
            raise UserError("no feature was named; select at least one")
        for feature in features:
            if not 0 <= feature < self._features:
                raise UserError(
                    f"there is no feature {feature}: {self._dictionary} has 0 to {self._features - 1}"
                )
        time = datetime.now(UTC).isoformat(timespec="milliseconds")
        plain = tuple(int(feature) for feature in features)
        database, folder = self._workspace.database, self._workspace.folder
        with writing(folder), storage_errors(folder), transaction(database):
            add_later_tables(database)
            database.execute(f"DELETE FROM feature_journal WHERE {_OWN} AND undone = 1", self._key)
            id_ = database.execute(
                "INSERT INTO feature_journal (dictionary, autoencoder, time, kind, features, value)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (*self._key, time, kind, json.dumps(plain), json.dumps(value, ensure_ascii=False)),
            ).lastrowid
        assert id_ is not None
        return Entry(id_, time, kind, plain, value, undone=False)

    def _mark(self, which: str, undone: int, expected: int | None) -> Entry | None:
        database, folder = self._workspace.database, self._workspace.folder
        with writing(folder), storage_errors(folder), transaction(database):
            add_later_tables(database)
            row = database.execute(
                f"SELECT * FROM feature_journal WHERE {_OWN} AND {which} LIMIT 1", self._key
            ).fetchone()
            if expected is not None and (row is None or row["id"] != expected):
                raise UserError(
                    "something was changed in another window since; look at what is there now, and try again"
                )
            if row is None:
                return None
            database.execute("UPDATE feature_journal SET undone = ? WHERE id = ?", (undone, row["id"]))
        return replace(self._entry(row), undone=bool(undone))

    def _entry(self, row: Any) -> Entry:
        try:
            if row["kind"] not in KINDS:
                raise ValueError(f"unknown change {row['kind']!r}")
            features = tuple(json.loads(row["features"]))
            if not all(type(feature) is int and 0 <= feature < self._features for feature in features):
                raise ValueError("features that are not there")
            value = json.loads(row["value"])
            if not _is_value(row["kind"], value) or not isinstance(row["time"], str):
                raise ValueError(f"a change of {row['kind']} to {type(value).__name__}")
        except (ValueError, TypeError, RecursionError) as error:
            raise UserError(
                f"the notes on {self._dictionary} cannot be read ({error}); update this program, or restore"
                " the workspace"
            ) from error
        return Entry(row["id"], row["time"], row["kind"], features, value, bool(row["undone"]))


def _is_value(kind: Kind, value: object) -> bool:
    """Tell whether a field of that kind can be set to a value that was read."""
    if kind == "starred":
        return isinstance(value, bool)
    return isinstance(value, str) or (value is None and kind != "note")


def last_changes(workspace: Workspace, dictionary: str) -> tuple[int | None, int | None]:
    """Return the ids of the change that would be taken back and of the one that would be done again.

    They tell whether somebody has changed anything since: every change, undo and redo moves one of them.
    """
    database = workspace.database
    with storage_errors(workspace.folder):
        if not has_table(database, "feature_journal"):
            return None, None
        row = database.execute(
            "SELECT max(CASE WHEN undone = 0 THEN id END), min(CASE WHEN undone = 1 THEN id END)"
            " FROM feature_journal WHERE dictionary = ?",
            (dictionary,),
        ).fetchone()
    return row[0], row[1]


def _line(text: str | None, what: str) -> str | None:
    """Return a text as one line, None for a blank one."""
    line = " ".join((text or "").split())
    if len(line) > LONGEST_NAME:
        raise UserError(f"the {what} has {len(line):,} characters; shorten it to {LONGEST_NAME}")
    return line or None
