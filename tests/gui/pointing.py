"""Real mouse events for widgets, and pixels read back from what they paint."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

_NONE, _LEFT = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton
_PLAIN = Qt.KeyboardModifier.NoModifier


@pytest.fixture(autouse=True)
def no_tooltip_left() -> Iterator[None]:
    """Close the tooltip, which Qt would hide only after a moment."""
    yield
    for widget in QApplication.topLevelWidgets():
        if widget.inherits("QTipLabel"):
            widget.close()


def move_to(area: QWidget, point: QPointF) -> None:
    """Move the pointer to a point of a viewport."""
    _send(area, QEvent.Type.MouseMove, point, _NONE, _NONE)


def click(area: QWidget, point: QPointF) -> None:
    """Press and release the left button."""
    _send(area, QEvent.Type.MouseButtonPress, point, _LEFT, _LEFT)
    _send(area, QEvent.Type.MouseButtonRelease, point, _LEFT, _NONE)


def drag(area: QWidget, start: QPointF, end: QPointF) -> None:
    """Press, move and release the left button."""
    _send(area, QEvent.Type.MouseButtonPress, start, _LEFT, _LEFT)
    _send(area, QEvent.Type.MouseMove, (start + end) / 2, _NONE, _LEFT)
    _send(area, QEvent.Type.MouseMove, end, _NONE, _LEFT)
    _send(area, QEvent.Type.MouseButtonRelease, end, _LEFT, _NONE)


def wheel(area: QWidget, point: QPointF, steps: int) -> None:
    """Turn the wheel; away from the user is positive."""
    event = QWheelEvent(
        point,
        QPointF(area.mapToGlobal(point.toPoint())),
        QPointF(0, 0).toPoint(),
        QPointF(0, 120 * steps).toPoint(),
        _NONE,
        _PLAIN,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(area, event)


def leave(area: QWidget) -> None:
    """Take the pointer away."""
    QApplication.sendEvent(area, QEvent(QEvent.Type.Leave))


def grabbed(widget: QWidget) -> QImage:
    """Return what a widget paints, one pixel of the image for each of its own."""
    image = widget.grab().toImage()
    image.setDevicePixelRatio(1)
    return image


def tooltip() -> str:
    """Return the text of the tooltip that is shown."""
    shown = [w.text() for w in QApplication.topLevelWidgets() if w.inherits("QTipLabel") and w.isVisible()]
    return shown[-1] if shown else ""


def letters(widget: QWidget) -> float:
    """Return how high the letters of a widget's font are, ascenders and descenders included."""
    return widget.fontMetrics().tightBoundingRect("bdgjp").height()


def rgb(colour: QColor) -> tuple[int, int, int]:
    """Return the channels of a colour."""
    return colour.red(), colour.green(), colour.blue()


def _send(
    area: QWidget, kind: QEvent.Type, point: QPointF, button: Qt.MouseButton, held: Qt.MouseButton
) -> None:
    place = QPointF(area.mapToGlobal(point.toPoint()))
    QApplication.sendEvent(area, QMouseEvent(kind, point, place, button, held, _PLAIN))
