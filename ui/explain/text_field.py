"""An editor for plain text that takes dropped files and does not choke on a huge paste."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from engine.errors import UserError
from engine.files import read_text
from ui.drops import MAX_FIELD_BYTES, dropped_paths, is_plain_text

MAX_CHARACTERS = 200_000


class TextField(QPlainTextEdit):
    """A few lines of plain text; Tab leaves it.

    Args:
        name: the accessible name.
        placeholder: what to write here.
        lines: how many lines are shown.
    """

    refused = Signal(str)  # one line: what could not be taken over, and why
    file_opened = Signal(str)

    def __init__(self, name: str, placeholder: str, lines: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._lines = lines
        self._fit()

    def open_file(self, path: str) -> None:
        """Replace the text by that of a file; what cannot be read is `refused` and nothing changes."""
        try:
            if Path(path).is_file() and Path(path).stat().st_size > MAX_FIELD_BYTES:
                raise UserError(f"{path} is larger than 2 MB; choose a shorter text file")
            text = read_text(path)
            if not text.strip():
                raise UserError(f"{path} holds no text; choose another file")
        except UserError as error:
            self.refused.emit(str(error))
            return
        self.selectAll()
        self.insertPlainText(self._bounded(text))
        self.file_opened.emit(path)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        files = dropped_paths(source)
        if files:
            # A workspace, a model, a table of documents: the window knows what to do with it.
            return len(files) > 1 or is_plain_text(files[0])
        return super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        files = dropped_paths(source)
        if len(files) > 1:
            self.refused.emit("several files were dropped; drop one text file")
        elif files:
            self.open_file(files[0])
        elif source.hasText():
            self.insertPlainText(self._bounded(source.text()))

    def changeEvent(self, event) -> None:
        super().changeEvent(event)
        if event.type() == event.Type.FontChange:
            self._fit()

    def _bounded(self, text: str) -> str:
        room = MAX_CHARACTERS - (self.document().characterCount() - len(self.textCursor().selectedText()))
        if len(text) <= room:
            return text
        self.refused.emit(
            f"the text is longer than {MAX_CHARACTERS:,} characters; only its beginning was taken over"
        )
        return text[: max(room, 0)]

    def _fit(self) -> None:
        around = 2 * (self.frameWidth() + round(self.document().documentMargin())) + 8
        self.setFixedHeight(self._lines * QFontMetrics(self.font()).lineSpacing() + around)
