"""The icons of the window: drawn from SVG in a colour of the theme, and drawn anew when it changes.

The pictures in `resources/icons` are from Lucide (ISC licence, beside them). A picture is named by its file;
who gives one to a button need not think of themes, of screens with more pixels, or of the size of text.
"""

from __future__ import annotations

import weakref
from functools import lru_cache
from typing import Literal

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QColor, QIcon, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QLabel, QMenu, QWidget
from shiboken6 import isValid

from engine.resources import resource
from ui.colours import blend
from ui.theme import Theme, colour_scale

Tone = Literal["text", "muted", "accent", "on_accent", "warning"]

# Pixels at the usual text size: on buttons and in menus, and above what an empty page says.
SMALL, LARGE = 16, 40
_SCALES = (1, 2, 3)
# Air between an icon and the text beside it, more than Qt leaves.
_GAP = 3

# What stands beside the names of actions in menus, and on the buttons made from them.
OF_ACTIONS = {
    "file.open": "file-text",
    "file.model": "box",
    "file.workspace": "folder-open",
    "file.corpus": "folder-plus",
    "file.sample": "book-open",
    "file.example": "lightbulb",
    "file.open_session": "history",
    "file.save_session": "save",
    "file.add_item": "file-plus",
    "file.tray": "list",
    "file.verify": "shield-check",
    "file.report": "file-output",
    "file.csv": "table",
    "file.json": "braces",
    "file.picture": "image",
    "file.quit": "log-out",
    "edit.undo": "undo-2",
    "edit.redo": "redo-2",
    "edit.group": "group",
    "edit.features": "search",
    "edit.copy_csv": "copy",
    "edit.palette": "command",
    "edit.settings": "settings",
    "run.explain": "play",
    "run.cancel": "circle-x",
    "run.stop": "square",
    "train.start": "play",
    "train.pause": "pause",
    "train.resume": "step-forward",
    "train.finish": "flag",
    "train.name": "tag",
    "train.delete": "trash-2",
    "train.picture": "image",
    "train.copy_curves": "copy",
    "inspect.run": "microscope",
    "inspect.model": "scale",
    "inspect.build": "layers",
    "inspect.switch": "arrow-left-right",
    "go.explain": "waypoints",
    "go.rank": "list-ordered",
    "go.concepts": "shapes",
    "go.train": "chart-line",
    "go.inspect": "microscope",
    "view.next_candidate": "arrow-down",
    "view.previous_candidate": "arrow-up",
    "view.back": "arrow-left",
    "view.forward": "arrow-right",
    "view.show_all": "maximize",
    "view.larger": "a-arrow-up",
    "view.smaller": "a-arrow-down",
    "view.reset": "layout-dashboard",
    "help.here": "circle-question-mark",
    "help.guide": "book-open",
    "help.tour": "route",
    "help.keys": "keyboard",
    "help.log": "scroll-text",
    "help.about": "info",
}


