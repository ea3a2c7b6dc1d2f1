"""A text cut into what carries a number, what is between, and what the model did not see."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import regex

from engine.encoder import FloatArray, TokenizedText
from engine.text import Span, control_characters, is_bidi_control, label, one_line, symbol

__all__ = [
    "Segment",
    "control_characters",
    "is_bidi_control",
    "label",
    "one_line",
    "runs_right_to_left",
    "segments",
    "segments_of",
    "symbol",
]

_VISIBLE = regex.compile(r"[^\s\p{Cc}\p{Cf}]")
_RIGHT_TO_LEFT = ("R", "AL")

Kind = Literal["word", "space", "unseen", "beyond"]


@dataclass(frozen=True)
class Segment:
    """A run of characters of the text as the user wrote it.

    Attributes:
        text: the characters.
        kind: "word"; "space" between words; "unseen" for characters that no token stands for; "beyond"
            for what lies past the model's maximum.
        word: index of the word, None for the other kinds.
        value: its importance, 0 for the other kinds.
    """

    text: str
    kind: Kind
    word: int | None = None
    value: float = 0.0


def segments(text: TokenizedText, importance: FloatArray) -> list[Segment]:
    """Return the segments of a text; their characters, joined, are the text.

    Args:
        text: the text and its words.
        importance: (words,) the number of each word.
    """
    spans = [word.span for word in text.words]
    return segments_of(text.text, spans, [float(value) for value in importance], text.seen_characters)


def segments_of(
    text: str, spans: Sequence[Span], values: Sequence[float], seen_characters: int | None = None
) -> list[Segment]:
    """Return the segments of a text whose words are known by their spans.

    Args:
        text: the text.
        spans: of the words, in their order.
        values: the number of each word.
        seen_characters: how much the model read; all by default.
    """
    found: list[Segment] = []
    position = 0
    for index, ((start, end), value) in enumerate(zip(spans, values, strict=True)):
        found += _between(text[position:start])
        found.append(Segment(text[start:end], "word", index, value))
        position = end
    seen = max(len(text) if seen_characters is None else seen_characters, position)
    found += _between(text[position:seen])
    if seen < len(text):
        found.append(Segment(text[seen:], "beyond"))
    return found


def _between(text: str) -> list[Segment]:
    if not text:
        return []
    return [Segment(text, "unseen" if _VISIBLE.search(text) else "space")]


def runs_right_to_left(text: str) -> bool:
    """Return whether the first letter with a direction runs from right to left."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction == "L":
            return False
        if direction in _RIGHT_TO_LEFT:
            return True
    return False
