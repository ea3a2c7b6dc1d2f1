"""How the page Concepts is laid out: table above overview at the left, the chosen feature at the right."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget


def halves(page: QWidget, features: QWidget, overview: QWidget, feature: QWidget) -> QSplitter:
    """Return the whole page but for its head and its empty state."""
    left = QSplitter(Qt.Orientation.Vertical, page)
    left.setAccessibleName("Table and overview")
    left.addWidget(features)
    left.addWidget(overview)
    left.setSizes([460, 340])
    whole = QSplitter(Qt.Orientation.Horizontal, page)
    whole.setAccessibleName("Features and the chosen one")
    whole.addWidget(left)
    whole.addWidget(feature)
    whole.setSizes([760, 640])
    return whole
