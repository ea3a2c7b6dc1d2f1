"""Where results go: files that are whole or absent, and standard output, which may be full or closed."""

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TextIO, get_args

from engine.errors import UserError
from engine.files import write_atomically
from engine.text import one_line

BAD_INPUT, INTERRUPTED = 2, 130
STANDARD_OUTPUT = "-"
Kind = Literal["json", "html", "png", "svg", "pdf", "bundle"]
KINDS: tuple[Kind, ...] = get_args(Kind)
BINARY: tuple[Kind, ...] = ("png", "pdf", "bundle")


class ReaderLeft(Exception):
    """Whoever read standard output has closed it."""


@dataclass(frozen=True)
class Output:
    """One thing to write.

    Attributes:
        kind: what it is, and the option that asks for it.
        target: a file, or "-" for standard output.
    """

    kind: Kind
    target: str


def asked_for(arguments: argparse.Namespace) -> list[Output]:
    """Return the outputs that the options of a subcommand ask for, after a check that they can be written.

    Raises:
        UserError: as `check_outputs`.
    """
    targets = {kind: getattr(arguments, kind, None) for kind in KINDS}
    outputs = [Output(kind, target) for kind, target in targets.items() if target is not None]
    check_outputs(outputs)
    return outputs


def deliver(results: Sequence[tuple[Output, bytes | str]], printed: Callable[[], str]) -> None:
    """Write results where they were asked for, and text to standard output unless one of them goes there.

    Args:
        results: outputs and what goes into each.
        printed: makes the text for a person; called only if it is needed.

    Raises:
        UserError: a place is full or closed.
        ReaderLeft: standard output was closed by its reader.
    """
    # Files come first: a reader of standard output may leave early.
    for output, data in sorted(results, key=lambda result: result[0].target == STANDARD_OUTPUT):
        write(output, data)
    if all(output.target != STANDARD_OUTPUT for output, _ in results):
        print_out(printed())


def check_outputs(outputs: Sequence[Output]) -> None:
    """Refuse outputs that could not be written, before anything is computed for them.

    Raises:
        UserError: two outputs go to one place, a folder is missing or closed, standard output is closed,
            or a terminal would get binary data.
    """
    places: dict[str, str] = {}
    for output in outputs:
        name = f"--{output.kind}"
        place = output.target if output.target == STANDARD_OUTPUT else os.path.realpath(output.target)
        if place in places:
            raise UserError(f"{places[place]} and {name} name the same place; give each its own")
        places[place] = name
        if output.target == STANDARD_OUTPUT:
            if sys.stdout is None:
                raise UserError(f"{name} -: standard output is closed; name a file")
            if output.kind in BINARY and sys.stdout.isatty():
                raise UserError(f"{name} -: standard output is a terminal; name a file or redirect it")
        else:
            _check_file(name, output.target)


def write(output: Output, data: bytes | str) -> None:
    """Write one output whole.

    Raises:
        UserError: the place is full or closed.
        ReaderLeft: standard output was closed by its reader.
    """
    if output.target == STANDARD_OUTPUT:
        print_out(data)
    else:
        write_atomically(output.target, data)


def print_out(data: bytes | str) -> None:
    """Write to standard output and see it through.

    Text that the output's encoding lacks is replaced; bytes go as they are. Without a standard output, as
    in a program that was started with it closed, nothing is written.

    Raises:
        UserError: it cannot be written to.
        ReaderLeft: its reader has closed it.
    """
    if sys.stdout is None:
        return
    try:
        if isinstance(data, str):
            encoding = sys.stdout.encoding or "utf-8"
            sys.stdout.write(data.encode(encoding, errors="replace").decode(encoding))
        else:
            sys.stdout.buffer.write(data)
        sys.stdout.flush()
    except BrokenPipeError as error:
        _abandon()
        raise ReaderLeft from error
    except OSError as error:
        _abandon()
        raise UserError(
            f"cannot write to standard output: {error.strerror}; redirect it elsewhere"
        ) from error


def complain(message: str, code: int) -> int:
    """Print one line on standard error and return `code`; control characters in it show as symbols."""
    with contextlib.suppress(OSError):
        print(f"{os.path.basename(sys.argv[0])}: {one_line(message)}", file=sys.stderr, flush=True)
    return code


def shows_colours(stream: TextIO | None) -> bool:
    """Return whether a stream is a terminal that wants colours (https://no-color.org)."""
    if stream is None:
        return False
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty():
        return False
    return os.name != "nt" or "WT_SESSION" in os.environ


def _check_file(name: str, target: str) -> None:
    file = Path(os.path.realpath(target))
    if not target or os.path.isdir(file):
        raise UserError(f"{name} {target or '(empty)'} is no file name; give one")
    if not os.path.isdir(file.parent):
        raise UserError(f"{name} {target}: there is no folder {file.parent}; make it first")
    try:
        if file.exists():
            if not os.access(file, os.W_OK):
                raise PermissionError(13, "Permission denied")
            if not file.is_file():
                return
        with tempfile.NamedTemporaryFile(prefix=f".{file.name}.", dir=file.parent):
            pass
    except OSError as error:
        raise UserError(f"cannot write {target}: {error.strerror}; choose another place") from error


def _abandon() -> None:
    """Let what is still buffered go nowhere, or Python would complain once more when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
