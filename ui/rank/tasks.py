"""How the engine answers the requests of Rank."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.errors import UserError
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
    from engine.retrieval.index import SearchIndex
    from engine.retrieval.missing import Missing
    from engine.retrieval.whatif import Deletion, Pinned, Probes
    from ui.backend import Handler, Partial

MOST_FOUND = 100


def _search(instrument: Instrument, request: SearchRequest, job: Job, _partial: Partial) -> Found:
    from engine.retrieval.filters import Filters
    from engine.retrieval.search import embed_query, rank_texts, search
    from engine.retrieval.steering import steer

    index = _index(instrument, request.among, job.part(0, 0.8))
    query, steered = embed_query(instrument.encoder, request.query), None
    if request.weights:
        dictionary = instrument.open_dictionary(request.dictionary, job)
        dictionary.check_model(instrument.encoder.info.fingerprint)
        steered = steer(dictionary, query.vector, dict(request.weights))
    vector = steered.vector if steered is not None else None
    if request.among:
        return Found(rank_texts(query, request.among, index, _percentiles(instrument), vector, job), steered)
    filters = Filters(request.words, ((request.column, request.value),) if request.column else ())
    workspace = instrument.workspace
    return Found(search(workspace, index, query, request.top, filters, vector, job), steered)


def _index(instrument: Instrument, among: tuple[str, ...], job: Job) -> SearchIndex:
    """Return what is ranked: the texts given, or the documents of the workspace."""
    return instrument.texts_index(among, job) if among else instrument.search_index


def _percentiles(instrument: Instrument) -> SearchIndex | None:
    """Return the index whose random pairs say how high a score is; None where none fits the model."""
    try:
        return instrument.search_index if instrument.has_workspace else None
    except UserError:
        return None


def _explain_hits(
    instrument: Instrument, request: HitsRequest, job: Job, partial: Partial
) -> tuple[ExplainedHit, ...]:
    from engine.retrieval.explain_hits import explain_hits

    explained: list[ExplainedHit] = []

    def found(hit: ExplainedHit) -> None:
        explained.append(hit)
        partial(tuple(explained))

    texts = request.texts[request.first :]
    explain_hits(instrument.explainer, request.query, texts, found, vector=request.vector, job=job)
    return tuple(explained)


def _names(instrument: Instrument, request: FeatureNames, job: Job, _partial: Partial) -> tuple[str, ...]:
    from engine.concepts.names import feature_names

    return feature_names(instrument.workspace, instrument.open_dictionary(request.dictionary, job))


def _contrast(instrument: Instrument, request: ContrastRequest, job: Job, _partial: Partial) -> Contrast:
    from engine.retrieval.contrast import contrast

    dictionary = instrument.open_dictionary(request.dictionary, job) if request.dictionary else None
    return contrast(instrument.explainer, request.query, request.a, request.b, dictionary=dictionary, job=job)


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
    index = _index(instrument, request.among, job)
    return pin(index, query, request.document - 1, request.text, job)


def _edit(instrument: Instrument, request: EditRequest, job: Job, _partial: Partial) -> Edited:
    from engine.retrieval.whatif import what_if

    pinned = _pinned(instrument, request, job.part(0, 0.3))
    outcome = what_if(
        instrument.encoder,
        _index(instrument, request.among, job),
        pinned,
        request.new_query,
        request.new_text,
        job.part(0.3, 1),
    )
    return Edited(pinned, outcome)


def _delete(instrument: Instrument, request: DeletionRequest, job: Job, _partial: Partial) -> Deletion:
    from engine.retrieval.whatif import smallest_deletion

    pinned = _pinned(instrument, request, job.part(0, 0.1))
    index = _index(instrument, request.among, job)
    return smallest_deletion(instrument.explainer, index, pinned, request.side, request.k, job.part(0.1, 1))


def _probe(instrument: Instrument, request: ProbesRequest, job: Job, _partial: Partial) -> Probes:
    from engine.retrieval.whatif import probe

    pinned = _pinned(instrument, request, job.part(0, 0.1))
    index = _index(instrument, request.among, job)
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
