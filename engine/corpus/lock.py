"""One writer for each workspace."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from engine.corpus.schema import storage_errors
from engine.errors import UserError

LOCK = "workspace.lock"


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the lock of a workspace inside the block; the system gives it up if the process dies.

    Raises:
        UserError: another process, or another task of this one, holds it, or the folder is not writable.
    """
    handle = _opened(folder)
    try:
        if not _take(handle):
            raise UserError(f"another task is writing to {folder}; wait until it is done, or stop it")
        yield
    finally:
        os.close(handle)


def check_writable(folder: Path) -> None:
    """Refuse a workspace that cannot be written, before long work whose result could not be kept.

    Who else is writing to it is no matter: that may be over once the work is done.

    Raises:
        UserError: the folder is not writable.
    """
    os.close(_opened(folder))


def _opened(folder: Path) -> int:
    with storage_errors(folder):
        return os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o666)


if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _take(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
