"""Colours for groups of points that have no order: even steps of hue, readable on the theme's surface."""

from __future__ import annotations

import colorsys
from functools import lru_cache

from PySide6.QtGui import QColor

from ui.colours import blend, contrast
from ui.theme import Theme, ThemeName

_GOLDEN = 0.618033988749895
_VISIBLE = 2.6  # contrast of a dot with what is behind it
_STEPS = 12


def cluster_colours(theme: Theme, count: int) -> tuple[QColor, ...]:
    """Return a colour for each of `count` groups; neighbours in the order differ most.

    Hue tells groups apart only for those who see it, so the groups must also be labelled.
    """
    return _colours(theme.name, count)


@lru_cache(maxsize=4)
def _colours(name: ThemeName, count: int) -> tuple[QColor, ...]:
    theme = Theme.named(name)
    return tuple(_readable(theme, (0.72 + place * _GOLDEN) % 1.0, place) for place in range(count))


def _readable(theme: Theme, hue: float, place: int) -> QColor:
    saturation = 0.5 + 0.2 * (place % 3) / 2
    colour = QColor.fromRgbF(*colorsys.hls_to_rgb(hue, 0.6, saturation))
    for step in range(_STEPS):
        shifted = blend(colour, theme.text, step / _STEPS)
        if contrast(shifted, theme.surface) >= _VISIBLE:
            return shifted
    return theme.text
