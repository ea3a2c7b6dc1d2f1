"""Measures of labels that stand in rows and columns."""

from collections.abc import Sequence

from PySide6.QtGui import QFontMetricsF

from ui.plain import one_line

# Of a line's height: what letters take of it, without the air above and below.
LETTERS = 0.8


def widest(labels: Sequence[str], metrics: QFontMetricsF) -> float:
    """Return the width of the widest label, in pixels.

    The widest of the longest few by characters is the widest in practice, without measuring thousands.
    """
    longest = sorted(labels, key=len)[-12:]
    return max((metrics.horizontalAdvance(one_line(label)) for label in longest), default=0.0)
