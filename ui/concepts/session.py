"""What Concepts needs to look as it did: search, order, selected features, tabs, and a text of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTabWidget

from ui.session.shape import LONGEST_LINE, flag, maybe, record, several, text, whole

if TYPE_CHECKING:
    from ui.concepts.page import ConceptsPage

_MOST_FEATURES, _MOST_SELECTED, _MOST_TABS, _MOST_COLUMNS = 10_000_000, 1_000, 20, 50
SHAPE = record(
    search=text(LONGEST_LINE),
    words=flag,
    meaning=flag,
    sorted_by=maybe(record(column=whole(0, _MOST_COLUMNS), down=flag)),
    selected=several(whole(0, _MOST_FEATURES), _MOST_SELECTED),
    overview=whole(0, _MOST_TABS),
    part=whole(0, _MOST_TABS),
    text=text(),
)


def session_of(page: ConceptsPage) -> dict[str, Any]:
    """Return what the page shows."""
    head, order = page.head, page.features.order
    return {
        "search": head.search.text(),
        "words": head.by_words.isChecked(),
        "meaning": head.by_meaning.isChecked(),
        "sorted_by": None
        if order is None
        else {"column": order[0], "down": order[1] == Qt.SortOrder.DescendingOrder},
        "selected": list(page.features.wanted_selection)[:_MOST_SELECTED],
        "overview": page.overview.currentIndex(),
        "part": page.feature.tabs.currentIndex(),
        "text": page.overview.text.field.toPlainText(),
    }


def restore(page: ConceptsPage, data: Mapping[str, Any]) -> None:
    """Show it again; what is missing is as at the first start."""
    order = data.get("sorted_by") or {}
    column = order.get("column", page.features.first_order[0])
    down = order.get("down", page.features.first_order[1])
    if column < len(page.features.columns):
        page.features.sortByColumn(
            column, Qt.SortOrder.DescendingOrder if down else Qt.SortOrder.AscendingOrder
        )
    page.features.select_when_shown(data.get("selected", ()))
    page.head.restore(data.get("search", ""), data.get("words", True), data.get("meaning", True))
    _turn_to(page.overview, data.get("overview", 0))
    _turn_to(page.feature.tabs, data.get("part", 0))
    page.overview.text.field.setPlainText(data.get("text", ""))


def _turn_to(tabs: QTabWidget, place: int) -> None:
    if place < tabs.count():
        tabs.setCurrentIndex(place)
