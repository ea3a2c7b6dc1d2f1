"""CSV and TSV files: separator and heading found, broken rows named by their line."""

import csv
import itertools
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.corpus.lines import Line, Lines
from engine.corpus.rows import MAX_CHARACTERS, TOO_LONG, Reader, Row

_SAMPLE_LINES = 200
_SAMPLE_CHARACTERS = 200_000
_LONGEST_HEADING = 64
# Tables with tabs often hold bare quotation marks, since nothing but a tab needs quoting there.
_DIALECTS = ((",", True), (";", True), ("\t", True), ("\t", False), ("|", True))
_REASONS = {
    "unexpected end of data": "a quotation mark is opened and never closed",
    "expected after '\"'": "a quotation mark inside a quoted field is not doubled",
    "field larger than field limit": TOO_LONG,
}


@dataclass(frozen=True)
class _Dialect:
    delimiter: str
    quoted: bool

    def reader(self, lines: Iterable[str]) -> Iterator[list[str]]:
        csv.field_size_limit(MAX_CHARACTERS)
        quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if self.quoted else csv.QUOTE_NONE
        return csv.reader(lines, delimiter=self.delimiter, quoting=quoting, strict=True)


class DelimitedReader(Reader):
    """A table with one row a line, or more where a quoted field holds line breaks.

    Rows with too many or too few fields, and rows whose quotation marks do not match, are broken: their
    first line is named and reading goes on with the line after it, so that one stray quotation mark
    does not swallow the rest of the file. A first row of short, different words is the heading; without
    one the columns are called "column 1", "column 2", and so on.

    Attributes:
        columns: the names of the columns.
    """

    unit = "line"

    def __init__(self, path: Path, kind: str) -> None:
        super().__init__(path)
        self.kind = kind
        self._lines = Lines(path)
        self.encoding = self._lines.encoding
        sample = _sample(self._lines)
        self._dialect = _find_dialect(sample, "\t" if kind == "TSV" else None)
        first = next((values for values in _parsed(sample, self._dialect) if values), [])
        self._has_heading = _is_heading(first)
        self.columns = _column_names(first if self._has_heading else [""] * len(first))

    def _read(self) -> Iterator[tuple[Row, float]]:
        for row in self._rows():
            yield row, self._lines.fraction

    def _rows(self) -> Iterator[Row]:
        feed = _Feed(self._lines)
        reader = self._dialect.reader(feed)
        heading = self._has_heading
        while True:
            feed.start_row()
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield feed.broken(_reason(error))
                continue
            if heading and values:
                heading = False
            elif not values:
                yield Row(feed.number, {})
            elif len(values) != len(self.columns):
                wanted = len(self.columns)
                yield feed.broken(f"{len(values)} fields where the heading has {wanted}")
            else:
                yield Row(feed.number, dict(zip(self.columns, values, strict=True)), replaced=feed.replaced)


class _Feed:
    """Hands lines to the parser and keeps those of the current row, to go back if it is broken."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = iter(lines)
        self._again: deque[Line] = deque()
        self._row: list[Line] = []
        self._characters = 0

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self._row.append(line)
        self._characters += len(line.text or "")
        if line.text is None or self._characters > MAX_CHARACTERS:
            raise csv.Error(TOO_LONG)
        return line.text

    def start_row(self) -> None:
        self._row, self._characters = [], 0

    def broken(self, problem: str) -> Row:
        """Return the current row as broken, and go back to the line after its first."""
        self._again.extendleft(reversed(self._row[1:]))
        return Row(self.number, {}, problem)

    @property
    def number(self) -> int:
        return self._row[0].number

    @property
    def replaced(self) -> bool:
        return any(line.replaced for line in self._row)


def _sample(lines: Lines) -> list[str]:
    sample: list[str] = []
    characters = 0
    for line in itertools.islice(lines, _SAMPLE_LINES):
        if line.text is None or characters > _SAMPLE_CHARACTERS:
            break
        sample.append(line.text)
        characters += len(line.text)
    return sample


def _find_dialect(sample: list[str], delimiter: str | None) -> _Dialect:
    """Return the dialect in which most rows have as many fields as the first; commas if all fail."""
    best, best_score = _Dialect(delimiter or ",", True), (0.0, 0)
    for dialect in (_Dialect(*d) for d in _DIALECTS if delimiter in (None, d[0])):
        widths = [len(values) for values in _parsed(sample, dialect)]
        if not widths or widths[0] < 2:
            continue
        score = (sum(width == widths[0] for width in widths) / len(widths), widths[0])
        if score > best_score:
            best, best_score = dialect, score
    return best


def _parsed(sample: list[str], dialect: _Dialect) -> Iterator[list[str]]:
    """Yield the rows of a sample, an empty one for each that is broken; blank lines are left out."""
    reader = dialect.reader(sample)
    while True:
        try:
            if values := next(reader):
                yield values
        except StopIteration:
            return
        except csv.Error as error:
            # The sample may end inside a quoted field.
            if "unexpected end" not in str(error):
                yield []


def _is_heading(first: list[str]) -> bool:
    names = [name.strip() for name in first]
    return (
        bool(names)
        and any(names)
        and len({name for name in names if name}) == len([name for name in names if name])
        and all(len(name) <= _LONGEST_HEADING and not _is_number(name) for name in names)
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _column_names(heading: list[str]) -> tuple[str, ...]:
    return tuple(name.strip() or f"column {index}" for index, name in enumerate(heading, start=1))


def _reason(error: csv.Error) -> str:
    message = str(error)
    return next((reason for part, reason in _REASONS.items() if part in message), message)
