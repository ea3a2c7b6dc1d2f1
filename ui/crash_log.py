"""What went wrong in a run, kept for the next start: Python errors and crashes of native code.

Every run writes to a file of its own beside a lock; a file whose lock is free belongs to a run that has
ended. A run that ended well and met no error removes its file.
"""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import platform
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TextIO

from PySide6.QtCore import QLockFile

from engine import __version__

LAST_LOG = "last-run.log"
_PATTERN = "run-*.log"
log = logging.getLogger(__name__)


class CrashLog:
    """The log of this run.

    Args:
        folder: where logs are kept; made if it is not there.
        on_error: called in whatever thread an error was not caught, with one line.
    """

    def __init__(self, folder: Path, on_error: Callable[[str], None] | None = None) -> None:
        self.folder = folder
        self._on_error = on_error
        self._stream: TextIO | None = None
        self._path = folder / f"run-{os.getpid()}-{time.time_ns()}.log"
        self._lock = _lock_of(self._path)
        self._hooks = (sys.excepthook, threading.excepthook)
        self._handler: logging.Handler | None = None
        self._empty_size = 0

    def start(self) -> Path | None:
        """Begin to log; return the log of an earlier run that ended badly, or None.

        A folder that cannot be written costs the log, never the start.
        """
        earlier: Path | None = None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            earlier = self._collect()
            self._lock.tryLock(0)
            self._stream = self._path.open("w", encoding="utf-8", buffering=1)
        except OSError as error:
            log.warning("no crash log: %s", error)
            return earlier
        self._stream.write(f"Semascope {__version__}, Python {platform.python_version()}, ")
        self._stream.write(f"{platform.platform()}, {time.strftime('%Y-%m-%d %H:%M:%S')}\n")
        self._empty_size = self._path.stat().st_size
        faulthandler.enable(self._stream)
        self._handler = logging.StreamHandler(self._stream)
        self._handler.setLevel(logging.ERROR)
        self._handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
        logging.getLogger().addHandler(self._handler)
        sys.excepthook = self._uncaught
        threading.excepthook = self._uncaught_in_thread
        return earlier

    @property
    def path(self) -> Path | None:
        """The log of this run, None if it could not be opened."""
        return self._path if self._stream is not None else None

    def text(self) -> str:
        """Return what was logged so far."""
        if self._stream is None:
            return "The log could not be opened."
        self._stream.flush()
        return self._path.read_text(encoding="utf-8", errors="replace")

    def write_stacks(self) -> None:
        """Write down what every thread is doing now."""
        if self._stream is not None:
            faulthandler.dump_traceback(self._stream)
            self._stream.flush()

    def close(self) -> None:
        """End the log of a run that ended well; it is kept only if something went wrong in it."""
        sys.excepthook, threading.excepthook = self._hooks
        if self._stream is None:
            return
        faulthandler.disable()
        if self._handler is not None:
            logging.getLogger().removeHandler(self._handler)
        self._stream.close()
        self._stream = None
        with contextlib.suppress(OSError):
            if self._path.stat().st_size <= self._empty_size:
                self._path.unlink()
        self._lock.unlock()

    def _collect(self) -> Path | None:
        """Keep the newest log of the runs that have ended as `last-run.log`; remove the others."""
        kept: Path | None = None
        for path in sorted(self.folder.glob(_PATTERN), key=lambda path: path.stat().st_mtime):
            lock = _lock_of(path)
            if not lock.tryLock(0):
                continue
            # A killed run leaves its file with nothing but the first line.
            if path.read_text(encoding="utf-8", errors="replace").count("\n") > 1:
                kept = path.replace(self.folder / LAST_LOG)
            else:
                path.unlink()
            lock.unlock()
        return kept

    def _uncaught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        self._hooks[0](kind, error, trace)
        if issubclass(kind, KeyboardInterrupt):
            return
        if self._stream is not None:
            log.critical("nobody caught this", exc_info=(kind, error, trace))
        if self._on_error is not None:
            self._on_error(f"{kind.__name__}: {' '.join(str(error).split())[:200]}")

    def _uncaught_in_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self._uncaught(args.exc_type, args.exc_value, args.exc_traceback)


def _lock_of(path: Path) -> QLockFile:
    lock = QLockFile(str(path.with_suffix(".lock")))
    # Held as long as the program runs; only the end of its process makes it stale.
    lock.setStaleLockTime(0)
    return lock
