"""The settings dialog: what is chosen in it holds at once and is remembered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QPushButton,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine.resources import diverging_palettes, palette_title
from ui.icons import icons
from ui.plain import PlainLabel
from ui.preferences.fields import Choices, Section
from ui.preferences.palette_preview import PalettePreview
from ui.preferences.shortcut_editor import ShortcutEditor
from ui.settings import MAX_THREADS, STARTS, TEXT_SIZES, THEMES
from ui.tab_order import ReadingOrder
from ui.theme import SPACE_M, Theme

if TYPE_CHECKING:
    from ui.preferences.preferences import Preferences

# The sections, and their icons.
SECTIONS = {
    "Looks": "palette",
    "Explaining": "waypoints",
    "Start": "power",
    "Keyboard": "keyboard",
    "Folders": "folder",
}
# Where each setting stands, for the command palette.
SETTINGS = (
    ("Theme: light or dark", "Looks"),
    ("Text size", "Looks"),
    ("Palette: colours of contributions", "Looks"),
    ("Explain while typing", "Explaining"),
    ("Device", "Explaining"),
    ("Processor cores", "Explaining"),
    ("What is shown at the start", "Start"),
    ("Keyboard shortcuts: change them", "Keyboard"),
    ("Folders: data, logs, settings", "Folders"),
    ("Forget recent texts, files and commands", "Folders"),
    ("Reset all settings", "Looks"),
)
_THEME_NAMES = {"system": "Follow the system", "light": "Light", "dark": "Dark"}
_START_NAMES = {
    "session": "Everything as I left it",
    "example": "The worked example",
    "empty": "Empty fields",
}
_FIRST_SIZE = (49, 38)  # lines of text


class SettingsDialog(ReadingOrder, QDialog):
    """Sections on the left, the fields of the chosen one on the right. It stops nobody from working."""

    def __init__(self, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences, self._settings = preferences, preferences.settings
        self.setWindowTitle("Settings")
        self.setAccessibleName("Settings")
        self.sections = QListWidget()
        self.sections.setAccessibleName("Sections")
        self.sections.setFrameShape(QFrame.Shape.NoFrame)
        for name, icon in SECTIONS.items():
            QListWidgetItem(icons.icon(icon), name, self.sections)
        self._stack = QStackedWidget()
        self.shortcuts = ShortcutEditor(preferences)
        for page in (self._looks(), self._explaining(), self._start(), self.shortcuts, self._folders()):
            self._stack.addWidget(page)
        self.sections.currentRowChanged.connect(self._stack.setCurrentIndex)
        self.sections.setCurrentRow(0)
        self.reset = QPushButton("Reset all settings…")
        self.reset.setAccessibleName("Reset all settings")
        self.reset.clicked.connect(self._ask_reset)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        buttons.addButton(self.reset, QDialogButtonBox.ButtonRole.ResetRole)
        for button in buttons.buttons():
            # Return belongs to the field that has the focus.
            button.setAutoDefault(False)
        body = QHBoxLayout()
        body.addWidget(self.sections)
        body.addWidget(self._stack, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_M, SPACE_M, SPACE_M)
        layout.setSpacing(SPACE_M)
        layout.addLayout(body, 1)
        layout.addWidget(buttons)
        preferences.changed.connect(self._refresh)
        preferences.theme_changed.connect(self._take_theme)
        preferences.actions["run.live"].toggled.connect(self.live.setChecked)
        self._refresh()
        self._take_theme(preferences.theme)
        line = self.fontMetrics().height()
        self.resize(*(lines * line for lines in _FIRST_SIZE))

    def show_section(self, name: str) -> None:
        """Bring a section to the front; an empty name leaves the one that is there."""
        if name:
            self.sections.setCurrentRow(list(SECTIONS).index(name))
        self._refresh()
        self.sections.setFocus()

    # -- sections -------------------------------------------------------------------------------------

    def _looks(self) -> QWidget:
        page = Section("Looks")
        self.theme = Choices(
            "Theme",
            [(name, _THEME_NAMES[name]) for name in THEMES],
            lambda name: self._preferences.set("theme", name),
        )
        self.text_size = QComboBox()
        self.text_size.setAccessibleName("Text size")
        self.text_size.view().setAccessibleName("Text size")
        for size in TEXT_SIZES:
            self.text_size.addItem(f"{size}%", size)
        self.text_size.activated.connect(
            lambda _row: self._preferences.set("text_size", self.text_size.currentData())
        )
        self.palette_choice = Choices(
            "Palette",
            [(name, palette_title(name)) for name in diverging_palettes()],
            lambda name: self._preferences.set("palette", name),
        )
        self.previews = [PalettePreview(name) for name in diverging_palettes()]
        for place, preview in enumerate(self.previews):
            self.palette_choice.rows.insertWidget(2 * place + 1, preview)
        page.add_group("Theme", "", self.theme)
        page.add_group("Text size", "Of everything, as a share of the desktop's.", _short(self.text_size))
        page.add_group(
            "Palette",
            "The first colour lowers a similarity, the second raises it. All three can be told apart with "
            "any kind of colour blindness. Reports keep blue and orange.",
            self.palette_choice,
        )
        page.finish()
        return page

    def _explaining(self) -> QWidget:
        page = Section("Explaining")
        self.live = QCheckBox("Explain while typing")
        self.live.setAccessibleName("Explain while typing")
        self.live.setChecked(self._settings.live)
        self.live.clicked.connect(self._live_clicked)
        self.device = QComboBox()
        self.device.setAccessibleName("Device")
        self.device.view().setAccessibleName("Device")
        self.device.activated.connect(
            lambda _row: self._preferences.window.header.choose_device(self.device.currentData())
        )
        self.threads = QSpinBox()
        self.threads.setAccessibleName("Processor cores to use")
        self.threads.setRange(0, MAX_THREADS)
        self.threads.setSpecialValueText("All")
        self.threads.valueChanged.connect(lambda count: self._preferences.set("threads", count))
        page.add_group(
            "While typing", "A quick answer from a deeper layer first, then the full one.", self.live
        )
        page.add_group("Device", "Where the model runs.", _short(self.device))
        page.add_group(
            "Processor cores", "How many the model may use. Holds from the next start.", _short(self.threads)
        )
        page.finish()
        return page

    def _start(self) -> QWidget:
        page = Section("Start")
        self.start = Choices(
            "At the start",
            [(name, _START_NAMES[name]) for name in STARTS],
            lambda name: self._preferences.set("start", name),
        )
        page.add_group(
            "At the start, show", "After a crash, what was on the screen is shown in any case.", self.start
        )
        page.finish()
        return page

    def _folders(self) -> QWidget:
        page = Section("Folders")
        place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation)
        grid = QWidget()
        rows = QGridLayout(grid)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setColumnStretch(1, 1)
        for row, (name, path) in enumerate(
            (
                ("Data", place),
                ("Logs", str(Path(place, "logs"))),
                ("Settings", self._settings.store.fileName()),
            )
        ):
            label = PlainLabel(path)
            label.setAccessibleName(f"Folder: {name}")
            label.setWordWrap(True)
            label.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
            button = QPushButton("Open")
            button.setAccessibleName(f"Open the folder: {name}")
            button.setAutoDefault(False)
            folder = path if name != "Settings" else str(Path(path).parent)
            button.clicked.connect(lambda _checked, folder=folder: _open(folder))
            rows.addWidget(PlainLabel(name), row, 0)
            rows.addWidget(label, row, 1)
            rows.addWidget(button, row, 2)
        self.forget = QPushButton("Forget recent texts, files and commands")
        self.forget.setAccessibleName("Forget recent texts, files and commands")
        self.forget.setAutoDefault(False)
        self.forget.clicked.connect(self._forget)
        page.add_group("Where things lie", "Nothing leaves this machine.", grid)
        page.add_group(
            "What was opened and explained",
            "Lists of recent models, workspaces, texts and commands. The files themselves stay.",
            _short(self.forget),
        )
        page.finish()
        return page

    # -- what happens ----------------------------------------------------------------------------------

    @Slot()
    def _refresh(self) -> None:
        settings = self._settings
        self.theme.show_value(settings.theme)
        self.palette_choice.show_value(settings.palette)
        self.start.show_value(settings.start)
        self.text_size.setCurrentIndex(max(self.text_size.findData(settings.text_size), 0))
        self.threads.blockSignals(True)
        self.threads.setValue(settings.threads)
        self.threads.blockSignals(False)
        header = self._preferences.window.header
        self.device.clear()
        for name, device in header.devices():
            self.device.addItem(name, device)
        self.device.setCurrentIndex(max(self.device.findData(header.in_use.device), 0))

    @Slot(object)
    def _take_theme(self, theme: Theme) -> None:
        for preview in self.previews:
            preview.set_theme(theme)
        for row, icon in enumerate(SECTIONS.values()):
            self.sections.item(row).setIcon(icons.icon(icon))
        self.sections.ensurePolished()
        widest = self.sections.sizeHintForColumn(0)
        self.sections.setFixedWidth(widest + 4 * SPACE_M)

    @Slot(bool)
    def _live_clicked(self, on: bool) -> None:
        action = self._preferences.actions["run.live"]
        if action.isChecked() != on:
            action.trigger()

    def _forget(self) -> None:
        self._settings.reset("recent_models", "recent_workspaces", "recent_inputs", "recent_commands")
        self.forget.setEnabled(False)

    def _ask_reset(self) -> None:
        asked = QMessageBox(
            QMessageBox.Icon.Question,
            "Reset all settings",
            "Give every setting and every shortcut its first value again?",
            QMessageBox.StandardButton.Reset | QMessageBox.StandardButton.Cancel,
            self,
        )
        asked.setInformativeText("Workspaces, recent texts and the places of panels stay as they are.")
        asked.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        asked.buttonClicked.connect(
            lambda button: (
                self._preferences.reset_all()
                if asked.buttonRole(button) == QMessageBox.ButtonRole.ResetRole
                else None
            )
        )
        asked.open()


def _short(field: QWidget) -> QWidget:
    """Return a field that is no wider than it needs to be."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(field)
    layout.addStretch(1)
    return row


def _open(folder: str) -> None:
    """Show a folder in the desktop's program for files, made first where it is not there yet."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    QDesktopServices.openUrl(QUrl.fromLocalFile(folder))
