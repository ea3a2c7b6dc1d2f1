"""CSV that a spreadsheet opens as data: no text in it can become a formula."""

import csv
import re
from collections.abc import Iterable, Sequence

# What spreadsheets take for the beginning of a formula, white space that they drop before one, and the
# wide forms that East Asian versions fold into the narrow ones (OWASP, CSV Injection).
_STARTS = tuple("=+-@|\t\r\n＝＋－＠")
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d+)*|\d*\.\d+)([eE][+-]?\d+)?\s?%?")


def safe_cell(value: object) -> object:
    """Return a cell that no spreadsheet runs: a text that would be a formula gets an apostrophe before it.

    Numbers stay numbers, and so do texts that are nothing but one.
    """
    if isinstance(value, str) and value.startswith(_STARTS) and _NUMBER.fullmatch(value) is None:
        return f"'{value}"
    return value


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]], delimiter: str = ",") -> str:
    """Return rows under a header as CSV with safe cells.

    Args:
        header: names of the columns; none for rows without a head.
        rows: cells, as many as there are columns.
        delimiter: a comma by default.
    """
    lines = _Lines()
    # With this end of lines, cells that hold either of its characters are quoted: a carriage return that
    # is not would begin a row, and what follows it a cell.
    writer = csv.writer(lines, delimiter=delimiter, lineterminator="\r\n")
    if header:
        writer.writerow([safe_cell(cell) for cell in header])
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return "".join(lines.written)


class _Lines:
    """Takes lines, each with its end, and keeps them with a line feed."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def write(self, line: str) -> None:
        self.written.append(line.removesuffix("\r\n") + "\n")
