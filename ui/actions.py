"""The actions of the window: made from the list, bound to what they do, allowed where they can be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from ui.action_list import ACTIONS, ActionSpec
from ui.icons import give_to_menu


class Actions(QObject):
    """The `QAction` of every spec, to be connected by id."""

    keys_changed = Signal()

    def __init__(self, parent: QObject | None = None, specs: tuple[ActionSpec, ...] = ACTIONS) -> None:
        super().__init__(parent)
        self._specs = {spec.id: spec for spec in specs}
        self._groups: dict[str, QActionGroup] = {}
        self._actions: dict[str, QAction] = {}
        for spec in specs:
            self._make(spec)
        self._bound: set[str] = set()
        self._page_of: dict[str, str] = {}
        self._impossible: set[str] = set()
        self._front = ""

    def __getitem__(self, id: str) -> QAction:
        return self._actions[id]

    @property
    def all(self) -> tuple[QAction, ...]:
        """Every action, in the order of the list."""
        return tuple(self._actions.values())

    @property
    def unbound(self) -> tuple[str, ...]:
        """Ids of actions that do nothing yet."""
        return tuple(id for id in self._actions if id not in self._bound)

    def bind(self, id: str, callback: Callable[[], object], page: str = "") -> QAction:
        """Let an action call `callback` when a person triggers it.

        Args:
            id: of the action.
            callback: is called without arguments.
            page: that it acts on; while another page is in front, it is disabled.
        """
        return self.bind_toggle(id, lambda _checked=False: callback(), page)

    def bind_toggle(self, id: str, callback: Callable[[bool], object], page: str = "") -> QAction:
        """Let a checkable action call `callback` with its new state; otherwise as `bind`."""
        action = self._actions[id]
        action.triggered.connect(callback)
        self._bound.add(id)
        if page:
            self._page_of[id] = page
            self._enable(id)
        return action

    @property
    def specs(self) -> tuple[ActionSpec, ...]:
        """What the actions were made from, in the order of the list."""
        return tuple(self._specs.values())

    def title(self, id: str) -> str:
        """Return the name of an action without its mnemonic."""
        return self._actions[id].text().replace("&", "")

    # -- keys -----------------------------------------------------------------------------------------

    def keys(self, id: str) -> str:
        """Return the portable keys of an action, empty for none."""
        return self._actions[id].shortcut().toString(_PORTABLE)

    def default_keys(self, id: str) -> str:
        """Return the portable keys that an action has unless a person has changed them."""
        return QKeySequence(self._specs[id].shortcut).toString(_PORTABLE)

    def owner(self, keys: str) -> str | None:
        """Return the id of the action that has these keys, None if none has."""
        return next((id for id in self._actions if keys and self.keys(id) == keys), None)

    def changed_keys(self) -> dict[str, str]:
        """Return the keys of every action whose keys are not its default ones."""
        return {id: self.keys(id) for id in self._actions if self.keys(id) != self.default_keys(id)}

    def set_keys(self, id: str, keys: str) -> None:
        """Give an action other keys, taking them from the action that has them; empty for none."""
        self.use_keys({**self.changed_keys(), id: keys}, first=id)

    def use_keys(self, changed: Mapping[str, str], first: str = "") -> None:
        """Give actions the keys that a person has chosen, and all others their default ones.

        No two actions share keys: those of `first` and then those that were chosen come before defaults.
        An id that is not known any more is left out.
        """
        chosen = {id: QKeySequence(keys).toString(_PORTABLE) for id, keys in changed.items()}
        order = sorted(self._actions, key=lambda id: (id != first, id not in chosen))
        taken: set[str] = set()
        for id in order:
            keys = chosen.get(id, self.default_keys(id))
            self._give_keys(id, "" if keys in taken else keys)
            taken.add(keys)
        self.keys_changed.emit()

    def _give_keys(self, id: str, keys: str) -> None:
        action, spec = self._actions[id], self._specs[id]
        action.setShortcut(QKeySequence(keys))
        said = spec.tip or spec.text.replace("&", "")
        shown = action.shortcut().toString(_NATIVE)
        action.setToolTip(f"{said} ({shown})" if shown else said)

    # -- what can be done now --------------------------------------------------------------------------

    def why_not(self, id: str) -> str:
        """Return in a few words why an action cannot be done now; empty if it can."""
        if self._actions[id].isEnabled():
            return ""
        page = self._page_of.get(id, self._front)
        if page != self._front and id not in self._impossible:
            return f"On the page {page}"
        needs = self._specs[id].needs
        return f"Needs {needs}" if needs else "Not possible now"

    def allow(self, id: str, possible: bool) -> None:
        """Say whether an action can be done on the page that it acts on."""
        (self._impossible.discard if possible else self._impossible.add)(id)
        self._enable(id)

    def show_page(self, name: str) -> None:
        """Take note of the page in front: what acts on another page is disabled."""
        self._front = name
        for id in self._page_of:
            self._enable(id)

    def _enable(self, id: str) -> None:
        here = self._page_of.get(id, self._front) == self._front
        self._actions[id].setEnabled(here and id not in self._impossible)

    def fill(self, bar: QMenuBar) -> None:
        """Build the menus."""
        menus: dict[str, QMenu] = {}
        for spec in self._specs.values():
            menu = self._menu(bar, spec.menu, menus)
            if spec.separated:
                menu.addSeparator()
            menu.addAction(self._actions[spec.id])

    def path(self, action: QAction) -> str:
        """Return where an action stands, for the palette: "View, Theme"."""
        return self._specs[action.objectName()].menu.replace("/", ", ")

    def _menu(self, bar: QMenuBar, path: str, menus: dict[str, QMenu]) -> QMenu:
        if path not in menus:
            above, _, name = path.rpartition("/")
            parent = self._menu(bar, above, menus) if above else bar
            menus[path] = parent.addMenu(f"&{name}")
            menus[path].setToolTipsVisible(True)
            give_to_menu(menus[path])
        return menus[path]

    def _make(self, spec: ActionSpec) -> None:
        action = QAction(spec.text, self)
        action.setObjectName(spec.id)
        action.setCheckable(spec.checkable)
        self._actions[spec.id] = action
        self._give_keys(spec.id, spec.shortcut)
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        if spec.group:
            group = self._groups.setdefault(spec.group, QActionGroup(self))
            group.addAction(action)


_NATIVE, _PORTABLE = QKeySequence.SequenceFormat.NativeText, QKeySequence.SequenceFormat.PortableText
