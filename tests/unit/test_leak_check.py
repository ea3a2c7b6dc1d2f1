"""A leaked Python thread is caught, by the check itself and by the fixture that every test runs under."""

import threading

import pytest

from tests.leaks import LeakCheck


def test_a_running_thread_is_named_and_a_finished_one_is_not():
    check = LeakCheck()
    release = threading.Event()
    thread = threading.Thread(target=release.wait, name="left behind")
    thread.start()
    try:
        assert check.leaks(grace_seconds=0.05) == ["thread still running: left behind"]
    finally:
        release.set()
        thread.join()
    assert LeakCheck().leaks() == []


def test_a_thread_that_is_about_to_end_is_waited_for():
    check = LeakCheck()
    threading.Timer(0.1, lambda: None).start()
    assert check.leaks(grace_seconds=5.0) == []


def test_the_fixture_fails_the_test_that_leaks(pytester: pytest.Pytester):
    pytester.makeconftest("from tests.leaks import no_leaks")
    pytester.makepyfile(
        """
        import threading

        release = threading.Event()

        def test_leaks():
            threading.Thread(target=release.wait, name="left behind", daemon=True).start()

        def test_clean():
            release.set()
        """
    )
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*thread still running: left behind*"])
