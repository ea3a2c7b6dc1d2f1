"""The settings of the window: puts them into effect, and opens the dialog that changes them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from ui.appearance import apply_theme
from ui.command_palette import Entry
from ui.icons import icons
from ui.preferences.dialog import SETTINGS, SettingsDialog
from ui.settings import TEXT_SIZES
from ui.theme import Theme

if TYPE_CHECKING:
    from ui.main_window import MainWindow
    from ui.settings import Settings

LOOKS = ("theme", "palette", "text_size")
# What "Reset all settings" gives its default again; what was opened and typed is no setting.
ALL = (*LOOKS, "shortcuts", "start", "threads", "live", "unit", "level", "top_links", "method", "layer",
       "references", "similarity", "tolerance")  # fmt: skip


def theme_of(settings: Settings) -> Theme:
    """Return the theme that settings ask for."""
    name, palette = settings.theme, settings.palette
    return Theme.for_system(palette) if name == "system" else Theme.named(name, palette)


def dress(settings: Settings) -> None:
    """Let the whole program look as settings ask for."""
    theme = theme_of(settings)
    apply_theme(QApplication.instance(), theme, settings.text_size)
    icons.set_theme(theme, settings.text_size)


class Preferences(QObject):
    """Owns the looks and the keys of the window that it is made with."""

    theme_changed = Signal(object)  # Theme
    changed = Signal()  # some setting has another value

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window, self.settings, self.actions = window, window.settings, window.actions_
        self._dialog: SettingsDialog | None = None
        self._applied: tuple[object, ...] = ()
        self.actions.use_keys(self.settings.shortcuts)
        bind = self.actions.bind
        bind("edit.settings", self.open)
        bind("help.keys", lambda: self.open("Keyboard"))
        for theme in ("system", "light", "dark"):
            bind(f"view.{theme}", lambda theme=theme: self.set("theme", theme))
        bind("view.larger", lambda: self._step_text(1))
        bind("view.smaller", lambda: self._step_text(-1))
        bind("view.usual_size", lambda: self.set("text_size", 100))
        QGuiApplication.styleHints().colorSchemeChanged.connect(self.apply)
        window.closing.connect(self._stop)
        window.palette_.add_source(self._entries)

    @property
    def theme(self) -> Theme:
        """The theme that the settings ask for."""
        return theme_of(self.settings)

    def set(self, name: str, value: object) -> None:
        """Give a setting a value, and put it into effect."""
        setattr(self.settings, name, value)
        self.apply()
        self.changed.emit()

    def set_keys(self, id: str, keys: str) -> None:
        """Give an action other keys, taking them from the action that has them; empty for none."""
        self.actions.set_keys(id, keys)
        self.set("shortcuts", self.actions.changed_keys())

    def reset_keys(self) -> None:
        """Give every action its default keys."""
        self.actions.use_keys({})
        self.set("shortcuts", {})

    def reset_all(self) -> None:
        """Give every setting its default; recent files, texts and places of panels stay."""
        self.settings.reset(*ALL)
        self.actions.use_keys({})
        if self.actions["run.live"].isChecked() != self.settings.live:
            self.actions["run.live"].trigger()
        self.window.header.choose_device("auto")
        self.apply()
        self.changed.emit()

    @Slot()
    def apply(self) -> None:
        """Look as the settings say; what looks so already is left alone."""
        theme, size = self.theme, self.settings.text_size
        self.actions[f"view.{self.settings.theme}"].setChecked(True)
        if (theme, size) == self._applied:
            return
        if self._applied:
            # The window was made in the looks of the start.
            dress(self.settings)
        self._applied = (theme, size)
        for page in self.window.pages.values():
            page.set_theme(theme)
        self.theme_changed.emit(theme)

    def open(self, section: str = "") -> None:
        """Show the dialog, at one of its sections."""
        if self._dialog is None:
            self._dialog = SettingsDialog(self, self.window)
        self._dialog.show_section(section)
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    @property
    def dialog(self) -> SettingsDialog | None:
        """The dialog, None before it was opened."""
        return self._dialog

    def _entries(self) -> list[Entry]:
        """Return what the command palette lists: every setting, and the workspaces opened lately."""
        settings = [
            Entry(
                f"setting.{name}",
                name,
                f"Settings, {section}",
                lambda section=section: self.open(section),
                tip=f"Opens the settings at: {section}",
            )
            for name, section in SETTINGS
        ]
        workspaces = [
            Entry(
                f"workspace.{folder}",
                Path(folder).name,
                "Recent workspace",
                lambda folder=folder: self.window.loading.open_workspace(folder),
                tip=folder,
            )
            for folder in self.settings.recent_workspaces
        ]
        return [*settings, *workspaces]

    def _step_text(self, step: int) -> None:
        size = self.settings.text_size
        beyond = [known for known in TEXT_SIZES[::step] if (known - size) * step > 0]
        if beyond:
            self.set("text_size", beyond[0])

    @Slot()
    def _stop(self) -> None:
        QGuiApplication.styleHints().colorSchemeChanged.disconnect(self.apply)
