"""Text of other people, shown as it is: Qt would take what looks like HTML for HTML.

A document, a label, a file's name may hold `<img src=…>`, or marks that turn the order of what follows
them. Labels are therefore `PlainLabel`s, and a tooltip with a text that this program did not write is made
by `plain_tip`.
"""

from __future__ import annotations

import html
import re

from PySide6.QtGui import Qt
from PySide6.QtWidgets import QLabel, QWidget

LONGEST_TIP = 2_000
# Embeddings and overrides reach beyond the text that they stand in; isolates, which the program sets, do not.
_UNRULY = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]")


def tame(text: str) -> str:
    """Return a text whose control characters and marks of direction are replaced by visible signs."""
    return _UNRULY.sub("\N{REPLACEMENT CHARACTER}", text)


def plain_tip(text: str) -> str:
    """Return a tooltip that shows a text literally; one that is very long is cut."""
    shown = tame(text[:LONGEST_TIP]) + ("…" if len(text) > LONGEST_TIP else "")
    if "<" not in shown and "&" not in shown:
        return shown
    return f'<div style="white-space:pre-wrap">{html.escape(shown)}</div>'


def one_line(text: str) -> str:
    """Return a text for a cell, a label or an entry of a list, which show what they get as it is.

    Every run of white space, line breaks included, is one space.
    """
    return tame(" ".join(text.split()))


def plain_name(name: str) -> str:
    """Return a name for a button, a tab or a menu, in which an ampersand stands for no key."""
    return one_line(name).replace("&", "&&")


class PlainLabel(QLabel):
    """A label that shows its text literally, whatever it looks like."""

    def __init__(self, text: str | QWidget | None = "", parent: QWidget | None = None) -> None:
        if not isinstance(text, str):
            text, parent = "", text
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)

    def setText(self, text: str) -> None:
        super().setText(tame(text))
