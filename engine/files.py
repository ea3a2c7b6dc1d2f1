"""Reading text files that people drop on us, and writing files whole or not at all."""

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from charset_normalizer import from_bytes

from engine.errors import UserError

MAX_TEXT_BYTES = 20_000_000
_UNFINISHED = re.compile(r"\..+\.[a-z0-9_]{8}")  # as `write_atomically` names what it is writing
# What texts of Western Europe hold besides ASCII. Central European ones have š, ž or ý, which it lacks.
_WESTERN = frozenset(
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜŒŸàáâãäåæçèéêëìíîïñòóôõöøùúûüÿœß"
    "¡¿«»‹›‘’‚“”„–—…•·´¨ªº°§¶©®™€£¥¢½¼¾±×÷µ\xa0\xad"
)


def write_atomically(path: str | os.PathLike[str], data: bytes | str) -> Path:
    """Write `data` to `path` so that the file is either complete or unchanged.

    The bytes go to a temporary file in the same folder, are flushed to disk, and replace the target in
    one rename. Text is written as UTF-8. A link keeps pointing where it does; a device or a pipe, which
    a rename would remove, is written to as it is.

    Raises:
        UserError: the folder does not exist, is not writable, or the disk is full.
    """
    target, place = Path(path), Path(os.path.realpath(path))
    payload = data.encode("utf-8") if isinstance(data, str) else data
    temporary: str | None = None
    try:
        if place.exists() and not place.is_file() and not place.is_dir():
            place.write_bytes(payload)
            return target
        handle, temporary = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(payload)
            stream.flush()
            os.fsync(stream.fileno())
        # mkstemp makes the file private; the result should have the permissions of any new file.
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, place)
    except BaseException as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        reason = error.strerror or str(error)
        raise UserError(f"cannot write {target}: {reason}; choose another place") from error
    return target


def remove_unfinished(folder: Path) -> None:
    """Delete what a killed process was writing in a folder, in which nobody else may be writing now."""
    for path in folder.glob(".*"):
        if _UNFINISHED.fullmatch(path.name):
            with contextlib.suppress(OSError):
                path.unlink()


@contextlib.contextmanager
def folder_atomically(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary folder that becomes the new folder `path` if the block ends well, else goes away.

    Raises:
        UserError: there is something at `path` other than an empty folder, or it cannot be written.
    """
    target = Path(path)
    temporary: Path | None = None
    try:
        _refuse_taken(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o777 & ~umask)
        _refuse_taken(target)
        if target.is_dir():
            target.rmdir()  # Windows renames onto nothing only
        temporary.rename(target)
    except BaseException as error:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
        if not isinstance(error, OSError):
            raise
        reason = error.strerror or str(error)
        raise UserError(f"cannot make the folder {target}: {reason}; choose another place") from error


def _refuse_taken(target: Path) -> None:
    if target.is_symlink() or (target.exists() and (not target.is_dir() or any(target.iterdir()))):
        raise UserError(f"{target} is there already; choose another place")


def read_text(path: str | os.PathLike[str]) -> str:
    """Return the text of a file, its encoding detected; byte-order marks are dropped.

    Raises:
        UserError: the file is missing, unreadable, larger than 20 MB, or not text.
    """
    source = Path(path)
    try:
        if source.stat().st_size > MAX_TEXT_BYTES:
            raise UserError(f"{source} is larger than 20 MB; drop a shorter text file")
        data = source.read_bytes()
    except OSError as error:
        raise UserError(f"cannot read {source}: {error.strerror or error}") from error
    if not data:
        return ""
    try:
        return data.decode("utf-8-sig") if b"\0" not in data else _decode_guessed(data, source)
    except UnicodeDecodeError:
        return _decode_guessed(data, source)


def _decode_guessed(data: bytes, source: Path) -> str:
    western = _decode_western(data)
    if western is not None:
        return western
    best = from_bytes(data).best()
    if best is None or (b"\0" in data and not best.encoding.startswith(("utf_16", "utf_32"))):
        raise UserError(f"{source} is not a text file; drop a plain text file instead")
    return str(best)


def _decode_western(data: bytes) -> str | None:
    """Decode Windows-1252, and with it Latin-1, if the result reads like a Western European language.

    Statistics take such texts for Hungarian or Polish, which differ by a few accents only.
    """
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return None
    characters = set(text)
    foreign = {character for character in characters if character > "\x7f"} - _WESTERN
    accented = len(text) - len(text.encode("ascii", "ignore"))
    return text if not foreign and "\0" not in characters and 3 * accented <= len(text) else None
