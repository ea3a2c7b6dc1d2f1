"""What Rank needs to look as it did: query, filters, own texts, steering, and what is looked at beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ui.rank.query_bar import MOST_HITS
from ui.rank.steering_panel import LARGEST_WEIGHT, MOST_FEATURES
from ui.session.shape import LONGEST_LINE, flag, maybe, number, record, several, text, whole

if TYPE_CHECKING:
    from ui.rank.page import RankPage

_MOST_TABS = 20
SHAPE = record(
    query=text(),
    top=whole(1, MOST_HITS),
    words=text(LONGEST_LINE),
    column=text(LONGEST_LINE),
    value=text(LONGEST_LINE),
    own=flag,
    texts=text(),
    steering=several(
        record(feature=whole(0, MOST_FEATURES), weight=number(-LARGEST_WEIGHT, LARGEST_WEIGHT)), 200
    ),
    tab=whole(0, _MOST_TABS),
    hit=whole(0, MOST_HITS - 1),
    other=whole(0, MOST_HITS),
    missing=text(LONGEST_LINE),
    edited=maybe(record(query=text(), text=text())),
)


def session_of(page: RankPage) -> dict[str, Any]:
    """Return what the page shows."""
    bar, edited = page.bar, page.what_if.edits
    return {
        "query": bar.query.text(),
        "top": bar.top.value(),
        "words": bar.words.text(),
        "column": bar.wanted_column,
        "value": bar.value.text(),
        "own": bool(bar.what_is_ranked.currentData()),
        "texts": bar.texts.toPlainText(),
        "steering": [
            {"feature": feature, "weight": weight} for feature, weight in page.steering.wanted_weights()
        ],
        "tab": page.tabs.currentIndex(),
        "hit": page.wanted_hit,
        "other": page.contrast.other.value(),
        "missing": page.missing.search.text(),
        "edited": None if edited is None else {"query": edited[0], "text": edited[1]},
    }


def restore(page: RankPage, data: Mapping[str, Any]) -> None:
    """Show it again; what is missing is as at the first start."""
    bar = page.bar
    bar.restore(
        query=data.get("query", ""),
        top=data.get("top", 20),
        words=data.get("words", ""),
        column=data.get("column", ""),
        value=data.get("value", ""),
        texts=data.get("texts", "") if data.get("own", False) else None,
    )
    turned = [one for one in data.get("steering", ()) if len(one) == 2]
    page.steering.restore([(one["feature"], one["weight"]) for one in turned])
    page.tabs.setCurrentIndex(data.get("tab", 0))
    page.contrast.choose_rank(data.get("other", 0))
    page.missing.restore(data.get("missing", ""))
    edited = data.get("edited")
    whole_edit = edited is not None and len(edited) == 2
    page.what_if.edit_when_shown((edited["query"], edited["text"]) if whole_edit else None)
    page.search_anew(data.get("hit", 0))
