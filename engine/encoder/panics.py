"""What a tokenizer's library does where it knows no way on: it panics, and that is no `Exception`."""

from collections.abc import Iterator
from contextlib import contextmanager

from engine.errors import UserError

_PANIC = "PanicException"  # of pyo3; derived from BaseException, and not to be had by import


@contextmanager
def explained_panics() -> Iterator[None]:
    """Say in one line that the tokenizer gave up inside the block.

    A pattern that would go on for ever on a text is ended by the library after some ten million steps.

    Raises:
        UserError: in place of the library's panic.
    """
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != _PANIC:
            raise
        reason = " ".join(str(error).split())[:120]
        raise UserError(
            f"the tokenizer of this model gives up on the text ({reason}); choose another model"
        ) from error
