"""CSV that a spreadsheet opens as data: no text in it can become a formula."""

import csv
import re
from collections.abc import Iterable, Sequence

# What spreadsheets take for the beginning of a formula, white space that they drop before one, and the
# wide forms that East Asian versions fold into the narrow ones (OWASP, CSV Injection).
_STARTS = tuple("=+-@|＝＋－＠")
_SPACES = tuple("\t\r\n")
# Where a spreadsheet whose language lists with semicolons, or one that is told to take tabs, begins a cell or
# a row of its own: quotes do not stop it, as to it they stand in the middle of a cell.
_BREAKS = re.compile(r"([;\t\r\n]\"*)")
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d+)*|\d*\.\d+)([eE][+-]?\d+)?\s?%?")


def safe_cell(value: object) -> object:
    """Return a cell that no spreadsheet runs: a text that would be a formula gets an apostrophe before it.

    So does a formula inside a text, where a spreadsheet could begin a cell. Numbers stay numbers, and so do
    texts that are nothing but one.
    """
    if not isinstance(value, str):
        return value
    # Texts, and between them what breaks them, with the quotes that follow.
    first, *rest = _BREAKS.split(value)
    pieces = [first if _is_harmless(first) else f"'{first}"]
    for place in range(0, len(rest), 2):
        at, piece = rest[place : place + 2]
        pieces += [at if _is_harmless(piece) else f"{at[0]}'{at[1:]}", piece]
    return ("'" if value.startswith(_SPACES) else "") + "".join(pieces)


def _is_harmless(text: str) -> bool:
    return not text.startswith(_STARTS) or _NUMBER.fullmatch(text) is not None


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
