"""Every text that a window shows, and what is wrong with how it shows those of other people."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from PySide6 import QtGui
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QPlainTextEdit,
    QStatusBar,
    QTabBar,
    QTextEdit,
    QWidget,
)

from ui.elided_label import ElidedLabel

# Stands in every hostile text of the tests, and nowhere else.
MARK = "h0st1le"
# What must not reach the screen raw: it moves the cursor, or turns the order of what follows.
_RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]")
_MARKUP = re.compile(r"<(b|i|a|img|script|h1|table)\b", re.IGNORECASE)
_MOST_ROWS, _LONGEST = 40, 20_000


def faults(tops: list[QWidget]) -> list[str]:
    """Return what is wrong with hostile texts in some windows, all that is hidden in them included."""
    return [
        f"{_name(widget)}: {fault}"
        for top in tops
        for widget in [top, *top.findChildren(QWidget)]
        for fault in _of(widget)
    ]


def marked(tops: list[QWidget]) -> set[str]:
    """Return in which kinds of places a hostile text stands, to know that the test looks somewhere."""
    found = set()
    for top in tops:
        for widget in [top, *top.findChildren(QWidget)]:
            found |= {kind for kind, text in _texts(widget) if MARK in text}
    return found


def _name(widget: QWidget) -> str:
    return f"{type(widget).__name__} {widget.accessibleName()[:50]!r} in {type(widget.parent()).__name__}"


def _of(widget: QWidget) -> Iterator[str]:
    for kind, text in _texts(widget):
        if MARK in text:
            yield from _of_text(kind, text)
    if isinstance(widget, QLabel) and MARK in widget.text():
        if widget.textFormat() != Qt.TextFormat.PlainText:
            yield f"a label may take its text for markup: {widget.text()[:80]!r}"
        if widget.openExternalLinks():
            yield "a label opens links"
    if isinstance(widget, QTextEdit) and MARK in widget.toPlainText():
        page = widget.toHtml()
        if "<img" in page or "href=" in page:
            yield f"a document holds a picture or a link: {widget.toPlainText()[:80]!r}"


def _of_text(kind: str, text: str) -> Iterator[str]:
    if kind == "tooltip" and QtGui.Qt.mightBeRichText(text) and _MARKUP.search(text):
        yield f"a tooltip is interpreted: {text[:80]!r}"
    if kind not in ("field", "said") and _RAW.search(text):
        yield f"{kind} with raw control characters: {text[:80]!r}"
    if kind in ("button", "tab", "action") and re.search("(?<!&)&(?:&&)*(?!&)", text):
        yield f"{kind} loses an ampersand: {text[:80]!r}"
    if kind != "field" and len(text) > _LONGEST:
        yield f"{kind} of {len(text)} characters"


def _texts(widget: QWidget) -> Iterator[tuple[str, str]]:
    """Return every text of a widget, and what kind of place it stands in."""
    yield "tooltip", widget.toolTip()
    yield "title", widget.windowTitle() if widget.isWindow() else ""
    for action in widget.actions():
        if isinstance(action, QAction):
            yield "action", action.text()
            yield "tooltip", action.toolTip()
    for kind, of in _OWN_TEXTS.items():
        if isinstance(widget, kind):
            yield from of(widget)


def _of_tabs(tabs: QTabBar) -> Iterator[tuple[str, str]]:
    for place in range(tabs.count()):
        yield "tab", tabs.tabText(place)
        yield "tooltip", tabs.tabToolTip(place)


def _of_combo(combo: QComboBox) -> Iterator[tuple[str, str]]:
    for place in range(min(combo.count(), _MOST_ROWS)):
        yield "entry", combo.itemText(place)
        yield "tooltip", combo.itemData(place, Qt.ItemDataRole.ToolTipRole) or ""


def _cells(view: QAbstractItemView) -> Iterator[tuple[str, str]]:
    model = view.model()
    if model is None:
        return
    roles = Qt.ItemDataRole
    columns = 1 if isinstance(view, QListView) else model.columnCount()
    for row in range(min(model.rowCount(), _MOST_ROWS)):
        for column in range(columns):
            index = model.index(row, column)
            yield "cell", str(index.data(roles.DisplayRole) or "")
            yield "tooltip", str(index.data(roles.ToolTipRole) or "")
            yield "said", str(index.data(roles.AccessibleTextRole) or "")
    for along, count in (
        (Qt.Orientation.Horizontal, columns),
        (Qt.Orientation.Vertical, min(model.rowCount(), _MOST_ROWS)),
    ):
        for section in range(count):
            yield "head", str(model.headerData(section, along, roles.DisplayRole) or "")
            yield "tooltip", str(model.headerData(section, along, roles.ToolTipRole) or "")


_OWN_TEXTS: dict[type[QWidget], Callable[..., Iterable[tuple[str, str]]]] = {
    QLabel: lambda label: [("label", label.text())],
    QAbstractButton: lambda button: [("button", button.text())],
    QGroupBox: lambda box: [("title", box.title())],
    QMenu: lambda menu: [("title", menu.title())],
    QTabBar: _of_tabs,
    QStatusBar: lambda bar: [("status", bar.currentMessage())],
    QComboBox: _of_combo,
    QLineEdit: lambda field: [("field", field.text()), ("field", field.placeholderText())],
    QPlainTextEdit: lambda field: [("field", field.toPlainText())],
    QAbstractItemView: lambda view: () if isinstance(view, QHeaderView) else _cells(view),
    ElidedLabel: lambda line: [("line", line._shown)],
}
