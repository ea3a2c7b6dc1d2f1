"""What happened in this run and in those before it, line by line: for the log viewer.

Every run writes a file of its own; the newest ten are kept. What was asked for is written down by its kind,
never with a text of the person who asked; what failed is written down with its message.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from engine import __version__

if TYPE_CHECKING:
    from ui.engine_thread import EngineThread
    from ui.requests import Answer, Failure, Stopped

LEVELS = ("INFO", "WARNING", "ERROR")
KEPT = 10
_PATTERN = "log-*.txt"
_OURS = ("ui", "engine")
_LINE = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (?P<level>[A-Z]+) ")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoggedRun:
    """The log of one run.

    Attributes:
        title: when it began.
        text: all of it.
    """

    title: str
    text: str


class RunLog(QObject):
    """Writes the log of this run; a folder that cannot be written costs the log and nothing else.

    Args:
        folder: where logs are kept.
    """

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._handler: logging.Handler | None = None
        self._path = folder / f"log-{_stamp()}-{os.getpid()}.txt"

    def start(self) -> None:
        """Begin to write, and drop the oldest logs."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            handler = logging.FileHandler(self._path, encoding="utf-8", delay=False)
        except OSError:
            return
        for path in self._files()[KEPT:]:
            # Another window may write to it, or have removed it first.
            with contextlib.suppress(OSError):
                path.unlink()
        handler.setLevel(logging.INFO)
        handler.setFormatter(
            logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S")
        )
        logging.getLogger().addHandler(handler)
        for name in _OURS:
            logging.getLogger(name).setLevel(logging.INFO)
        self._handler = handler
        log.info("Semascope %s begins", __version__)

    def watch(self, thread: EngineThread) -> None:
        """Write down what becomes of what a thread is asked."""
        thread.answered.connect(self._answered)
        thread.failed.connect(self._failed)
        thread.cancelled.connect(self._cancelled)

    def runs(self) -> tuple[LoggedRun, ...]:
        """Return the logs that are there, this run's first."""
        return tuple(
            LoggedRun(
                f"{'This run, ' if path == self._path else ''}{_when(path)}",
                path.read_text(encoding="utf-8", errors="replace"),
            )
            for path in self._files()
        )

    def close(self) -> None:
        """Write nothing more."""
        if self._handler is None:
            return
        log.info("Semascope ends")
        logging.getLogger().removeHandler(self._handler)
        for name in _OURS:
            logging.getLogger(name).setLevel(logging.NOTSET)
        self._handler.close()
        self._handler = None

    def _files(self) -> list[Path]:
        """Return the logs, this run's first and the oldest last.

        What is dated in the future is of a time before the clock was set back, and counts as the oldest.
        """
        now = f"log-{_stamp()}~"

        def newness(path: Path) -> tuple[bool, bool, str]:
            return path == self._path, path.name <= now, path.name

        return sorted(self._folder.glob(_PATTERN), key=newness, reverse=True)

    @Slot(object)
    def _answered(self, answer: Answer) -> None:
        if answer.final:
            log.info("answered: %s", answer.request.kind)

    @Slot(object)
    def _failed(self, failure: Failure) -> None:
        log.warning("failed: %s: %s", failure.request.kind, failure.message)

    @Slot(object)
    def _cancelled(self, stopped: Stopped) -> None:
        log.info("cancelled: %s", stopped.request.kind)


def _stamp() -> str:
    return time.strftime("%Y%m%d-%H%M%S")


def entries(text: str) -> Iterator[tuple[str, str]]:
    """Yield level and text of each entry of a log; the lines of a traceback belong to the entry before."""
    level, lines = "INFO", []
    for line in text.splitlines():
        match = _LINE.match(line)
        if match is not None:
            if lines:
                yield level, "\n".join(lines)
            level, lines = match["level"], []
        lines.append(line)
    if lines:
        yield level, "\n".join(lines)


def at_least(text: str, level: str) -> str:
    """Return the entries of a log that are of a level or worse."""
    lowest = getattr(logging, level)
    worse = [entry for found, entry in entries(text) if getattr(logging, found, logging.ERROR) >= lowest]
    return "\n".join(worse)


def _when(path: Path) -> str:
    match = re.match(r"log-(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)", path.name)
    return "{}-{}-{} {}:{}".format(*match.groups()) if match else path.name
