"""How the window looks: colours, one diverging colour scale, fonts, spacing.

Light and dark are two frozen `Theme`s; widgets take one by `set_theme` and hold no colour of their own.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QWidget

from engine.resources import DEFAULT_PALETTE, diverging_palette, resource
from ui.colours import contrast, from_oklab, to_oklab

ThemeName = Literal["light", "dark"]
TextSize = Literal["small", "heading", "large", "title", "score"]

# The spacing scale, in pixels.
SPACE_XS, SPACE_S, SPACE_M, SPACE_L = 2, 4, 8, 16
# The type scale: each step is 1.15 times the one before it, as shares of the size of running text.
SMALL, LARGE, TITLE, SCORE = (1.15**step for step in (-1, 1, 2, 5))
TEXT_SIZES: dict[TextSize, float] = {
    "small": SMALL,
    "heading": 1.0,
    "large": LARGE,
    "title": TITLE,
    "score": SCORE,
}
BOLD_SIZES: tuple[TextSize, ...] = ("heading", "title", "score")
RADIUS = 4
READABLE_CONTRAST = 4.5
_GENERIC_FAMILIES = ("", "Sans Serif", "Sans", "DejaVu Sans", "Helvetica")


@dataclass(frozen=True)
class Theme:
    """The colours of the window.

    Attributes:
        name: "light" or "dark".
        surface: behind texts and pictures; equal to `neutral`, so that no contribution is no colour.
        panel: behind controls and between panels.
        text: running text; readable on both.
        muted: secondary text; readable on both.
        accent: the selected thing, focus, buttons; no colour of the scale.
        grid: hairlines inside pictures.
        outline: edges of controls.
        warning: what went wrong; the same in every palette.
        positive, negative, neutral: the ends and the middle of the diverging scale.
        palette: name of the diverging scale, its negative colour first: "blue-orange".
    """

    name: ThemeName
    surface: QColor
    panel: QColor
    text: QColor
    muted: QColor
    accent: QColor
    grid: QColor
    outline: QColor
    warning: QColor
    positive: QColor
    negative: QColor
    neutral: QColor
    palette: str

    @staticmethod
    def named(name: ThemeName, palette: str = DEFAULT_PALETTE) -> "Theme":
        """Return the light or the dark theme."""
        return _theme(name, palette)

    @staticmethod
    def for_system(palette: str = DEFAULT_PALETTE) -> "Theme":
        """Return the theme that the desktop asks for; light where it says nothing."""
        dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return _theme("dark" if dark else "light", palette)

    def in_words(self, sentence: str) -> str:
        """Return a sentence with the names of the scale's colours for "{negative}" and "{positive}"."""
        negative, positive = self.palette.split("-")
        return sentence.format(negative=negative, positive=positive)


class ColourScale:
    """The diverging scale of a theme: symmetric about zero, even to the eye on either side.

    Colours run through OKLab, in which equal steps look equal.
    """

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        steps = np.arange(256)
        # Two entries stand for zero, so that the table has a middle although 256 is even.
        share = np.where(steps < 128, 127 - steps, steps - 128)[:, None] / 127
        negative, neutral, positive = (
            to_oklab(colour) for colour in (theme.negative, theme.neutral, theme.positive)
        )
        ends = np.where((steps < 128)[:, None], negative, positive)
        rgb = from_oklab(neutral + share * (ends - neutral))
        self._table = np.full((256, 4), 255, dtype=np.uint8)
        self._table[:, :3] = np.round(255 * rgb)
        self._table.setflags(write=False)
        self._colours = [QColor(*row) for row in self._table.tolist()]
        self._text_colours = [self.text_colour_on(colour) for colour in self._colours]

    def colour(self, value: float, limit: float) -> QColor:
        """Return the colour of `value` on a scale from -limit to +limit; values beyond are clipped."""
        return self._colours[self.index(value, limit)]

    def text_colour(self, value: float, limit: float) -> QColor:
        """Return the colour of text that stands on the colour of `value`."""
        return self._text_colours[self.index(value, limit)]

    @staticmethod
    def index(value: float, limit: float) -> int:
        """Return the row of the table for `value`, as an image with levels (-limit, limit) picks it."""
        if not limit > 0 or not math.isfinite(value):
            return 128
        return min(max(int((value + limit) / (2 * limit) * 256), 0), 255)

    def lookup_table(self) -> npt.NDArray[np.uint8]:
        """Return the scale as (256, 4) RGBA, from -limit to +limit."""
        return self._table

    def text_colour_on(self, background: QColor) -> QColor:
        """Return the theme's text colour where it is readable on `background`, else black or white.

        Readable is a contrast of 4.5 or more (WCAG 2.2, success criterion 1.4.3); one of black and white
        always reaches it.
        """
        black, white = QColor(0, 0, 0), QColor(255, 255, 255)
        for candidate in (self._theme.text, white, black):
            if contrast(candidate, background) >= READABLE_CONTRAST:
                return candidate
        raise AssertionError("black or white is readable on every colour")


