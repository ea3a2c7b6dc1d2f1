"""How the engine answers the requests of Explain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.errors import UserError
from ui.explain.requests import ConceptsRequest, FoldRequest, PairConcepts
from ui.requests import CaptumRequest, ExplainTask, MethodsRequest, ReportRequest

if TYPE_CHECKING:
    from engine.attribution.agreement import MethodAgreement
    from engine.attribution.captum_checks import CaptumChecks
    from engine.attribution.explainer import Explainer, Explanation
    from engine.concepts.explanation import ConceptExplanation
    from engine.instrument import Instrument
    from engine.jobs import Job
    from ui.backend import Handler, Partial

QUICK_TOLERANCE = 1e-2


def _explain(instrument: Instrument, task: ExplainTask, job: Job, partial: Partial) -> Explanation:
    explainer, request = instrument.explainer, task.request

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


def _compare(instrument: Instrument, request: MethodsRequest, job: Job, _partial: Partial) -> MethodAgreement:
    from engine.attribution.agreement import compare_methods

    return compare_methods(_explainer_of(instrument, request).encoder, request.pair, job)


def _check(instrument: Instrument, request: CaptumRequest, job: Job, _partial: Partial) -> CaptumChecks:
    from engine.attribution.captum_checks import captum_checks

    return captum_checks(_explainer_of(instrument, request).encoder, request.pair, job)


def _concepts(instrument: Instrument, request: ConceptsRequest, job: Job, _partial: Partial) -> PairConcepts:
    from engine.concepts.explanation import explain_concepts
    from engine.concepts.names import feature_names

    explainer = _explainer_of(instrument, request)
    dictionary = instrument.open_dictionary(request.dictionary, job.part(0, 0.5))
    names = feature_names(instrument.workspace, dictionary)
    return _shown(
        explain_concepts(explainer, dictionary, names, request.pair, request.tolerance, job.part(0.5, 1))
    )


def _fold(instrument: Instrument, request: FoldRequest, job: Job, _partial: Partial) -> PairConcepts:
    families = instrument.open_families(request.dictionary, job)
    return _shown(request.concepts.explanation.folded(families.family))


def _shown(explanation: ConceptExplanation) -> PairConcepts:
    from engine.concepts.flow import shown_flow
    from engine.report.concept_wording import erasure_sentences, ledger_rows

    return PairConcepts(
        explanation,
        shown_flow(explanation.flow),
        tuple(ledger_rows(explanation.ledger)),
        tuple(erasure_sentences(explanation)),
    )


def _report(
    instrument: Instrument, request: ReportRequest, _job: Job, _partial: Partial
) -> str | dict[str, str]:
    match request.format:
        case "html":
            from engine.evidence.items import ExplanationItem
            from engine.evidence.report import Report

            concepts = dict(request.concepts)
            return Report(
                (ExplanationItem.of(instrument, request.explanation, concepts, request.layer_path),)
            ).html()
        case "json":
            from engine.report.data import json_report

            return json_report(request.explanation)
        case "csv":
            from engine.report.data import csv_tables

            return csv_tables(request.explanation)


def _explainer_of(
    instrument: Instrument, request: MethodsRequest | CaptumRequest | ConceptsRequest
) -> Explainer:
    explainer = instrument.explainer
    if explainer.encoder.info.fingerprint != request.fingerprint:
        raise UserError("this result is of another model; press Run to explain the pair with this one")
    return explainer


def _summed(explanation: Explanation, preview: bool) -> Explanation:
    """Return the explanation with the sums that the window shows, so that it need not wait for them."""
    for pair in explanation.pairs:
        # Cached with the pair, which other threads only read.
        _ = pair.word_matrix, pair.sentence_matrix
    return replace(explanation, preview=explanation.preview or preview)


HANDLERS: Mapping[type, Handler] = {
    ExplainTask: _explain,
    MethodsRequest: _compare,
    CaptumRequest: _check,
    ConceptsRequest: _concepts,
    FoldRequest: _fold,
    ReportRequest: _report,
}
