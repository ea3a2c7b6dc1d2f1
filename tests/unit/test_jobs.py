"""A job stops where it is asked to, and tells how far it has come, not too often."""

import itertools
import threading

import pytest

from engine import jobs
from engine.jobs import Cancelled, CancelToken, Job, Progress


class Clock:
    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(jobs, "time", clock)
    return clock


def test_a_job_stops_at_the_next_step_after_it_was_cancelled():
    token, told = CancelToken(), []
    job = Job(token, told.append)
    job.step("one", 0.1)
    assert not token.cancelled
    token.cancel()
    assert token.cancelled
    for stop in (lambda: job.step("two", 0.2), token.check, lambda: job.part(0.5, 1).step("three", 0)):
        with pytest.raises(Cancelled):
            stop()
    assert [progress.stage for progress in told] == ["one"]


def test_a_job_is_cancelled_from_another_thread():
    job = Job()
    thread = threading.Thread(target=job.cancel.cancel)
    thread.start()
    thread.join()
    with pytest.raises(Cancelled):
        job.step("late", 0.5)


def test_progress_is_told_at_most_ten_times_a_second_and_at_the_end(clock):
    told = []
    job = Job(report=told.append)
    for step in range(1000):
        job.step("work", step / 1000)
        clock.now += 0.001
    job.step("done", 1)
    assert len(told) == 11
    gaps = [later.fraction - earlier.fraction for earlier, later in itertools.pairwise(told[:-1])]
    assert gaps == pytest.approx([0.1] * 9, abs=0.002)
    assert told[-1] == Progress("done", 1.0, 0.0)


def test_the_time_that_remains_is_estimated_once_it_can_be(clock):
    told = []
    job = Job(report=told.append)
    job.step("start", 0)
    clock.now += 0.4
    job.step("early", 0.1)
    clock.now += 1.6
    job.step("quarter", 0.25)
    assert [progress.remaining_seconds for progress in told] == [None, None, pytest.approx(6.0)]


def test_parts_count_from_zero_to_one_within_the_whole(clock):
    told = []
    whole = Job(report=told.append)
    part = whole.part(0.2, 0.6)
    inner = part.part(0.5, 1)
    for job, fraction in ((whole, 0.1), (part, 0), (part, 0.5), (inner, 0.5), (inner, 1), (whole, 1.7)):
        job.step("work", fraction)
        clock.now += 1
    assert [progress.fraction for progress in told] == pytest.approx([0.1, 0.2, 0.4, 0.5, 0.6, 1.0])
    assert part.cancel is inner.cancel is whole.cancel


def test_the_end_of_a_part_is_no_reason_to_tell_more_often(clock):
    told = []
    whole = Job(report=told.append)
    for index in range(100):
        whole.part(index / 200, (index + 1) / 200).step("part", 1)
    assert len(told) == 1


def test_nobody_need_listen():
    Job().step("alone", 0.5)
    Job().part(0, 0.5).step("alone", 1)
