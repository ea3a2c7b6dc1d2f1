"""A sheet to draw on: text of any script, boxes and curves, in points from the top left corner.

Importing this module imports matplotlib, which takes half a second; nothing of pyplot, whose figures
are global to the process.
"""

import functools
import io
import re
import unicodedata
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

import matplotlib
from matplotlib import font_manager
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch, PathPatch, Rectangle
from matplotlib.path import Path as Curve
from matplotlib.text import Text

from engine.report.colours import Colour

Weight = Literal["normal", "bold"]
Align = Literal["left", "center", "right"]
PNG_DPI, MOST_PIXELS_HIGH = 200, 24_000
_POINTS_PER_INCH = 72
_MEASURING_DPI = 288
_COMMANDS = re.compile(r"([MCvz])([^MCvz]*)")
# The first comes with matplotlib; of the others those that are installed fill its gaps. Fonts made of
# pictures are left out: they cannot be drawn as outlines.
_FAMILIES = (
    "DejaVu Sans",
    "Noto Sans",
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "Hiragino Sans",
    "Microsoft YaHei",
    "Yu Gothic",
    "Malgun Gothic",
    "Noto Sans Arabic",
    "Noto Naskh Arabic",
    "Noto Sans Hebrew",
    "Noto Sans Devanagari",
    "Noto Sans Bengali",
    "Noto Sans Tamil",
    "Noto Sans Telugu",
    "Noto Sans Thai",
    "Noto Sans Georgian",
    "Noto Sans Armenian",
    "Noto Sans Ethiopic",
    "Nirmala UI",
    "Leelawadee UI",
    "Arial Unicode MS",
    "Noto Emoji",
    "Segoe UI Emoji",
    "Noto Sans Symbols",
    "Noto Sans Symbols 2",
)


def font(text: str, size: float, weight: Weight = "normal") -> FontProperties:
    """Return a font of `size` points that has the characters of a text, as far as one is installed."""
    return _font(text.translate(_glyphs_of_the_first()) == "", size, weight)


@functools.cache
def _font(plain: bool, size: float, weight: Weight) -> FontProperties:
    # Each fallback makes every text slower, so only texts that need one get them.
    families = _installed_families()[: 1 if plain else None]
    return FontProperties(family=list(families), size=size, weight=weight)


@functools.cache
def _installed_families() -> tuple[str, ...]:
    installed = set(font_manager.fontManager.get_font_names())
    return tuple(family for family in _FAMILIES if family in installed)


@functools.cache
def _glyphs_of_the_first() -> dict[int, None]:
    path = font_manager.findfont(FontProperties(family=_FAMILIES[0]))
    return dict.fromkeys(font_manager.get_font(path).get_charmap())


@functools.lru_cache(maxsize=20_000)
def text_width(text: str, size: float, weight: Weight = "normal") -> float:
    """Return the width of a line of text in points."""
    renderer = RendererAgg(1, 1, _MEASURING_DPI)
    with quiet_about_glyphs():
        width, _, _ = renderer.get_text_width_height_descent(text, font(text, size, weight), False)
    return float(width) * _POINTS_PER_INCH / _MEASURING_DPI


