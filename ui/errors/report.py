"""The report on an error, as one text file: what happened, the log, the versions, what was being done.

What a person wrote stands in it only if they say so: without their leave texts are left out of the session,
and blotted out of the log wherever an error has quoted them; so is whatever else a message quotes, as it
may be the text of a document. Nothing is sent anywhere.
"""

from __future__ import annotations

import importlib.metadata
import json
import platform
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import __version__
from ui.errors.blotting import HIDDEN, blotted

_PACKAGES = (
    "PySide6-Essentials",
    "torch",
    "transformers",
    "sentence-transformers",
    "numpy",
    "scipy",
    "pyqtgraph",
)
# These words are chosen from lists of the program's own; everything else in a session was written by hand.
_CHOICES = frozenset(
    (
        "method",
        "references",
        "similarity",
        "unit",
        "level",
        "pooling",
        "architecture",
        "kind",
        "device",
        "page",
    )
)
_PICTURES = frozenset(("docks", "geometry"))
_SHORTEST = 4


@dataclass(frozen=True)
class Mishap:
    """What went wrong.

    Attributes:
        words: in plain words, one or two sentences.
        log: what was logged about it.
        doing: what the program was doing, in a few words; empty if that is not known.
        session: what was on the screen; empty if that is not known.
    """

    words: str
    log: str
    doing: str = ""
    session: Mapping[str, Any] | None = None


def report_text(mishap: Mishap, with_texts: bool) -> str:
    """Return the report.

    Args:
        mishap: what to report.
        with_texts: whether what a person wrote may stand in it.
    """
    session, log = mishap.session or {}, mishap.log
    if not with_texts:
        log = blotted(_without_known(log, session))
        session = without_texts(session)
    log = log.replace(str(Path.home()), "~")
    said = json.dumps(_without_pictures(session), ensure_ascii=False, indent=1)
    texts = "with the texts on the screen" if with_texts else "without the texts on the screen"
    return "\n".join(
        (
            f"Semascope {__version__}: report on an error, {texts}",
            time.strftime("%Y-%m-%d %H:%M:%S"),
            "",
            mishap.words,
            f"What was being done: {mishap.doing or 'not known'}",
            "",
            "== Versions ==",
            *_versions(),
            "",
            "== Log ==",
            log.strip() or "nothing was logged",
            "",
            "== On the screen ==",
            said.replace(str(Path.home()), "~"),
            "",
        )
    )


def without_texts(value: Any, key: str = "") -> Any:
    """Return plain data with its strings replaced by their lengths, but for the program's own words."""
    if isinstance(value, Mapping):
        return {name: without_texts(one, name) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [without_texts(one, key) for one in value]
    if isinstance(value, str) and key not in _CHOICES:
        return f"[{len(value)} characters]"
    return value


def _without_pictures(session: Any) -> Any:
    if isinstance(session, Mapping):
        return {name: _without_pictures(one) for name, one in session.items() if name not in _PICTURES}
    return session


def _without_known(log: str, session: Mapping[str, Any]) -> str:
    """Return the log without the texts of the session, as they are and as Python quotes them."""
    texts = set(_texts(session))
    forms = texts | {repr(text)[1:-1] for text in texts} | {json.dumps(text)[1:-1] for text in texts}
    longest_first = sorted((one for one in forms if len(one) >= _SHORTEST), key=len, reverse=True)
    if not longest_first:
        return log
    return re.sub("|".join(map(re.escape, longest_first)), HIDDEN, log, flags=re.IGNORECASE)


def _texts(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, one in value.items():
            if name not in _PICTURES:
                yield from _texts(one, name)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one, key)
    elif isinstance(value, str) and key not in _CHOICES:
        yield value.strip()
        for line in value.splitlines():
            yield line.strip()


def _versions() -> Iterator[str]:
    yield f"{platform.platform()}, Python {platform.python_version()}"
    for name in _PACKAGES:
        try:
            yield f"{name} {importlib.metadata.version(name)}"
        except importlib.metadata.PackageNotFoundError:
            yield f"{name} (version not known)"
