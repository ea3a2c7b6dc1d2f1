"""A session as a file: JSON that says what was on the screen, checked whole before any of it is used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine import __version__
from engine.errors import UserError
from engine.files import write_atomically
from ui.drops import SESSION_SUFFIX
from ui.report.tray import TRAY
from ui.session.shape import LONGEST_LINE, Shape, flag, maybe, one_of, packed, record, text, whole
from ui.settings import DEVICES

VERSION = 1
_APP = "Semascope session"
_MOST_BYTES = 32_000_000
_MOST_FEATURES = 10_000_000
PLACE = text(LONGEST_LINE)
MODEL = record(folder=maybe(PLACE), device=one_of(DEVICES), layer_path=maybe(PLACE))


def session_shape(pages: Mapping[str, Shape]) -> Shape:
    """Return what a session holds, given what each page says of its own part."""
    return record(
        saved=text(LONGEST_LINE),
        ended=flag,
        starts=whole(0, 1_000_000),
        page=one_of(tuple(pages)),
        geometry=packed,
        model=MODEL,
        workspace=PLACE,
        dictionary=PLACE,
        feature=maybe(whole(0, _MOST_FEATURES)),
        report=TRAY,
        pages=record(**pages),
    )


def read_session(path: Path, shape: Shape) -> dict[str, Any]:
    """Return what a file says was on the screen.

    Raises:
        UserError: it cannot be read, is no session, is damaged, or of a newer version of the program.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UserError(f"{path} is no session: it is larger than {_MOST_BYTES // 10**6} MB")
        data = json.loads(path.read_bytes(), parse_constant=_refuse)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is damaged or is no session; open another") from error
    if not isinstance(data, dict) or data.get("app") != _APP:
        raise UserError(f"{path} is no session of this program; open another")
    version = data.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise UserError(f"{path} is damaged: it does not say its version; open another session")
    if version > VERSION:
        raise UserError(f"{path} was saved by a newer version of this program; update it")
    try:
        session: dict[str, Any] = shape(data, "")
    except ValueError as error:
        raise UserError(f"{path} is damaged: {error}; open another session") from error
    return session


def session_text(session: Mapping[str, Any]) -> str:
    """Return a session as it stands in a file; the order of the keys is always the same."""
    head = {"app": _APP, "version": VERSION, "program": __version__}
    return json.dumps({**head, **session}, ensure_ascii=False, indent=1, allow_nan=False)


def write_session(path: Path, session: Mapping[str, Any]) -> Path:
    """Save a session, whole or not at all, under a name that says what it is.

    Raises:
        UserError: the file cannot be written.
    """
    if path.suffix.lower() != SESSION_SUFFIX:
        path = path.with_name(path.name + SESSION_SUFFIX)
    return write_atomically(path, session_text(session))


def _refuse(word: str) -> None:
    raise ValueError(word)
