"""Which keys an action may have: none that typing, menus or copying need."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence

from ui.actions import Actions

# What fields, tables and the desktop do with these keys everywhere.
_TAKEN = {
    "Ctrl+A": "selects everything in a field",
    "Ctrl+C": "copies",
    "Ctrl+V": "pastes",
    "Ctrl+X": "cuts",
    "Alt+F4": "closes the window",
    "Alt+Tab": "goes to another window",
    "Ctrl+Tab": "leaves a field",
}
_ALONE = (Qt.Key.Key_Escape, Qt.Key.Key_Pause, Qt.Key.Key_Print, Qt.Key.Key_Help)
_MODIFIERS = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
)


def refusal(keys: QKeySequence, actions: Actions) -> str:
    """Return in one sentence why no action can have these keys; empty if one can."""
    if keys.isEmpty():
        return ""
    portable = keys.toString(QKeySequence.SequenceFormat.PortableText)
    shown = keys.toString(QKeySequence.SequenceFormat.NativeText)
    if keys.count() > 1:
        return f"{shown} is more than one stroke; choose one."
    if portable in _TAKEN:
        return f"{shown} {_TAKEN[portable]}; choose other keys."
    stroke = keys[0]
    key, alone = stroke.key(), not stroke.keyboardModifiers() & _MODIFIERS
    if alone and key not in _ALONE and not Qt.Key.Key_F1 <= key <= Qt.Key.Key_F35:
        return f"{shown} alone is needed for typing and moving; add Ctrl or Alt."
    for menu in sorted({spec.menu.split("/")[0] for spec in actions.specs}):
        if portable == f"Alt+{menu[0]}":
            return f"{shown} opens the menu {menu}; choose other keys."
    return ""
