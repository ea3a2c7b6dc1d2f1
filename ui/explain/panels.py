"""The panels of the workspace: what stands in each dock, and the controls that belong to it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSlider, QVBoxLayout, QWidget

from ui.actions import Actions
from ui.buttons import action_button, segments
from ui.elided_label import ElidedLabel
from ui.explain.candidates import CandidateList
from ui.explain.concepts import Concepts
from ui.explain.dock_layout import DockLayout
from ui.explain.history import HistoryList
from ui.explain.pair_view import PairView
from ui.explain.veil import Veil
from ui.plain import PlainLabel
from ui.theme import SPACE_M, SPACE_S, Theme
from ui.widgets.agreement_table import AgreementTable
from ui.widgets.text_splitter import TextSplitter

MOST_LINKS = 200
# Panels scroll, so that the window fits on a small screen.
_LOWEST_PANEL, _LOWEST_TEXT = 64, 48


class Panels(DockLayout):
    """Every panel of a result, in its dock."""

    top_changed = Signal(int)

    def __init__(
        self, actions: Actions, view: PairView, concepts: Concepts, top: int, parent: QWidget | None = None
    ) -> None:
        self.view, self.concepts = view, concepts
        self.candidates = CandidateList()
        self.history = HistoryList()
        self.methods = AgreementTable()
        self.checks = _muted("Results of Captum's checks")
        self.compared = _muted("What was compared")
        self.top = _slider(top)
        self._pictures = {
            "connections": view.connections,
            "matrix": view.matrix,
            "ledger": view.ledger,
            "faithfulness": view.faithfulness,
            "dimensions": view.dimensions,
            "methods": self.methods,
            "candidates": self.candidates,
            "history": self.history,
            "concepts": concepts.table,
            "flow": concepts.flow,
        }
        for picture in self._pictures.values():
            picture.setMinimumHeight(_LOWEST_PANEL)
        levels = segments(actions, ("view.tokens", "view.words", "view.sentences"), "Matrix of")
        super().__init__(
            actions,
            {
                "texts": ("Texts", _with_foot(self._texts(), view.legend)),
                "connections": ("Connections", _with_foot(view.connections, self._strength(), None)),
                "flow": ("Flow", concepts.flow_panel),
                "concepts": ("Concepts", concepts.panel),
                "candidates": ("Candidates", self.candidates),
                "history": ("History", self.history),
                "matrix": ("Matrix", _with_foot(view.matrix, levels, None)),
                "ledger": ("Ledger", view.ledger),
                "faithfulness": (
                    "Faithfulness",
                    _with_foot(view.faithfulness, action_button(actions["run.captum"]), self.checks),
                ),
                "dimensions": ("Dimensions", view.dimensions),
                "methods": (
                    "Methods",
                    _with_foot(self.methods, action_button(actions["run.methods"]), self.compared),
                ),
            },
            parent,
        )
        self.top.valueChanged.connect(view.connections.set_top)
        self.top.valueChanged.connect(self.top_changed)
        view.connections.set_top(self.top.value())
        self.veil = Veil(self)

    def panel_in_focus(self) -> QWidget:
        """Return the picture of the panel that has the focus; the connections if none has."""
        for text in (self.view.query, self.view.candidate):
            if text.hasFocus():
                return text
        focus = self.focusWidget()
        for name, picture in self._pictures.items():
            if focus is not None and self.dock(name).isAncestorOf(focus):
                return picture
        return self.view.connections

    def set_theme(self, theme: Theme) -> None:
        """Give every panel another theme."""
        self.view.set_theme(theme)
        self.candidates.set_theme(theme)
        self.methods.set_theme(theme)
        self.concepts.set_theme(theme)

    def _texts(self) -> QWidget:
        texts = TextSplitter(self.view.query, self.view.candidate, _LOWEST_TEXT)
        texts.setFocusProxy(self.view.query)
        return texts

    def _strength(self) -> QWidget:
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        label = PlainLabel("Strongest links")
        label.setForegroundRole(label.palette().ColorRole.PlaceholderText)
        label.setBuddy(self.top)
        number = PlainLabel(str(self.top.value()))
        number.setMinimumWidth(number.fontMetrics().horizontalAdvance(str(MOST_LINKS)))
        self.top.valueChanged.connect(number.setNum)
        for widget in (label, self.top, number):
            layout.addWidget(widget)
        return row


def _slider(value: int) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setAccessibleName("How many of the strongest links are drawn")
    slider.setRange(1, MOST_LINKS)
    slider.setPageStep(10)
    slider.setValue(min(value, MOST_LINKS))
    return slider


def _muted(name: str) -> ElidedLabel:
    label = ElidedLabel(name)
    label.setForegroundRole(label.palette().ColorRole.PlaceholderText)
    return label


def _with_foot(content: QWidget, *foot: QWidget | None) -> QWidget:
    """Return a panel with controls in a row below it; None stands for the room that is left over."""
    box = QWidget()
    box.setFocusProxy(content)
    layout = QVBoxLayout(box)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    layout.addWidget(content, 1)
    row = QHBoxLayout()
    row.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_S)
    row.setSpacing(SPACE_M)
    for widget in foot:
        if widget is None:
            row.addStretch(1)
        else:
            row.addWidget(widget)
    layout.addLayout(row)
    return box
