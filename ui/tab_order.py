"""Where Tab goes next: through what is on the screen, in the order in which it is read.

Qt goes by the order in which controls were made, through panels that lie behind others as well. Here the
order follows from where things are now: it holds for panels that were moved and for rows that were added.
"""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QAbstractButton, QScrollArea, QWidget
from shiboken6 import isValid

# Pixels by which what stands in one row or column may reach into the next.
_SLACK = 2
_Unit = tuple[QRect, list[QWidget]]


class ReadingOrder:
    """Lets Tab go through a window in reading order; to be named before the class of the window."""

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Give the focus to the next control, or the one before; from the last one it comes to the first."""
        return step(self, forward)


def step(window: QWidget, forward: bool) -> bool:
    """Move the focus by one control of a window; return whether there is another one."""
    here = window.focusWidget()
    stops = in_reading_order(window, here)
    others = [stop for stop in stops if stop is not here]
    if not others:
        return False
    if here in stops:
        there = stops[(stops.index(here) + (1 if forward else -1)) % len(stops)]
    else:
        there = stops[0 if forward else -1]
    there.setFocus(Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason)
    above = there.parentWidget()
    while above is not None and above is not window:
        if isinstance(above, QScrollArea):
            above.ensureWidgetVisible(there)
        above = above.parentWidget()
    return True


def in_reading_order(top: QWidget, here: QWidget | None = None) -> list[QWidget]:
    """Return what Tab stops at below a widget, from the top left to the bottom right.

    Args:
        top: the window, or a part of it.
        here: what is to be in the order as well though Tab passes over it, as it has the focus.
    """
    units: list[_Unit] = []
    for child in top.children():
        # What lies outside is a panel behind others, or folded away.
        if (
            isinstance(child, QWidget)
            and isValid(child)
            and not child.isWindow()
            and child.isVisible()
            and top.rect().intersects(child.geometry())
        ):
            takes = child is here or _takes_tab(child)
            # What is inside a control, such as the heads of a table, is its own affair.
            inner = [] if takes and not isinstance(child, QScrollArea) else in_reading_order(child, here)
            if takes or inner:
                units.append((child.geometry(), [child, *inner] if takes else inner))
    return [stop for _place, stops in _arranged(units) for stop in stops]


def _takes_tab(widget: QWidget) -> bool:
    if not widget.isEnabled() or widget.focusProxy() is not None:
        return False
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    if group is not None and group.exclusive() and group.checkedButton() is not None:
        # Of buttons that exclude each other, the arrow keys go to the others.
        return group.checkedButton() is widget
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)


def _arranged(units: list[_Unit]) -> list[_Unit]:
    """Return rectangles in reading order: row by row where lines part them into rows, else by columns."""
    if len(units) < 2:
        return units
    for across in (False, True):
        groups = _parted(units, across)
        if len(groups) > 1:
            return [unit for group in groups for unit in _arranged(group)]
    return sorted(units, key=lambda unit: (unit[0].top(), unit[0].left()))


def _parted(units: list[_Unit], across: bool) -> list[list[_Unit]]:
    """Return groups of rectangles with nothing between them but a straight line from edge to edge."""

    def start(unit: _Unit) -> int:
        return unit[0].left() if across else unit[0].top()

    groups: list[list[_Unit]] = []
    end = 0
    for unit in sorted(units, key=start):
        if not groups or start(unit) > end - _SLACK:
            groups.append([])
            end = 0
        groups[-1].append(unit)
        end = max(end, unit[0].right() if across else unit[0].bottom())
    return groups
