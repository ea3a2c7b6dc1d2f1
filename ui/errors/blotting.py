"""Takes out of a log what errors may have quoted from texts that nobody asked to be reported.

What was on the screen is known and can be looked for; the texts of documents are not. They are told by
their form: a message holds them between quotes, or as lines that follow its first.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

HIDDEN = "[text left out]"
LONGEST_MESSAGE = 300

# How the lines of a log begin that the program itself, Python and its fault handler write.
_RECORD = re.compile(
    r"(?:(?:DEBUG|INFO|WARNING|ERROR|CRITICAL) [\w.]+: |Semascope \d"
    r"|Fatal Python error|Windows fatal exception|(?:Current t|T)hread 0x|Extension modules: )"
)
_TRACE = "Traceback (most recent call last):"
_CHAINED = (
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
)
_FRAME = re.compile(r"  File \"|    |  \[Previous line repeated ")
# An apostrophe within a word opens nothing; what is cut off before its end goes on to the end of the line.
_QUOTED = re.compile(
    r"""(?<!\w)[bBrRuUfF]{0,2}(?:
        '(?:\\.|[^'\\])*(?:'|$) | "(?:\\.|[^"\\])*(?:"|$) | `[^`]*(?:`|$) | “[^”]*(?:”|$)
    )""",
    re.VERBOSE,
)
# Names of types, of fields and of tensors; no sentence, no file and no address looks like one.
_NAME = re.compile(r"[\w.\-\[\]<>]*", re.ASCII)
_OPENING, _CLOSING = re.compile(r"[bBrRuUfF]{0,2}['\"`“]"), "'\"`”"


def blotted(log: str) -> str:
    """Return a log without quoted texts in its messages, and without the lines that follow a message.

    The lines of tracebacks stay, as they are of the program; so do names (of types, fields, tensors) in
    quotes, and places in the folders of the program.
    """
    found: list[str] = []
    part, left_out = "record", 0

    def end_of_message() -> None:
        nonlocal left_out
        if left_out:
            found.append(f"[{left_out:,} {'line' if left_out == 1 else 'lines'} left out]")
        left_out = 0

    for line in log.splitlines():
        if line == _TRACE or line in _CHAINED or _RECORD.match(line):
            end_of_message()
            part = "frames" if line == _TRACE else "record"
            found.append(_without_quoted(line))
        elif part == "frames" and _FRAME.match(line):
            found.append(line)
        elif part == "message":
            left_out += bool(line.strip())
        else:
            # The line below the frames: the type of the error and the first line of what it says.
            part = "message" if part == "frames" else part
            found.append(_without_quoted(line))
    end_of_message()
    return "\n".join(found)


def newest(log: str, most: int) -> str:
    """Return the end of a log of about `most` characters, from where a record begins."""
    if len(log) <= most:
        return log
    lines = log[-most:].splitlines()
    first = (place for place, line in enumerate(lines) if line == _TRACE or _RECORD.match(line))
    return "\n".join(lines[next(first, len(lines)) :])


def _without_quoted(line: str) -> str:
    if re.match(r"\s*File \"", line):
        return line
    line = _QUOTED.sub(_blot, line)
    over = len(line) - LONGEST_MESSAGE
    return line if over <= 0 else f"{line[:LONGEST_MESSAGE]} [{over:,} characters left out]"


def _blot(quoted: re.Match[str]) -> str:
    whole = quoted[0]
    opening = _OPENING.match(whole)
    assert opening is not None
    closing = whole[-1] if len(whole) > opening.end() and whole[-1] in _CLOSING else ""
    inside = whole[opening.end() : len(whole) - len(closing)]
    if _NAME.fullmatch(inside) or inside.startswith(_program_folders()):
        return whole
    return f"{opening[0]}{HIDDEN}{closing}"


def _program_folders() -> tuple[str, ...]:
    return tuple({str(Path(place)) for place in (sys.prefix, sys.base_prefix, Path(__file__).parents[2])})
