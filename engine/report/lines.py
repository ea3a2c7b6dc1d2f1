"""A text broken into lines for a place that cannot do it itself, in either direction of writing."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from engine.encoder import FloatArray, TokenizedText
from engine.report.segments import Segment, label, runs_right_to_left, segments

_MIRRORED = str.maketrans("()<>[]{}«»", ")(><][}{»«")


@dataclass(frozen=True)
class Piece:
    """A word in its place.

    Attributes:
        text: fit to be printed on one line.
        value: its importance, None for what the model did not see.
        x: its left edge, in the unit of the measure.
        width: of the text.
        space: width of the blank before it.
    """

    text: str
    value: float | None
    x: float
    width: float
    space: float


def lines_of(
    text: TokenizedText,
    importance: FloatArray,
    width: float,
    measure: Callable[[str], float],
    most_lines: int,
) -> tuple[list[list[Piece]], str]:
    """Return the lines of a text, and a sentence on what did not fit ("" if all did).

    Lines break at white space and between words that stand without it, and where the text does; a word
    that is longer than a line is cut.

    Args:
        text: the text.
        importance: (words,) the number of each word.
        width: of a line.
        measure: returns the width of a string.
        most_lines: words beyond these are only counted.
    """
    return lines_of_segments(text.text, segments(text, importance), width, measure, most_lines)


def lines_of_segments(
    text: str, parts: Sequence[Segment], width: float, measure: Callable[[str], float], most_lines: int
) -> tuple[list[list[Piece]], str]:
    """Return the lines of a text that is cut into segments; see `lines_of`."""
    lines: list[list[Piece]] = [[]]
    blank, end, space = measure(" "), 0.0, 0.0
    left_out = unseen = 0
    for segment in parts:
        if segment.kind == "space":
            if "\n" in segment.text and lines[-1]:
                lines.append([])
                end = 0.0
            space = blank if any(character.isspace() for character in segment.text) else space
            continue
        if segment.kind == "beyond":
            unseen = len(segment.text)
            continue
        shown = fitted(label(segment.text, 200), width, measure)
        long = measure(shown)
        if lines[-1] and end + space + long > width:
            lines.append([])
            end = 0.0
        before = space if lines[-1] else 0.0
        if len(lines) > most_lines:
            left_out += 1
        value = segment.value if segment.kind == "word" else None
        lines[-1].append(Piece(shown, value, end + before, long, before))
        end, space = end + before + long, 0.0
    rest = f"and {left_out:,} more words" if left_out else ""
    if unseen:
        rest += f"{'; ' if rest else ''}{unseen:,} characters past the model’s maximum are not shown"
    kept = [line for line in lines[:most_lines] if line]
    base_is_right = runs_right_to_left(text)
    return [_in_visual_order(line, base_is_right, width) for line in kept], rest


def fitted(text: str, width: float, measure: Callable[[str], float]) -> str:
    """Return a text cut to a width, with an ellipsis."""
    while len(text) > 1 and measure(text) > width:
        text = text[: -2 if text.endswith("…") else -1] + "…"
    return text


def _in_visual_order(line: list[Piece], base_is_right: bool, width: float) -> list[Piece]:
    """Place the words of a line from right to left where they are written so, brackets mirrored.

    Words keep their inner order, which the shaper knows. Runs against the direction of the text are
    turned; a word without letters goes with its neighbours if both agree, else with the text.
    """
    directions = [_direction(piece.text) for piece in line]
    resolved = _resolved(directions, base_is_right)
    if not any(resolved):
        return line
    line = [
        replace(piece, text=piece.text.translate(_MIRRORED)) if own is None and right else piece
        for piece, own, right in zip(line, directions, resolved, strict=True)
    ]
    runs: list[tuple[bool, list[Piece]]] = []
    for piece, right in zip(line, resolved, strict=True):
        if runs and runs[-1][0] == right:
            runs[-1][1].append(piece)
        else:
            runs.append((right, [piece]))
    order = range(len(runs))[::-1] if base_is_right else range(len(runs))
    x = width - line[-1].x - line[-1].width if base_is_right else 0.0
    placed: list[Piece] = []
    for run in order:
        right, pieces = runs[run]
        if placed:
            # The blank between two runs stands before the first word of the one written later.
            x += runs[run + 1 if base_is_right else run][1][0].space
        for index in range(len(pieces))[::-1] if right else range(len(pieces)):
            if index != (len(pieces) - 1 if right else 0):
                x += pieces[index + 1 if right else index].space
            placed.append(replace(pieces[index], x=x))
            x += pieces[index].width
    return placed


def _direction(word: str) -> bool | None:
    for character in word:
        direction = unicodedata.bidirectional(character)
        if direction in ("R", "AL"):
            return True
        if direction in ("L", "EN", "AN"):
            return False
    return None


def _resolved(directions: list[bool | None], base: bool) -> list[bool]:
    """Give words without a direction that of both neighbours, or `base` where these differ."""
    before: list[bool] = []
    for direction in directions:
        before.append(direction if direction is not None else (before[-1] if before else base))
    after: list[bool] = []
    for direction in reversed(directions):
        after.append(direction if direction is not None else (after[-1] if after else base))
    return [left if left == right else base for left, right in zip(before, reversed(after), strict=True)]
