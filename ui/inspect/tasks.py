"""How the engine answers the requests of Inspect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.errors import UserError
from ui.inspect.requests import (
    BuildIndex,
    CompareIndexes,
    CompareModelsRequest,
    IndexState,
    InspectionTables,
    InspectRequest,
    ReadIndexes,
    SwitchIndex,
)

if TYPE_CHECKING:
    from engine.corpus.embedding import EmbedReport
    from engine.encoder import Encoder
    from engine.instrument import Instrument
    from engine.jobs import Job
    from engine.retrieval.embedding_inspection import Inspection
    from engine.retrieval.model_comparison import ModelComparison
    from engine.retrieval.reindexing import IndexComparison
    from ui.backend import Handler, Partial


def _inspect(instrument: Instrument, request: InspectRequest, job: Job, _partial: Partial) -> Inspection:
    from engine.retrieval.embedding_inspection import inspect_texts

    return inspect_texts(instrument.encoder, request.texts, request.pooling, job)


def _tables(
    _instrument: Instrument, request: InspectionTables, _job: Job, _partial: Partial
) -> dict[str, str]:
    from engine.report.inspection import inspection_tables

    return inspection_tables(request.inspection)


def _compare_models(
    instrument: Instrument, request: CompareModelsRequest, job: Job, _partial: Partial
) -> ModelComparison:
    from engine.encoder import Encoder
    from engine.retrieval.model_comparison import compare_models

    job.step("loading the other model", 0)
    other = Encoder(request.folder, request.device)
    return compare_models(instrument.encoder, other, request.texts, job)


def _read(instrument: Instrument, _request: ReadIndexes, _job: Job, _partial: Partial) -> IndexState:
    return _state(instrument)


def _build(_instrument: Instrument, request: BuildIndex, job: Job, _partial: Partial) -> EmbedReport:
    from engine.corpus.workspace import Workspace
    from engine.encoder import Encoder
    from engine.retrieval.reindexing import build_beside

    job.step("loading the model", 0)
    folder = request.folders[0] if not request.fingerprint else _folder(request, request.fingerprint)
    encoder = Encoder(folder, request.device)
    with Workspace.open(request.workspace) as workspace:
        return build_beside(workspace, encoder, job)


def _compare_indexes(
    instrument: Instrument, request: CompareIndexes, job: Job, _partial: Partial
) -> IndexComparison:
    from engine.corpus.queries import save_queries
    from engine.retrieval.reindexing import compare_indexes

    workspace = instrument.workspace
    save_queries(workspace, request.queries)
    job.step("loading the models", 0)
    old, new = (_model(instrument, request, fingerprint) for fingerprint in (request.old, request.new))
    return compare_indexes(workspace, old, new, request.queries, job)


def _switch(instrument: Instrument, request: SwitchIndex, _job: Job, _partial: Partial) -> IndexState:
    from engine.retrieval.reindexing import switch_back, switch_index

    if request.fingerprint:
        switch_index(instrument.workspace, request.fingerprint)
    else:
        switch_back(instrument.workspace)
    return _state(instrument)


def _state(instrument: Instrument) -> IndexState:
    from engine.corpus.queries import saved_queries

    workspace = instrument.workspace
    return IndexState(instrument.workspace_info(), workspace.previous_index, saved_queries(workspace))


def _model(instrument: Instrument, request: CompareIndexes, fingerprint: str) -> Encoder:
    from engine.encoder import Encoder

    if instrument.encoder.info.fingerprint == fingerprint:
        return instrument.encoder
    return Encoder(_folder(request, fingerprint), request.device)


def _folder(request: BuildIndex | CompareIndexes, fingerprint: str) -> str:
    from engine.encoder.loading import default_model_folder
    from engine.retrieval.reindexing import find_model

    folder = find_model(fingerprint, (*request.folders, str(default_model_folder())))
    if folder is None:
        raise UserError(
            f"the folder of the model {fingerprint[:8]} is not known; open it once at the top of the "
            "window, then try again"
        )
    return folder


HANDLERS: Mapping[type, Handler] = {
    InspectRequest: _inspect,
    InspectionTables: _tables,
    CompareModelsRequest: _compare_models,
    ReadIndexes: _read,
    BuildIndex: _build,
    CompareIndexes: _compare_indexes,
    SwitchIndex: _switch,
}
