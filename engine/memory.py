"""Working within the memory that a device has."""

import ctypes
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TypeVar

import torch

from engine.errors import UserError

T = TypeVar("T")
_OUT_OF_MEMORY = ("can't allocate memory", "not enough memory", "out of memory")


def with_halved_chunks(run: Callable[[int], T], chunk: int, device: torch.device) -> T:
    """Return `run(chunk)`, and try again with half the chunk each time memory runs out.

    Args:
        run: does the whole piece of work in chunks of the size it is given; it must be safe to repeat.
        chunk: the first size to try, at least 1.
        device: named in the message if even a chunk of 1 does not fit.

    Raises:
        UserError: memory ran out with a chunk of 1.
    """
    while True:
        try:
            return run(chunk)
        except (RuntimeError, MemoryError) as error:
            if not _is_out_of_memory(error):
                raise
            if chunk == 1:
                raise _too_little(device) from error
        if device.type == "cuda":
            torch.cuda.empty_cache()
        chunk //= 2


@contextmanager
def explained_shortage(device: torch.device) -> Iterator[None]:
    """Say in one line that memory ran out inside the block, where nothing smaller can be tried.

    Raises:
        UserError: in place of the error of torch or of Python.
    """
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not _is_out_of_memory(error):
            raise
        raise _too_little(device) from error


def release_freed_memory() -> None:
    """Give memory that was freed back to the system, where the C library has a call for that.

    glibc keeps what a thread has freed for its next requests, in pieces that fit less and less well: after
    a thousand explanations of differing lengths a process held 400 MB of them. The call takes less than a
    millisecond.
    """
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], int] | None:
    """Return glibc's `malloc_trim`, None on other systems."""
    if not sys.platform.startswith("linux"):
        return None
    trim: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return trim


def _too_little(device: torch.device) -> UserError:
    return UserError(f"not enough memory on {device.type}: use a shorter text, a deeper layer, or the CPU")


def _is_out_of_memory(error: RuntimeError | MemoryError) -> bool:
    # Only CUDA has an exception of its own; the others say it in words that differ by system.
    return isinstance(error, (MemoryError, torch.OutOfMemoryError)) or any(
        words in str(error) for words in _OUT_OF_MEMORY
    )
