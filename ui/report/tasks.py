"""How the engine answers the requests of the report's tray."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from engine.errors import UserError
from engine.files import write_atomically
from ui.report.requests import (
    ReportWritten,
    ShownExplanation,
    ShownFeature,
    ShownRanking,
    TakeItem,
    TrayItem,
    VerifyReport,
    WriteReport,
)

if TYPE_CHECKING:
    from engine.evidence.evidence import Evidence
    from engine.evidence.items import RankingItem
    from engine.evidence.verify import Verification
    from engine.instrument import Instrument
    from engine.jobs import Job
    from ui.backend import Handler, Partial
    from ui.report.requests import ItemKind

_COMPUTED_SHARE = 0.9


def _take(instrument: Instrument, request: TakeItem, job: Job, _partial: Partial) -> TrayItem:
    from engine.evidence.items import ExplanationItem, FeatureItem

    match request.shown:
        case ShownExplanation() as shown:
            found = ExplanationItem.of(instrument, shown.explanation, dict(shown.concepts), shown.layer_path)
        case ShownRanking() as shown:
            item = _ranking_item(shown)
            found = item.compute(instrument, job)
        case ShownFeature() as shown:
            found = FeatureItem(shown.dictionary, shown.feature).compute(instrument, job)
    return _tray_item(found)


def _ranking_item(shown: ShownRanking) -> RankingItem:
    from engine.evidence.items import RankingItem

    asked = shown.search
    similar = {"dictionary": asked.dictionary, "weights": asked.weights}
    if asked.among:
        texts = asked.among
        return RankingItem(
            asked.query, len(texts), candidates=texts, percentiles=shown.percentiles, **similar
        )
    columns = ((asked.column, asked.value),) if asked.column else ()
    return RankingItem(asked.query, asked.top, asked.words, columns, **similar)


def _write(instrument: Instrument, request: WriteReport, job: Job, _partial: Partial) -> ReportWritten:
    from engine.evidence.report import Report

    items, count = [], len(request.items)
    for place, item in enumerate(request.items):
        part = job.part(_COMPUTED_SHARE * place / count, _COMPUTED_SHARE * (place + 1) / count)
        part.step(f"item {place + 1} of {count}", 0)
        items.append(item if item.evidence is not None else _computed(instrument, item, place + 1, part))
    job.step("writing the report", _COMPUTED_SHARE)
    report = Report(tuple(cast("Evidence", item.evidence) for item in items), request.title)
    data: str | bytes
    match request.format:
        case "html":
            data = report.html()
        case "pdf":
            data = report.pdf()
        case "semareport":
            data = report.bundle()
    job.cancel.check()
    return ReportWritten(str(write_atomically(request.path, data)), tuple(items))


def _verify(_instrument: Instrument, request: VerifyReport, job: Job, _partial: Partial) -> Verification:
    from engine.evidence.verify import verify

    return verify(request.path, request.model, request.workspace, job=job)


def _computed(instrument: Instrument, item: TrayItem, number: int, job: Job) -> TrayItem:
    """Return an item of an earlier run with its result.

    Raises:
        UserError: another model or workspace is in use, or it cannot be computed any more.
    """
    from engine.evidence.items import item_from_data

    if instrument.encoder.info.fingerprint != item.model:
        raise UserError(
            f"item {number} was answered by {item.model_name}; choose that model, or remove the item"
        )
    opened = str(instrument.workspace.folder.absolute()) if instrument.has_workspace else ""
    if item.workspace not in ("", opened):
        raise UserError(f"item {number} is of {item.workspace}; open that workspace, or remove the item")
    try:
        data = json.loads(item.item)
    except ValueError as error:
        raise UserError(f"item {number} is damaged; remove it, and add it again") from error
    made = item_from_data(item.kind, data, f"item {number}")
    return replace(item, evidence=made.compute(instrument, job))


def _tray_item(found: Evidence) -> TrayItem:
    from engine.report.plain import encode

    return TrayItem(
        cast("ItemKind", found.kind),
        found.title,
        json.dumps(encode(found.item), ensure_ascii=False),
        found.model.info.fingerprint,
        found.model.info.name,
        "" if found.workspace is None else found.workspace.folder,
        found,
    )


HANDLERS: Mapping[type, Handler] = {TakeItem: _take, WriteReport: _write, VerifyReport: _verify}
