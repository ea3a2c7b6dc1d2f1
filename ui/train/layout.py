"""How the page Train is laid out: the form at the left, curves above runs at the right."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from ui.actions import Actions
from ui.buttons import action_button, menu_button
from ui.flow_layout import FlowLayout
from ui.theme import SPACE_M, SPACE_S

_FORM_WIDTH = 18.2  # lines of text
_EXPORTS = ("train.picture", "train.copy_curves", "train.copy_runs")


def body(form: QWidget, plot: QWidget, runs: QWidget, quality: QWidget, actions: Actions) -> QWidget:
    """Return the whole page but for its empty state."""
    tabs = QTabWidget()
    tabs.setAccessibleName("Runs and their quality")
    tabs.setDocumentMode(True)
    tabs.addTab(runs, "Runs")
    tabs.addTab(quality, "Quality of the chosen run")
    below = QWidget()
    column = QVBoxLayout(below)
    column.setContentsMargins(0, SPACE_S, 0, 0)
    column.setSpacing(SPACE_S)
    column.addWidget(_buttons(actions))
    column.addWidget(tabs, 1)
    splitter = QSplitter(Qt.Orientation.Vertical)
    splitter.setAccessibleName("Curves and runs")
    splitter.addWidget(plot)
    splitter.addWidget(below)
    splitter.setStretchFactor(0, 1)
    splitter.setStretchFactor(1, 0)
    splitter.setSizes([600, 240])
    splitter.setChildrenCollapsible(False)
    whole = QWidget()
    row = QHBoxLayout(whole)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(SPACE_S)
    row.addWidget(_scrolled(form))
    row.addWidget(splitter, 1)
    return whole


class _FormArea(QScrollArea):
    """As wide as the form's lines of text need it."""

    def __init__(self) -> None:
        super().__init__()
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        self.setFixedWidth(round(_FORM_WIDTH * self.fontMetrics().height()))


def _scrolled(form: QWidget) -> QScrollArea:
    area = _FormArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(form)
    return area


def _buttons(actions: Actions) -> QWidget:
    export = menu_button("Export", "Export curves and runs", "Save the picture, copy the numbers")
    for id in _EXPORTS:
        export.menu().addAction(actions[id])
    row = QWidget()
    flow = FlowLayout(row, horizontal=SPACE_S)
    flow.setContentsMargins(SPACE_M, 0, SPACE_M, 0)
    for id in ("train.resume", "train.name", "train.delete"):
        flow.addWidget(action_button(actions[id], parent=row))
    flow.addWidget(action_button(actions["train.logarithmic"], parent=row))
    flow.addWidget(export)
    return row
