"""Where the panels stand: as docks that can be moved, stacked, floated, closed and brought back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QEvent, Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from ui.actions import Actions
from ui.explain.dock_title import DockTitle

LAYOUT_VERSION = 2
_COMPACT_BELOW = (72, 31)  # lines of text
_AREAS = (Qt.DockWidgetArea.TopDockWidgetArea, Qt.DockWidgetArea.BottomDockWidgetArea)


@dataclass(frozen=True)
class Arrangement:
    """Rows of places; panels that share a place are tabs, the first of them in front.

    Attributes:
        rows: one or two rows of places of panels' names.
        widths: the places' shares of each row, in percent.
        heights: the rows' shares, in percent.
    """

    rows: tuple[tuple[tuple[str, ...], ...], ...]
    widths: tuple[tuple[int, ...], ...]
    heights: tuple[int, ...]


WIDE = Arrangement(
    rows=(
        (("texts",), ("connections", "flow"), ("candidates", "concepts", "history")),
        (("matrix",), ("ledger", "dimensions"), ("faithfulness", "methods")),
    ),
    widths=((36, 40, 24), (42, 28, 30)),
    heights=(46, 54),
)
COMPACT = Arrangement(
    rows=(
        (
            ("texts", "candidates", "concepts", "ledger", "history"),
            ("connections", "flow", "matrix", "faithfulness", "dimensions", "methods"),
        ),
    ),
    widths=((45, 55),),
    heights=(100,),
)


class DockLayout(QMainWindow):
    """A main window inside the window that has nothing but docks.

    Args:
        actions: "view.NAME" goes to the panel NAME, and hides it if it has the focus.
        panels: the title and the content of each panel, by its name.
    """

    def __init__(
        self, actions: Actions, panels: Mapping[str, tuple[str, QWidget]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        # A main window inside another stays a plain widget.
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setDockNestingEnabled(True)
        self._actions = actions
        self._arrangement = WIDE
        self._fresh = True
        self._other_font = False
        self._docks = {name: self._dock(name, *panel) for name, panel in panels.items()}
        for name, dock in self._docks.items():
            action = actions.bind_toggle(
                f"view.{name}", lambda shown, name=name: self._toggle(name, shown), "Explain"
            )
            dock.toggleViewAction().toggled.connect(action.setChecked)
        self._arrange(WIDE)

    def dock(self, name: str) -> QDockWidget:
        """Return the dock of a panel."""
        return self._docks[name]

    def reveal(self, name: str) -> None:
        """Bring a panel to the front."""
        self._docks[name].show()
        self._docks[name].raise_()

    def reset(self) -> None:
        """Put every panel where it stands at first; a small window has fewer places and more tabs."""
        self._arrange(self._fitting())
        self._share_out()

    def save(self) -> QByteArray:
        """Return where every panel stands."""
        return self.saveState(LAYOUT_VERSION)

    def restore(self, state: QByteArray) -> bool:
        """Put every panel where it stood; False if that cannot be read."""
        restored = self.restoreState(state, LAYOUT_VERSION)
        self._fresh = self._fresh and not restored
        self._tell_actions()
        return restored

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._fresh:
            self._fresh = False
            self.reset()
            # The sizes only hold once the docks have been laid out.
            QTimer.singleShot(0, self, self._share_out)
        elif self._other_font:
            QTimer.singleShot(0, self, self._refit)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and not self._fresh:
            # Every widget takes the new font first, and a page behind another has its size when it is shown.
            self._other_font = True
            if self.isVisible():
                QTimer.singleShot(0, self, self._refit)

    # -- inside ---------------------------------------------------------------------------------------

    def _dock(self, name: str, title: str, content: QWidget) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(name)
        dock.setAccessibleName(title)
        dock.setWidget(content)
        dock.setTitleBarWidget(DockTitle(dock))
        return dock

    def _toggle(self, name: str, shown: bool) -> None:
        dock, focus = self._docks[name], self.window().focusWidget()
        if not shown and focus is not None and dock.isAncestorOf(focus):
            dock.hide()
            return
        # A panel that somebody is not in is meant to be gone to, not to go.
        self.reveal(name)
        self._actions[f"view.{name}"].setChecked(True)
        dock.widget().setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _fitting(self) -> Arrangement:
        narrow, low = (lines * self.fontMetrics().height() for lines in _COMPACT_BELOW)
        return COMPACT if self.width() < narrow or self.height() < low else WIDE

    def _refit(self) -> None:
        """Rearrange the panels if another size of text wants it and nobody has moved them."""
        self._other_font = False
        before, fitting = self._arrangement_now(), self._fitting()
        if before is None or before is fitting:
            return
        closed = [dock for dock in self._docks.values() if dock.isHidden()]
        front = [name for name, dock in self._docks.items() if not dock.visibleRegion().isEmpty()]
        self._arrange(fitting)
        for dock in closed:
            dock.hide()
        # What somebody was looking at stays in sight, as far as there are places.
        for name in front if fitting is WIDE else ():
            self._docks[name].raise_()
        self._share_out()

    def _arrangement_now(self) -> Arrangement | None:
        """Return the arrangement in which the panels stand, None if somebody has moved one."""
        return next((each for each in (WIDE, COMPACT) if self._stand_as(each)), None)

    def _stand_as(self, arrangement: Arrangement) -> bool:
        for area, row in zip(_AREAS, arrangement.rows, strict=False):
            for place in row:
                docks = {self._docks[name] for name in place if not self._docks[name].isHidden()}
                for dock in docks:
                    tabs = {tab for tab in self.tabifiedDockWidgets(dock) if not tab.isHidden()}
                    if dock.isFloating() or self.dockWidgetArea(dock) != area or tabs | {dock} != docks:
                        return False
        return True

    def _arrange(self, arrangement: Arrangement) -> None:
        self._arrangement = arrangement
        for dock in self._docks.values():
            dock.setFloating(False)
            self.removeDockWidget(dock)
        for area, row in zip(_AREAS, arrangement.rows, strict=False):
            for place in row:
                first, *others = (self._docks[name] for name in place)
                self.addDockWidget(area, first, Qt.Orientation.Horizontal)
                for other in others:
                    self.tabifyDockWidget(first, other)
        for dock in self._docks.values():
            dock.show()
        for row in arrangement.rows:
            for place in row:
                self._docks[place[0]].raise_()
        self._tell_actions()

    def _tell_actions(self) -> None:
        # Docks tell of what changes while they are shown, which they are not at first.
        for name, dock in self._docks.items():
            self._actions[f"view.{name}"].setChecked(not dock.isHidden())

    def _share_out(self) -> None:
        for row, shares in zip(self._arrangement.rows, self._arrangement.widths, strict=True):
            sizes = [self.width() * share // 100 for share in shares]
            self.resizeDocks([self._docks[place[0]] for place in row], sizes, Qt.Orientation.Horizontal)
        firsts = [self._docks[row[0][0]] for row in self._arrangement.rows]
        sizes = [self.height() * share // 100 for share in self._arrangement.heights]
        self.resizeDocks(firsts, sizes, Qt.Orientation.Vertical)
