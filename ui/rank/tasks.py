"""How the engine answers the requests of Rank."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ui.rank.requests import (
    ContrastRequest,
    DeletionRequest,
    Edited,
    EditRequest,
    FeatureNames,
    FindRequest,
    Found,
    HitsRequest,
    MissingRequest,
    ProbesRequest,
    SearchRequest,
)

if TYPE_CHECKING:
    from engine.corpus.workspace import Document
    from engine.instrument import Instrument
    from engine.jobs import Job
    from engine.retrieval.contrast import Contrast
    from engine.retrieval.explain_hits import ExplainedHit
    from engine.retrieval.missing import Missing
    from engine.retrieval.whatif import Deletion, Pinned, Probes
    from ui.backend import Handler, Partial

MOST_FOUND = 100


def _search(instrument: Instrument, request: SearchRequest, job: Job, _partial: Partial) -> Found:
    from engine.retrieval.filters import Filters
    from engine.retrieval.search import embed_query, search
    from engine.retrieval.steering import steer

    index, query = instrument.search_index, embed_query(instrument.encoder, request.query)
    steered = None
    if request.weights:
        dictionary = instrument.open_dictionary(request.dictionary, job)
        steered = steer(dictionary, query.vector, dict(request.weights))
    ranking = search(
        instrument.workspace,
        index,
        query,
        request.top,
        Filters(request.words, ((request.column, request.value),) if request.column else ()),
        steered.vector if steered is not None else None,
        job,
    )
    return Found(ranking, steered)


def _explain_hits(
    instrument: Instrument, request: HitsRequest, job: Job, partial: Partial
) -> tuple[ExplainedHit, ...]:
    from engine.retrieval.explain_hits import explain_hits

    similarity = instrument.search_index.similarity
    explained: list[ExplainedHit] = []

    def found(hit: ExplainedHit) -> None:
        explained.append(hit)
        partial(tuple(explained))

    explain_hits(
        instrument.explainer, request.query, request.texts[request.first :], found, similarity, job=job
    )
    return tuple(explained)


def _names(instrument: Instrument, request: FeatureNames, job: Job, _partial: Partial) -> tuple[str, ...]:
    from engine.concepts.names import feature_names

    return feature_names(instrument.workspace, instrument.open_dictionary(request.dictionary, job))


def _contrast(instrument: Instrument, request: ContrastRequest, job: Job, _partial: Partial) -> Contrast:
    from engine.retrieval.contrast import contrast

    dictionary = instrument.open_dictionary(request.dictionary, job) if request.dictionary else None
    similarity = instrument.search_index.similarity
    return contrast(
        instrument.explainer, request.query, request.a, request.b, similarity, None, dictionary, job
    )


def _find(instrument: Instrument, request: FindRequest, _job: Job, _partial: Partial) -> tuple[Document, ...]:
    workspace = instrument.workspace
    ids = [*workspace.named(request.words), *workspace.find(request.words, MOST_FOUND)]
    return tuple(workspace.documents(list(dict.fromkeys(ids))))


def _missing(instrument: Instrument, request: MissingRequest, job: Job, _partial: Partial) -> Missing:
    from engine.retrieval.missing import why_missing
    from engine.retrieval.search import embed_query

    index, query = instrument.search_index, embed_query(instrument.encoder, request.query)
    return why_missing(
        instrument.explainer, instrument.workspace, index, query, request.document, request.top, job=job
    )


def _pinned(
    instrument: Instrument, request: EditRequest | DeletionRequest | ProbesRequest, job: Job
) -> Pinned:
    from engine.retrieval.search import embed_query
    from engine.retrieval.whatif import pin

    query = embed_query(instrument.encoder, request.query)
    return pin(instrument.search_index, query, request.document - 1, request.text, job)


def _edit(instrument: Instrument, request: EditRequest, job: Job, _partial: Partial) -> Edited:
    from engine.retrieval.whatif import what_if

    pinned = _pinned(instrument, request, job.part(0, 0.3))
    outcome = what_if(
        instrument.encoder,
        instrument.search_index,
        pinned,
        request.new_query,
        request.new_text,
        job.part(0.3, 1),
    )
    return Edited(pinned, outcome)


def _delete(instrument: Instrument, request: DeletionRequest, job: Job, _partial: Partial) -> Deletion:
    from engine.retrieval.whatif import smallest_deletion

    pinned = _pinned(instrument, request, job.part(0, 0.1))
    index = instrument.search_index
    return smallest_deletion(instrument.explainer, index, pinned, request.side, request.k, job.part(0.1, 1))


def _probe(instrument: Instrument, request: ProbesRequest, job: Job, _partial: Partial) -> Probes:
    from engine.retrieval.whatif import probe

    pinned = _pinned(instrument, request, job.part(0, 0.1))
    index = instrument.search_index
    return probe(instrument.encoder, index, pinned, request.side, job.part(0.1, 1))


HANDLERS: Mapping[type, Handler] = {
    ContrastRequest: _contrast,
    FindRequest: _find,
    MissingRequest: _missing,
    EditRequest: _edit,
    DeletionRequest: _delete,
    ProbesRequest: _probe,
    SearchRequest: _search,
    HitsRequest: _explain_hits,
    FeatureNames: _names,
}
