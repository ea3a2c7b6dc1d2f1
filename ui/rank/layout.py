"""How the page Rank is laid out: the list at the left, what is known of the chosen hit at the right."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QTabWidget, QVBoxLayout, QWidget

from ui.theme import SPACE_M, SPACE_S


def hit_tabs(
    page: QWidget, words: QWidget, compare: QWidget, missing: QWidget, what_if: QWidget, steer: QWidget
) -> QTabWidget:
    """Return the tabs about the chosen hit."""
    tabs = QTabWidget(page)
    tabs.setAccessibleName("About the chosen hit")
    tabs.setDocumentMode(True)
    for title, part, tip in (
        ("Words", words, "The words that drove the chosen hit"),
        ("Compare", compare, "Why the chosen hit is above another, or below"),
        ("Missing", missing, "Why a document does not come up"),
        ("What if", what_if, "Edit the query or the document and see the rank move"),
        ("Steer", steer, "Turn features of the query up or down"),
    ):
        tabs.setTabToolTip(tabs.addTab(part, title), tip)
    return tabs


def results(page: QWidget, state: QWidget, table: QWidget, tabs: QWidget) -> QSplitter:
    """Return the whole page but for the search and its empty state."""
    left = QWidget(page)
    column = QVBoxLayout(left)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(SPACE_S)
    margins = QVBoxLayout()
    margins.setContentsMargins(SPACE_M, 0, SPACE_M, 0)
    margins.addWidget(state)
    column.addLayout(margins)
    column.addWidget(table, 1)
    splitter = QSplitter(Qt.Orientation.Horizontal, page)
    splitter.setChildrenCollapsible(False)
    splitter.addWidget(left)
    splitter.addWidget(tabs)
    splitter.setStretchFactor(0, 3)
    splitter.setStretchFactor(1, 2)
    splitter.setSizes([840, 560])
    return splitter
