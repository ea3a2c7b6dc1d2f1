"""Icons take the colours of the theme, are crisp on any screen, and all that is used is there."""

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QAction, QColor, QIcon, QImage
from PySide6.QtWidgets import QMenu, QPushButton, QToolButton

from engine.resources import resource
from ui.action_list import ACTIONS
from ui.buttons import action_button, tool_button
from ui.icons import OF_ACTIONS, Icons, drawing, give_to_menu, icons
from ui.theme import Theme, colour_scale

STYLE = {"down": "chevron-down", "up": "chevron-up"}
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def light(qapp):
    icons.set_theme(Theme.named("light"), 100)


def ink(icon: QIcon, size: int, mode=QIcon.Mode.Normal) -> QColor:
    """Return the colour of the most opaque pixel of an icon."""
    image = icon.pixmap(QSize(size, size), 1.0, mode).toImage().convertToFormat(QImage.Format.Format_ARGB32)
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    return max(pixels, key=lambda colour: colour.alpha())


def alike(first: QColor, second: QColor) -> bool:
    """Return whether two colours differ by no more than rounding."""
    return max(abs(a - b) for a, b in zip(first.getRgb()[:3], second.getRgb()[:3], strict=True)) <= 2


def test_icons_follow_the_theme(qtbot, light):
    held, button = Icons(), QPushButton("Run")
    qtbot.addWidget(button)
    action = QAction("Quit")
    held.give(button, "play", "on_accent")
    held.give(action, "log-out")
    for name in ("light", "dark"):
        theme = Theme.named(name)
        held.set_theme(theme, 100)
        assert alike(ink(action.icon(), 16), theme.text)
        assert alike(ink(button.icon(), 16), colour_scale(theme).text_colour_on(theme.accent))
        assert not alike(ink(action.icon(), 16, QIcon.Mode.Disabled), theme.text)


def test_icons_grow_with_the_text(qtbot, light):
    held, button = Icons(), tool_button("", "Close")
    qtbot.addWidget(button)
    button.setProperty("alone", True)
    held.give(button, "x")
    assert button.iconSize() == QSize(16, 16)
    held.set_theme(Theme.named("dark"), 160)
    assert button.iconSize() == QSize(24, 24)
    button.deleteLater()
    del button
    held.set_theme(Theme.named("dark"), 100)


@pytest.mark.parametrize("scale", [1, 2, 3])
def test_icons_are_drawn_for_screens_with_more_pixels(light, scale):
    pixmap = icons.icon("x").pixmap(QSize(16, 16), float(scale))
    assert pixmap.size() == QSize(16 * scale, 16 * scale)
    assert pixmap.devicePixelRatio() == scale
    # Drawn at that size: one that was stretched would repeat its pixels.
    image, single = pixmap.toImage(), icons.icon("x").pixmap(QSize(16, 16), 1.0).toImage()
    if scale > 1:
        assert image != single.scaled(16 * scale, 16 * scale)


def test_menus_take_their_icons_as_they_open(qtbot, light):
    menu, action = QMenu(), QAction("Quit")
    qtbot.addWidget(menu)
    action.setObjectName("file.quit")
    menu.addAction(action)
    give_to_menu(menu)
    assert action.icon().isNull()
    menu.aboutToShow.emit()
    assert not action.icon().isNull()


def test_a_button_of_an_action_keeps_its_words(qtbot, light):
    action = QAction("Reset layout")
    action.setObjectName("view.reset")
    button = action_button(action)
    qtbot.addWidget(button)
    plain = QToolButton()
    qtbot.addWidget(plain)
    assert button.sizeHint().width() > button.fontMetrics().horizontalAdvance("Reset layout") + 16
    assert not button.icon().isNull()


def test_every_icon_that_is_named_is_there_and_none_is_left_over(qapp):
    assert set(OF_ACTIONS) <= {spec.id for spec in ACTIONS}
    there = {path.stem for path in resource("icons").glob("*.svg")} - {"semascope"}
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "ui").rglob("*.py"))
    used = {name for name in there if f'"{name}"' in code} | set(STYLE.values()) | {"check"}
    assert set(OF_ACTIONS.values()) <= there
    assert there == used
    for name in there:
        assert re.search(r"<svg.*currentColor.*</svg>", drawing(name, "currentColor").decode(), re.DOTALL)
    assert "ISC License" in resource("icons", "LUCIDE-LICENSE.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["light", "dark"])
def test_what_the_style_sheet_draws_is_in_the_colours_of_the_theme(qapp, name):
    theme = Theme.named(name)
    for part, icon in STYLE.items():
        assert resource("icons", "style", f"{part}-{name}.svg").read_bytes() == drawing(
            icon, theme.muted.name()
        )
    on_accent = colour_scale(theme).text_colour_on(theme.accent).name()
    assert resource("icons", "style", f"check-{name}.svg").read_bytes() == drawing("check", on_accent)
