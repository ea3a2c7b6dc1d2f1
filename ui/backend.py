"""The engine behind the window's threads: a request in, a result out. Loads its libraries on first use."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from engine.startup import import_engine, without_collections
from ui.requests import LookAround, ModelChoice, ModelReady, OpenWorkspace, Request, Surroundings

if TYPE_CHECKING:
    from engine.instrument import Instrument, WorkspaceInfo
    from engine.jobs import Job

Partial = Callable[[object], None]
Handler = Callable[["Instrument", Any, "Job", Partial], object]

# Each of these modules says in `HANDLERS` which function answers which class of requests.
TASKS = (
    "ui.concepts.tasks",
    "ui.explain.tasks",
    "ui.inspect.tasks",
    "ui.rank.tasks",
    "ui.report.tasks",
    "ui.train.tasks",
)


class Backend(Protocol):
    """What an engine thread needs; both are called in that thread only."""

    def answer(self, request: Request, job: Job, partial: Partial) -> object:
        """Return the result of a request; `partial` may be called with earlier versions of it."""

    def close(self) -> None:
        """Let go of what is open, as the thread ends."""


class EngineBackend:
    """Answers requests with the real engine, one model and one workspace at a time."""

    def __init__(self) -> None:
        self._instrument: Instrument | None = None

    def answer(self, request: Request, job: Job, partial: Partial) -> object:
        """Return what the handler of the request's class says."""
        if self._instrument is None:
            job.step("starting the engine", 0)
            import_engine()
            from engine.instrument import Instrument

            self._instrument = Instrument()
        return handlers()[type(request)](self._instrument, request, job, partial)

    def close(self) -> None:
        """Close the workspace."""
        if self._instrument is not None:
            self._instrument.close_workspace()


def load_model(instrument: Instrument, choice: ModelChoice, job: Job, _partial: Partial) -> ModelReady:
    """Load the model of a choice."""
    from engine.encoder.loading import available_devices

    job.step("loading the model", 0)
    with without_collections():
        explainer = instrument.load_model(choice.folder, choice.device, choice.layer_path)
    return ModelReady(choice, explainer.encoder.info, explainer.preview_layer, available_devices())


def open_workspace(
    instrument: Instrument, request: OpenWorkspace, _job: Job, _partial: Partial
) -> WorkspaceInfo:
    """Open a workspace, or look again at the one that is open."""
    from engine.corpus.sample import sample_workspace

    folder = sample_workspace(request.folder) if request.sample else request.folder
    return instrument.open_workspace(folder)


def look_around(instrument: Instrument, request: LookAround, _job: Job, _partial: Partial) -> Surroundings:
    """Look at the open workspace without opening it again."""
    from engine.corpus.journal import last_changes

    if not instrument.has_workspace or str(instrument.workspace.folder) != request.folder:
        return Surroundings(None)
    return Surroundings(instrument.workspace_info(), last_changes(instrument.workspace, request.dictionary))


@functools.cache
def handlers() -> Mapping[type, Handler]:
    """Return every handler by the class of its requests."""
    found: dict[type, Handler] = {
        ModelChoice: load_model,
        OpenWorkspace: open_workspace,
        LookAround: look_around,
    }
    for name in TASKS:
        found.update(importlib.import_module(name).HANDLERS)
    return found
