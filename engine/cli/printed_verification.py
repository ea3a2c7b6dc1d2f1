"""A verification as a table for a terminal."""

import shutil

from engine.cli.terminal import bold, display_width, padded
from engine.evidence.figures import Row
from engine.evidence.verify import Verification
from engine.report.lines import fitted
from engine.report.segments import label

_HEAD = ("figure", "stated", "recomputed", "allowed")
_MOST = (46, 24, 24, 9)


def printed_verification(verification: Verification, styled: bool) -> str:
    """Return the figures item by item, and a last line that sums them up.

    Args:
        verification: what became of the figures.
        styled: whether what does not stand is bold.
    """
    lines = [label(verification.title, 100)]
    titles = ("the file", *verification.items)
    room = max(shutil.get_terminal_size().columns, 80)
    for number, title in enumerate(titles):
        rows = [row for row in verification.rows if row.item == number]
        if rows:
            name = f"item {number}: {label(title, 90)}" if number else title
            lines += ["", bold(name, styled), *_table(rows, room, styled)]
    counts = [
        f"{verification.count(verdict):,} {what}"
        for verdict, what in (
            ("stands", "stand"),
            ("differs", "differ"),
            ("cannot be checked", "cannot be checked"),
        )
    ]
    return "\n".join([*lines, "", f"{len(verification.rows):,} figures: {', '.join(counts)}"]) + "\n"


def _table(rows: list[Row], room: int, styled: bool) -> list[str]:
    cells = [
        [
            fitted(label(text, 200), most, display_width)
            for text, most in zip((row.figure, row.stated, row.recomputed, row.allowed), _MOST, strict=True)
        ]
        for row in rows
    ]
    widths = [max(display_width(line[column]) for line in (*cells, _HEAD)) for column in range(len(_HEAD))]
    lines = [_line(list(_HEAD), widths) + "  verdict"]
    for row, line in zip(rows, cells, strict=True):
        verdict = row.verdict if row.verdict == "stands" else bold(row.verdict, styled)
        lines.append(f"{_line(line, widths)}  {verdict}")
        if row.note:
            lines.append("    " + fitted(label(row.note, 400), max(room - 4, 76), display_width))
    return lines


def _line(cells: list[str], widths: list[int]) -> str:
    return "  " + "  ".join(padded(cell, width) for cell, width in zip(cells, widths, strict=True))
