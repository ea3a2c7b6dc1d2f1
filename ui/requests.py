"""What the window asks of the engine, and what comes back: frozen, so that either side may keep it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from engine.attribution.request import ExplainRequest

if TYPE_CHECKING:
    from engine.attribution.explainer import Explanation
    from engine.attribution.pair import PairExplanation
    from engine.concepts.explanation import ConceptExplanation
    from engine.encoder import ModelInfo
    from engine.instrument import WorkspaceInfo
    from engine.jobs import Progress

ReportFormat = Literal["html", "json", "csv"]


class Request(Protocol):
    """What is asked of the engine: a frozen dataclass that holds all that its answer needs.

    Attributes:
        kind: a newer request cancels the older ones of its kind; `ui.engine_thread` says what else.
    """

    @property
    def kind(self) -> str: ...


class LongRequest(Request, Protocol):
    """A request whose answer takes minutes: the window shows on every page what is being done.

    Attributes:
        title: what is being done, "Training small".
    """

    @property
    def title(self) -> str: ...


@dataclass(frozen=True)
class ModelChoice:
    """Load a model; the one in use stays until the new one is there.

    Attributes:
        folder: the model folder, None for the embedded model.
        device: "auto", "cuda", "mps" or "cpu".
        layer_path: dotted path to the list of layers, for a family that is not known.
    """

    folder: str | None = None
    device: str = "auto"
    layer_path: str | None = None
    kind: str = "model"


@dataclass(frozen=True)
class ExplainTask:
    """Explain a query against its candidates.

    Attributes:
        request: what to explain, and how.
        live: True while the user types: answer at once from a deeper layer, as a preview.
    """

    request: ExplainRequest
    live: bool = False
    kind: str = "explain"


@dataclass(frozen=True)
class MethodsRequest:
    """Explain one pair by every method and compare them.

    Attributes:
        pair: the pair on screen.
        fingerprint: of the model that explained it; another model in use is refused.
    """

    pair: PairExplanation
    fingerprint: str
    kind: str = "check"


@dataclass(frozen=True)
class CaptumRequest:
    """Run Captum's infidelity and sensitivity on one pair; fields as in `MethodsRequest`."""

    pair: PairExplanation
    fingerprint: str
    kind: str = "check"


@dataclass(frozen=True)
class ReportRequest:
    """Write a result down.

    Attributes:
        explanation: the result.
        format: "html" and "json" give one text, "csv" gives tables by name.
        layer_path: as in the model's choice, for the command that reproduces the result.
        concepts: the concepts of pairs, with their places in the explanation; "html" shows them.
    """

    explanation: Explanation
    format: ReportFormat
    layer_path: str | None = None
    concepts: tuple[tuple[int, ConceptExplanation], ...] = ()
    kind: str = "report"


@dataclass(frozen=True)
class OpenWorkspace:
    """Open the workspace in a folder, or look again at what it holds; answered by a `WorkspaceInfo`.

    Attributes:
        folder: of the workspace; where `sample` is set, the folder that holds the copy of the sample.
        sample: whether the workspace that comes with the program is meant.
    """

    folder: str
    sample: bool = False
    kind: str = "workspace"


@dataclass(frozen=True)
class LookAround:
    """Look whether another program has changed the open workspace; answered by `Surroundings`.

    Attributes:
        folder: of the workspace that is meant.
        dictionary: the autoencoder whose names are on the screen, empty for none.
    """

    folder: str
    dictionary: str = ""
    kind: str = "neighbours"


@dataclass(frozen=True)
class Surroundings:
    """The open workspace as it is on the disk now.

    Attributes:
        info: what the window would be told of it; None if another one is open by now.
        changes: ids of the change to features that would be taken back, and of the one to be done again.
    """

    info: WorkspaceInfo | None
    changes: tuple[int | None, int | None] = (None, None)


@dataclass(frozen=True)
class ModelReady:
    """A model is in use.

    Attributes:
        choice: what was asked for.
        info: the model.
        preview_layer: the layer that answers while the user types.
        devices: names of the devices that this machine has.
    """

    choice: ModelChoice
    info: ModelInfo
    preview_layer: int
    devices: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """What came of a request; `final` is False if more follows."""

    id: int
    request: Request
    value: object
    final: bool = True


@dataclass(frozen=True)
class Failure:
    """Why a request has no answer: one line. `internal` marks a defect of the program."""

    id: int
    request: Request
    message: str
    internal: bool = False


@dataclass(frozen=True)
class Stopped:
    """A request was cancelled, and the engine is done with it."""

    id: int
    request: Request


@dataclass(frozen=True)
class Advance:
    """How far a request has come."""

    id: int
    request: Request
    progress: Progress


Message = Answer | Failure | Stopped | Advance
