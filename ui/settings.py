"""What the window remembers between runs. Whatever cannot be read counts as never written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QByteArray, QSettings

from engine.attribution.request import METHODS, REFERENCES, SIMILARITIES, UNITS
from engine.resources import DEFAULT_PALETTE, diverging_palettes

T = TypeVar("T")

THEMES = ("system", "light", "dark")
LEVELS = ("tokens", "words", "sentences")
DEVICES = ("auto", "cuda", "mps", "cpu")
# What the window begins with: the session of the last run, the worked example, or empty fields.
STARTS = ("session", "example", "empty")
TEXT_SIZES = (80, 90, 100, 110, 125, 140, 160)
MAX_THREADS = 256
MAX_RECENT_COMMANDS = 8
MAX_RECENT_INPUTS = 12
MAX_RECENT_FOLDERS = 8
MAX_REMEMBERED_CHARACTERS = 20_000


@dataclass(frozen=True)
class RecentInput:
    """A query and its candidates, as they were explained."""

    query: str
    candidates: tuple[str, ...]


class _Value(Generic[T]):
    """One setting as an attribute: `read` turns what is stored into a value or raises ValueError."""

    def __init__(self, default: T) -> None:
        self._default = default

    def __set_name__(self, owner: type, name: str) -> None:
        self._key = name.replace("_", "-")

    def __get__(self, settings: Settings, owner: type | None = None) -> T:
        stored = settings.store.value(self._key)
        if stored is None:
            return self._default
        try:
            return self.read(stored)
        except (ValueError, TypeError, KeyError, OverflowError):
            return self._default

    def __set__(self, settings: Settings, value: T) -> None:
        settings.store.setValue(self._key, self.written(value))

    def read(self, stored: Any) -> T:
        raise NotImplementedError

    def written(self, value: T) -> Any:
        return value


class _Choice(_Value[str]):
    def __init__(self, options: Sequence[str], default: str) -> None:
        super().__init__(default)
        self._options = options

    def read(self, stored: Any) -> str:
        if stored not in self._options:
            raise ValueError(stored)
        return str(stored)


class _Number(_Value[float]):
    def __init__(self, low: float, high: float, default: float) -> None:
        super().__init__(default)
        self._low, self._high = low, high

    def read(self, stored: Any) -> float:
        number = float(stored)
        if not self._low <= number <= self._high:
            raise ValueError(stored)
        return number


class _Whole(_Value[int]):
    def __init__(self, low: int, high: int, default: int) -> None:
        super().__init__(default)
        self._low, self._high = low, high

    def read(self, stored: Any) -> int:
        number = int(stored)
        if not self._low <= number <= self._high:
            raise ValueError(stored)
        return number


class _Percent(_Value[int]):
    def read(self, stored: Any) -> int:
        if int(stored) not in TEXT_SIZES:
            raise ValueError(stored)
        return int(stored)


class _Flag(_Value[bool]):
    def read(self, stored: Any) -> bool:
        return {"true": True, "false": False}[str(stored).lower()]


class _Bytes(_Value[QByteArray]):
    def read(self, stored: Any) -> QByteArray:
        if not isinstance(stored, QByteArray):
            raise ValueError(stored)
        return stored


class _Text(_Value[str]):
    def read(self, stored: Any) -> str:
        if not isinstance(stored, str):
            raise ValueError(stored)
        return stored


class _Texts(_Value[tuple[str, ...]]):
    def read(self, stored: Any) -> tuple[str, ...]:
        return _strings(json.loads(stored))

    def written(self, value: tuple[str, ...]) -> str:
        return json.dumps(value)


class _Shortcuts(_Value[dict[str, str]]):
    def read(self, stored: Any) -> dict[str, str]:
        shortcuts = dict(json.loads(stored))
        return dict(zip(shortcuts, _strings(list(shortcuts.values())), strict=True))

    def written(self, value: dict[str, str]) -> str:
        return json.dumps(value)


class _RecentInputs(_Value[tuple[RecentInput, ...]]):
    def read(self, stored: Any) -> tuple[RecentInput, ...]:
        entries = json.loads(stored)
        return tuple(RecentInput(*_strings([e["query"]]), _strings(e["candidates"])) for e in entries)

    def written(self, value: tuple[RecentInput, ...]) -> str:
        return json.dumps([{"query": entry.query, "candidates": entry.candidates} for entry in value])


class Settings:
    """Typed access to a `QSettings` store.

    Args:
        store: where the values are kept; an INI file of the user by default.
    """

    geometry = _Bytes(QByteArray())
    window_state = _Bytes(QByteArray())
    theme = _Choice(THEMES, "system")
    palette = _Choice(diverging_palettes(), DEFAULT_PALETTE)
    text_size = _Percent(100)  # percent of the desktop's
    shortcuts = _Shortcuts({})  # id of the action: portable keys, empty for none; only those changed
    start = _Choice(STARTS, "session")
    threads = _Whole(0, MAX_THREADS, 0)  # 0: as many as the machine has cores
    unit = _Choice(UNITS, "raw")
    level = _Choice(LEVELS, "words")
    top_links = _Whole(1, 500, 40)
    method = _Choice(METHODS, "integrated-jacobians")
    layer = _Whole(0, 1000, 0)
    references = _Choice(REFERENCES, "projected")
    similarity = _Choice(SIMILARITIES, "cosine")
    tolerance = _Number(1e-6, 0.5, 2e-3)
    live = _Flag(True)
    tour_seen = _Flag(False)  # the tour opens by itself once
    model_folder = _Text("")
    device = _Choice(DEVICES, "auto")
    last_folder = _Text("")
    recent_models = _Texts(())
    recent_workspaces = _Texts(())
    recent_inputs = _RecentInputs(())
    recent_sessions = _Texts(())
    recent_commands = _Texts(())

    def __init__(self, store: QSettings | None = None) -> None:
        self.store = store or QSettings(
            QSettings.Format.IniFormat, QSettings.Scope.UserScope, "Semascope", "Semascope"
        )

    def add_recent_model(self, folder: str) -> None:
        """Put a model folder at the head of the recent ones."""
        self.store.sync()  # another window may have added to it
        self.recent_models = _at_head(folder, self.recent_models)

    def add_recent_workspace(self, folder: str) -> None:
        """Put a workspace at the head of the recent ones."""
        self.store.sync()
        self.recent_workspaces = _at_head(folder, self.recent_workspaces)

    def add_recent_session(self, path: str) -> None:
        """Put the file of a session at the head of the recent ones."""
        self.store.sync()
        self.recent_sessions = _at_head(path, self.recent_sessions)

    def forget_session(self, path: str) -> None:
        """Drop the file of a session from the recent ones."""
        self.store.sync()
        self.recent_sessions = tuple(known for known in self.recent_sessions if known != path)

    def forget_workspace(self, folder: str) -> None:
        """Drop a workspace from the recent ones."""
        self.store.sync()
        self.recent_workspaces = tuple(known for known in self.recent_workspaces if known != folder)

    def forget_model(self, folder: str) -> None:
        """Drop a model folder from the recent ones."""
        self.store.sync()
        self.recent_models = tuple(known for known in self.recent_models if known != folder)

    def add_recent_command(self, id: str) -> None:
        """Put what was run from the command palette at the head of the recent ones."""
        self.store.sync()
        others = [known for known in self.recent_commands if known != id]
        self.recent_commands = (id, *others)[:MAX_RECENT_COMMANDS]

    def reset(self, *names: str) -> None:
        """Give settings their defaults again."""
        for name in names:
            self.store.remove(name.replace("_", "-"))

    def add_recent_input(self, entry: RecentInput, replaced: RecentInput | None = None) -> None:
        """Put an input at the head of the recent ones, unless it is too long to keep.

        Args:
            entry: what was explained.
            replaced: an earlier one that it grew out of, to be dropped.
        """
        if len(entry.query) + sum(map(len, entry.candidates)) > MAX_REMEMBERED_CHARACTERS:
            return
        self.store.sync()
        others = [known for known in self.recent_inputs if known not in (entry, replaced)]
        self.recent_inputs = (entry, *others)[:MAX_RECENT_INPUTS]

    def save(self) -> None:
        """Write to disk what is not there yet."""
        self.store.sync()


def _at_head(folder: str, folders: tuple[str, ...]) -> tuple[str, ...]:
    return (folder, *(known for known in folders if known != folder))[:MAX_RECENT_FOLDERS]


def _strings(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError(values)
    return tuple(values)
