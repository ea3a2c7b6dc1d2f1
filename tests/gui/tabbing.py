"""Going round a window by Tab: where it stops, in which order, and whether one sees where the focus is."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget

_MOST_STOPS = 150
_RIM = 4
_TOLERANCE = 6
_LONG_ENOUGH = 40


def round_by_tab(first: QWidget, back: bool = False) -> list[QWidget]:
    """Press Tab, or Shift+Tab, from a control on until it has the focus again; return every stop, in order.

    Raises:
        AssertionError: if Tab stays in a control, comes back elsewhere, or goes on for ever.
    """
    first.setFocus(Qt.FocusReason.TabFocusReason)
    assert QApplication.focusWidget() is first, f"{said(first)} takes no focus"
    stops = [first]
    for _ in range(_MOST_STOPS):
        QTest.keyClick(
            stops[-1],
            Qt.Key.Key_Backtab if back else Qt.Key.Key_Tab,
            Qt.KeyboardModifier.ShiftModifier if back else Qt.KeyboardModifier.NoModifier,
        )
        following = QApplication.focusWidget()
        assert following is not None, f"after {said(stops[-1])} nothing has the focus"
        assert following is not stops[-1], f"Tab does not leave {said(following)}"
        if following is first:
            return stops
        assert following not in stops, f"Tab goes back to {said(following)} from {said(stops[-1])}"
        stops.append(following)
    raise AssertionError(f"Tab never came back: {[said(stop) for stop in stops[-8:]]}")


def takers(top: QWidget) -> list[QWidget]:
    """Return what is shown and enabled below a window and takes the focus by Tab."""
    return [
        widget
        for widget in top.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.isEnabled()
        and widget.isVisible()
        and widget.window() is top
        and widget.focusProxy() is None
        and not widget.visibleRegion().isEmpty()
    ]


def backwards(stops: Sequence[QWidget]) -> list[str]:
    """Return the steps of a round against the order of reading: up but not right, or left but not down.

    One is left out: from the last control to the first.
    """
    found = []
    for here, there in itertools.pairwise([*stops, stops[0]]):
        a, b = _place(here), _place(there)
        above, left = b.bottom() <= a.top() + _TOLERANCE, b.right() <= a.left() + _TOLERANCE
        below, right = b.top() >= a.bottom() - _TOLERANCE, b.left() >= a.right() - _TOLERANCE
        if (above and not right) or (left and not below):
            found.append(f"{said(here)} {_at(a)} -> {said(there)} {_at(b)}")
    return found if len(found) > 1 else []


def check_round(first: QWidget) -> list[QWidget]:
    """Go round a window by Tab and back by Shift+Tab; return the stops.

    Raises:
        AssertionError: if a control is left out, or the order is not that of reading.
    """
    stops = round_by_tab(first)
    left_out = [said(widget) for widget in takers(first.window()) if widget not in stops]
    assert not left_out, f"Tab passes over {left_out}"
    against = backwards(stops)
    assert not against, "against the order of reading: " + "; ".join(against)
    back = round_by_tab(first, back=True)
    assert back[1:] == stops[:0:-1], "Shift+Tab does not go the same way back"
    return stops


def kind_of(widget: QWidget) -> str:
    """Return what a control looks like by: its class, its look, whether it is checked."""
    look = widget.property("look") or ""
    checked = isinstance(widget, QAbstractButton) and widget.isChecked()
    return f"{type(widget).__name__} {look}{' checked' if checked else ''}".strip()


def has_ring(widget: QWidget, elsewhere: QWidget) -> bool:
    """Return whether one sees that a control has the focus: by as many pixels as two of its shorter sides.

    They contrast 3 : 1 with what they are without the focus, which is elsewhere then.
    """
    needed = min(widget.width(), widget.height(), _LONG_ENOUGH) * 2
    return ring_pixels(widget, elsewhere) >= needed


def ring_pixels(widget: QWidget, elsewhere: QWidget) -> int:
    """Return how many pixels of a control and its rim contrast 3 : 1 with what they are without the focus."""
    elsewhere.setFocus(Qt.FocusReason.TabFocusReason)
    without = _picture(widget)
    widget.setFocus(Qt.FocusReason.TabFocusReason)
    if isinstance(widget, QLineEdit):
        widget.deselect()  # what Tab has selected is no ring
    with_focus = _picture(widget)
    return _contrasting(without, with_focus)


def said(widget: QWidget) -> str:
    return f"{type(widget).__name__} {widget.accessibleName() or widget.objectName()!r}"


def _place(widget: QWidget) -> QRect:
    return QRect(widget.mapTo(widget.window(), QPoint(0, 0)), widget.size())


def _at(place: QRect) -> str:
    return f"({place.left()}-{place.right()}, {place.top()}-{place.bottom()})"


def _picture(widget: QWidget) -> QImage:
    QApplication.processEvents()
    rim = _place(widget).adjusted(-_RIM, -_RIM, _RIM, _RIM)
    return widget.window().grab(rim).toImage().convertToFormat(QImage.Format.Format_RGB32)


def _contrasting(one: QImage, other: QImage) -> int:
    import numpy as np

    def luminance(image: QImage):
        shape = (image.height(), image.bytesPerLine() // 4, 4)
        blue_green_red = np.frombuffer(image.constBits(), np.uint8).reshape(shape)[..., :3] / 255
        linear = np.where(
            blue_green_red <= 0.04045, blue_green_red / 12.92, ((blue_green_red + 0.055) / 1.055) ** 2.4
        )
        return linear @ np.array([0.0722, 0.7152, 0.2126])

    a, b = luminance(one), luminance(other)
    return int(((np.maximum(a, b) + 0.05) / (np.minimum(a, b) + 0.05) >= 3).sum())
