"""The lines of a text file as a stream, whatever its encoding."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from unicodedata import category

from charset_normalizer import from_bytes

from engine.corpus.rows import MAX_CHARACTERS
from engine.errors import UserError

_SAMPLE_BYTES = 256_000
_GUESSED_BYTES = 64_000
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NEWLINE = re.compile(rb"\r\n|\r|\n")
_NO_TEXT = ("Cc", "Cn", "Co", "Cs")
_SKIPPED_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Line:
    """One line of a file.

    Attributes:
        number: from 1.
        text: its characters with the line break, None if it is longer than ten million characters.
        replaced: whether bytes of it did not fit the encoding of the file.
    """

    number: int
    text: str | None
    replaced: bool = False


class Lines:
    """The lines of one file, decoded one at a time.

    A line of a UTF-8 file that is not UTF-8 is read as Windows-1252; in other encodings, what does not
    fit becomes the replacement character. Line breaks of every system end a line.

    Attributes:
        path: the file.
        encoding: Python's name of its encoding.
        fraction: how much of the file has been read, 0 to 1.

    Raises:
        UserError: the file cannot be read, or holds no text.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.encoding = _detect_encoding(path)
        self.fraction = 0.0

    def __iter__(self) -> Iterator[Line]:
        unicode = self.encoding.startswith("utf-8")
        try:
            size = max(self.path.stat().st_size, 1)
            errors = "surrogateescape" if unicode else "replace"
            with self.path.open("rb") as raw, TextIOWrapper(raw, self.encoding, errors) as stream:
                number = 0
                while text := stream.readline(MAX_CHARACTERS):
                    number += 1
                    if len(text) == MAX_CHARACTERS and not text.endswith("\n"):
                        text = ""
                        while (rest := stream.readline(_SKIPPED_AT_ONCE)) and not rest.endswith("\n"):
                            pass
                    self.fraction = raw.tell() / size
                    yield _line(number, text, unicode) if text else Line(number, None)
        except OSError as error:
            raise UserError(f"cannot read {self.path}: {error.strerror or error}") from error
        self.fraction = 1.0


def _line(number: int, text: str, unicode: bool) -> Line:
    if text.isascii():
        return Line(number, text)
    if not unicode:
        return Line(number, text, "\ufffd" in text)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raw = text.encode("utf-8", "surrogateescape")
        return Line(number, raw.decode("cp1252", "replace"), replaced=True)
    return Line(number, text)


def _detect_encoding(path: Path) -> str:
    """Return the encoding that the beginning of a file is written in."""
    try:
        with path.open("rb") as stream:
            sample = stream.read(_SAMPLE_BYTES)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding
    if b"\0" not in sample and _is_mostly_utf8(sample):
        return "utf-8"
    best = from_bytes(sample[:_GUESSED_BYTES]).best()
    if best is None or (b"\0" in sample and not _is_text(str(best))):
        raise UserError(f"{path} is not a text file; give a corpus as CSV, TSV, JSON Lines, Parquet or text")
    return best.encoding


def _is_text(guessed: str) -> bool:
    """Tell whether bytes with zeros among them, read as somebody guessed, have no unassigned characters."""
    return all(character in "\t\n\f\r" or category(character) not in _NO_TEXT for character in guessed)


def _is_mostly_utf8(sample: bytes) -> bool:
    """Tell whether most lines with other than ASCII characters are UTF-8, so that the rest are strays."""
    lines = _NEWLINE.split(sample)
    if len(sample) == _SAMPLE_BYTES:
        # The last line is cut, perhaps inside a character.
        cut = lines.pop()
        if not lines:
            lines = [cut[:-4]]
    beyond_ascii = [line for line in lines if not line.isascii()]
    return 2 * sum(map(_is_utf8, beyond_ascii)) >= len(beyond_ascii)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
