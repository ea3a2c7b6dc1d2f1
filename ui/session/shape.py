"""What a file may hold: small checks put together, as a session can come from anywhere.

A shape is called with a value and the place where it stands, and returns the value as the program uses it,
or raises `ValueError` with the place and what should stand there.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any

Shape = Callable[[Any, str], Any]

LONGEST_TEXT = 200_000
LONGEST_LINE = 4_000
_MOST_BYTES = 200_000


def text(most: int = LONGEST_TEXT) -> Shape:
    """A string of at most so many characters, which can be written as UTF-8."""

    def check(value: Any, where: str) -> str:
        if not isinstance(value, str):
            raise ValueError(f"{where} is not a text")
        if len(value) > most:
            raise ValueError(f"{where} is longer than {most:,} characters")
        if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
            raise ValueError(f"{where} holds half a character")
        return value

    return check


def whole(low: int, high: int) -> Shape:
    """A whole number from `low` to `high`."""

    def check(value: Any, where: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"{where} is not a whole number from {low} to {high}")
        return value

    return check


def number(low: float, high: float) -> Shape:
    """A finite number from `low` to `high`."""

    def check(value: Any, where: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{where} is not a number")
        if not low <= value <= high:
            raise ValueError(f"{where} is not a number from {low:g} to {high:g}")
        return float(value)

    return check


def flag(value: Any, where: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError(f"{where} is neither true nor false")
    return value


def one_of(choices: Sequence[str]) -> Shape:
    """One of a few words."""

    def check(value: Any, where: str) -> str:
        if not isinstance(value, str) or value not in choices:
            raise ValueError(f"{where} is none of {', '.join(choices)}")
        return value

    return check


def several(shape: Shape, most: int) -> Shape:
    """A list of at most so many values of one shape."""

    def check(value: Any, where: str) -> list:
        if not isinstance(value, list) or len(value) > most:
            raise ValueError(f"{where} is not a list of at most {most:,}")
        return [shape(one, f"{where} {place}") for place, one in enumerate(value, start=1)]

    return check


def record(**shapes: Shape) -> Shape:
    """A mapping. Keys that are missing are left out, and so are those that nobody knows."""

    def check(value: Any, where: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValueError(f"{where} is not a record")
        inside = f"{where}, " if where else ""
        return {key: shape(value[key], inside + key) for key, shape in shapes.items() if key in value}

    return check


def maybe(shape: Shape) -> Shape:
    """Nothing, or a value of a shape."""

    def check(value: Any, where: str) -> Any:
        return None if value is None else shape(value, where)

    return check


def packed(value: Any, where: str) -> str:
    """Bytes, written in base 64."""
    try:
        if not isinstance(value, str) or len(value) > _MOST_BYTES:
            raise ValueError
        base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error):
        raise ValueError(f"{where} is not written in base 64") from None
    return value


def unpack(value: str) -> bytes:
    """Return the bytes of what `packed` has let pass."""
    return base64.b64decode(value)


def pack(data: bytes) -> str:
    """Return bytes as `packed` reads them."""
    return base64.b64encode(data).decode("ascii")
