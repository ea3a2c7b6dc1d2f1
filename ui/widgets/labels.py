"""Measures of labels that stand in rows and columns."""

from collections.abc import Sequence

from PySide6.QtGui import QFontMetricsF

# Of a line's height: what letters take of it, without the air above and below.
LETTERS = 0.8


def one_line(text: str) -> str:
    """Return a text with every run of white space, line breaks included, as one space."""
    return " ".join(text.split())


def widest(labels: Sequence[str], metrics: QFontMetricsF) -> float:
    """Return the width of the widest label, in pixels.

    The widest of the longest few by characters is the widest in practice, without measuring thousands.
    """
    longest = sorted(labels, key=len)[-12:]
    return max((metrics.horizontalAdvance(one_line(label)) for label in longest), default=0.0)
