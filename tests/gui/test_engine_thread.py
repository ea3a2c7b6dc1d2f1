"""One thread, the newest request wins, nothing late is shown, nothing that fails ends the program."""

import threading

import pytest

from engine.attribution.request import ExplainRequest
from tests.gui.fake_backend import FakeBackend
from tests.gui.results import make_pair
from ui.concepts.requests import ColourExamples
from ui.engine_thread import INTERNAL_ERROR, EngineThread
from ui.requests import CaptumRequest, ExplainTask, ModelChoice, ModelReady


class Heard:
    """Everything that an engine thread said, in order."""

    def __init__(self, engine: EngineThread) -> None:
        self.answers, self.failures, self.stops, self.advances, self.busy = [], [], [], [], []
        engine.answered.connect(self.answers.append)
        engine.failed.connect(self.failures.append)
        engine.cancelled.connect(self.stops.append)
        engine.advanced.connect(self.advances.append)
        engine.busy_changed.connect(self.busy.append)

    @property
    def finals(self):
        return [answer for answer in self.answers if answer.final]


@pytest.fixture
def backend():
    return FakeBackend()


@pytest.fixture
def engine(qapp, backend):
    engine = EngineThread(backend)
    engine.start()
    yield engine
    backend.release()
    engine.stop()
    assert engine.wait(5000)


@pytest.fixture
def heard(engine):
    return Heard(engine)


def task(query="Carbs", candidates=("Sugar",), live=False):
    return ExplainTask(ExplainRequest(query, candidates), live)


def test_a_request_is_answered_from_another_thread(qtbot, engine, backend, heard):
    id = engine.submit(task())
    qtbot.waitUntil(lambda: not engine.busy)
    assert [answer.id for answer in heard.finals] == [id]
    assert heard.finals[0].value.pairs[0].query.text.text == "Carbs"
    assert heard.busy == [True, False]
    assert threading.get_ident() not in backend.threads


def test_the_newest_request_wins_and_the_older_is_never_heard_of(qtbot, engine, backend, heard):
    backend.hold()
    engine.submit(task("first"))
    qtbot.waitUntil(backend.entered.is_set)
    engine.submit(task("second"))
    last = engine.submit(task("third"))
    backend.release()
    qtbot.waitUntil(lambda: not engine.busy)
    assert [answer.id for answer in heard.answers] == [last]
    assert not heard.failures
    assert not heard.stops
    # The second was cancelled before its turn came and cost nothing.
    assert [request.request.query for request in backend.asked(ExplainTask)] == ["first", "third"]
    assert heard.busy == [True, False]


def test_a_late_answer_is_dropped(qtbot, engine, backend, heard):
    """The older task finishes without a look at its token; what it sends comes after the newer request."""
    engine.submit(task("first"))
    qtbot.waitUntil(lambda: bool(backend.steps) and backend.steps[0].finished)
    # Its answer waits in the event queue of this thread, which has not run since.
    waiting = len(heard.answers)
    last = engine.submit(task("second"))
    qtbot.waitUntil(lambda: not engine.busy)
    assert [answer.id for answer in heard.answers[waiting:]] == [last]


def test_cancel_while_waiting_and_while_running(qtbot, engine, backend, heard):
    backend.hold()
    running = engine.submit(ModelChoice())
    qtbot.waitUntil(backend.entered.is_set)
    waiting = engine.submit(task())
    engine.cancel()
    qtbot.waitUntil(lambda: not engine.busy)
    assert [stop.id for stop in heard.stops] == [running, waiting]
    assert not heard.answers
    assert not backend.asked(ExplainTask)


def test_cancel_between_candidates_keeps_no_partial_result_coming(qtbot, engine, backend, heard):
    backend.hold()
    engine.submit(task(candidates=("one", "two", "three")))
    qtbot.waitUntil(backend.entered.is_set)
    backend.release()
    qtbot.waitUntil(lambda: bool(heard.answers))
    partial = heard.answers[0]
    assert not partial.final
    assert len(partial.value.pairs) == 1
    qtbot.waitUntil(lambda: not engine.busy)
    assert len(heard.finals[0].value.pairs) == 3


def test_cancel_when_idle_does_nothing(engine, heard):
    engine.cancel()
    assert not heard.stops


def test_a_user_error_is_one_message_and_the_thread_goes_on(qtbot, engine, heard):
    engine.submit(task("fail"))
    qtbot.waitUntil(lambda: bool(heard.failures))
    assert heard.failures[0].message == "query: this text cannot be read; write another"
    assert not heard.failures[0].internal
    engine.submit(task())
    qtbot.waitUntil(lambda: bool(heard.finals))


def test_a_defect_is_logged_and_told_without_details(qtbot, engine, heard, caplog):
    engine.submit(task("crash"))
    qtbot.waitUntil(lambda: bool(heard.failures))
    assert heard.failures[0].message == INTERNAL_ERROR
    assert heard.failures[0].internal
    assert "a defect" in caplog.text
    engine.submit(task())
    qtbot.waitUntil(lambda: bool(heard.finals))


def test_a_model_choice_makes_explanations_pointless(qtbot, engine, backend, heard):
    backend.hold()
    engine.submit(task())
    qtbot.waitUntil(backend.entered.is_set)
    engine.submit(ModelChoice("/models/other"))
    backend.release()
    qtbot.waitUntil(lambda: not engine.busy)
    assert [type(answer.value) for answer in heard.answers] == [ModelReady]


def test_a_check_leaves_an_explanation_alone(qtbot, engine, backend, heard):
    backend.hold()
    engine.submit(task())
    qtbot.waitUntil(backend.entered.is_set)
    engine.submit(CaptumRequest(make_pair(), "9b1d"))
    backend.release()
    qtbot.waitUntil(lambda: not engine.busy)
    assert len(heard.finals) == 2


def test_stop_while_running_ends_the_thread_soon(qtbot, backend):
    engine = EngineThread(backend)
    engine.start()
    backend.hold()
    engine.submit(task())
    qtbot.waitUntil(backend.entered.is_set)
    with qtbot.waitSignal(engine.stopped, timeout=2000):
        engine.stop()
    assert not engine.running


def test_progress_is_told_to_the_one_who_waits(qtbot, engine, heard):
    id = engine.submit(task())
    qtbot.waitUntil(lambda: not engine.busy)
    assert {advance.id for advance in heard.advances} == {id}
    assert heard.advances[0].progress.stage == "at work"


def test_what_nobody_waits_for_gives_way_to_what_a_person_asks(qtbot, engine, backend, heard):
    backend.hold()
    engine.submit(ColourExamples("main", 0, ("a text",)))
    qtbot.waitUntil(backend.entered.is_set)
    last = engine.submit(task())
    # Held still: only its being cancelled lets the thread go on.
    qtbot.waitUntil(lambda: bool(backend.asked(ExplainTask)))
    backend.release()
    qtbot.waitUntil(lambda: not engine.busy)
    assert [answer.id for answer in heard.answers] == [last]
