"""What Train needs to look as it did: the form, the runs that are drawn, and the work that was going on."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.jobs import CancelToken
from ui.requests import ModelChoice
from ui.session.document import MODEL, PLACE
from ui.session.shape import LONGEST_LINE, Shape, flag, maybe, one_of, record, several, text, whole
from ui.train.requests import MakeWorkspace, NameFeatures, TrainRun
from ui.train.settings_panel import ARCHITECTURES, LARGEST_NUMBERS

if TYPE_CHECKING:
    from ui.train.page import TrainPage
    from ui.train.work import WorkRequest

_MOST_RUNS, _MOST_DOCUMENTS = 1_000, 10**12
_SETTINGS: dict[str, Shape] = {
    "architecture": one_of(tuple(ARCHITECTURES)),
    **{name: whole(0, most) for name, most in LARGEST_NUMBERS.items()},
    "patience": maybe(whole(1, 1_000_000)),
}
_FORM = record(**_SETTINGS)
SHAPE = record(
    form=maybe(_FORM),
    name=maybe(text(LONGEST_LINE)),
    drawn=several(text(LONGEST_LINE), _MOST_RUNS),
    run=text(LONGEST_LINE),
    logarithmic=flag,
    work=maybe(
        record(
            kind=one_of(("import", "train", "label")),
            folder=PLACE,
            model=MODEL,
            name=text(LONGEST_LINE),
            settings=maybe(_FORM),
            corpus=maybe(PLACE),
            text_column=maybe(text(LONGEST_LINE)),
            id_column=maybe(text(LONGEST_LINE)),
            limit=maybe(whole(1, _MOST_DOCUMENTS)),
        )
    ),
)


def session_of(page: TrainPage) -> dict[str, Any]:
    """Return what the page shows, and what it does."""
    panel, work = page.panel, page.work.request or page.interrupted_work
    return {
        "form": panel.form(),
        "name": panel.own_name,
        "drawn": page.runs.drawn_names,
        "run": page.runs.chosen_name,
        "logarithmic": page.logarithmic,
        "work": None if work is None else _work_data(work),
    }


def restore(page: TrainPage, data: Mapping[str, Any]) -> None:
    """Show it again; what is missing is as at the first start."""
    form = data.get("form") or {}
    page.panel.restore(form if len(form) == len(_SETTINGS) else None, data.get("name"))
    page.set_logarithmic(data.get("logarithmic", False))
    page.runs.draw_when_listed(data.get("drawn", ()), data.get("run", ""))
    work = data.get("work")
    page.interrupted_work = None if work is None else _work(work)


def _work_data(work: WorkRequest) -> dict[str, Any]:
    data: dict[str, Any] = {"kind": work.kind, "folder": work.folder}
    match work:
        case MakeWorkspace():
            data |= {
                "model": dataclasses.asdict(work.model),
                "corpus": None if work.corpus is None else str(work.corpus),
                "text_column": work.text_column,
                "id_column": work.id_column,
                "limit": work.limit,
            }
        case TrainRun():
            settings = None if work.settings is None else dataclasses.asdict(work.settings)
            data |= {"name": work.name, "settings": settings}
        case NameFeatures():
            data |= {"name": work.name, "model": dataclasses.asdict(work.model)}
    return data


def _work(data: Mapping[str, Any]) -> WorkRequest | None:
    folder, name = data.get("folder", ""), data.get("name", "")
    model = ModelChoice(**data.get("model", {}))
    match data.get("kind"):
        case "import" if folder:
            corpus = data.get("corpus")
            columns = data.get("text_column"), data.get("id_column"), data.get("limit")
            return MakeWorkspace(folder, model, None if corpus is None else Path(corpus), *columns)
        case "label" if folder and name:
            return NameFeatures(folder, name, model)
        case "train" if folder and name:
            form = data.get("settings") or {}
            settings = None
            if len(form) == len(_SETTINGS):
                from engine.concepts.run_settings import RunSettings

                settings = RunSettings(**form)
            return TrainRun(folder, name, settings, CancelToken())
        case _:
            return None
