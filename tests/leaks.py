"""What a test may not leave behind: a running thread, a running timer, a visible window.

Qt objects are found through Python's garbage collector, so only those made from Python are seen; Qt's own
(the blinking caret, a pending ``QTimer.singleShot``) are not. ``LeakCheck`` freezes the collector while a
test runs: what it tracks at the end was made by that test, so the search costs milliseconds and does not
grow with the libraries imported before.
"""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Iterator

import pytest

GRACE_SECONDS = 2.0


class LeakCheck:
    """Remember what runs at construction; ``leaks()`` names what runs since and did not stop."""

    def __init__(self) -> None:
        self._threads = set(threading.enumerate())
        self._windows = {id(widget) for widget in _visible_windows()}
        gc.freeze()

    def leaks(self, grace_seconds: float = GRACE_SECONDS) -> list[str]:
        """One line for each leak. Waits up to ``grace_seconds`` for things that are about to stop."""
        try:
            deadline = time.monotonic() + grace_seconds
            while True:
                _finish_deferred_deletes()
                found = [*self._python_threads(), *self._qt_leaks()]
                if not found or time.monotonic() >= deadline:
                    return found
                time.sleep(0.01)
        finally:
            gc.unfreeze()

    def _python_threads(self) -> list[str]:
        # A _DummyThread only records that Python code once ran in a foreign thread; it has no end. tqdm keeps
        # one TMonitor for the whole process from its first progress bar on.
        return [
            f"thread still running: {thread.name}"
            for thread in threading.enumerate()
            if thread not in self._threads and type(thread).__name__ not in {"_DummyThread", "TMonitor"}
        ]

    def _qt_leaks(self) -> list[str]:
        if "PySide6.QtCore" not in sys.modules:
            return []
        from PySide6.QtCore import QThread, QThreadPool, QTimer
        from shiboken6 import isValid

        found = [
            f"window still open: {type(widget).__name__} {widget.windowTitle()!r}"
            for widget in _visible_windows()
            if id(widget) not in self._windows
        ]
        if QThreadPool.globalInstance().activeThreadCount():
            found.append("the global QThreadPool is still at work")
        here = QThread.currentThread()
        for thing in gc.get_objects():
            # type(), not isinstance: the latter would run the __class__ of lazy proxies.
            kind = type(thing)
            if issubclass(kind, QTimer):
                if isValid(thing) and thing.isActive():
                    found.append(f"QTimer still running: {_describe(thing)}, every {thing.interval()} ms")
            elif issubclass(kind, QThread) and isValid(thing) and thing is not here and thing.isRunning():
                found.append(f"QThread still running: {_describe(thing)}")
        return found


def _describe(thing) -> str:
    parent = thing.parent()
    owner = f" of {type(parent).__name__}" if parent is not None else ""
    return f"{type(thing).__name__} {thing.objectName()!r}{owner}"


def _application():
    if "PySide6.QtWidgets" not in sys.modules:
        return None
    from PySide6.QtWidgets import QApplication

    return QApplication.instance()


def _visible_windows() -> list:
    application = _application()
    if application is None or not hasattr(application, "topLevelWidgets"):
        return []
    return [widget for widget in application.topLevelWidgets() if widget.isVisible()]


def _finish_deferred_deletes() -> None:
    application = _application()
    if application is not None:
        from PySide6.QtCore import QEvent

        application.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        application.processEvents()


@pytest.fixture(autouse=True)
def no_leaks() -> Iterator[None]:
    """Fail a test that leaves a thread, a timer or a window behind."""
    check = LeakCheck()
    yield
    found = check.leaks()
    if found:
        pytest.fail("the test left behind:\n  " + "\n  ".join(found), pytrace=False)
