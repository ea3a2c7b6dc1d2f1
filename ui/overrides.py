"""Keeps an error in what Qt calls from ending the program.

Qt calls Python wherever a class overrides one of its functions: to paint, to filter events, to read a model.
If Python called Qt in turn, PySide 6.11 hands an error there on to that Python code, whatever it is about.
On the way it takes the value of the error for an exception. In Python 3.11 the value of an error that the
interpreter or an extension raised, such as an index out of range, is still a mere text: the program ends with
a segmentation fault. An `except` on the way makes an exception of it.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator
from functools import wraps
from types import FunctionType
from typing import Any

from shiboken6 import Shiboken

_PACKAGE = "ui."
_ANSWERED = ("event", "eventFilter", "viewportEvent")


def guard() -> None:
    """Guard what the window's classes override; once they are all imported, before the first is made.

    An error in a handler of events, or in painting, goes to `sys.excepthook`, and Qt goes on. One in a
    function that owes a value is still raised.
    """
    for kind in set(_below(Shiboken.Object)):
        if kind.__module__.startswith(_PACKAGE):
            for name, function in list(vars(kind).items()):
                if _overrides(kind, name, function):
                    setattr(kind, name, guarded(function))


def guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that Qt can call safely in place of an override."""
    name = function.__name__
    reports = name in _ANSWERED or name == "paint" or name.endswith("Event")
    instead = False if name in _ANSWERED else None

    @wraps(function)
    def safe(*args: Any, **named: Any) -> Any:
        try:
            return function(*args, **named)
        except Exception as error:
            if not reports:
                raise
            # A painter that the traceback kept would outlive what it paints on, which ends the program too.
            traceback.clear_frames(error.__traceback__)
            sys.excepthook(type(error), error, error.__traceback__)
            return instead

    safe.is_guarded = True
    return safe


def _below(kind: type) -> Iterator[type]:
    for one in type.__subclasses__(kind):
        yield one
        yield from _below(one)


def _overrides(kind: type, name: str, function: object) -> bool:
    """Return whether a function stands in place of one of Qt's, and is not guarded yet."""
    if not isinstance(function, FunctionType) or name.startswith("__") or hasattr(function, "is_guarded"):
        return False
    return any(name in vars(base) for base in kind.__mro__ if base.__module__.startswith("PySide6."))
