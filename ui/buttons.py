"""The kinds of buttons that the window has; the style sheet of the theme tells them apart by property."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from ui.actions import Actions
from ui.icons import give_to_action, icons

_LONGEST_NAME = 18
Look = Literal["button", "flat", "small", "tab", "segment"]


def tool_button(
    text: str,
    name: str,
    tip: str = "",
    look: Look = "button",
    parent: QWidget | None = None,
    icon: str = "",
) -> QToolButton:
    """Return a button that Tab reaches, with an accessible name; `icon` names a picture beside its text."""
    button = QToolButton(parent)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setText(text)
    if icon:
        button.setProperty("alone", not text)
        icons.give(button, icon)
    button.setAccessibleName(name)
    button.setToolTip(tip)
    button.setProperty("look", look)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button


def menu_button(text: str, name: str, tip: str, parent: QWidget | None = None) -> QToolButton:
    """Return a button that opens a menu, which `menu()` gives."""
    button = tool_button(text, name, tip, parent=parent)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    menu = QMenu(button)
    menu.setToolTipsVisible(True)
    button.setMenu(menu)
    return button


def shortened(name: str) -> str:
    """Return a name that leaves room for other buttons beside it."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def action_button(action: QAction, look: Look = "button", parent: QWidget | None = None) -> QToolButton:
    """Return a button that triggers an action and shows its state."""
    button = tool_button("", action.text().replace("&", ""), look=look, parent=parent)
    give_to_action(action)
    button.setDefaultAction(action)
    icons.fit(button)
    return button


def follow_tip(widget: QWidget, action: QAction) -> None:
    """Give a widget the tooltip of an action, whatever keys the action gets."""
    widget.setToolTip(action.toolTip())
    action.changed.connect(lambda: widget.setToolTip(action.toolTip()))


def segments(actions: Actions, ids: tuple[str, ...], name: str, parent: QWidget | None = None) -> QWidget:
    """Return a row of joined buttons of which one is pressed, made from actions that exclude each other."""
    row = QWidget(parent)
    row.setAccessibleName(name)
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    for place, id in enumerate(ids):
        button = action_button(actions[id], "segment", row)
        button.setAccessibleName(f"{name}: {button.text()}")
        button.setProperty("place", "first" if place == 0 else "last" if place == len(ids) - 1 else "middle")
        layout.addWidget(button)
    return row
