"""A file and a port that nobody may touch, and what a window shows that would."""

from __future__ import annotations

import ctypes
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from PySide6 import QtGui
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLabel, QTextEdit, QWidget

_IN_ACCESS, _IN_OPEN = 0x1, 0x20


class Bait:
    """A picture and a port; `taken` says whether anybody opened the one or called the other.

    Attributes:
        html: markup that would make a rich text do both.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        picture = folder / "bait.png"
        picture.write_bytes(b"\x89PNG\r\n\x1a\n")
        self._port = socket.create_server(("127.0.0.1", 0))
        self._port.setblocking(False)
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._notify = self._libc.inotify_init1(os.O_NONBLOCK)
        assert self._libc.inotify_add_watch(self._notify, str(picture).encode(), _IN_OPEN | _IN_ACCESS) >= 0
        address = f"http://127.0.0.1:{self._port.getsockname()[1]}/bait.png"
        self.html = f'<b>bold</b><img src="file://{picture}"><img src="{address}"><a href="{address}">go</a>'

    @property
    def taken(self) -> bool:
        """Whether the picture was opened, or the port called, since the last time."""
        touched = False
        with suppress(BlockingIOError):
            touched = bool(os.read(self._notify, 65_536))
        with suppress(BlockingIOError):
            self._port.accept()[0].close()
            touched = True
        return touched

    def close(self) -> None:
        """Let go of both."""
        os.close(self._notify)
        self._port.close()


@contextmanager
def bait_in(folder: Path) -> Iterator[Bait]:
    """Lay a bait in a new folder."""
    bait = Bait(folder)
    try:
        yield bait
    finally:
        bait.close()


def interpreted(tops: list[QWidget]) -> list[str]:
    """Return what below some widgets takes the text of others for markup, tooltips included."""
    return [found for top in tops for widget in [top, *top.findChildren(QWidget)] for found in _of(widget)]


def _of(widget: QWidget) -> Iterator[str]:
    name = f"{type(widget).__name__} {widget.accessibleName()!r} in {type(widget.parent()).__name__}"
    if isinstance(widget, QLabel):
        rich = widget.textFormat() != Qt.TextFormat.PlainText and QtGui.Qt.mightBeRichText(widget.text())
        if rich and _is_bait(widget.text()):
            yield f"{name}: {widget.text()[:60]!r}"
    if isinstance(widget, QTextEdit) and _is_bait(widget.document().toPlainText()) and not _plain(widget):
        yield f"{name}: a document"
    if _would(widget.toolTip()):
        yield f"{name}: tooltip {widget.toolTip()[:60]!r}"
    for action in widget.actions():
        if isinstance(action, QAction) and _would(action.toolTip()):
            yield f"{name}: tooltip of the action {action.text()[:40]!r}"
    if isinstance(widget, QAbstractItemView) and widget.model() is not None:
        yield from (f"{name}: {found}" for found in _of_model(widget))


def _of_model(view: QAbstractItemView) -> Iterator[str]:
    model = view.model()
    for row in range(min(model.rowCount(), 50)):
        for column in range(model.columnCount()):
            said = model.index(row, column).data(Qt.ItemDataRole.ToolTipRole)
            if isinstance(said, str) and _would(said):
                yield f"tooltip of cell {row}, {column}: {said[:60]!r}"
    for column in range(model.columnCount()):
        said = model.headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
        if isinstance(said, str) and _would(said):
            yield f"tooltip of head {column}: {said[:60]!r}"


def _would(tip: str) -> bool:
    return QtGui.Qt.mightBeRichText(tip) and "<img" in tip


def _is_bait(text: str) -> bool:
    return "<img" in text or "bait.png" in text


def _plain(widget: QTextEdit) -> bool:
    return "<img" not in widget.document().toHtml()


def tooltips_shown() -> list[str]:
    """Return tooltips on the screen that would load something."""
    shown = [w.text() for w in QApplication.topLevelWidgets() if w.inherits("QTipLabel") and w.isVisible()]
    return [text for text in shown if _would(text)]