@contextmanager
def quiet_about_glyphs() -> Iterator[None]:
    """Say nothing of characters that no installed font has; a box stands for them."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from", category=UserWarning)
        yield


class Sheet:
    """One page; what is placed on it is drawn when it is saved.

    Args:
        width: in points.
        background: its colour.
    """

    def __init__(self, width: float, background: Colour) -> None:
        self.width = width
        self.background = background
        self._make: list[Callable[[], Artist]] = []

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        colour: Colour,
        weight: Weight = "normal",
        align: Align = "left",
    ) -> None:
        """Write one line, its baseline at `y`."""
        if not text.strip() or any(unicodedata.category(character) == "Cs" for character in text):
            return
        self._make.append(
            lambda: Text(
                x,
                y,
                text,
                fontproperties=font(text, size, weight),
                color=_unit(colour),
                ha=align,
                va="baseline",
                parse_math=False,
            )
        )

    def box(
        self, x: float, y: float, width: float, height: float, colour: Colour, radius: float = 0.0
    ) -> None:
        """Fill a rectangle with its top left corner at (x, y)."""

        def make() -> Artist:
            if not radius:
                return Rectangle((x, y), width, height, facecolor=_unit(colour), linewidth=0)
            style = f"round,pad=0,rounding_size={radius}"
            return FancyBboxPatch((x, y), width, height, style, facecolor=_unit(colour), linewidth=0)

        self._make.append(make)

    def line(
        self,
        points: Sequence[tuple[float, float]],
        colour: Colour,
        width: float = 1.0,
        alpha: float = 1.0,
        *,
        curved: bool = False,
        dashed: bool = False,
    ) -> None:
        """Draw a line through points; a curved one takes four, the middle two being its handles."""
        codes = [Curve.MOVETO, *[Curve.CURVE4 if curved else Curve.LINETO] * (len(points) - 1)]
        self._make.append(
            lambda: PathPatch(
                Curve(list(points), codes),
                facecolor="none",
                edgecolor=_unit(colour),
                alpha=alpha,
                linewidth=width,
                linestyle=(0, (1.2, 2.4)) if dashed else "solid",
                capstyle="round",
            )
        )

    def shape(self, path: str, x: float, y: float, scale: float, colour: Colour, alpha: float) -> None:
        """Fill an outline given as an SVG path of absolute moves and curves and vertical lines.

        Args:
            path: of the commands M, C, v and z, as the flow of concepts is drawn.
            x, y: where its origin lies.
            scale: points a unit.
            colour: of its inside.
            alpha: how much of it shows, 0 to 1.
        """
        vertices: list[tuple[float, float]] = []
        codes: list[int] = []
        for command, numbers in _COMMANDS.findall(path):
            values = [float(number) for number in numbers.split()]
            if command == "v":
                vertices.append((vertices[-1][0], vertices[-1][1] + scale * values[0]))
                codes.append(int(Curve.LINETO))
            elif command == "z":
                vertices.append(vertices[0])
                codes.append(int(Curve.CLOSEPOLY))
            else:
                points = zip(values[::2], values[1::2], strict=True)
                found = [(x + scale * px, y + scale * py) for px, py in points]
                vertices += found
                codes += [int(Curve.MOVETO if command == "M" else Curve.CURVE4)] * len(found)
        outline = Curve(vertices, codes)
        self._make.append(lambda: PathPatch(outline, facecolor=_unit(colour), alpha=alpha, linewidth=0))

    def figure(self, height: float) -> Figure:
        """Return the page as a figure of `height` points."""
        figure = Figure(
            figsize=(self.width / _POINTS_PER_INCH, height / _POINTS_PER_INCH),
            facecolor=_unit(self.background),
        )
        axes: Axes = figure.add_axes((0, 0, 1, 1))
        axes.set_xlim(0, self.width)
        axes.set_ylim(height, 0)
        axes.set_axis_off()
        for make in self._make:
            axes.add_artist(make())
        return figure


def save(figures: Sequence[Figure], kind: Literal["png", "svg", "pdf"], title: str) -> bytes:
    """Return pages as a file; only a PDF can hold more than one.

    The same figures give the same bytes: no date is written.
    """
    stream = io.BytesIO()
    with (
        quiet_about_glyphs(),
        matplotlib.rc_context({"svg.hashsalt": "semascope", "pdf.fonttype": 3, "svg.fonttype": "path"}),
    ):
        if kind == "pdf":
            information = {"Title": title, "CreationDate": None, "ModDate": None}
            with PdfPages(stream, metadata=information) as pages:
                for figure in figures:
                    pages.savefig(figure)
        elif kind == "svg":
            figures[0].savefig(stream, format="svg", metadata={"Title": title, "Date": None})
        else:
            dpi = min(PNG_DPI, MOST_PIXELS_HIGH / figures[0].get_figheight())
            figures[0].savefig(stream, format="png", dpi=dpi, metadata={"Title": title})
    return stream.getvalue()


def _unit(colour: Colour) -> tuple[float, float, float]:
    red, green, blue = colour
    return red / 255, green / 255, blue / 255
