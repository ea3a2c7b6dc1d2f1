"""Renders the program's icon, drawn once in `resources/icons/semascope.svg`, for desktops that want pixels.

    python packaging/icons.py FOLDER

Writes semascope-SIZE.png for the hicolor theme, semascope.ico for Windows and semascope.icns for macOS.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QRectF
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

SOURCE = Path(__file__).resolve().parent.parent / "resources" / "icons" / "semascope.svg"
HICOLOR = (16, 22, 24, 32, 48, 64, 128, 256, 512)
_LARGEST = 1024
_WINDOWS = (16, 20, 24, 32, 40, 48, 64, 128, 256)


def render(folder: Path) -> None:
    """Write every form of the icon into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    # An application must be alive while Qt paints.
    application = QGuiApplication(["icons"])
    renderer = QSvgRenderer(str(SOURCE))
    if not renderer.isValid():
        raise SystemExit(f"{SOURCE} cannot be drawn")
    for size in sorted({*HICOLOR, *_WINDOWS, _LARGEST}):
        _paint(renderer, size).save(str(folder / f"semascope-{size}.png"))
    del renderer, application
    images = {size: Image.open(folder / f"semascope-{size}.png") for size in {*_WINDOWS, *HICOLOR, _LARGEST}}
    # Each size is drawn, none scaled down from another.
    images[256].save(
        folder / "semascope.ico",
        sizes=[(size, size) for size in _WINDOWS],
        append_images=[images[size] for size in _WINDOWS if size != 256],
    )
    smaller = [images[size] for size in (32, 64, 128, 256, 512)]
    images[_LARGEST].save(folder / "semascope.icns", append_images=smaller)


def _paint(renderer: QSvgRenderer, size: int) -> QImage:
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return image


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    render(Path(sys.argv[1]))
