"""Frozen dataclasses to and from JSON's types; whatever comes from a file is checked before it is used."""

import dataclasses
import math
import types
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import numpy as np
import numpy.typing as npt

from engine.errors import UserError

# No figure of a report comes near it, and single precision still holds it.
LARGEST = 1e15
_LARGEST_WHOLE = 2**53

T = TypeVar("T")


def encode(value: Any) -> Any:
    """Return a dataclass, and all that is in it, as dictionaries, lists, numbers and strings."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): encode(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [encode(one) for one in value]
    return value


def decode(kind: type[T], data: Any, place: str = "the report") -> T:
    """Return the dataclass that `encode` wrote.

    Args:
        kind: its type: fields may be dataclasses, tuples, dictionaries, unions with None, literals,
            numbers, strings and truth values.
        data: what a JSON parser gave.
        place: where it stands, for the message.

    Raises:
        UserError: something is missing, of another type, not finite, or larger than 1e15.
    """
    return cast(T, _decoded(kind, data, place))


def numbers(data: Any, place: str, *shape: int | None) -> npt.NDArray[np.float64]:
    """Return lists of numbers as an array; a None in `shape` stands for any length.

    Raises:
        UserError: it has another shape, or holds something else.
    """
    items = _list(data, place)
    if shape[0] is not None and len(items) != shape[0]:
        raise refused(place, f"has {len(items)} entries where {shape[0]} belong")
    if len(shape) == 1:
        return np.array([number(value, place) for value in items], dtype=np.float64)
    rows = [numbers(row, place, *shape[1:]) for row in items]
    if len({len(row) for row in rows}) > 1:
        raise refused(place, "has rows of different lengths")
    return np.array(rows, dtype=np.float64).reshape(len(rows), -1 if rows else (shape[1] or 0))


def number(value: Any, place: str) -> float:
    """Return a number that is finite and not absurd.

    Raises:
        UserError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refused(place, "is no number")
    if not abs(value) <= LARGEST:
        raise refused(place, "is not finite, or larger than 1e15")
    return float(value)


def whole(value: Any, place: str) -> int:
    """Return a whole number.

    Raises:
        UserError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _LARGEST_WHOLE:
        raise refused(place, "is no whole number")
    return value


def field(data: Any, name: str, place: str) -> Any:
    """Return a field of an object.

    Raises:
        UserError: it is no object, or has no such field.
    """
    if not isinstance(data, dict):
        raise refused(place, "is no object")
    if name not in data:
        raise refused(place, f"lacks {name!r}")
    return data[name]


def refused(place: str, why: str) -> UserError:
    """Return the error for something in a report that cannot be."""
    return UserError(f"{place} {why}; the file is damaged, or no report of this version")


def _decoded(kind: Any, data: Any, place: str) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal and data not in arguments:
        raise refused(place, f"is none of {', '.join(map(str, arguments))}")
    if kind is Any or origin is Literal:
        return data
    if origin in (Union, types.UnionType):
        if data is None and type(None) in arguments:
            return None
        return _decoded(next(one for one in arguments if one is not type(None)), data, place)
    if origin is tuple:
        return _tuple(arguments, data, place)
    if origin in (dict, Mapping):
        if not isinstance(data, dict):
            raise refused(place, "is no object")
        return {key: _decoded(arguments[1], one, f"{place}[{key!r:.40}]") for key, one in data.items()}
    return (_dataclass if dataclasses.is_dataclass(kind) else _leaf)(kind, data, place)


def _tuple(arguments: tuple[Any, ...], data: Any, place: str) -> tuple[Any, ...]:
    items = _list(data, place)
    inner = [arguments[0]] * len(items) if arguments[-1] is Ellipsis else list(arguments)
    if len(inner) != len(items):
        raise refused(place, f"has {len(items)} entries where {len(inner)} belong")
    return tuple(
        _decoded(one, item, f"{place}[{at}]") for at, (one, item) in enumerate(zip(inner, items, strict=True))
    )


def _dataclass(kind: Any, data: Any, place: str) -> Any:
    hints, values = get_type_hints(kind), {}
    for one in dataclasses.fields(kind):
        if isinstance(data, dict) and one.name not in data and one.default is not dataclasses.MISSING:
            continue
        values[one.name] = _decoded(hints[one.name], field(data, one.name, place), f"{place}.{one.name}")
    return kind(**values)


def _leaf(kind: Any, data: Any, place: str) -> Any:
    if kind is float:
        return number(data, place)
    if kind is int:
        return whole(data, place)
    if not isinstance(data, kind):
        raise refused(place, f"is no {'text' if kind is str else kind.__name__}")
    return data


def _list(data: Any, place: str) -> list[Any]:
    if not isinstance(data, list):
        raise refused(place, "is no list")
    return data


def finite(value: float | None) -> float | None:
    """Return a number, or None for what JSON cannot say."""
    return value if value is not None and math.isfinite(value) else None
