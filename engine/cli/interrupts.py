"""What an interrupt does: ends the process while it loads, and a task at its next safe point."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from engine.cli.output import INTERRUPTED, complain
from engine.jobs import CancelToken


@contextmanager
def ending_at_once() -> Iterator[None]:
    """End the process at an interrupt inside the block.

    An exception in the middle of an import may be swallowed there and leave half a library behind.
    """

    def end() -> None:
        os._exit(complain("interrupted", INTERRUPTED))

    with _handled(end):
        yield


@contextmanager
def cancelling(token: CancelToken) -> Iterator[None]:
    """Cancel a task at an interrupt inside the block; a second one raises `KeyboardInterrupt`."""

    def cancel() -> None:
        token.cancel()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    with _handled(cancel):
        yield


@contextmanager
def _handled(action: Callable[[], None]) -> Iterator[None]:
    def handler(_number: int, _frame: FrameType | None) -> None:
        action()

    before = signal.getsignal(signal.SIGINT)
    # A process that was started to ignore interrupts goes on doing so.
    if before is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
