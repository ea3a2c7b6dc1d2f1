"""How the window looks: colours, one diverging colour scale, fonts, spacing.

Light and dark are two frozen `Theme`s; widgets take one by `set_theme` and hold no colour of their own.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from engine.resources import DEFAULT_PALETTE, diverging_palette, resource
from ui.colours import blend, contrast, from_oklab, to_oklab

ThemeName = Literal["light", "dark"]
TextSize = Literal["small", "heading", "large", "title", "score"]

# The spacing scale, in pixels.
SPACE_XS, SPACE_S, SPACE_M, SPACE_L = 2, 4, 8, 16
# The type scale: each step is 1.15 times the one before it, as shares of the size of running text.
SMALL, LARGE, TITLE, SCORE = (1.15**step for step in (-1, 1, 2, 5))
_SIZES: dict[TextSize, float] = {
    "small": SMALL,
    "heading": 1.0,
    "large": LARGE,
    "title": TITLE,
    "score": SCORE,
}
_BOLD: tuple[TextSize, ...] = ("heading", "title", "score")
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


def apply_theme(app: QApplication, theme: Theme, text_size: int = 100) -> None:
    """Give the whole application the theme's palette, style sheet and font; `text_size` is in percent."""
    if app.style().objectName().lower() != "fusion":
        app.setStyle("Fusion")
    font = interface_font()
    font.setPointSizeF(font.pointSizeF() * text_size / 100)
    if app.font() != font:
        # Qt tells widgets of a new font by posted events, and those under a style sheet do not listen.
        app.setStyleSheet("")
        app.setFont(font)
        app.sendPostedEvents(None, QEvent.Type.ApplicationFontChange)
    app.setPalette(_palette(theme))
    app.setStyleSheet(_style_sheet(theme, font.pointSizeF()))


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


def _palette(theme: Theme) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    on_accent = colour_scale(theme).text_colour_on(theme.accent)
    for name, colour in {
        role.Window: theme.panel,
        role.WindowText: theme.text,
        role.Base: theme.surface,
        role.AlternateBase: theme.panel,
        role.Text: theme.text,
        role.PlaceholderText: theme.muted,
        role.Button: theme.panel,
        role.ButtonText: theme.text,
        role.BrightText: theme.text,
        role.ToolTipBase: theme.panel,
        role.ToolTipText: theme.text,
        role.Highlight: theme.accent,
        role.HighlightedText: on_accent,
        role.Accent: theme.accent,
        role.Link: theme.accent,
        role.LinkVisited: theme.accent,
        role.Light: blend(theme.panel, theme.surface, 0.5),
        role.Midlight: blend(theme.panel, theme.surface, 0.25),
        role.Mid: theme.outline,
        role.Dark: theme.outline,
        role.Shadow: blend(theme.panel, QColor(0, 0, 0), 0.5),
    }.items():
        palette.setColor(name, colour)
    for name in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, blend(theme.panel, theme.muted, 0.7))
    palette.setColor(QPalette.ColorGroup.Disabled, role.Highlight, theme.outline)
    return palette


