"""Saves what a widget shows as a picture: PNG, SVG or PDF, or on the clipboard.

A widget that scrolls or zooms says itself what its whole picture is, by `picture_size` and `paint_picture`;
any other is rendered as it stands.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, runtime_checkable

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QPoint, QRect, QRectF, QSize, QSizeF
from PySide6.QtGui import QGuiApplication, QImage, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from engine.errors import UserError
from engine.files import write_atomically
from ui.theme import Theme
from ui.widgets.legend import legend_height, paint_legend

PIXEL_RATIO = 2
LONGEST_IMAGE_SIDE = 32_000
_POINTS_PER_INCH = 72
_FAMILIES = re.compile('font-family="([^"]*)"')
_FALLBACKS = "Helvetica Neue,Helvetica,Arial,Liberation Sans,sans-serif"
_INCHES_PER_METRE = 1 / 0.0254


@runtime_checkable
class Pictured(Protocol):
    """A widget that paints its own picture.

    One whose colours stand for numbers may say by `picture_scale` at which number they end, and what the
    numbers are; the picture then has a legend.
    """

    def picture_size(self) -> QSize:
        """Return the size of the picture, in pixels of the widget."""

    def paint_picture(self, painter: QPainter) -> None:
        """Paint all of it, the background included."""


def save_picture(widget: QWidget, path: str | os.PathLike[str]) -> Path:
    """Save a picture of a widget; the ending of `path` names the format (.png, .svg or .pdf).

    A PNG has two pixels for each of the widget's. In SVG and PDF, text stays text.

    Raises:
        UserError: the ending is another, the file cannot be written, or the picture is too large for PNG.
    """
    ending = Path(path).suffix.lower()
    if ending == ".png":
        data = _encoded(picture(widget))
    elif ending == ".svg":
        data = _svg(widget)
    elif ending == ".pdf":
        data = _pdf(widget)
    else:
        raise UserError(f"{path} does not end in .png, .svg or .pdf; give the picture one of these endings")
    return write_atomically(path, data)


def copy_picture(widget: QWidget) -> None:
    """Put a picture of a widget on the clipboard.

    Raises:
        UserError: the picture is too large.
    """
    QGuiApplication.clipboard().setImage(picture(widget))


def picture(widget: QWidget) -> QImage:
    """Return a picture of a widget at twice its size.

    Raises:
        UserError: the picture is too large.
    """
    size = _size(widget)
    pixels = size * PIXEL_RATIO
    image = QImage()
    if max(pixels.width(), pixels.height()) <= LONGEST_IMAGE_SIDE:
        image = QImage(pixels, QImage.Format.Format_ARGB32_Premultiplied)
    if image.isNull():
        raise UserError(
            f"the picture is too large for pixels ({pixels.width()} x {pixels.height()}); "
            "save it as SVG or PDF"
        )
    image.setDevicePixelRatio(PIXEL_RATIO)
    image.setDotsPerMeterX(round(widget.logicalDpiX() * _INCHES_PER_METRE))
    image.setDotsPerMeterY(round(widget.logicalDpiY() * _INCHES_PER_METRE))
    image.fill(widget.palette().window().color())
    _paint(widget, QPainter(image))
    return image


def _encoded(image: QImage) -> bytes:
    buffer = _open_buffer()
    image.save(buffer, "PNG")
    return bytes(buffer.data().data())


def _svg(widget: QWidget) -> bytes:
    size, buffer = _size(widget), _open_buffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(size)
    generator.setViewBox(QRect(QPoint(0, 0), size))
    generator.setResolution(widget.logicalDpiX())
    generator.setTitle(widget.accessibleName() or widget.windowTitle())
    _paint(widget, QPainter(generator))
    drawing = bytes(buffer.data().data()).decode("utf-8")
    # Whoever opens it may lack the font: the others named are common, and no wider than the bundled one, so
    # that words keep apart. Viewers blur the cells of a matrix unless told not to.
    drawing = _FAMILIES.sub(rf'font-family="\1,{_FALLBACKS}"', drawing)
    return drawing.replace('image-rendering="optimizeSpeed"', 'image-rendering="pixelated"').encode("utf-8")


def _pdf(widget: QWidget) -> bytes:
    size, buffer = _size(widget), _open_buffer()
    dpi = widget.logicalDpiX()
    writer = QPdfWriter(buffer)
    writer.setResolution(dpi)
    writer.setTitle(widget.accessibleName() or widget.windowTitle())
    points = QSizeF(size) * (_POINTS_PER_INCH / dpi)
    exact = QPageSize.SizeMatchPolicy.ExactMatch
    writer.setPageSize(QPageSize(points, QPageSize.Unit.Point, "", exact))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    _paint(widget, QPainter(writer))
    return bytes(buffer.data().data())


def _open_buffer() -> QBuffer:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return buffer


@contextmanager
def _in_print(widget: QWidget) -> Iterator[None]:
    """Let a widget that paints its own picture do so on white and in the palette of the reports."""
    worn = getattr(widget, "theme", None) if isinstance(widget, Pictured) else None
    on_paper = Theme.named("light")
    if worn is None or worn == on_paper:
        yield
        return
    widget.set_theme(on_paper)
    try:
        yield
    finally:
        widget.set_theme(worn)


def _size(widget: QWidget) -> QSize:
    if not isinstance(widget, Pictured):
        return widget.size()
    size = widget.picture_size()
    return size if _scale(widget) is None else size + QSize(0, legend_height(widget.font()))


def _scale(widget: QWidget) -> tuple[float, str] | None:
    scale = getattr(widget, "picture_scale", None)
    return None if scale is None else scale()


def _paint(widget: QWidget, painter: QPainter) -> None:
    """Paint the widget and end the painter, so that what it paints on is complete."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    # The few pixels of a matrix would change their colours as a JPEG inside a PDF.
    painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering)
    try:
        if isinstance(widget, Pictured):
            with _in_print(widget):
                widget.paint_picture(painter)
            scale = _scale(widget)
            if scale is not None:
                size = widget.picture_size()
                strip = QRectF(0, size.height(), size.width(), legend_height(widget.font()))
                painter.setFont(widget.font())
                painter.fillRect(strip, Theme.named("light").surface)
                paint_legend(painter, strip, Theme.named("light"), *scale)
        else:
            widget.render(painter, QPoint())
    finally:
        painter.end()
