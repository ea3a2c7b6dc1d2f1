"""A label that shortens its text to the lines it has; the whole is in the tooltip."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from ui.plain import plain_tip, tame

_LONGEST = 1_000


class ElidedLabel(QFrame):
    """Plain text in one line, or in as many as it needs up to `lines`."""

    def __init__(self, name: str, parent: QWidget | None = None, lines: int = 1) -> None:
        super().__init__(parent)
        self._lines = lines
        self.setAccessibleName(name)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        if lines > 1:
            policy.setVerticalPolicy(QSizePolicy.Policy.Preferred)
            policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._text = self._shown = ""
        self._note = ""

    @property
    def text(self) -> str:
        """The whole text."""
        return self._text

    def set_text(self, text: str, note: str = "") -> None:
        """Show a text; `note` is more about it, for the tooltip."""
        self._text, self._note = text, note
        # No screen is wide enough for more, and measuring a megabyte takes seconds.
        self._shown = tame(text[:_LONGEST])
        self.setAccessibleDescription(f"{text}. {note}" if note else text)
        self._explain()
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._shown) + 2, metrics.lineSpacing() + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(24, self.sizeHint().height())

    def hasHeightForWidth(self) -> bool:
        return self._lines > 1

    def heightForWidth(self, width: int) -> int:
        return max(len(self._broken(width)), 1) * self.fontMetrics().lineSpacing() + 2

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        where = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading
        painter.drawText(self.rect(), where, "\n".join(self._broken(self.width())))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._explain()

    def _broken(self, width: int) -> list[str]:
        """Return the text in lines that are no wider than `width`, the last of them shortened."""
        metrics, lines, rest = self.fontMetrics(), [], self._shown
        while len(lines) < self._lines - 1 and metrics.horizontalAdvance(rest) > width:
            words = rest.split(" ")
            fitting = len(words)
            while fitting > 1 and metrics.horizontalAdvance(" ".join(words[:fitting])) > width:
                fitting -= 1
            lines.append(metrics.elidedText(" ".join(words[:fitting]), Qt.TextElideMode.ElideRight, width))
            rest = " ".join(words[fitting:])
        return [*lines, metrics.elidedText(rest, Qt.TextElideMode.ElideRight, width)] if rest else lines

    def _explain(self) -> None:
        cut = "".join(self._broken(self.width())).replace(" ", "") != self._shown.replace(" ", "")
        self.setToolTip(
            plain_tip("\n".join(part for part in (self._text if cut else "", self._note) if part))
        )
