"""Working within the memory that a device has."""

from collections.abc import Callable
from typing import TypeVar

import torch

from engine.errors import UserError

T = TypeVar("T")


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
        except RuntimeError as error:
            if not _is_out_of_memory(error):
                raise
            if chunk == 1:
                raise UserError(
                    f"not enough memory on {device.type}: use a shorter text, a deeper layer, or the CPU"
                ) from error
        if device.type == "cuda":
            torch.cuda.empty_cache()
        chunk //= 2


def _is_out_of_memory(error: RuntimeError) -> bool:
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)
