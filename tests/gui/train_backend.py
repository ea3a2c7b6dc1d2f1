"""Engines for the tests of Train: one lists runs, the other trains as far as a test lets it."""

from dataclasses import replace
from pathlib import Path

from engine.concepts.run_settings import RunSettings
from engine.concepts.saved_runs import TrainingRun, run_in_progress
from engine.corpus.columns import Columns
from engine.corpus.embedding import EmbedReport
from engine.corpus.importing import ImportReport
from engine.corpus.preview import CorpusPreview
from engine.corpus.vectors import IndexModel
from engine.errors import UserError
from engine.instrument import WorkspaceInfo
from engine.jobs import Job
from engine.sae.advice import Advice
from engine.sae.training_result import CurvePoint, HeldOut
from tests.gui.fake_backend import FakeBackend
from ui.requests import OpenWorkspace, Request
from ui.train.requests import (
    AskAdvice,
    DeleteRun,
    FeaturesNamed,
    ListRuns,
    MakeWorkspace,
    NameFeatures,
    PreviewCorpus,
    RunList,
    RunProgress,
    TrainRun,
    WorkspaceMade,
)

FOLDER = "/nowhere/reviews"
ROWS = 5_000
SUGGESTED = RunSettings(features=160, k=20)
ADVICE = Advice(
    rows=4_750,
    rows_per_feature=29.7,
    suggested_features=160,
    suggested_k=20,
    mean_cosine=0.08,
    mean_norm=0.3,
    effective_dimension=96.0,
    steps=160,
    seconds=90.0,
    warnings=("160 steps of 1,024 rows are few; choose a smaller batch size",),
)
QUALITY = {
    "fvu": 0.3,
    "recall_at_10": 0.6,
    "redundancy": 0.4,
    "redundant_fraction": 0.01,
    "stability": 0.5,
    "random": {"fvu": 0.9, "recall_at_10": 0.1},
    "principal_components": {"fvu": 0.5, "recall_at_10": 0.3},
    "probes": {
        "column": "part",
        "features": [
            {"k": 1, "categories": 4, "f1": 0.5, "auc": 0.7},
            {"k": None, "categories": 4, "f1": 0.8, "auc": 0.9},
        ],
        "embeddings": [
            {"k": 1, "categories": 4, "f1": 0.2, "auc": 0.6},
            {"k": None, "categories": 4, "f1": 0.85, "auc": 0.9},
        ],
        "principal_components": [{"k": 1, "categories": 4, "f1": 0.3, "auc": 0.6}],
    },
}


def make_curve(points: int, start: float = 1.0) -> tuple[CurvePoint, ...]:
    return tuple(
        CurvePoint(
            step=10 * (i + 1),
            rows=100 * (i + 1),
            loss=start / (i + 2),
            fvu=start / (i + 2),
            heldout_fvu=start / (i + 1),
            heldout_cosine=1 - start / (i + 2),
            heldout_l0=20.0 + i,
            dead_fraction=0.0,
        )
        for i in range(points)
    )


def make_run(name: str, status="finished", points: int = 10, **changes) -> TrainingRun:
    run = TrainingRun(
        name=name,
        status=status,
        settings=RunSettings(features=64, k=8),
        features=64,
        step=10 * points,
        steps=100,
        seconds=12.0,
        heldout=HeldOut(0.3, 0.8, 8.1, 0.02),
        curve=make_curve(points),
        report={"quality": QUALITY} if status == "finished" else {},
    )
    return replace(run, **changes)


class ListBackend(FakeBackend):
    """Has one workspace with runs; forgets a run that is deleted."""

    def __init__(self, *runs: TrainingRun, rows: int = ROWS) -> None:
        super().__init__()
        self.runs, self.rows = list(runs), rows

    def _answer(self, request: Request, job: Job, partial) -> object:
        match request:
            case OpenWorkspace():
                names = tuple(run.name for run in self.runs)
                return WorkspaceInfo(request.folder, ROWS, (), (), None, names)
            case DeleteRun():
                self.runs = [run for run in self.runs if run.name != request.name]
                return self._list(request.folder)
            case ListRuns():
                return self._list(request.folder)
            case PreviewCorpus() if "broken" in request.corpus.name:
                raise UserError(f"{request.corpus} has no usable text; give another")
            case PreviewCorpus():
                columns = Columns(("key", "title", "body"), request.text_column or "body", "key")
                rows = (("1", "One", "First text"), ("2", "Two", "Second text"))
                return CorpusPreview("CSV", "utf-8", columns, rows)
        return super()._answer(request, job, partial)

    def _list(self, folder: str) -> RunList:
        return RunList(folder, tuple(self.runs), self.rows, SUGGESTED if self.rows else None)


class WorkBackend(FakeBackend):
    """Trains point by point: `hold` keeps it at its second point until `release`.

    Args:
        listing: learns of what has been trained.
    """

    def __init__(self, listing: ListBackend) -> None:
        super().__init__()
        self.listing = listing

    def _answer(self, request: Request, job: Job, partial) -> object:
        job.step("at work", 0.2)
        match request:
            case TrainRun():
                return self._train(request, job, partial)
            case MakeWorkspace():
                self._wait(job)
                return _made(request)
            case AskAdvice():
                return ADVICE
            case NameFeatures():
                self._wait(job)
                return FeaturesNamed(request.name, 60, 64)
        raise AssertionError(request)

    def _train(self, request: TrainRun, job: Job, partial) -> TrainingRun:
        if request.name == "fail":
            raise UserError("training diverged: the loss is not finite; choose a smaller learning rate")
        settings = request.settings or SUGGESTED
        partial(RunProgress(run_in_progress(request.name, settings, make_curve(2), 1.0)))
        self._wait(job)
        status = "stopped early" if request.finish.cancelled else "finished"
        run = make_run(request.name, status, 7, settings=settings, features=settings.features)
        self.listing.runs = [run, *(old for old in self.listing.runs if old.name != run.name)]
        return run


def _made(request: MakeWorkspace) -> WorkspaceMade:
    model = IndexModel("made up", "f" * 64, "mean", "", 8, True, 256)
    columns = Columns(("key", "body"), "body", "key")
    report = ImportReport(
        Path("reviews.csv"), "CSV", "utf-8", columns, 12, 9, 1, 1, 1, 0, ("line 7: too few fields",), True
    )
    return WorkspaceMade(
        request.folder, report if request.corpus is not None else None, EmbedReport(model, 9, 9, 2.0)
    )