def colour_scale(theme: Theme) -> ColourScale:
    """Return the diverging scale of a theme."""
    return _scale(theme.name, theme.palette)


def set_size(widget: QWidget, size: TextSize) -> None:
    """Give a widget a step of the type scale; headings, titles and the score are bold too.

    The style sheet sets it, so that it follows the size of running text.
    """
    widget.setProperty("textsize", size)


def sized(font: QFont, share: float) -> QFont:
    """Return a font for painting, at a step of the type scale."""
    other = QFont(font)
    other.setPointSizeF(font.pointSizeF() * share)
    return other


def interface_font() -> QFont:
    """Return the desktop's own font; the bundled one where the desktop has chosen none.

    A plain X11 session and a machine without fonts name no family that was chosen by anyone.
    """
    system = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    family = bundled_family()
    if family is None or (system.family() not in _GENERIC_FAMILIES and QFontDatabase.families()):
        return system
    font = QFont([family, *system.families()])
    font.setPointSizeF(max(system.pointSizeF(), 9.5))
    return font


@lru_cache(maxsize=1)
def bundled_family() -> str | None:
    """Load the fonts in `resources/fonts` and return their family, or None if there are none."""
    families: list[str] = []
    for path in sorted(resource("fonts").glob("*.[ot]tf")):
        families += QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFont(str(path)))
    return families[0] if families else None


def with_even_figures(font: QFont) -> QFont:
    """Return the font with figures of one width, so that numbers in a column line up."""
    figures = QFont(font)
    figures.setFeature(QFont.Tag.fromString("tnum"), 1)
    return figures


@lru_cache(maxsize=8)
def _theme(name: ThemeName, palette: str) -> Theme:
    ends = {key: QColor(value) for key, value in diverging_palette(name, palette).items()}
    if name == "light":
        greys = {
            "panel": "#f4f5f6",
            "text": "#1b1f24",
            "muted": "#5b636c",
            "accent": "#6b3fa0",
            "grid": "#e3e6e9",
            "outline": "#c3c8ce",
            "warning": "#b3470a",
        }
    else:
        greys = {
            "panel": "#27292d",
            "text": "#e8eaed",
            "muted": "#a3a9b1",
            "accent": "#c0a3f5",
            "grid": "#35383d",
            "outline": "#4a4e55",
            "warning": "#ff9f43",
        }
    if palette == "purple-green":
        greys["accent"] = "#1a5fb4" if name == "light" else "#8ab8ff"
    colours = {key: QColor(value) for key, value in greys.items()}
    return Theme(name=name, palette=palette, surface=ends["neutral"], **colours, **ends)


@lru_cache(maxsize=8)
def _scale(name: ThemeName, palette: str) -> ColourScale:
    return ColourScale(_theme(name, palette))
