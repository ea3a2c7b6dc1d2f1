"""The sessions that save themselves: one file for each process, locked as long as the process lives.

A file whose lock is free belongs to a run that has ended, well or not. The next start takes one over, so
that no two programs go on with the same one; the others are kept for a while.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QLockFile

from engine.errors import UserError
from engine.files import write_atomically
from ui.drops import SESSION_SUFFIX
from ui.session.document import read_session, session_text
from ui.session.shape import Shape

MOST_KEPT = 5
_PATTERN = f"run-*{SESSION_SUFFIX}"


@dataclass(frozen=True)
class Earlier:
    """The session of a run that has ended.

    Attributes:
        path: its file, which belongs to nobody now.
        session: what it says.
        problem: why it cannot be used, in one line; empty if it can.
    """

    path: Path
    session: Mapping[str, Any]
    problem: str = ""

    @property
    def saved(self) -> int:
        """When it was saved, in nanoseconds of the file system's clock."""
        return _modified(self.path)


class SessionStore:
    """The sessions in a folder, and that of this process.

    Args:
        folder: made when it is first written to.
        shape: what a session holds.
    """

    def __init__(self, folder: Path, shape: Shape) -> None:
        self.folder, self._shape = folder, shape
        self.path = folder / f"run-{os.getpid()}-{time.time_ns()}{SESSION_SUFFIX}"
        self._lock: QLockFile | None = None
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="session")
        self._writing: Future[None] | None = None
        self._written = ""
        self.newest_elsewhere = 0  # when a program that is running saved its session last, in ns
        self.problem = ""  # why the last session could not be saved, in one line

    def earlier(self) -> list[Earlier]:
        """Return the sessions of runs that have ended, newest first; drop those that are too many."""
        found = []
        with contextlib.suppress(OSError):
            for path in sorted(self.folder.glob(_PATTERN), key=_modified, reverse=True):
                lock = _lock_of(path)
                if path == self.path:
                    continue
                if not lock.tryLock(0):
                    self.newest_elsewhere = max(self.newest_elsewhere, _modified(path))
                    continue
                try:
                    if len(found) >= MOST_KEPT:
                        path.unlink()
                    else:
                        found.append(self._read(path))
                finally:
                    lock.unlock()
            self._sweep()
        return found

    def _sweep(self) -> None:
        """Remove what was being written when a process was killed."""
        for path in self.folder.glob(f".{_PATTERN}.*"):
            lock = _lock_of(path.with_name(path.name[1:].rpartition(".")[0]))
            if lock.tryLock(0):
                path.unlink(missing_ok=True)
                lock.unlock()

    def take_over(self, earlier: Earlier) -> bool:
        """Make the session of another run that of this one; False if another program was quicker."""
        lock = _lock_of(earlier.path)
        if not lock.tryLock(0):
            return False
        try:
            self._hold()
            earlier.path.replace(self.path)
        except OSError:
            return False
        finally:
            lock.unlock()
        return True

    def put_aside(self, session: Mapping[str, Any]) -> None:
        """Keep a session beside that of this process, as one of an earlier run."""
        path = self.folder / f"run-{os.getpid()}-{time.time_ns()}{SESSION_SUFFIX}"
        self._writer.submit(self._write_to, path, session_text(session)).result()

    def save(self, session: Mapping[str, Any]) -> None:
        """Write the session of this process, in a thread of its own, if it differs from what is there.

        A disk that is slow holds nobody up: while it is being written, nothing is, and the next call does.
        """
        if self._writing is not None:
            if not self._writing.done():
                return
            self._writing = None
        data = session_text(session)
        if data != self._written:
            self._writing = self._writer.submit(self._write, data)

    def save_now(self, session: Mapping[str, Any]) -> None:
        """Write the session of this process before anything else is done."""
        data = session_text(session)
        self._writer.submit(self._write, data).result()

    def close(self) -> None:
        """Give the session of this process up, for the next start to find."""
        self._writer.shutdown()
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None

    def _read(self, path: Path) -> Earlier:
        try:
            return Earlier(path, read_session(path, self._shape))
        except UserError as error:
            return Earlier(path, {}, str(error))

    def _hold(self) -> None:
        if self._lock is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = _lock_of(self.path)
            self._lock.tryLock(0)

    def _write(self, data: str) -> None:
        if self._write_to(self.path, data):
            self._written = data

    def _write_to(self, path: Path, data: str) -> bool:
        try:
            self._hold()
            write_atomically(path, data)
            self._make_newest(path)
        except UserError as error:
            self.problem = str(error)
        except OSError as error:
            self.problem = f"cannot write to {self.folder}: {error.strerror or error}"
        else:
            self.problem = ""
        return not self.problem

    def _make_newest(self, path: Path) -> None:
        """Date what was saved last after all others: a clock that was set back would make it the oldest."""
        newest = max((_modified(one) for one in self.folder.glob(_PATTERN) if one != path), default=0)
        if _modified(path) <= newest:
            os.utime(path, ns=(newest + 1, newest + 1))


def _modified(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _lock_of(path: Path) -> QLockFile:
    lock = QLockFile(str(path.with_suffix(".lock")))
    # Held as long as the program runs; only the end of its process makes it stale.
    lock.setStaleLockTime(0)
    return lock
