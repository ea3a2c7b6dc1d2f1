"""The engine behind the window's thread: a request in, a result out. Loads its libraries on first use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from engine.errors import UserError
from engine.startup import import_engine, without_collections
from ui.requests import (
    CaptumRequest,
    ExplainTask,
    MethodsRequest,
    ModelChoice,
    ModelReady,
    ReportRequest,
    Request,
)

if TYPE_CHECKING:
    from engine.attribution.explainer import Explainer, Explanation
    from engine.jobs import Job

QUICK_TOLERANCE = 1e-2
Partial = Callable[[object], None]


class Backend(Protocol):
    """What the engine thread needs: one call, made in that thread only."""

    def answer(self, request: Request, job: Job, partial: Partial) -> object:
        """Return the result of a request; `partial` may be called with earlier versions of it."""


class EngineBackend:
    """Answers requests with the real engine, one model at a time."""

    def __init__(self) -> None:
        self._explainer: Explainer | None = None

    def answer(self, request: Request, job: Job, partial: Partial) -> object:
        """Return what the request's class says."""
        match request:
            case ModelChoice():
                return self._load(request, job)
            case ExplainTask():
                return self._explain(request, job, partial)
            case MethodsRequest():
                from engine.attribution.agreement import compare_methods

                return compare_methods(self._explainer_of(request).encoder, request.pair, job)
            case CaptumRequest():
                from engine.attribution.captum_checks import captum_checks

                return captum_checks(self._explainer_of(request).encoder, request.pair, job)
            case ReportRequest():
                return _report(request)

    def _load(self, choice: ModelChoice, job: Job) -> ModelReady:
        job.step("starting the engine", 0)
        import_engine()
        from engine.attribution.explainer import Explainer
        from engine.encoder import Encoder
        from engine.encoder.loading import available_devices

        job.step("loading the model", 0)
        with without_collections():
            explainer = Explainer(Encoder(choice.folder, choice.device, choice.layer_path))
        job.cancel.check()
        self._explainer = explainer
        return ModelReady(choice, explainer.encoder.info, explainer.preview_layer, available_devices())

    def _explain(self, task: ExplainTask, job: Job, partial: Partial) -> Explanation:
        explainer, request = self._loaded(), task.request

        def send(explanation: Explanation) -> None:
            partial(_summed(explanation, task.live))

        if not task.live:
            return _summed(explainer.explain(request, job, send), preview=False)
        quick = replace(
            request,
            layer=max(request.layer, explainer.preview_layer),
            tolerance=max(request.tolerance, QUICK_TOLERANCE),
            faithfulness=False,
            preview=False,
        )
        return _summed(explainer.explain(quick, job, send), preview=True)

    def _loaded(self) -> Explainer:
        if self._explainer is None:
            raise UserError("no model is loaded; choose one at the top of the window")
        return self._explainer

    def _explainer_of(self, request: MethodsRequest | CaptumRequest) -> Explainer:
        explainer = self._loaded()
        if explainer.encoder.info.fingerprint != request.fingerprint:
            raise UserError("this result is of another model; press Run to explain the pair with this one")
        return explainer


def _summed(explanation: Explanation, preview: bool) -> Explanation:
    """Return the explanation with the sums that the window shows, so that it need not wait for them."""
    for pair in explanation.pairs:
        # Cached with the pair, which other threads only read.
        _ = pair.word_matrix, pair.sentence_matrix
    return replace(explanation, preview=explanation.preview or preview)


def _report(request: ReportRequest) -> str | dict[str, str]:
    match request.format:
        case "html":
            from engine.report.html import html_report

            return html_report(request.explanation, request.layer_path)
        case "json":
            from engine.report.data import json_report

            return json_report(request.explanation)
        case "csv":
            from engine.report.data import csv_tables

            return csv_tables(request.explanation)
