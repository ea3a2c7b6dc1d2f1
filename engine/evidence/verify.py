"""Recomputes a report and says of each of its figures whether it stands.

A report is checked in three ways. Its page and its tables must be those that its data give, byte for
byte, so that a number which was changed only where a reader sees it is found. Its data must agree with
themselves: sums with their terms, texts with their fingerprints. And every figure is computed again with
the model and the workspace that the report names, and held against what is stated; see `tolerances` for
how far each may be off.
"""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.encoder.loading import available_devices
from engine.errors import UserError
from engine.evidence.evidence import Evidence, workspace_source
from engine.evidence.figures import Row, Rule, compare
from engine.evidence.items import ExplanationItem, RankingItem, evidence_data
from engine.evidence.reading import Found, read_report
from engine.evidence.tolerances import NO_FIGURES, rules_for, within_report
from engine.instrument import Instrument
from engine.jobs import Job
from engine.report.data import APP
from engine.report.plain import encode
from engine.report.segments import label, one_line

_WORDS_TOLERANCE = 1e-2


@dataclass(frozen=True)
class Verification:
    """What became of a report's figures.

    Attributes:
        title: of the report.
        items: titles of its items.
        rows: every figure.
    """

    title: str
    items: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def stands(self) -> bool:
        """Whether every figure was checked and stands."""
        return all(row.verdict == "stands" for row in self.rows)

    def count(self, verdict: str) -> int:
        """Return how many figures have a verdict."""
        return sum(row.verdict == verdict for row in self.rows)


def verify(
    path: str | Path,
    model: str | None = None,
    workspace: str | None = None,
    device: str = "auto",
    job: Job | None = None,
) -> Verification:
    """Recompute the report in a file.

    Args:
        path: an HTML report, a bundle, or its JSON.
        model: folder of the model; by default the one that each item names.
        workspace: folder of the workspace; by default the one that each item names.
        device: where the model runs; by default where it ran, if that is here.
        job: progress and cancellation.

    Raises:
        UserError: the file cannot be read, or is no report.
        Cancelled: it was asked to stop.
    """
    job, found = job or Job(), read_report(path)
    rows = _of_the_file(found)
    checker, items = _Checker(model, workspace, device), found.report.items
    try:
        for place, evidence in enumerate(items):
            number, part = place + 1, job.part(place / len(items), (place + 1) / len(items))
            part.step(f"item {number} of {len(items)}", 0)
            stated = found.data["items"][place]
            rows += _agreement(number, stated, evidence)
            rows += checker.rows(number, stated, evidence, part)
    finally:
        checker.close()
    job.step("verified", 1)
    return Verification(one_line(found.report.name), tuple(one.title for one in items), tuple(rows))


def _of_the_file(found: Found) -> list[Row]:
    """Return whether pages, tables and digests are those that the data give."""
    rows = []
    if found.manifest is not None and found.files is not None:
        rows += _manifest(found.files, found.manifest)
    if found.page is None:
        return rows
    made_by = found.data.get("app")
    if made_by != APP:
        note = f"it was made by {label(str(made_by), 60)}, and this is {APP}"
        return [*rows, Row(0, "the page that is seen", verdict="cannot be checked", note=note)]
    given = found.report.files() if found.files is not None else {"report.html": found.report.html().encode()}
    there = found.files if found.files is not None else {"report.html": found.page.encode()}
    for name in dict.fromkeys([*given, *there]):
        same = given.get(name) == there.get(name)
        what = "the page that is seen" if name == "report.html" else f"the file {label(name, 80)}"
        if name != "report.json":
            rows.append(_file_row(what, same, "it is not what the report’s data give"))
    return rows


def _manifest(files: dict[str, bytes], manifest: dict[str, str]) -> list[Row]:
    rows = []
    for name in dict.fromkeys([*files, *manifest]):
        digest = hashlib.sha256(files[name]).hexdigest() if name in files else "nothing"
        stated = manifest.get(name, "nothing")
        same = digest == stated
        rows.append(
            Row(
                0,
                f"digest of {label(name, 80)}",
                label(stated, 16),
                digest[:16],
                "none",
                "stands" if same else "differs",
                "" if same else "the file was changed after the report was written",
            )
        )
    return rows


def _file_row(what: str, same: bool, note: str) -> Row:
    return Row(0, what, verdict="stands") if same else Row(0, what, verdict="differs", note=note)


def _agreement(number: int, stated: Any, evidence: Evidence) -> list[Row]:
    """Return what does not follow from the rest of the report; one row if all does."""
    rows = compare(number, stated, evidence_data(evidence), within_report())
    wrong = [row for row in rows if row.verdict != "stands"]
    return wrong or [Row(number, "sums, texts and sources agree with each other")]


