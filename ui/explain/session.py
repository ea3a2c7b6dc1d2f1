"""What Explain needs to look as it did: texts, settings, panels, what is isolated, and earlier requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray

from engine.attribution.request import METHODS, REFERENCES, SIMILARITIES, UNITS, ExplainRequest
from ui.explain.history import MAX_ENTRIES
from ui.explain.inputs import MAX_CANDIDATES
from ui.explain.panels import MOST_LINKS
from ui.selection import ConceptTarget, LinkTarget, Target, WordTarget
from ui.session.shape import flag, maybe, number, one_of, pack, packed, record, several, text, unpack, whole
from ui.settings import LEVELS

if TYPE_CHECKING:
    from ui.actions import Actions
    from ui.explain.workspace import ExplainWorkspace
    from ui.settings import Settings

_MOST_LAYERS, _MOST_WORDS, _MOST_FEATURES = 1_000, 200_000, 10_000_000
# Earlier requests beyond these are too long to be written down again and again.
_MOST_CHARACTERS = 200_000
_ASKED = {
    "method": one_of(METHODS),
    "layer": whole(0, _MOST_LAYERS),
    "references": one_of(REFERENCES),
    "similarity": one_of(SIMILARITIES),
    "tolerance": number(1e-6, 0.5),
}
_REQUEST = record(query=text(), candidates=several(text(), MAX_CANDIDATES), **_ASKED)
SHAPE = record(
    query=text(),
    candidates=text(),
    candidate=whole(0, MAX_CANDIDATES - 1),
    shown=maybe(_REQUEST),
    unit=one_of(UNITS),
    level=one_of(LEVELS),
    links=whole(1, MOST_LINKS),
    folded=flag,
    isolated=maybe(
        record(
            query_word=whole(0, _MOST_WORDS),
            candidate_word=whole(0, _MOST_WORDS),
            feature=whole(0, _MOST_FEATURES),
        )
    ),
    docks=packed,
    history=several(_REQUEST, MAX_ENTRIES),
    **_ASKED,
)


def session_of(page: ExplainWorkspace) -> dict[str, Any]:
    """Return what the page shows."""
    inputs, panels, view = page.inputs, page.panels, page.view
    shown = page.shown_request
    return {
        "query": inputs.query.toPlainText(),
        "candidates": inputs.candidates.toPlainText(),
        "method": inputs.method.currentData(),
        "layer": inputs.layer.value(),
        "references": inputs.references.currentData(),
        "similarity": inputs.similarity.currentData(),
        "tolerance": inputs.tolerance.currentData(),
        "candidate": page.result.wanted,
        "shown": None if shown is None else _data(shown),
        "unit": view.unit,
        "level": view.level,
        "links": panels.top.value(),
        "folded": page.concepts.fold.isChecked(),
        "isolated": _isolated_data(view.wanted or view.selection.isolated),
        "docks": pack(bytes(panels.save().data())),
        "history": [_data(request) for request in _short_enough(panels.history.requests)],
    }


def restore(page: ExplainWorkspace, data: Mapping[str, Any], actions: Actions, settings: Settings) -> None:
    """Show it again; what is missing is as at the first start."""
    inputs, panels, view = page.inputs, page.panels, page.view
    settings.unit, settings.level = data.get("unit", settings.unit), data.get("level", settings.level)
    view.set_unit(settings.unit)
    view.set_level(settings.level)
    actions[f"view.{settings.unit}"].setChecked(True)
    actions[f"view.{settings.level}"].setChecked(True)
    panels.top.setValue(data.get("links", settings.top_links))
    page.concepts.fold.setChecked(data.get("folded", False))
    if "docks" in data:
        panels.restore(QByteArray(unpack(data["docks"])))
    panels.history.show_requests([_request(one) for one in data.get("history", ())])
    fields = _request(data)
    shown = None if data.get("shown") is None else _request(data["shown"])
    place = data.get("candidate", 0)
    view.isolate_when_shown(None)
    if shown is not None and place < len(shown.candidates):
        view.isolate_when_shown(_isolated(data.get("isolated")), shown.query, shown.candidates[place])
    page.show_anew(fields, data.get("candidates", ""), shown, place)
    inputs.query.document().clearUndoRedoStacks()
    inputs.candidates.document().clearUndoRedoStacks()


def _data(request: ExplainRequest) -> dict[str, Any]:
    return {
        "query": request.query,
        "candidates": list(request.candidates),
        **{key: getattr(request, key) for key in _ASKED},
    }


def _request(data: Mapping[str, Any]) -> ExplainRequest:
    candidates = data.get("candidates", ())
    return ExplainRequest(
        data.get("query", ""),
        () if isinstance(candidates, str) else tuple(candidates),
        **{key: data[key] for key in _ASKED if key in data},
        preview=True,
    )


def _isolated_data(target: Target | None) -> dict[str, int] | None:
    match target:
        case WordTarget():
            return {f"{target.side}_word": target.word}
        case LinkTarget():
            return {"query_word": target.query_word, "candidate_word": target.candidate_word}
        case ConceptTarget():
            return {"feature": target.feature}
        case _:
            return None


def _isolated(data: Mapping[str, int] | None) -> Target | None:
    match data:
        case {"feature": feature}:
            return ConceptTarget(feature, "", (), ())
        case {"query_word": query, "candidate_word": candidate}:
            return LinkTarget(query, candidate)
        case {"query_word": query}:
            return WordTarget("query", query)
        case {"candidate_word": candidate}:
            return WordTarget("candidate", candidate)
        case _:
            return None


def _short_enough(requests: Iterable[ExplainRequest]) -> Iterable[ExplainRequest]:
    characters = 0
    for request in requests:
        characters += len(request.query) + sum(map(len, request.candidates))
        if characters > _MOST_CHARACTERS:
            return
        yield request