class Icons:
    """Which things have which icon; one such object serves the whole program."""

    def __init__(self) -> None:
        self._theme = Theme.named("light")
        self._text_size = 100
        self._fitted: weakref.WeakSet[QAbstractButton] = weakref.WeakSet()
        self._given: weakref.WeakKeyDictionary[QObject, tuple[str, Tone, int]] = weakref.WeakKeyDictionary()

    def give(
        self, target: QAction | QAbstractButton | QLabel, name: str, tone: Tone = "text", size: int = SMALL
    ) -> None:
        """Give an icon to an action, a button or a label; `size` is in pixels at the usual text size.

        A button that has the property "alone" shows nothing else.
        """
        self._given[target] = (name, tone, size)
        self._show(target)

    def fit(self, button: QAbstractButton) -> None:
        """Keep the room for an icon that a button takes from its action as large as the icon is."""
        self._fitted.add(button)
        self._fit(button)

    def _fit(self, button: QAbstractButton) -> None:
        pixels = self.pixels(SMALL)
        button.setIconSize(QSize(pixels + _GAP, pixels))
        button.setProperty("pictured", not button.icon().isNull())

    def set_theme(self, theme: Theme, text_size: int) -> None:
        """Draw everything in the colours of a theme, and as large as suits the size of text, in percent."""
        self._theme, self._text_size = theme, text_size
        for target in tuple(self._given):
            if isValid(target):
                self._show(target)
        for button in tuple(self._fitted):
            if isValid(button):
                self._fit(button)

    def icon(self, name: str, tone: Tone = "text") -> QIcon:
        """Return an icon as it looks in the theme that holds now."""
        return _icon(name, *self._colours(tone), self.pixels(SMALL), 0)

    def pixels(self, usual: int) -> int:
        """Return the size of an icon at this size of text: a multiple of four pixels, which lines fit."""
        return max(4 * round(usual * self._text_size / 400), 12)

    def _show(self, target: QObject) -> None:
        name, tone, size = self._given[target]
        pixels = self.pixels(size)
        normal, disabled = self._colours(tone)
        if isinstance(target, QLabel):
            target.setPixmap(_pixmap(name, normal, pixels, target.devicePixelRatioF()))
            return
        gap = 0 if target.property("alone") else _GAP
        target.setIcon(_icon(name, normal, disabled, pixels, gap))
        if isinstance(target, QAbstractButton):
            target.setIconSize(QSize(pixels + gap, pixels))
            target.setProperty("pictured", not target.property("alone"))

    def _colours(self, tone: Tone) -> tuple[str, str]:
        theme = self._theme
        colour = {
            "text": theme.text,
            "muted": theme.muted,
            "accent": theme.accent,
            "on_accent": colour_scale(theme).text_colour_on(theme.accent),
            "warning": theme.warning,
        }[tone]
        return colour.name(), blend(theme.panel, theme.muted, 0.6).name()


icons = Icons()


def give_to_action(action: QAction) -> None:
    """Give an action its icon if it has one; those that are on or off show a mark in its place."""
    name = OF_ACTIONS.get(action.objectName())
    if name is not None and action.icon().isNull():
        icons.give(action, name)


def give_to_menu(menu: QMenu) -> None:
    """Give the actions of a menu their icons as it opens for the first time: all at once take a while."""
    menu.aboutToShow.connect(lambda: [give_to_action(action) for action in menu.actions()])


def large(name: str, parent: QWidget) -> QLabel:
    """Return the large icon of an empty page."""
    label = QLabel(parent)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    icons.give(label, name, "muted", LARGE)
    return label


def drawing(name: str, colour: str) -> bytes:
    """Return the SVG of an icon in a colour."""
    path = resource("icons", f"{name}.svg")
    return path.read_text(encoding="utf-8").replace("currentColor", colour).encode()


@lru_cache(maxsize=512)
def _icon(name: str, normal: str, disabled: str, pixels: int, gap: int) -> QIcon:
    made = QIcon()
    for scale in _SCALES:
        made.addPixmap(_pixmap(name, normal, pixels, scale, gap), QIcon.Mode.Normal)
        made.addPixmap(_pixmap(name, disabled, pixels, scale, gap), QIcon.Mode.Disabled)
    return made


@lru_cache(maxsize=2048)
def _pixmap(name: str, colour: str, pixels: int, scale: float, gap: int = 0) -> QPixmap:
    shape = _shape(name, round(pixels * scale))
    drawn = shape.copy(0, 0, shape.width() + round(gap * scale), shape.height())
    painter = QPainter(drawn)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(drawn.rect(), QColor(colour))
    painter.end()
    pixmap = QPixmap.fromImage(drawn)
    pixmap.setDevicePixelRatio(scale)
    return pixmap


@lru_cache(maxsize=1024)
def _shape(name: str, pixels: int) -> QImage:
    """Return an icon in black; painting it in a colour is much quicker than drawing it."""
    drawn = QImage(pixels, pixels, QImage.Format.Format_ARGB32_Premultiplied)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    _renderer(name).render(painter, QRectF(drawn.rect()))
    painter.end()
    return drawn


@lru_cache(maxsize=256)
def _renderer(name: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(drawing(name, "#000000")))
