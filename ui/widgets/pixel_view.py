"""A pyqtgraph view whose scene is its pixels: the ground of the plots that lay themselves out."""

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsView, QToolTip, QWidget

from ui.theme import Theme
from ui.widgets.canvas import hairline, paint_empty


class PixelView(pg.GraphicsView):
    """A plot in pixel coordinates, with theme, empty state, zoom by wheel, tooltips and pictures.

    A subclass arranges its items (`arrange`), paints what lies above them (`paint_over`), and answers the
    pointer (`pointer_at`, `pointer_left`, `clicked_at`) and the wheel (`zoom_at`, `pan_by`).

    Args:
        name: the accessible name.
        empty: what to say before there is content.
    """

    def __init__(self, name: str, empty: str, parent: QWidget | None = None) -> None:
        self.theme = Theme.for_system()
        self._empty = empty
        self._in_picture = self._ready = False
        self._pressed: QPointF | None = None
        self._dragged = False
        super().__init__(parent, useOpenGL=False, background=self.theme.surface)
        self.setAccessibleName(name)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self._ready = True

    # -- for subclasses ------------------------------------------------------------------------------

    def has_content(self) -> bool:
        """Return whether there is a result to paint."""
        raise NotImplementedError

    def arrange(self) -> None:
        """Place the items for the size of the view."""
        raise NotImplementedError

    def paint_over(self, painter: QPainter) -> None:
        """Paint labels and marks above the items."""
        raise NotImplementedError

    def pointer_at(self, position: QPointF) -> None:
        """React to what the pointer is over."""
        raise NotImplementedError

    def pointer_left(self) -> None:
        """Forget what the pointer was over."""
        raise NotImplementedError

    def clicked_at(self, position: QPointF) -> None:
        """React to a click without a drag."""
        raise NotImplementedError

    def zoom_at(self, position: QPointF, factor: float) -> None:
        """Zoom about a point."""
        raise NotImplementedError

    def pan_by(self, position: QPointF, step: QPointF) -> None:
        """Move what lies under a point by some pixels."""
        raise NotImplementedError

    def fit(self) -> None:
        """Show everything again."""
        raise NotImplementedError

    def rearrange(self) -> None:
        """Place and paint anew."""
        if self.has_content():
            self.arrange()
        self.viewport().update()

    def told(self) -> str:
        """Return what is pointed at or chosen, for screen readers; empty for nothing."""
        return ""

    # -- what others use -----------------------------------------------------------------------------

    def set_empty_text(self, text: str) -> None:
        """Say something else while there is no content."""
        self._empty = text
        self.viewport().update()

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme from now on."""
        self.theme = theme
        self.setBackground(theme.surface)
        self.rearrange()

    def picture_size(self) -> QSize:
        """Return the size of the view."""
        return self.viewport().size()

    def paint_picture(self, painter: QPainter) -> None:
        """Paint what the view shows, without the mark of the focus."""
        area = self.viewport().rect()
        painter.fillRect(area, self.theme.surface)
        self._in_picture = True
        try:
            self.render(painter, QRectF(area), area)
        finally:
            self._in_picture = False

    # -- Qt ------------------------------------------------------------------------------------------

    def close(self) -> bool:
        # The base class would tear its scene and viewport down, and crash on the next event.
        return QGraphicsView.close(self)

    def sizeHint(self) -> QSize:
        return QSize(420, 300)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 120)

    def drawForeground(self, painter: QPainter, _rect: QRectF) -> None:
        area = self.viewport().rect()
        painter.setFont(self.font())
        if self.has_content():
            painter.save()
            self.paint_over(painter)
            painter.restore()
        else:
            paint_empty(painter, area, self._empty, self.theme)
        if self.hasFocus() and not self._in_picture:
            painter.setPen(hairline(self.theme.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(area).adjusted(0.5, 0.5, -0.5, -0.5))

    def resizeEvent(self, event: QEvent) -> None:
        super().resizeEvent(event)
        # The constructor of the base class resizes before the subclass has its fields.
        if self._ready:
            self.rearrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if self._ready and event.type() == QEvent.Type.FontChange:
            self.rearrange()

    def mousePressEvent(self, event: QEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragged = event.position(), False

    def mouseMoveEvent(self, event: QEvent) -> None:
        position = event.position()
        if self._pressed is not None and event.buttons() & Qt.MouseButton.LeftButton:
            if self._dragged or (position - self._pressed).manhattanLength() > 6:
                self._dragged = True
                self.pan_by(self._pressed, position - self._pressed)
                self._pressed = position
        elif self.has_content():
            self.pointer_at(position)

    def mouseReleaseEvent(self, event: QEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._pressed is not None:
            self._pressed = None
            if self.has_content() and not self._dragged:
                self.clicked_at(event.position())

    def mouseDoubleClickEvent(self, event: QEvent) -> None:
        self.fit()
        self.rearrange()

    def wheelEvent(self, event: QEvent) -> None:
        steps = event.angleDelta().y() / 120
        if self.has_content() and steps:
            self.zoom_at(event.position(), 1.25**steps)
            self.rearrange()
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        QToolTip.hideText()
        self.pointer_left()

    def focusInEvent(self, event: QEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    # -- help for subclasses -------------------------------------------------------------------------

    def show_tip(self, position: QPointF, text: str | None) -> None:
        """Show a tooltip beside a point at once, or none."""
        if text is None:
            QToolTip.hideText()
        else:
            place = self.viewport().mapToGlobal(position.toPoint()) + QPoint(4, 8)
            QToolTip.showText(place, text, self.viewport())
