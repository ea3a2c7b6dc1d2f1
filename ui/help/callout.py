"""Words in a frame beside a widget, with buttons to go on; and the line around that widget."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QFont,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ui.plain import PlainLabel
from ui.theme import RADIUS, SPACE_L, SPACE_M, SPACE_S

_ARROW = 9
_LETTERS = 44
_LINE = 2
_SIDES = ("below", "right", "left", "above")


class Callout(QFrame):
    """A frame inside a window. It takes the keyboard when words are shown, and keeps nothing from working."""

    next_asked = Signal()
    back_asked = Signal()
    skip_asked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._side, self._tip = "", 0.0
        self.setAutoFillBackground(False)
        self.title, self.text, self.count = PlainLabel(self), PlainLabel(self), PlainLabel(self)
        font = QFont(self.title.font())
        font.setBold(True)
        self.title.setFont(font)
        for label in (self.title, self.text):
            label.setWordWrap(True)
        self.count.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self.back = _button("Back", "Tour: back", self)
        self.next = _button("Next", "Tour: next", self)
        self.next.setProperty("look", "primary")
        self.skip = _button("Skip", "Tour: skip", self)
        self.back.clicked.connect(self.back_asked)
        self.next.clicked.connect(self.next_asked)
        self.skip.clicked.connect(self.skip_asked)
        row = QHBoxLayout()
        row.setSpacing(SPACE_M)
        row.addWidget(self.count)
        row.addStretch(1)
        for button in (self.skip, self.back, self.next):
            row.addWidget(button)
        self._layout = QVBoxLayout(self)
        self._layout.setSpacing(SPACE_M)
        self._layout.addWidget(self.title)
        self._layout.addWidget(self.text)
        self._layout.addSpacing(SPACE_S)
        self._layout.addLayout(row)
        edge = SPACE_L + _ARROW
        self._layout.setContentsMargins(edge, edge, edge, edge)
        self.hide()

    def show_words(self, title: str, text: str, number: int, count: int) -> None:
        """Show the words of one stop."""
        self.title.setText(title)
        self.text.setText(text)
        self.count.setText(f"{number} of {count}")
        self.back.setEnabled(number > 1)
        self.next.setText("Done" if number == count else "Next")
        self.skip.setVisible(number < count)
        self.setAccessibleName(f"Tour, step {number} of {count}: {title}")
        self.setAccessibleDescription(text)
        self.next.setAccessibleDescription(f"Step {number} of {count}. {title}. {text}")
        margins = self._layout.contentsMargins()
        width = self.fontMetrics().averageCharWidth() * _LETTERS + margins.left() + margins.right()
        self.resize(QSize(width, self._layout.heightForWidth(width)))
        self.show()
        self.raise_()

    def announce(self) -> None:
        """Take the keyboard, and let a screen reader say the words."""
        self.next.setFocus(Qt.FocusReason.OtherFocusReason)
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def point(self, side: str, at: float) -> None:
        """Stand on a side of something, "" for no side, the arrow at a distance from the own corner."""
        self._side, self._tip = side, at
        self.update()

    def event(self, event: QEvent) -> bool:
        # The window has another use for this key, which it gives up while the words have the keyboard.
        if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.skip_asked.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.palette().color(self.palette().ColorRole.Accent), 1.5))
        painter.setBrush(self.palette().color(self.palette().ColorRole.Base))
        body = QRectF(self.rect()).adjusted(_ARROW, _ARROW, -_ARROW, -_ARROW)
        painter.drawRoundedRect(body, 2 * RADIUS, 2 * RADIUS)
        if self._side:
            painter.drawPolygon(self._arrow(body))
            # The line between arrow and frame goes.
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawPolygon(self._arrow(body.adjusted(2, 2, -2, -2)))

    def _arrow(self, body: QRectF) -> QPolygonF:
        at, half = self._tip, _ARROW
        if self._side in ("below", "above"):
            y, out = (body.top(), -_ARROW + 1) if self._side == "below" else (body.bottom(), _ARROW - 1)
            return QPolygonF([QPointF(at - half, y), QPointF(at, y + out), QPointF(at + half, y)])
        x, out = (body.left(), -_ARROW + 1) if self._side == "right" else (body.right(), _ARROW - 1)
        return QPolygonF([QPointF(x, at - half), QPointF(x + out, at), QPointF(x, at + half)])


class Outline(QWidget):
    """A line around a widget, which lets everything through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def surround(self, area: QRect) -> None:
        """Stand around an area of the window; an empty one hides the line."""
        self.setVisible(not area.isEmpty())
        if not area.isEmpty():
            self.setGeometry(area.adjusted(-_LINE, -_LINE, _LINE, _LINE) & self.parentWidget().rect())
            self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.palette().color(self.palette().ColorRole.Accent), _LINE))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)


def place_beside(callout: Callout, there: QRect, room: QRect) -> None:
    """Move a callout to the first side of an area where it fits, or into the corner of the room."""
    size = callout.size()
    for side in _SIDES if not there.isEmpty() else ():
        spot = QRect(_beside(side, there, size), size)
        if side in ("below", "above"):
            spot.moveLeft(min(max(spot.left(), room.left()), room.right() - size.width()))
        else:
            spot.moveTop(min(max(spot.top(), room.top()), room.bottom() - size.height()))
        if room.contains(spot):
            callout.move(spot.topLeft())
            along = (
                there.center().x() - spot.x() if side in ("below", "above") else there.center().y() - spot.y()
            )
            length = size.width() if side in ("below", "above") else size.height()
            callout.point(side, min(max(along, 4 * _ARROW), length - 4 * _ARROW))
            callout.raise_()
            return
    callout.move(room.right() - size.width() - SPACE_M, room.bottom() - size.height() - SPACE_L)
    callout.point("", 0)
    callout.raise_()


def _beside(side: str, there: QRect, size: QSize) -> QPoint:
    """Return the top left corner of something of a size on a side of an area."""
    centred_x = there.center().x() - size.width() // 2
    centred_y = there.center().y() - size.height() // 2
    return {
        "below": QPoint(centred_x, there.bottom() + 1),
        "above": QPoint(centred_x, there.top() - size.height()),
        "right": QPoint(there.right() + 1, centred_y),
        "left": QPoint(there.left() - size.width(), centred_y),
    }[side]


def _button(text: str, name: str, parent: QWidget) -> QPushButton:
    button = QPushButton(text, parent)
    button.setAccessibleName(name)
    # Outside a dialog a button would hear the space bar only.
    button.setAutoDefault(True)
    return button
