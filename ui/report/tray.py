"""What is to stand in the report: its title and its items, in their order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject, Signal

from ui.report.requests import TrayItem
from ui.session.shape import LONGEST_LINE, one_of, record, several, text

MOST_ITEMS = 100
LONGEST_TITLE = 300
_LONGEST_ITEM = 1_000_000

# What a session may say of it.
TRAY = record(
    title=text(LONGEST_TITLE),
    items=several(
        record(
            kind=one_of(("explanation", "ranking", "feature")),
            title=text(LONGEST_LINE),
            item=text(_LONGEST_ITEM),
            model=text(LONGEST_LINE),
            model_name=text(LONGEST_LINE),
            workspace=text(LONGEST_LINE),
        ),
        MOST_ITEMS,
    ),
)
_FIELDS = ("kind", "title", "item", "model", "model_name", "workspace")


class Tray(QObject):
    """The items; `changed` says that there are others, or in another order."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.items: tuple[TrayItem, ...] = ()
        self.title = ""

    def add(self, item: TrayItem) -> int:
        """Add an item, or put it in the place of the same one, and return its place."""
        for place, there in enumerate(self.items):
            if there == item:
                self._set((*self.items[:place], item, *self.items[place + 1 :]))
                return place
        self._set((*self.items, item))
        return len(self.items) - 1

    def remove(self, place: int) -> None:
        """Take an item out."""
        self._set((*self.items[:place], *self.items[place + 1 :]))

    def move(self, place: int, to: int) -> None:
        """Put an item in another place."""
        items = list(self.items)
        items.insert(to, items.pop(place))
        self._set(tuple(items))

    def take_results(self, computed: tuple[TrayItem, ...]) -> None:
        """Keep results that were computed on the way, so that the next time is quick."""
        found = {item: item for item in computed}
        self._set(tuple(found.get(item, item) for item in self.items))

    def session(self) -> dict[str, Any]:
        """Return title and items as plain data, without results: those are computed anew."""
        items = [{name: getattr(item, name) for name in _FIELDS} for item in self.items]
        return {"title": self.title, "items": items}

    def restore(self, data: Mapping[str, Any]) -> None:
        """Show the items of a session."""
        self.title = data.get("title", "")
        whole = [one for one in data.get("items", ()) if all(name in one for name in _FIELDS)]
        self._set(tuple(TrayItem(**one) for one in whole))

    def _set(self, items: tuple[TrayItem, ...]) -> None:
        self.items = items
        self.changed.emit()
