"""The common ground of painted panels: theme, empty state, scrolling, tooltips, pictures."""

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from ui.theme import SPACE_M, Theme


def paint_empty(painter: QPainter, rect: QRect, text: str, theme: Theme) -> None:
    """Write the quiet line that stands in for a result that is not there yet."""
    painter.setPen(theme.muted)
    margin = 2 * SPACE_M
    painter.drawText(
        rect.adjusted(margin, margin, -margin, -margin),
        Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap,
        text,
    )


def hairline(colour: QColor) -> QPen:
    """Return a pen one pixel wide on any device."""
    pen = QPen(colour)
    pen.setCosmetic(True)
    return pen


class Canvas(QAbstractScrollArea):
    """A panel that paints content of some height, scrolls it, and can be saved as a picture.

    A subclass says how high its content is at a width (`lay_out`) and paints a stretch of it
    (`paint_content`), both in pixels from the top left of the content.

    Args:
        name: the accessible name.
        empty: what to say before there is content.
    """

    def __init__(self, name: str, empty: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = Theme.for_system()
        self._empty = empty
        self._height = 0
        self._laid_out_for = -1
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setMouseTracking(True)

    # -- for subclasses ------------------------------------------------------------------------------

    def has_content(self) -> bool:
        """Return whether there is a result to paint."""
        raise NotImplementedError

    def lay_out(self, width: int) -> int:
        """Arrange the content for a width and return its height."""
        raise NotImplementedError

    def paint_content(self, painter: QPainter, width: int, top: int, bottom: int) -> None:
        """Paint at least what lies between two heights."""
        raise NotImplementedError

    def content_changed(self) -> None:
        """Arrange and paint anew."""
        self._laid_out_for = -1
        self._arrange()
        self.viewport().update()

    def told(self) -> str:
        """Return what is pointed at or chosen, for screen readers; empty for nothing."""
        return ""

    # -- what others use -----------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme from now on."""
        self.theme = theme
        self.content_changed()

    def set_empty_text(self, text: str) -> None:
        """Say something else while there is no content."""
        self._empty = text
        self.viewport().update()

    def picture_size(self) -> QSize:
        """Return the size of the whole content, what is scrolled away included."""
        return QSize(self.viewport().width(), max(self._height, 1) if self.has_content() else self.height())

    def paint_picture(self, painter: QPainter) -> None:
        """Paint the whole content."""
        size = self.picture_size()
        painter.fillRect(QRect(QPoint(0, 0), size), self.theme.surface)
        painter.setFont(self.font())
        if self.has_content():
            self.paint_content(painter, size.width(), 0, size.height())
        else:
            paint_empty(painter, QRect(QPoint(0, 0), size), self._empty, self.theme)

    # -- Qt ------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(360, 200)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 80)

    def paintEvent(self, event: QEvent) -> None:
        painter = QPainter(self.viewport())
        area = self.viewport().rect()
        painter.fillRect(area, self.theme.surface)
        if not self.has_content():
            paint_empty(painter, area, self._empty, self.theme)
        else:
            offset = self.verticalScrollBar().value()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.save()
            painter.translate(0, -offset)
            exposed = event.rect()
            self.paint_content(painter, area.width(), exposed.top() + offset, exposed.bottom() + 1 + offset)
            painter.restore()
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setPen(hairline(self.theme.accent))
            painter.drawRect(area.adjusted(0, 0, -1, -1))

    def resizeEvent(self, event: QEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.content_changed()

    def focusInEvent(self, event: QEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def viewportEvent(self, event: QEvent) -> bool:
        # The area itself hears nothing when the pointer goes from its viewport to its scroll bar.
        if event.type() == QEvent.Type.Leave:
            self.pointer_left()
        return super().viewportEvent(event)

    def pointer_left(self) -> None:
        """Forget what the pointer was over."""
        QToolTip.hideText()

    # -- help for subclasses -------------------------------------------------------------------------

    def in_content(self, position: QPointF) -> QPointF:
        """Return a position of the viewport in coordinates of the content."""
        return position + QPointF(0, self.verticalScrollBar().value())

    def show_tip(self, position: QPoint, text: str) -> None:
        """Show a tooltip beside a point of the viewport at once; numbers should not keep one waiting."""
        QToolTip.showText(self.viewport().mapToGlobal(position) + QPoint(4, 8), text, self.viewport())

    def ensure_visible(self, top: float, bottom: float) -> None:
        """Scroll so that a stretch of the content can be seen."""
        bar = self.verticalScrollBar()
        if top < bar.value():
            bar.setValue(int(top) - SPACE_M)
        elif bottom > bar.value() + self.viewport().height():
            bar.setValue(int(bottom) + SPACE_M - self.viewport().height())

    def _arrange(self) -> None:
        width = self.viewport().width()
        if self.has_content() and width != self._laid_out_for:
            self._height = self.lay_out(width)
            self._laid_out_for = width
        height = self._height if self.has_content() else 0
        bar = self.verticalScrollBar()
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(max(self.fontMetrics().height(), 1))
        bar.setRange(0, max(height - self.viewport().height(), 0))