def _style_sheet(theme: Theme, size: float) -> str:
    t = {
        "surface": theme.surface.name(),
        "panel": theme.panel.name(),
        "text": theme.text.name(),
        "muted": theme.muted.name(),
        "accent": theme.accent.name(),
        "outline": theme.outline.name(),
        "hover": blend(theme.panel, theme.text, 0.07).name(),
        "pressed": blend(theme.panel, theme.text, 0.14).name(),
        **{
            part: resource("icons", "style", f"{part}-{theme.name}.svg").as_posix()
            for part in ("close", "float", "down", "up", "check")
        },
        "on_accent": colour_scale(theme).text_colour_on(theme.accent).name(),
        "accent_hover": blend(theme.accent, theme.text, 0.15).name(),
        "chosen": blend(theme.surface, theme.accent, 0.16).name(),
        "thumb": blend(theme.panel, theme.muted, 0.45).name(),
    }
    bold = {name: "font-weight: 600;" if name in _BOLD else "" for name in _SIZES}
    sizes = "".join(
        f'*[textsize="{name}"] {{ font-size: {share * size:.2f}pt; {bold[name]} }}\n'
        for name, share in _SIZES.items()
    )
    return f"""{sizes}
QToolTip {{
    background: {t["panel"]}; color: {t["text"]}; border: 1px solid {t["outline"]}; padding: 4px 6px; }}
QMainWindow::separator {{ background: {t["panel"]}; width: 6px; height: 6px; }}
QMainWindow::separator:hover {{ background: {t["outline"]}; }}
QDockWidget {{
    color: {t["muted"]}; font-weight: 600;
    titlebar-close-icon: url({t["close"]}); titlebar-normal-icon: url({t["float"]}); }}
QDockWidget::title {{ background: {t["panel"]}; padding: 5px 8px; }}
QStatusBar {{ color: {t["muted"]}; }}
QStatusBar::item {{ border: none; }}
QToolBar {{ border: none; spacing: 6px; padding: 4px; }}
QLineEdit, QPlainTextEdit, QTextEdit {{
    background: {t["surface"]}; color: {t["text"]}; border: 1px solid {t["outline"]};
    border-radius: {RADIUS}px; padding: 3px 5px; }}
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus {{ border-color: {t["accent"]}; }}
QComboBox {{
    background: {t["surface"]}; color: {t["text"]}; border: 1px solid {t["outline"]};
    border-radius: {RADIUS}px; padding: 3px 4px 3px 8px; }}
QComboBox:hover {{ background: {t["hover"]}; }}
QComboBox:focus, QComboBox:on {{ border-color: {t["accent"]}; }}
QComboBox:disabled {{ color: {t["muted"]}; background: {t["panel"]}; }}
QComboBox::drop-down {{ border: none; width: 18px; }}
QComboBox::down-arrow {{ image: url({t["down"]}); width: 12px; height: 12px; }}
QComboBox QAbstractItemView {{
    border: 1px solid {t["outline"]}; selection-background-color: {t["chosen"]};
    selection-color: {t["text"]}; }}
QSpinBox, QDoubleSpinBox {{
    background: {t["surface"]}; color: {t["text"]}; border: 1px solid {t["outline"]};
    border-radius: {RADIUS}px; padding: 2px 4px; }}
QSpinBox:focus, QDoubleSpinBox:focus {{ border-color: {t["accent"]}; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ border: none; width: 18px; }}
QAbstractSpinBox::up-arrow {{ image: url({t["up"]}); width: 10px; height: 10px; }}
QAbstractSpinBox::down-arrow {{ image: url({t["down"]}); width: 10px; height: 10px; }}
QCheckBox::indicator, QRadioButton::indicator {{
    width: 13px; height: 13px; border: 1px solid {t["muted"]}; background: {t["surface"]}; }}
QCheckBox::indicator {{ border-radius: 3px; }}
QRadioButton::indicator {{ border-radius: 7px; }}
QCheckBox::indicator:checked {{
    background: {t["accent"]}; border-color: {t["accent"]}; image: url({t["check"]}); }}
QRadioButton::indicator:checked {{
    width: 7px; height: 7px; border: 4px solid {t["accent"]}; background: {t["surface"]}; }}
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {{ border-color: {t["outline"]}; }}
QCheckBox:focus, QRadioButton:focus {{ color: {t["accent"]}; }}
QPushButton {{
    background: {t["surface"]}; color: {t["text"]}; border: 1px solid {t["outline"]};
    border-radius: {RADIUS}px; padding: 4px 12px; }}
QPushButton:hover {{ background: {t["hover"]}; }}
QPushButton:pressed {{ background: {t["pressed"]}; }}
QPushButton:focus {{ border-color: {t["accent"]}; }}
QPushButton:disabled {{ color: {t["muted"]}; background: {t["panel"]}; }}
QPushButton[look="primary"] {{
    background: {t["accent"]}; color: {t["on_accent"]}; border-color: {t["accent"]}; font-weight: 600; }}
QPushButton[look="primary"]:hover {{ background: {t["accent_hover"]}; }}
QPushButton[look="primary"]:disabled {{
    background: {t["panel"]}; color: {t["muted"]}; border-color: {t["outline"]}; }}
QPushButton[look="primary"]:focus {{ border: 2px solid {t["text"]}; padding: 3px 11px; }}
QToolButton[look] {{
    background: {t["surface"]}; color: {t["text"]}; border: 1px solid {t["outline"]};
    border-radius: {RADIUS}px; padding: 3px 8px; }}
QToolButton[look][popupMode="2"] {{ padding-right: 22px; }}
QToolButton[look]::menu-indicator {{
    image: url({t["down"]}); subcontrol-origin: padding; subcontrol-position: center right;
    width: 12px; height: 12px; right: 6px; }}
QToolButton[look]:hover {{ background: {t["hover"]}; }}
QToolButton[look]:pressed {{ background: {t["pressed"]}; }}
QToolButton[look]:checked {{ background: {t["chosen"]}; border-color: {t["accent"]}; }}
QToolButton[look]:focus {{ border-color: {t["accent"]}; }}
QToolButton[look]:disabled {{ color: {t["muted"]}; background: {t["panel"]}; }}
QToolButton[pictured="true"] {{ padding-left: 6px; padding-right: 0; }}
QToolButton[pictured="true"][popupMode="2"] {{ padding-right: 14px; }}
QToolButton[look="segment"] {{ border-radius: 0; margin-right: -1px; }}
QToolButton[place="first"] {{
    border-top-left-radius: {RADIUS}px; border-bottom-left-radius: {RADIUS}px; }}
QToolButton[place="last"] {{
    margin-right: 0; border-top-right-radius: {RADIUS}px; border-bottom-right-radius: {RADIUS}px; }}
QToolButton[look="flat"] {{ background: transparent; border-color: transparent; }}
QToolButton[look="flat"]:hover {{ background: {t["hover"]}; }}
QToolButton[look="flat"]:focus {{ border-color: {t["accent"]}; }}
QToolButton[look="tab"] {{
    background: transparent; border: none; border-radius: 0; padding: 6px 4px;
    border-bottom: 2px solid transparent; }}
QToolButton[look="tab"][pictured="true"] {{ padding: 6px 0 6px 8px; }}
QToolButton[look="tab"]:checked {{ font-weight: 600; border-bottom-color: {t["accent"]}; }}
QToolButton[look="tab"]:focus {{ background: {t["hover"]}; }}
QListWidget, QTreeWidget {{ outline: none; border: none; }}
QListWidget::item, QTreeWidget::item {{ padding: 3px 6px; }}
QListWidget::item:hover, QTreeWidget::item:hover {{ background: {t["hover"]}; }}
QListWidget::item:selected, QTreeWidget::item:selected {{ background: {t["chosen"]}; color: {t["text"]}; }}
#palette {{ border: 1px solid {t["outline"]}; }}
QTabBar::tab {{
    background: transparent; color: {t["muted"]}; padding: 6px 12px; border: none;
    border-bottom: 2px solid transparent; }}
QTabBar::tab:hover {{ color: {t["text"]}; }}
QTabBar::tab:selected {{ color: {t["text"]}; border-bottom-color: {t["accent"]}; }}
QTabBar {{ qproperty-drawBase: 0; }}
QTabWidget::pane {{ border: none; }}
QHeaderView::up-arrow, QHeaderView::down-arrow {{
    subcontrol-origin: padding; subcontrol-position: top center; width: 10px; height: 10px; top: -4px; }}
QHeaderView::up-arrow {{ image: url({t["up"]}); }}
QHeaderView::down-arrow {{ image: url({t["down"]}); }}
QHeaderView::section {{
    background: {t["panel"]}; color: {t["muted"]}; border: none; padding: 4px 8px; }}
QTableCornerButton::section {{ background: {t["panel"]}; border: none; }}
QTableView {{ border: none; gridline-color: {t["panel"]}; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle {{ background: {t["thumb"]}; border-radius: 3px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: 28px; }}
QScrollBar::handle:horizontal {{ min-width: 28px; }}
QScrollBar::handle:hover {{ background: {t["muted"]}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""
