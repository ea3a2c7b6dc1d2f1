"""The strip at the head of the window: pages on the left; workspace, model and device on the right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, QStandardPaths, Qt, Signal
from PySide6.QtGui import QActionGroup, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from ui.actions import Actions
from ui.buttons import menu_button, shortened, tool_button
from ui.elided_label import ElidedLabel
from ui.icons import OF_ACTIONS, icons
from ui.plain import plain_name, plain_tip
from ui.requests import ModelChoice
from ui.settings import Settings
from ui.theme import SPACE_M, SPACE_S, set_size
from ui.workspace_menu import WorkspaceMenu

if TYPE_CHECKING:
    from ui.requests import ModelReady

EMBEDDED_NAME = "all-MiniLM-L6-v2"
# What Qt leaves between the icon of a button and its text.
_BESIDE_ICON = 4
DEVICE_NAMES = {"auto": "Best device", "cuda": "CUDA", "mps": "Metal", "cpu": "CPU"}


class Header(QWidget):
    """Says which page, which workspace folder and which model is in use, and lets each be changed."""

    page_chosen = Signal(str)
    model_chosen = Signal(object)  # ModelChoice

    def __init__(self, actions: Actions, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._in_use = ModelChoice(settings.model_folder or None, settings.device)
        self.ready: ModelReady | None = None
        self._compact = False
        self._tabs = QButtonGroup(self)
        self._tabs.buttonClicked.connect(self._tab_clicked)
        self.workspace = WorkspaceMenu(actions, settings, self)
        self.model = menu_button("", "Model", "", self)
        icons.give(self.model, "box", "muted")
        self.model.menu().aboutToShow.connect(self._fill_menu)
        self._open = actions["file.model"]
        self.device = QComboBox(self)
        self.device.setAccessibleName("Device")
        self.device.view().setAccessibleName("Device")
        self.device.setToolTip("Where the model runs")
        self.device.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.device.addItem(DEVICE_NAMES[self._in_use.device], self._in_use.device)
        self.device.activated.connect(self._device_chosen)
        # It is the first thing that gives way where the window is narrow.
        self._name = name = ElidedLabel("Program", self)
        set_size(name, "title")
        name.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        name.set_text("Semascope")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_S)
        layout.setSpacing(SPACE_M)
        layout.addWidget(name)
        self._places = QHBoxLayout()
        layout.addLayout(self._places)
        layout.addStretch(1)
        layout.addWidget(self.workspace.button)
        layout.addWidget(self.model)
        layout.addWidget(self.device)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.show_loading(self._in_use)

    @property
    def in_use(self) -> ModelChoice:
        """The choice that was loaded last, or is to be loaded first."""
        return self._in_use

    def minimumSizeHint(self) -> QSize:
        """Return the room that is needed without icons: those are left out where the window is narrow."""
        hint = super().minimumSizeHint()
        return hint if self._compact else hint - QSize(self._room_of_icons(), 0)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self.ready is not None:
            self.device.setMinimumWidth(self.device.sizeHint().width())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        pictured = self.minimumSizeHint().width() + self._room_of_icons()
        if not self._name.isHidden():
            pictured -= self._name.minimumSizeHint().width() + SPACE_M
        # A name that is cut looks worse than none.
        self._name.setVisible(event.size().width() >= pictured + self._name.sizeHint().width() + SPACE_M)
        compact = event.size().width() < pictured
        if compact != self._compact:
            self._compact = compact
            style = Qt.ToolButtonStyle
            for button in self._with_icons():
                button.setToolButtonStyle(
                    style.ToolButtonTextOnly if compact else style.ToolButtonTextBesideIcon
                )

    def _with_icons(self) -> list[QToolButton]:
        return [*self._tabs.buttons(), self.workspace.button, self.model]

    def _room_of_icons(self) -> int:
        return sum(button.iconSize().width() + _BESIDE_ICON for button in self._with_icons())

    def add_page(self, name: str) -> None:
        """Add a page to the switcher; the first one is chosen."""
        button = tool_button(
            name, f"Page {name}", look="tab", parent=self, icon=OF_ACTIONS[f"go.{name.lower()}"]
        )
        button.setCheckable(True)
        button.setProperty("page", name)
        self._tabs.addButton(button)
        button.setChecked(len(self._tabs.buttons()) == 1)
        self._places.addWidget(button)

    def show_page(self, name: str) -> None:
        """Mark the page that is in front."""
        for button in self._tabs.buttons():
            button.setChecked(button.property("page") == name)

    def show_loading(self, choice: ModelChoice) -> None:
        """Say that a model is being loaded."""
        self.model.setText(f"Loading {plain_name(shortened(_name(choice)))} …")

    def show_ready(self, ready: ModelReady) -> None:
        """Say which model is in use and on which devices it could run."""
        self._in_use, self.ready = ready.choice, ready
        self.device.clear()
        for device in ("auto", *ready.devices):
            text = DEVICE_NAMES[device]
            self.device.addItem(
                f"{text}: {DEVICE_NAMES[ready.info.device]}" if device == "auto" else text, device
            )
        self.device.setCurrentIndex(max(self.device.findData(ready.choice.device), 0))
        self.device.setMinimumWidth(self.device.sizeHint().width())
        self.model.setText(plain_name(shortened(ready.info.name)))
        self.model.setToolTip(plain_tip(ready.info.folder))

    def show_not_loaded(self) -> None:
        """Go back to the model in use, as another could not be loaded."""
        if self.ready is not None:
            self.show_ready(self.ready)
        else:
            self.model.setText("Choose a model")

    def devices(self) -> tuple[tuple[str, str], ...]:
        """Return the devices that can be chosen now, as names for people and for the engine."""
        places = range(self.device.count())
        return tuple((self.device.itemText(place), self.device.itemData(place)) for place in places)

    def choose_device(self, device: str) -> None:
        """Load the model on another device, as if it had been chosen here."""
        self.device.setCurrentIndex(self.device.findData(device))
        self._device_chosen()

    def open_folder(self) -> None:
        """Let a person point to a model folder."""
        start = self._settings.last_folder or QStandardPaths.writableLocation(
            QStandardPaths.StandardLocation.HomeLocation
        )
        folder = QFileDialog.getExistingDirectory(self, "Open a model folder", start)
        if folder:
            self._settings.last_folder = str(Path(folder).parent)
            self._choose(folder)

    def _choose(self, folder: str | None) -> None:
        self.model_chosen.emit(ModelChoice(folder, self.device.currentData() or "auto"))

    def _device_chosen(self) -> None:
        if self.device.currentData() != self._in_use.device:
            self._choose(self._in_use.folder)

    def _tab_clicked(self, button: QAbstractButton) -> None:
        self.page_chosen.emit(button.property("page"))

    def _fill_menu(self) -> None:
        menu = self.model.menu()
        menu.clear()
        group = QActionGroup(menu)
        embedded = menu.addAction(f"{EMBEDDED_NAME} (embedded)")
        embedded.setData(None)
        entries = [embedded]
        if self._settings.recent_models:
            menu.addSeparator()
        for folder in self._settings.recent_models:
            action = menu.addAction(plain_name(Path(folder).name))
            action.setToolTip(plain_tip(folder))
            action.setData(folder)
            entries.append(action)
        for action in entries:
            action.setCheckable(True)
            action.setChecked(action.data() == self._in_use.folder)
            group.addAction(action)
            action.triggered.connect(self._entry_chosen)
        menu.addSeparator()
        menu.addAction(self._open)

    def _entry_chosen(self) -> None:
        self._choose(self.sender().data())


def _name(choice: ModelChoice) -> str:
    return EMBEDDED_NAME if choice.folder is None else Path(choice.folder).name
