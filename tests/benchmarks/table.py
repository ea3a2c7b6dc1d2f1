"""Rows of the benchmark tables: how they are written, and how they get into the README."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEADER = ("what", "Semascope", "beside it", "ratio", "to reach", "reached")
MARKS = {True: "yes", False: "**no**", None: ""}


@dataclass(frozen=True)
class Row:
    """One figure: what was measured, ours, the peer's, how they compare, and whether that is enough.

    Attributes:
        what: the quantity, named so that it can be read alone.
        ours: Semascope's value with its unit.
        beside: the peer's value in the same run; empty where there is none.
        ratio: how the two compare (a ratio, a difference, an efficiency).
        target: what is to be reached; empty for a row that only informs.
        reached: whether it is; None without a target, or where a quick run cannot say.
    """

    what: str
    ours: str
    beside: str = ""
    ratio: str = ""
    target: str = ""
    reached: bool | None = None

    def cells(self) -> tuple[str, ...]:
        return (self.what, self.ours, self.beside, self.ratio, self.target, MARKS[self.reached])


def markdown(rows: Sequence[Row]) -> str:
    """A table of the columns that any row fills."""
    table = [HEADER, *(row.cells() for row in rows)]
    used = [index for index in range(len(HEADER)) if any(line[index] for line in table[1:])]
    lines = [" | ".join(line[index].replace("|", "\\|") for index in used) for line in table]
    lines.insert(1, " | ".join("---" for _ in used))
    return "\n".join(f"| {line} |" for line in lines)


def plain(rows: Sequence[Row]) -> str:
    """The same for a terminal: one figure a paragraph, since the cells are too wide for columns."""
    paragraphs = []
    for row in rows:
        cells = zip(HEADER[1:], row.cells()[1:], strict=True)
        values = [f"    {name + ':':<11} {value.replace('**', '')}" for name, value in cells if value]
        paragraphs.append("\n".join([f"  {row.what}", *values]))
    return "\n".join(paragraphs)


def between_markers(document: str, name: str, content: str) -> str:
    """Put ``content`` between ``<!-- name -->`` and ``<!-- /name -->``, in place of what was there.

    Raises:
        ValueError: the document does not hold both markers once, in this order.
    """
    opening, closing = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, found, rest = document.partition(opening)
    _, closed, after = rest.partition(closing)
    if not (found and closed) or opening in rest or closing in before + after:
        raise ValueError(f"the document needs {opening} and {closing}, once each and in this order")
    return f"{before}{opening}\n{content}\n{closing}{after}"


def seconds(value: float) -> str:
    """``0.0123`` -> ``12 ms``; three figures at most."""
    if value < 1:
        return f"{1000 * value:.3g} ms"
    return f"{value:.3g} s" if value < 1000 else f"{value:.0f} s"


def gigabytes(count: float) -> str:
    """Bytes in units of 1e9, as the targets state them."""
    return f"{count / 1e9:.2f} GB"


def interval(mean: float, low: float, high: float, signed: bool = False) -> str:
    """A mean and its interval: ``0.257 (0.231 to 0.284)``."""
    sign = "+" if signed else ""
    return f"{mean:{sign}.3f} ({low:{sign}.3f} to {high:{sign}.3f})"
