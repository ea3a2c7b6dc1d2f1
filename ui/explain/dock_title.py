"""The title of a panel, with buttons as large as its text: Qt's own stay small whatever the size of text."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QWidget

from ui.buttons import tool_button
from ui.icons import icons
from ui.plain import PlainLabel
from ui.theme import SPACE_M, SPACE_S, SPACE_XS, set_size

_ICON = 12


class DockTitle(QWidget):
    """Names a dock, which is dragged by it and floats at a double click; its buttons float and close it.

    The buttons are left out of the round of the Tab key, as those of windows are: the menu View has the same.
    """

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        self._dock = dock
        name = dock.windowTitle()
        label = PlainLabel(name, self)
        label.setForegroundRole(label.palette().ColorRole.PlaceholderText)
        set_size(label, "heading")
        label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.float = tool_button("", f"Float {name}", "Take the panel out, or put it back", parent=self)
        self.close_ = tool_button("", f"Close {name}", "Close; the menu View brings it back", parent=self)
        self.float.clicked.connect(self._toggle_floating)
        self.close_.clicked.connect(dock.close)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_XS, SPACE_S, SPACE_XS)
        layout.setSpacing(SPACE_XS)
        layout.addWidget(label, 1)
        for button, icon in ((self.float, "maximize-2"), (self.close_, "x")):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.setProperty("look", "small")
            button.setProperty("alone", True)
            icons.give(button, icon, "muted", _ICON)
            layout.addWidget(button)

    @Slot()
    def _toggle_floating(self) -> None:
        self._dock.setFloating(not self._dock.isFloating())
