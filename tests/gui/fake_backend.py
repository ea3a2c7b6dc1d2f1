"""An engine for the tests of the window: its answers are synthetic, and a test says when they come."""

import threading
import time
from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np

from engine.attribution.agreement import MethodAgreement
from engine.attribution.pair import PairExplanation
from engine.errors import UserError
from engine.jobs import Cancelled, Job
from tests.gui.concepts import fold_concepts, make_concepts
from tests.gui.results import make_explanation, make_model
from ui.explain.requests import ConceptsRequest, FoldRequest
from ui.requests import (
    CaptumRequest,
    ExplainTask,
    MethodsRequest,
    ModelChoice,
    ModelReady,
    ReportRequest,
    Request,
)

TABLES = ("matrix", "token_matrix", "words", "tokens", "ledger")
POLL_SECONDS = 0.002
GIVE_UP_SECONDS = 10


@dataclass(frozen=True)
class Step:
    """What the engine was asked, and whether it did it to the end."""

    request: Request
    finished: bool


class FakeBackend:
    """Answers at once, or as soon as `gate` is set; a query of "fail" or "crash" goes wrong.

    Attributes:
        gate: closed by `hold`, opened by `release`; work polls its cancel token while it waits.
        steps: what was asked so far, in order.
    """

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.steps: list[Step] = []
        self.threads: set[int] = set()

    def hold(self) -> None:
        self.gate.clear()
        self.entered.clear()

    def release(self) -> None:
        self.gate.set()

    def answer(self, request: Request, job: Job, partial) -> object:
        self.threads.add(threading.get_ident())
        self.steps.append(Step(request, finished=False))
        self.entered.set()
        result = self._answer(request, job, partial)
        self.steps[-1] = Step(request, finished=True)
        return result

    def close(self) -> None:
        self.closed_in = threading.get_ident()

    def asked(self, kind: type) -> list[Request]:
        return [step.request for step in self.steps if isinstance(step.request, kind)]

    def _answer(self, request: Request, job: Job, partial) -> object:
        job.step("at work", 0.0)
        self._wait(job)
        match request:
            case ModelChoice():
                if request.folder is not None and "broken" in request.folder:
                    raise UserError(f"{request.folder} is not a folder; give the folder of a model")
                info = make_model()
                if request.folder is not None:
                    info = replace(info, name=request.folder.rsplit("/", 1)[-1], folder=request.folder)
                return ModelReady(request, info, 4, ("cpu",))
            case ExplainTask():
                return self._explain(request, job, partial)
            case ReportRequest(format="csv"):
                return {name: f"table {name}" for name in TABLES}
            case ReportRequest():
                return request.format
            case MethodsRequest() | ConceptsRequest() | FoldRequest():
                return _about_a_pair(request)
            case CaptumRequest():
                return SimpleNamespace(infidelity=0.001, sensitivity=0.02)

            case _:
                # What other pages ask for in passing; a test of theirs answers it.
                raise Cancelled

    def _explain(self, task: ExplainTask, job: Job, partial):
        if task.request.query == "fail":
            raise UserError("query: this text cannot be read; write another")
        if task.request.query == "crash":
            raise ValueError("a defect")
        made = make_explanation(
            task.request.query,
            task.request.candidates,
            task.request.references,
            task.request.similarity,
            faithfulness=task.request.faithfulness and not task.live,
        )
        request = replace(task.request, layer=4) if task.live else task.request
        whole = replace(made, request=request, preview=task.live)
        for count in range(1, len(whole.pairs)):
            partial(replace(whole, pairs=whole.pairs[:count], faithfulness=whole.faithfulness[:count]))
            job.step("candidates", count / len(whole.pairs))
            self._wait(job)
        return whole

    def _wait(self, job: Job) -> None:
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while not self.gate.is_set():
            job.cancel.check()
            assert time.monotonic() < deadline, "nobody released the engine"
            time.sleep(POLL_SECONDS)


def _about_a_pair(request: MethodsRequest | ConceptsRequest | FoldRequest) -> object:
    if isinstance(request, FoldRequest):
        return fold_concepts(request.concepts)
    if isinstance(request, MethodsRequest):
        return agreement_of(request.pair)
    if request.dictionary == "of another model":
        raise UserError("the features belong to another model; choose that model")
    return make_concepts(request.pair)


def agreement_of(pair: PairExplanation) -> MethodAgreement:
    importance = pair.candidate_word_importance
    return MethodAgreement(
        methods=("integrated-jacobians", "leave-one-out"),
        words=pair.candidate.text.words,
        importances=np.stack([importance, importance[::-1]]),
        spearman=np.array([[1.0, 0.5], [0.5, 1.0]], dtype=np.float32),
        seconds=np.array([0.2, 0.3], dtype=np.float32),
        left_out=(("output-layer", "the model does not pool by a mean"),),
    )
