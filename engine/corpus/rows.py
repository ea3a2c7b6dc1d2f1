"""What every reader of a corpus gives: rows, one after another, and how far it has come."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MAX_CHARACTERS = 10_000_000  # of one line or one row: what is longer is no document
TOO_LONG = "longer than ten million characters"


@dataclass(frozen=True)
class Row:
    """One row of a corpus, readable or not.

    Attributes:
        number: its line in a text file (the first line of a row that spans several), its row in a Parquet
            file, its place in a sorted folder; from 1.
        fields: column name to value; empty for a row that cannot be read.
        problem: why the row cannot be read; empty for a row that can.
        replaced: whether bytes of it did not fit the encoding of the file and were read in another way.
    """

    number: int
    fields: dict[str, Any]
    problem: str = ""
    replaced: bool = False


def clean(text: str) -> str:
    """Return a text that SQLite and other tools can keep: no half of a surrogate pair, no NUL."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")


class Reader(ABC):
    """A corpus, read as a stream: memory does not grow with its size.

    Attributes:
        path: the file or folder.
        kind: "CSV", "TSV", "JSON Lines", "Parquet", "text" or "folder".
        encoding: Python's name of the encoding, empty where there is none.
        unit: what `Row.number` counts: "line", "row" or "file".
        fraction: how much of the corpus the rows given so far make up, 0 to 1.
    """

    kind: str
    unit: str
    encoding = ""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fraction = 0.0

    def rows(self) -> Iterator[Row]:
        """Read from the beginning; equal files give equal rows.

        Raises:
            UserError: the file cannot be read any further.
        """
        self.fraction = 0.0
        return self._counted()

    def _counted(self) -> Iterator[Row]:
        for row, fraction in self._read():
            self.fraction = fraction
            yield row

    @abstractmethod
    def _read(self) -> Iterator[tuple[Row, float]]:
        """Yield each row and the fraction of the corpus up to it."""
