"""What screen readers are told of the widgets that paint themselves, and of some that Qt names badly."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleInterface
from PySide6.QtWidgets import (
    QAbstractButton,
    QAccessibleWidget,
    QComboBox,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QToolButton,
    QWidget,
)

from ui.elided_label import ElidedLabel

_Text, _Role = QAccessible.Text, QAccessible.Role
_SHOW, _PRESS = "ShowMenu", "Press"


def install() -> None:
    """Tell Qt of these widgets; once, before the first of them is asked for."""
    if not _installed:
        QAccessible.installFactory(_interface)
        _installed.append(True)


def tell(widget: QWidget, message: str = "") -> None:
    """Let a screen reader say something: what a picture points at now, unless there is a message."""
    message = message or widget.told()
    if message:
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, message))


class _Picture(QAccessibleWidget):
    """A painted picture: its description sums it up, its value is what is pointed at or chosen in it."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget, _Role.Chart, "")

    def text(self, kind: QAccessible.Text) -> str:
        return str(self.widget().told()) if kind == _Text.Value else super().text(kind)

    def childCount(self) -> int:
        # The area that it is painted on is no thing of its own.
        return 0


class _Line(QAccessibleWidget):
    """A line of text that also has a name: "Model in use: all-MiniLM-L6-v2"."""

    def __init__(self, label: QLabel | ElidedLabel) -> None:
        super().__init__(label, _Role.StaticText, "")

    def text(self, kind: QAccessible.Text) -> str:
        if kind != _Text.Name:
            return super().text(kind)
        label = self.widget()
        shown = label.text() if isinstance(label, QLabel) else label.text
        return f"{label.accessibleName()}: {shown}" if shown else label.accessibleName()


class _Choice(QAccessibleWidget):
    """A box to choose from: on some systems Qt calls it by what is chosen."""

    def __init__(self, combo: QComboBox) -> None:
        super().__init__(combo, _Role.ComboBox, "")

    def text(self, kind: QAccessible.Text) -> str:
        combo = self.widget()
        if kind == _Text.Value:
            return combo.currentText() or "nothing to choose"
        return super().text(kind)

    def childCount(self) -> int:
        return 0

    def actionNames(self) -> list[str]:
        return [_SHOW, *super().actionNames()]

    def doAction(self, name: str) -> None:
        if name == _SHOW:
            self.widget().showPopup()
        else:
            super().doAction(name)


class _Keys(QAccessibleWidget):
    """A field that takes the next keys that are pressed."""

    def __init__(self, field: QKeySequenceEdit) -> None:
        super().__init__(field, _Role.HotkeyField, "")

    def text(self, kind: QAccessible.Text) -> str:
        return self.widget().keySequence().toString() if kind == _Text.Value else super().text(kind)

    def childCount(self) -> int:
        return 0


class _OneOf(QAccessibleWidget):
    """A button that is down while the others of its group are up: Qt calls it a box to check."""

    def __init__(self, button: QAbstractButton) -> None:
        super().__init__(button, _Role.RadioButton, "")

    def state(self) -> QAccessible.State:
        state = super().state()
        state.checkable, state.checked = True, self.widget().isChecked()
        return state

    def actionNames(self) -> list[str]:
        return [_PRESS, *super().actionNames()]

    def doAction(self, name: str) -> None:
        if name == _PRESS:
            self.widget().click()
        else:
            super().doAction(name)


class _ClearButton(QAccessibleWidget):
    """The small button inside a field, which Qt leaves without a name."""

    def __init__(self, button: QToolButton) -> None:
        super().__init__(button, _Role.Button, "")

    def text(self, kind: QAccessible.Text) -> str:
        if kind == _Text.Name:
            return f"Clear: {self.widget().parentWidget().accessibleName()}"
        return super().text(kind)


_installed: list[bool] = []


def _interface(_key: str, widget: QObject) -> QAccessibleInterface | None:
    if not isinstance(widget, QWidget):
        return None
    combo = isinstance(widget, QComboBox) and not widget.isEditable() and widget.accessibleName()
    button = isinstance(widget, QToolButton)
    label = isinstance(widget, QLabel) and widget.accessibleName() and widget.buddy() is None
    fitting = (
        (hasattr(widget, "told"), _Picture),
        (combo, _Choice),
        (isinstance(widget, QKeySequenceEdit), _Keys),
        (button and isinstance(widget.parentWidget(), QLineEdit), _ClearButton),
        (button and widget.isCheckable() and _excludes_others(widget), _OneOf),
        (label or isinstance(widget, ElidedLabel), _Line),
    )
    return next((kind(widget) for fits, kind in fitting if fits), None)


def _excludes_others(button: QToolButton) -> bool:
    action = button.defaultAction()
    if action is not None and action.actionGroup() is not None:
        return action.actionGroup().isExclusive()
    return button.group() is not None and button.group().exclusive()