class _Checker:
    """Loads what items need, once for all that need the same, and recomputes them."""

    def __init__(self, model: str | None, workspace: str | None, device: str) -> None:
        self._model, self._workspace, self._device = model, workspace, device
        self._instrument = Instrument()
        self._loaded: tuple[str | None, str, str | None] | None = None
        self._opened: str | None = None

    def rows(self, number: int, stated: Any, evidence: Evidence, job: Job) -> list[Row]:
        """Return the figures of an item; one row says so where it cannot be recomputed."""
        try:
            self._load(evidence)
            if evidence.workspace is not None and evidence.item.needs_workspace:
                self._open(evidence)
        except UserError as error:
            return [_unchecked(number, error)]
        rows, item, result = [self._described(number, evidence)], evidence.item, stated["result"]
        if isinstance(item, ExplanationItem):
            count = len(result["candidates"])
            item = replace(item, request=replace(item.request, candidates=item.request.candidates[:count]))
            problem = self._features_problem(evidence) if item.dictionary else None
            if problem is not None:
                rows.append(_unchecked(number, problem, "concepts"))
                item = replace(item, dictionary="")
                result = {**result, "candidates": [{**one, "concepts": None} for one in result["candidates"]]}
        self._instrument.forget_texts()
        try:
            if isinstance(item, ExplanationItem):
                self._know_whole(item, result, job.part(0, 0.3))
            again = item.compute(self._instrument, job.part(0.3, 1))
        except UserError as error:
            return [*rows, _unchecked(number, error)]
        recomputed = item.result_data(again)
        if isinstance(item, RankingItem):
            recomputed = _as_far_as(result, recomputed)
        tolerance = item.request.tolerance if isinstance(item, ExplanationItem) else _WORDS_TOLERANCE
        same_device = evidence.model.info.device == again.model.info.device
        rules = rules_for(evidence.kind, result, recomputed, tolerance, same_device)
        return [*rows, *compare(number, result, recomputed, rules, NO_FIGURES)]

    def _know_whole(self, item: ExplanationItem, result: Any, job: Job) -> None:
        """Compute whole what the report says was known whole.

        Without that, a long text is computed as far as the other one sees it, and fewer concepts have a flow.
        """
        explainer, request = self._instrument.explainer, item.request
        tokenize, candidates = explainer.encoder.tokenize, result["candidates"]
        texts = [] if candidates[0]["within_span"]["query"] else [tokenize(request.query, "query")]
        texts += [
            tokenize(text, "document")
            for text, candidate in zip(request.candidates, candidates, strict=True)
            if not candidate["within_span"]["candidate"]
        ]
        for place, text in enumerate(texts):
            part = job.part(place / len(texts), (place + 1) / len(texts))
            explainer.contributions(text, request, job=part)

    def close(self) -> None:
        """Let go of the workspace."""
        self._instrument.close_workspace()

    def _load(self, evidence: Evidence) -> None:
        source = evidence.model
        folder = self._model or _local(source.info.folder) or None
        device = self._device
        if device == "auto" and source.info.device in available_devices():
            device = source.info.device
        wanted = (folder, device, source.layer_path)
        if self._loaded != wanted:
            self._loaded = None
            self._instrument.load_model(*wanted)
            self._loaded = wanted
        info = self._instrument.encoder.info
        for what, here, there in (
            ("model", info.fingerprint, source.info.fingerprint),
            ("tokenizer", info.tokenizer, source.info.tokenizer),
        ):
            if here != there:
                raise UserError(
                    f"the {what} here is that of {info.name} ({here[:8]}), the report’s is that of "
                    f"{label(source.info.name)} ({label(there, 9)}); name the right folder with --model"
                )

    def _described(self, number: int, evidence: Evidence) -> Row:
        """Return whether the report describes the model as it is, but for where it lies and runs."""
        here, there = (encode(one) for one in (self._instrument.encoder.info, evidence.model.info))
        (row,) = compare(number, there, here, [Rule(".*", "model, as described")], "folder|device")
        return row

    def _open(self, evidence: Evidence) -> None:
        source = evidence.workspace
        assert source is not None
        folder = self._workspace or _local(source.folder)
        if self._opened != folder:
            self._opened = None
            self._instrument.open_workspace(folder)
            self._opened = folder
        workspace = self._instrument.workspace
        if workspace.identity != source.identity:
            raise UserError(
                f"the workspace in {folder} is not the one of the report; name the right one with --workspace"
            )
        count = workspace.active_vectors().count
        if count != source.documents and not isinstance(evidence.item, ExplanationItem):
            raise UserError(
                f"the corpus has changed: {count:,} documents now, {source.documents:,} in the report"
            )
        if source.dictionary and not isinstance(evidence.item, ExplanationItem):
            problem = self._features_problem(evidence)
            if problem is not None:
                raise problem

    def _features_problem(self, evidence: Evidence) -> UserError | None:
        source = evidence.workspace
        assert source is not None
        try:
            here = workspace_source(self._instrument, source.dictionary)
        except UserError as error:
            return error
        if here.digest != source.digest:
            return UserError(
                f"the features {label(source.dictionary)} are not those of the report: trained again"
            )
        return None


def _unchecked(number: int, error: UserError, figure: str = "all figures") -> Row:
    return Row(number, figure, verdict="cannot be checked", note=one_line(str(error)))


def _as_far_as(stated: Any, recomputed: dict[str, Any]) -> dict[str, Any]:
    """Return a ranking without the words that its search, interrupted, had not come to: the last ones."""
    known = [hit.get("words") is not None for hit in stated["hits"]]
    count = sum(known)
    if not all(known[:count]):
        return recomputed
    nothing = {"words": None, "query_words": None}
    hits = [hit if place < count else {**hit, **nothing} for place, hit in enumerate(recomputed["hits"])]
    return {**recomputed, "hits": hits, "layer": recomputed["layer"] if count else None}


def _local(folder: str) -> str:
    """Return a folder that a report names, unless it lies on another machine.

    Opening such a place would tell that machine who opens it.

    Raises:
        UserError: it does.
    """
    if folder.replace("\\", "/").startswith("//"):
        raise UserError(
            "the report names a folder on another machine; name a folder here with --model or --workspace"
        )
    return folder
