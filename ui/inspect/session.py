"""What Inspect needs to look as it did: texts, pooling, the other model, and the index in the making."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ui.inspect.requests import BuildIndex
from ui.session.document import PLACE
from ui.session.shape import LONGEST_LINE, maybe, one_of, record, several, text, whole
from ui.settings import DEVICES

if TYPE_CHECKING:
    from ui.inspect.page import InspectPage

_MOST_TABS, _MOST_FOLDERS = 20, 100
SHAPE = record(
    texts=text(),
    pooling=maybe(one_of(("mean", "cls"))),
    tab=whole(0, _MOST_TABS),
    other_model=PLACE,
    queries=text(),
    work=maybe(
        record(
            workspace=PLACE,
            folders=several(PLACE, _MOST_FOLDERS),
            device=one_of(DEVICES),
            fingerprint=text(LONGEST_LINE),
        )
    ),
)


def session_of(page: InspectPage) -> dict[str, Any]:
    """Return what the page shows, and what it does."""
    work = page.indexing.work or page.indexing.interrupted_work
    return {
        "texts": page.texts.toPlainText(),
        "pooling": page.pooling.currentData(),
        "tab": page.tabs.currentIndex(),
        "other_model": page.other_model,
        "queries": page.indexes.written_queries,
        "work": None
        if work is None
        else {
            "workspace": work.workspace,
            "folders": list(work.folders),
            "device": work.device,
            "fingerprint": work.fingerprint,
        },
    }


def restore(page: InspectPage, data: Mapping[str, Any], example: str) -> None:
    """Show it again; what is missing is as at the first start."""
    page.texts.setPlainText(data.get("texts", example))
    page.texts.document().clearUndoRedoStacks()
    page.pooling.setCurrentIndex(max(page.pooling.findData(data.get("pooling")), 0))
    page.tabs.setCurrentIndex(min(data.get("tab", 0), page.tabs.count() - 1))
    page.indexes.restore_queries(data.get("queries", ""))
    page.compare_when_inspected(data.get("other_model", ""))
    work = data.get("work")
    page.indexing.interrupted_work = None
    if work and work.get("workspace") and work.get("folders"):
        page.indexing.interrupted_work = BuildIndex(
            work["workspace"],
            tuple(work["folders"]),
            work.get("device", "auto"),
            work.get("fingerprint", ""),
        )
