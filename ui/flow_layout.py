"""A row of controls that continues on the next line where the window is narrow."""

from __future__ import annotations

from PySide6.QtCore import QMargins, QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    """Places items from the leading edge on, line by line; follows the layout direction.

    Args:
        horizontal: pixels between items of a line.
        vertical: pixels between lines.
    """

    def __init__(self, parent: QWidget | None = None, horizontal: int = 8, vertical: int = 6) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._between, self._below = horizontal, vertical
        self.setContentsMargins(QMargins(0, 0, 0, 0))

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def sizeHint(self) -> QSize:
        shown = self._shown()
        width = sum(item.sizeHint().width() for item in shown) + self._between * max(len(shown) - 1, 0)
        height = max((item.sizeHint().height() for item in shown), default=0)
        return self._with_margins(QSize(width, height))

    def minimumSize(self) -> QSize:
        sizes = [item.minimumSize() for item in self._shown()]
        width = max((size.width() for size in sizes), default=0)
        height = max((size.height() for size in sizes), default=0)
        return self._with_margins(QSize(width, height))

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _with_margins(self, size: QSize) -> QSize:
        margins = self.contentsMargins()
        return size + QSize(margins.left() + margins.right(), margins.top() + margins.bottom())

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        inner = rect.marginsRemoved(self.contentsMargins())
        lines: list[list[tuple[QLayoutItem, int]]] = [[]]
        used = 0
        for item in self._shown():
            width = min(item.sizeHint().width(), max(inner.width(), item.minimumSize().width()))
            if lines[-1] and used + width > inner.width():
                lines.append([])
                used = 0
            lines[-1].append((item, width))
            used += width + self._between
        y = inner.top()
        for line in lines:
            height = max((item.sizeHint().height() for item, _ in line), default=0)
            x = inner.left()
            for item, width in line if move else ():
                size = QSize(width, item.sizeHint().height())
                box = QRect(QPoint(x, y + (height - size.height()) // 2), size)
                if self.parentWidget().isRightToLeft():
                    box.moveRight(inner.left() + inner.right() - x)
                item.setGeometry(box)
                x += width + self._between
            y += height + self._below
        bottom = self.contentsMargins().bottom() if lines[-1] else 0
        return y - self._below - rect.top() + bottom
