"""How the engine answers the requests of Train."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from engine.jobs import Cancelled
from ui.train.requests import (
    AskAdvice,
    DeleteRun,
    FeaturesNamed,
    FeaturesTaken,
    ListRuns,
    MakeWorkspace,
    NameFeatures,
    PreviewCorpus,
    RunList,
    RunProgress,
    TakeFeatures,
    TrainRun,
    WorkspaceMade,
)

if TYPE_CHECKING:
    from engine.concepts.saved_runs import TrainingRun
    from engine.corpus.preview import CorpusPreview
    from engine.instrument import Instrument
    from engine.jobs import Job
    from engine.sae.advice import Advice
    from engine.sae.training_result import CurvePoint
    from ui.backend import Handler, Partial

_IMPORT_SHARE, _OPEN_SHARE = 0.1, 0.05


def _preview(_instrument: Instrument, request: PreviewCorpus, job: Job, _partial: Partial) -> CorpusPreview:
    from engine.corpus.importing import ImportRequest
    from engine.corpus.preview import preview_corpus

    job.step("looking at the documents", 0)
    return preview_corpus(ImportRequest(request.corpus, request.text_column, request.id_column))


def _make(_instrument: Instrument, request: MakeWorkspace, job: Job, _partial: Partial) -> WorkspaceMade:
    from engine.corpus.embedding import document_embedder, embed_documents, index_model
    from engine.corpus.importing import ImportRequest, import_corpus
    from engine.corpus.workspace import Workspace
    from engine.encoder import Encoder

    imported, share = None, 0.0
    if request.corpus is not None:
        wanted = ImportRequest(request.corpus, request.text_column, request.id_column, request.limit)
        imported, share = import_corpus(request.folder, wanted, job.part(0, _IMPORT_SHARE)), _IMPORT_SHARE
    job.step("loading the model", share)
    encoder = Encoder(request.model.folder, request.model.device, request.model.layer_path)
    with Workspace.open(request.folder) as workspace:
        embedded = embed_documents(
            workspace, index_model(encoder), document_embedder(encoder), job.part(share, 1)
        )
    return WorkspaceMade(request.folder, imported, embedded)


def _list(_instrument: Instrument, request: ListRuns, _job: Job, _partial: Partial) -> RunList:
    return _runs(request.folder)


def _delete(instrument: Instrument, request: DeleteRun, _job: Job, _partial: Partial) -> RunList:
    from engine.concepts.saved_runs import delete_run

    instrument.forget_dictionary()
    delete_run(Path(request.folder), request.name)
    return _runs(request.folder)


def _advise(_instrument: Instrument, request: AskAdvice, job: Job, _partial: Partial) -> Advice:
    from engine.concepts.training_runs import run_advice
    from engine.corpus.workspace import Workspace

    with Workspace.open(request.folder) as workspace:
        vectors = workspace.active_vectors().vectors
    return run_advice(vectors, request.settings, job)


def _train(_instrument: Instrument, request: TrainRun, job: Job, partial: Partial) -> TrainingRun:
    from engine.concepts.saved_runs import run_in_progress, saved_run
    from engine.concepts.training_data import workspace_data
    from engine.concepts.training_runs import train_run
    from engine.corpus.workspace import Workspace
    from engine.sae.runs import run_folder

    folder = run_folder(request.folder, request.name)
    resume = request.settings is None
    before = saved_run(folder) if resume else None
    settings = before.settings if before is not None else request.settings
    points: list[CurvePoint] = list(before.curve) if before is not None else []

    started = time.monotonic() - (before.seconds if before is not None else 0.0)

    def tell() -> None:
        partial(RunProgress(run_in_progress(request.name, settings, points, time.monotonic() - started)))

    def add(point: CurvePoint) -> None:
        points.append(point)
        tell()

    tell()
    with Workspace.open(request.folder) as workspace:
        data = workspace_data(workspace)
    try:
        train_run(
            folder,
            data.vectors,
            request.settings,
            data.provenance,
            job,
            categories=data.categories,
            resume=resume,
            on_point=add,
            finish=lambda: request.finish.cancelled,
        )
    except Cancelled:
        # Stopped while it was measured, a run has come to its end all the same.
        if saved_run(folder).status != "finished":
            raise
    return saved_run(folder)


def _name(_instrument: Instrument, request: NameFeatures, job: Job, _partial: Partial) -> FeaturesNamed:
    from engine.concepts.dictionary import open_dictionary
    from engine.concepts.labelling import label_features
    from engine.corpus.workspace import Workspace
    from engine.encoder import Encoder

    job.step("loading the model", 0)
    encoder = Encoder(request.model.folder, request.model.device, request.model.layer_path)
    with Workspace.open(request.folder) as workspace:
        dictionary = open_dictionary(workspace, request.name, job.part(0, _OPEN_SHARE))
        labels = label_features(workspace, dictionary, encoder, job.part(_OPEN_SHARE, 1)).labels
    return FeaturesNamed(request.name, sum(bool(label.label) for label in labels), dictionary.features)


def _take(instrument: Instrument, request: TakeFeatures, job: Job, _partial: Partial) -> FeaturesTaken:
    from engine.concepts.exchange import free_name, import_dictionary
    from engine.sae.checkpoints import load_checkpoint
    from engine.sae.runs import SAES

    workspace, source = instrument.workspace, Path(request.source).resolve()
    folder = str(workspace.folder)
    job.step("reading the features", 0)
    if source.parent == Path(folder).resolve() / SAES:
        return FeaturesTaken(folder, source.name, load_checkpoint(source).config.features, (), False)
    name = free_name(workspace, source.name)
    imported = import_dictionary(workspace, name, source)
    return FeaturesTaken(folder, name, imported.config.features, imported.notes, True)


def _runs(folder: str) -> RunList:
    from engine.concepts.run_settings import suggested_settings
    from engine.concepts.saved_runs import training_runs
    from engine.corpus.workspace import Workspace

    with Workspace.open(folder) as workspace:
        rows, suggested = 0, None
        if workspace.active_index is not None:
            index = workspace.active_vectors()
            rows = index.count
            suggested = suggested_settings(rows, index.model.dimension)
    return RunList(folder, training_runs(Path(folder)), rows, suggested)


HANDLERS: Mapping[type, Handler] = {
    PreviewCorpus: _preview,
    MakeWorkspace: _make,
    ListRuns: _list,
    DeleteRun: _delete,
    AskAdvice: _advise,
    TrainRun: _train,
    NameFeatures: _name,
    TakeFeatures: _take,
}
