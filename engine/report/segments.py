"""A text cut into what carries a number, what is between, and what the model did not see."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import regex

from engine.encoder import FloatArray, TokenizedText
from engine.text import Span

_VISIBLE = regex.compile(r"[^\s\p{Cc}\p{Cf}]")
_LAYOUT = "\t\n"
_RIGHT_TO_LEFT = ("R", "AL")
_BIDI_CONTROLS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}

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


def control_characters(text: str) -> Iterator[tuple[str, str | None]]:
    """Split a text into runs; a control character comes alone, with its code ("U+0007").

    Tabs, line feeds and the carriage returns before them are layout, not control.
    """
    run = ""
    for index, character in enumerate(text):
        before_line_feed = character == "\r" and text[index + 1 : index + 2] == "\n"
        if unicodedata.category(character) == "Cc" and character not in _LAYOUT and not before_line_feed:
            if run:
                yield run, None
            run = ""
            yield character, f"U+{ord(character):04X}"
        else:
            run += character
    if run:
        yield run, None


def symbol(control: str) -> str:
    """Return what stands for a control character: its picture, or the replacement character."""
    code = ord(control)
    if code < 0x20:
        return chr(0x2400 + code)
    return "\N{SYMBOL FOR DELETE}" if code == 0x7F else "\N{REPLACEMENT CHARACTER}"


def one_line(text: str) -> str:
    """Return a text for places that keep no layout: white space is one blank, controls are symbols.

    Characters that turn the direction of writing around are shown as symbols too, so that a text can
    never rearrange what is printed beside it.
    """
    shown = "".join(symbol(run) if code else run for run, code in control_characters(" ".join(text.split())))
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if is_bidi_control(character) else character for character in shown
    )


def is_bidi_control(character: str) -> bool:
    """Return whether a character turns the direction of writing around."""
    return unicodedata.bidirectional(character) in _BIDI_CONTROLS


def label(text: str, most: int = 48) -> str:
    """Return a text as a label of at most `most` characters; a word can be as long as a whole text."""
    shown = one_line(text[: 4 * most])
    return shown if len(shown) <= most and len(text) <= 4 * most else shown[: most - 1] + "…"


def runs_right_to_left(text: str) -> bool:
    """Return whether the first letter with a direction runs from right to left."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction == "L":
            return False
        if direction in _RIGHT_TO_LEFT:
            return True
    return False
