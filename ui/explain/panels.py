"""The docks of the workspace: where each panel stands, and the controls that belong to it."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QSlider,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from ui.actions import Actions
from ui.buttons import action_button, segments
from ui.elided_label import ElidedLabel
from ui.explain.candidates import CandidateList
from ui.explain.history import HistoryList
from ui.explain.pair_view import PairView
from ui.explain.veil import Veil
from ui.theme import SPACE_M, SPACE_S, Theme
from ui.widgets.agreement_table import AgreementTable

LAYOUT_VERSION = 1
MOST_LINKS = 200
_UPPER = ("texts", "connections", "candidates")
_LOWER = ("matrix", "ledger", "faithfulness")
_TITLES = {
    "texts": "Texts",
    "connections": "Connections",
    "candidates": "Candidates",
    "history": "History",
    "matrix": "Matrix",
    "ledger": "Ledger",
    "faithfulness": "Faithfulness",
    "dimensions": "Dimensions",
    "methods": "Methods",
}


class Panels(QMainWindow):
    """Holds the panels as docks that can be moved, stacked, floated, closed and brought back."""

    top_changed = Signal(int)

    def __init__(self, actions: Actions, view: PairView, top: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # A main window inside another stays a plain widget.
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setDockNestingEnabled(True)
        self.setDockOptions(self.dockOptions() | QMainWindow.DockOption.AllowNestedDocks)
        self.view = view
        self._actions = actions
        self._fresh = True
        self.candidates = CandidateList()
        self.history = HistoryList()
        self.methods = AgreementTable()
        self.checks = ElidedLabel("Results of Captum's checks")
        self.checks.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self.compared = ElidedLabel("What was compared")
        self.compared.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self._docks = {
            name: self._dock(name, content)
            for name, content in {
                "texts": self._texts(),
                "connections": self._with_foot(view.connections, self._strength(top)),
                "candidates": self.candidates,
                "history": self.history,
                "matrix": self._with_foot(
                    view.matrix,
                    segments(actions, ("view.tokens", "view.words", "view.sentences"), "Matrix of", self),
                ),
                "ledger": view.ledger,
                "faithfulness": self._with_foot(
                    view.faithfulness, action_button(actions["run.captum"]), self.checks
                ),
                "dimensions": view.dimensions,
                "methods": self._with_foot(
                    self.methods, action_button(actions["run.methods"]), self.compared
                ),
            }.items()
        }
        for name, dock in self._docks.items():
            action = actions.bind_toggle(f"view.{name}", lambda shown, name=name: self._toggle(name, shown))
            dock.toggleViewAction().toggled.connect(action.setChecked)
            action.setChecked(True)
        self.veil = Veil(self)
        self.reset()

    def dock(self, name: str) -> QDockWidget:
        """Return the dock of a panel by its name in the View menu."""
        return self._docks[name]

    def reveal(self, name: str) -> None:
        """Bring a panel to the front."""
        self._docks[name].show()
        self._docks[name].raise_()

    def _toggle(self, name: str, shown: bool) -> None:
        if shown:
            self.reveal(name)
        else:
            self._docks[name].hide()

    def panel_in_focus(self) -> QWidget:
        """Return the picture of the panel that has the focus; the connections if none has."""
        pictures = {
            "connections": self.view.connections,
            "matrix": self.view.matrix,
            "ledger": self.view.ledger,
            "faithfulness": self.view.faithfulness,
            "dimensions": self.view.dimensions,
            "methods": self.methods,
            "candidates": self.candidates,
            "history": self.history,
        }
        for picture in (self.view.query, self.view.candidate):
            if picture.hasFocus():
                return picture
        focus = self.focusWidget()
        for name, picture in pictures.items():
            if focus is not None and self._docks[name].isAncestorOf(focus):
                return picture
        return self.view.connections

    def reset(self) -> None:
        """Put every panel back where it was at first."""
        for dock in self._docks.values():
            dock.setFloating(False)
            self.removeDockWidget(dock)
        docks, area = self._docks, Qt.DockWidgetArea
        for name in _UPPER:
            self.addDockWidget(area.TopDockWidgetArea, docks[name], Qt.Orientation.Horizontal)
        for name in _LOWER:
            self.addDockWidget(area.BottomDockWidgetArea, docks[name], Qt.Orientation.Horizontal)
        self.tabifyDockWidget(docks["candidates"], docks["history"])
        self.tabifyDockWidget(docks["ledger"], docks["dimensions"])
        self.tabifyDockWidget(docks["faithfulness"], docks["methods"])
        for dock in docks.values():
            dock.show()
        for name in (*_UPPER, *_LOWER):
            docks[name].raise_()
        self._share_out()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # Docks have no sizes to share out before they are first shown.
        if self._fresh:
            QTimer.singleShot(0, self, self._share_out)

    def _share_out(self) -> None:
        docks, horizontal = self._docks, Qt.Orientation.Horizontal
        for row, shares in ((_UPPER, (36, 40, 24)), (_LOWER, (42, 28, 30))):
            sizes = [self.width() * share // 100 for share in shares]
            self.resizeDocks([docks[name] for name in row], sizes, horizontal)
        sizes = [self.height() * share // 100 for share in (46, 54)]
        self.resizeDocks([docks[_UPPER[0]], docks[_LOWER[0]]], sizes, Qt.Orientation.Vertical)
        self._fresh = not self.isVisible()

    def save(self) -> QByteArray:
        """Return where every panel stands."""
        return self.saveState(LAYOUT_VERSION)

    def restore(self, state: QByteArray) -> bool:
        """Put every panel where it stood; False if that cannot be read."""
        restored = self.restoreState(state, LAYOUT_VERSION)
        self._fresh = self._fresh and not restored
        # Docks tell of what changes while they are shown, which they are not yet.
        for name, dock in self._docks.items():
            self._actions[f"view.{name}"].setChecked(not dock.isHidden())
        return restored

    def set_theme(self, theme: Theme) -> None:
        """Give every panel another theme."""
        self.view.set_theme(theme)
        self.candidates.set_theme(theme)
        self.methods.set_theme(theme)

    # -- inside ---------------------------------------------------------------------------------------

    def _dock(self, name: str, content: QWidget) -> QDockWidget:
        dock = QDockWidget(_TITLES[name], self)
        dock.setObjectName(name)
        dock.setAccessibleName(_TITLES[name])
        dock.setWidget(content)
        return dock

    def _texts(self) -> QWidget:
        texts = QSplitter(Qt.Orientation.Vertical)
        texts.setChildrenCollapsible(False)
        texts.addWidget(self.view.query)
        texts.addWidget(self.view.candidate)
        return self._with_foot(texts, self.view.legend)

    def _strength(self, top: int) -> QWidget:
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        label = QLabel("Strongest links")
        label.setForegroundRole(label.palette().ColorRole.PlaceholderText)
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setAccessibleName("How many of the strongest links are drawn")
        slider.setRange(1, MOST_LINKS)
        slider.setPageStep(10)
        slider.setValue(min(top, MOST_LINKS))
        label.setBuddy(slider)
        number = QLabel(str(slider.value()))
        number.setMinimumWidth(number.fontMetrics().horizontalAdvance(str(MOST_LINKS)))
        slider.valueChanged.connect(number.setNum)
        slider.valueChanged.connect(self.view.connections.set_top)
        slider.valueChanged.connect(self.top_changed)
        self.view.connections.set_top(slider.value())
        for widget in (label, slider, number):
            layout.addWidget(widget)
        return row

    def _with_foot(self, content: QWidget, *foot: QWidget) -> QWidget:
        box = QWidget()
        layout = QVBoxLayout(box)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(content, 1)
        row = QHBoxLayout()
        row.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_S)
        for widget in foot:
            row.addWidget(widget)
        if len(foot) == 1 and foot[0] is not self.view.legend:
            row.addStretch(1)
        layout.addLayout(row)
        return box
