"""The arithmetic of the long trials, and that each begins."""

import sys

import pytest

from tests.endurance.__main__ import parser
from tests.endurance.memory import ALLOWED_SLOPE_MB, Reading, slope_mb, summary


def readings(slope, start=600.0):
    return [Reading(done, start + slope * done / 1000, done / 10) for done in range(50, 2001, 50)]


def test_the_slope_is_that_of_a_line_through_the_readings():
    assert slope_mb(readings(7.5)) == pytest.approx(7.5)
    assert slope_mb(readings(0.0)) == pytest.approx(0, abs=1e-9)


def test_what_comes_before_the_warm_up_counts_for_nothing():
    rising = [
        Reading(one.done, one.resident_mb - 300 if one.done < 400 else one.resident_mb, 0)
        for one in readings(0)
    ]
    line, flat = summary(rising)
    assert flat
    assert "600 MB after 500" in line
    assert not summary(readings(2 * ALLOWED_SLOPE_MB))[1]


def test_too_few_readings_are_no_proof():
    assert not summary(readings(0)[:3])[1]


def test_the_command_line_knows_the_trials():
    assert parser().parse_args(["memory", "--count", "7"]).count == 7
    assert parser().parse_args(["kills"]).count == 200


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")
@pytest.mark.slow
def test_killed_at_random_moments_nothing_reported_is_lost():
    import subprocess

    done = subprocess.run(
        [sys.executable, "-m", "tests.endurance", "kills", "--count", "5"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 killed" in done.stderr
