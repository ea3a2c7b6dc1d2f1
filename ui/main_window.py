"""The window: header, menus, the workspace, the status line, and what belongs to all of them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, Signal, Slot
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QInputDialog,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ui.actions import Actions
from ui.command_palette import CommandPalette
from ui.dialogs import show_about, show_shortcuts, show_text
from ui.engine_thread import EngineThread
from ui.explain.workspace import ExplainWorkspace
from ui.header import Header
from ui.requests import Advance, Answer, Failure, ModelChoice, ModelReady, Stopped
from ui.settings import Settings
from ui.status_line import StatusLine
from ui.theme import Theme, apply_theme

_FIRST_SIZE = (1440, 900)


class MainWindow(QMainWindow):
    """The whole window. Closing it emits `closed`; the program ends once the engine has stopped.

    Args:
        engine: started by whoever made it.
        settings: what the last run remembered.
        log_text: returns what was logged in this run.
    """

    closed = Signal()

    def __init__(self, engine: EngineThread, settings: Settings, log_text) -> None:
        super().__init__()
        self.setWindowTitle("Semascope")
        self.setAccessibleName("Semascope")
        self._engine, self._settings, self._log_text = engine, settings, log_text
        self.actions_ = Actions(self)
        self.addActions(self.actions_.all)
        self.header = Header(self.actions_, settings, self)
        self.explain = ExplainWorkspace(engine, self.actions_, settings, self)
        self.status = StatusLine(self.actions_, self)
        self.palette_ = CommandPalette(self.actions_, self)
        self._workspaces = QStackedWidget(self)
        self._add_workspace("Explain", self.explain)
        body = QWidget(self)
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self._workspaces, 1)
        self.setCentralWidget(body)
        self.setStatusBar(self.status)
        self._bind()
        self.actions_.fill(self.menuBar())
        self._connect()
        self._take_theme()
        self._restore_geometry()
        self._closing = False

    def begin(self) -> None:
        """Load the model of the last run and explain the worked example."""
        self._load(self.header.in_use)
        self.explain.show_worked_example()

    # -- wiring ---------------------------------------------------------------------------------------

    def _bind(self) -> None:
        bind = self.actions_.bind
        bind("file.model", self.header.open_folder)
        bind("file.layer_path", self._ask_layer_path)
        bind("file.quit", self.close)
        bind("edit.palette", lambda: self.palette_.open_over(self))
        bind("help.keys", lambda: show_shortcuts(self, self.actions_))
        bind("help.log", lambda: show_text(self, "Log of this run", self._log_text()))
        bind("help.about", lambda: show_about(self))
        for theme in ("system", "light", "dark"):
            bind(f"view.{theme}", lambda theme=theme: self._set_theme(theme))
        self.actions_[f"view.{self._settings.theme}"].setChecked(True)
        self.actions_["run.cancel"].setEnabled(False)

    def _connect(self) -> None:
        self._engine.answered.connect(self._answered)
        self._engine.failed.connect(self._failed)
        self._engine.cancelled.connect(self._cancelled)
        self._engine.advanced.connect(self._advanced)
        self._engine.busy_changed.connect(self._busy_changed)
        self.header.model_chosen.connect(self._load)
        self.header.workspace_chosen.connect(self._workspaces.setCurrentIndex)
        self.explain.result_shown.connect(self.status.show_result)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._system_theme_changed)

    def _add_workspace(self, name: str, widget: QWidget) -> None:
        self._workspaces.addWidget(widget)
        self.header.add_workspace(name)

    # -- model ----------------------------------------------------------------------------------------

    @Slot(object)
    def _load(self, choice: ModelChoice) -> None:
        self.header.show_loading(choice)
        self._engine.submit(choice)

    def _ask_layer_path(self) -> None:
        path, given = QInputDialog.getText(
            self,
            "Layer path",
            "Dotted path to the model's list of layers (for example encoder.layer); empty to find it:",
            text=self.header.in_use.layer_path or "",
        )
        if given:
            choice = self.header.in_use
            self._load(ModelChoice(choice.folder, choice.device, path.strip() or None))

    @Slot(object)
    def _answered(self, answer: Answer) -> None:
        if not isinstance(answer.request, ModelChoice):
            return
        ready: ModelReady = answer.value
        self.header.show_ready(ready)
        self.status.show_model(ready.info)
        self._settings.model_folder = ready.choice.folder or ""
        self._settings.device = ready.choice.device
        if ready.choice.folder is not None:
            self._settings.add_recent_model(ready.choice.folder)
        self.explain.model_ready(ready)

    @Slot(object)
    def _failed(self, failure: Failure) -> None:
        choice = failure.request
        if not isinstance(choice, ModelChoice):
            return
        if choice.folder is not None and not Path(choice.folder).is_dir():
            self._settings.forget_model(choice.folder)
        self.header.show_not_loaded()
        self.explain.model_failed(failure.message)
        if self.header.ready is None and choice.folder is not None:
            # The model of the last run is gone; the embedded one always works.
            self._load(ModelChoice())

    @Slot(object)
    def _cancelled(self, stopped: Stopped) -> None:
        if isinstance(stopped.request, ModelChoice):
            self.header.show_not_loaded()
            self.explain.model_failed("The model was not loaded: cancelled.")

    @Slot(object)
    def _advanced(self, advance: Advance) -> None:
        self.status.show_progress(advance.progress)

    @Slot(bool)
    def _busy_changed(self, busy: bool) -> None:
        self.actions_["run.cancel"].setEnabled(busy)
        self.status.set_busy(busy)

    # -- theme, geometry, end ---------------------------------------------------------------------------

    def _set_theme(self, name: str) -> None:
        self._settings.theme = name
        self._take_theme()

    @Slot()
    def _system_theme_changed(self) -> None:
        if self._settings.theme == "system":
            self._take_theme()

    def _take_theme(self) -> None:
        name = self._settings.theme
        theme = Theme.for_system() if name == "system" else Theme.named(name)
        apply_theme(QApplication.instance(), theme)
        self.explain.set_theme(theme)

    def _restore_geometry(self) -> None:
        stored: QByteArray = self._settings.geometry
        if stored.isEmpty() or not self.restoreGeometry(stored):
            available = self.screen().availableGeometry()
            width, height = _FIRST_SIZE
            self.resize(min(width, available.width()), min(height, available.height()))

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._closing:
            event.accept()
            return
        self._closing = True
        self._settings.geometry = self.saveGeometry()
        self.explain.remember()
        self._settings.save()
        self.explain.stop()
        self.status.stop()
        QGuiApplication.styleHints().colorSchemeChanged.disconnect(self._system_theme_changed)
        event.accept()
        self.closed.emit()
