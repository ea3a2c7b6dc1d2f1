"""What a screen reader is told: the tree of accessible objects below a widget."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QLabel, QWidget

Role = QAccessible.Role
_VALUED = {Role.SpinBox, Role.Slider, Role.ProgressBar, Role.ComboBox}


@dataclass(frozen=True)
class Node:
    """One accessible object.

    Attributes:
        role, name, description, value: as a screen reader is told them.
        focusable: whether the keyboard can reach it.
        pressable: whether it can be pressed.
        path: roles and names of what it stands in, from the window down.
        widget: what it stands for, None for parts of one.
        beside: whether it is a cell of a tree beside the one with the name of the row.
    """

    role: Role
    name: str
    description: str
    value: str
    focusable: bool
    pressable: bool
    path: tuple[str, ...]
    widget: QWidget | None
    beside: bool = False

    def __str__(self) -> str:
        kind = type(self.widget).__name__ if self.widget is not None else "part"
        return f"{self.role.name} {self.name!r} ({kind}) in {' > '.join(self.path[-4:])}"


def nodes(top: QWidget, most_cells: int = 60) -> Iterator[Node]:
    """Walk the tree below a widget; of long tables and lists only the first cells are visited."""
    yield from _walk(QAccessible.queryAccessibleInterface(top), (), most_cells)


def nameless(top: QWidget) -> list[str]:
    """Return what can be focused or pressed and has no name, or no role."""
    return [
        str(node)
        for node in nodes(top)
        if (node.focusable or node.pressable)
        and node.role not in (Role.ScrollBar, Role.Separator)
        and not _says_nothing(node)
        and not node.beside
        and (not node.name.strip() or (node.role in (Role.NoRole, Role.Client) and not _hands_on(node)))
    ]


def _says_nothing(node: Node) -> bool:
    """Return whether it is a label that is empty now: nobody comes to it by keyboard."""
    return isinstance(node.widget, QLabel) and not node.widget.text()


def _hands_on(node: Node) -> bool:
    """Return whether a widget only hands the focus on to another, as a box of tabs does."""
    return node.widget is not None and node.widget.focusProxy() is not None


def valueless(top: QWidget) -> list[str]:
    """Return what has a value by its role and does not tell it."""
    return [str(node) for node in nodes(top) if node.role in _VALUED and not node.value.strip()]


def _walk(interface: QAccessibleInterface | None, path: tuple[str, ...], most: int) -> Iterator[Node]:
    if interface is None or not interface.isValid():
        return
    state, role = interface.state(), interface.role()
    if state.invisible and path:
        return
    name = interface.text(QAccessible.Text.Name)
    held = interface.object()
    actions = interface.actionInterface()
    value = interface.text(QAccessible.Text.Value)
    number, cell = interface.valueInterface(), interface.tableCellInterface()
    if not value and number is not None:
        value = str(number.currentValue())
    yield Node(
        role,
        name,
        interface.text(QAccessible.Text.Description),
        value,
        bool(state.focusable),
        actions is not None and "Press" in actions.actionNames(),
        path,
        held if isinstance(held, QWidget) else None,
        role == Role.TreeItem and cell is not None and cell.columnIndex() > 0,
    )
    below = (*path, f"{role.name} {name[:40]!r}")
    for place in range(
        min(interface.childCount(), most if role in (Role.Table, Role.List, Role.Tree) else 10_000)
    ):
        yield from _walk(interface.child(place), below, most)
