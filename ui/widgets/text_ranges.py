"""Stretches of characters: what the model did not read of a text."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.text import Span, word_spans

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

    from engine.encoder import TokenizedText

ColouredRange = tuple[int, int, "QColor"]


def unread_spans(text: TokenizedText) -> list[Span]:
    """Return what the model did not see, ascending: visible words without a token, and what was cut off."""
    starts = [word.span[0] for word in text.words]
    read_to = max(text.words[-1].span[1] if text.words else 0, text.seen_characters)
    spans: list[Span] = []
    for start, end in word_spans(text.text[:read_to]):
        before = bisect.bisect_right(starts, start) - 1
        if before < 0 or text.words[before].span[1] <= start:
            spans.append((start, end))
    if text.text[read_to:].strip():
        spans.append((read_to, len(text.text)))
    return spans


def holds(spans: Sequence[Span], character: int) -> bool:
    """Return whether a character lies in one of some ascending spans."""
    index = bisect.bisect_right(spans, character, key=lambda span: span[0]) - 1
    return index >= 0 and character < spans[index][1]
