"""The window: header, menus, the workspace, the status line, and what belongs to all of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QStandardPaths, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QInputDialog,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine.corpus.sample import has_sample
from engine.corpus.schema import DATABASE
from ui.actions import ACTIONS, Actions
from ui.command_palette import CommandPalette
from ui.dialogs import show_about, show_shortcuts, show_text
from ui.engine_thread import EngineThread
from ui.header import Header
from ui.navigator import Navigator
from ui.page import Page, PageContext, focus_field
from ui.pages import make_pages
from ui.requests import Advance, Answer, Failure, ModelChoice, ModelReady, OpenWorkspace, Stopped
from ui.settings import Settings
from ui.status_line import StatusLine
from ui.theme import Theme, apply_theme
from ui.train.drops import dropped_path

if TYPE_CHECKING:
    from engine.instrument import WorkspaceInfo
    from ui.requests import LongRequest

_FIRST_SIZE = (1440, 900)
# What stands in these menus is done on the page of the same name, and the rest on a page of its own.
_MENUS_OF_PAGES = ("Train", "Inspect")
_BROUGHT = {"file.open": "Explain", "file.example": "Explain"}


class MainWindow(QMainWindow):
    """The whole window. Closing it emits `closed`; the program ends once the engine has stopped.

    Args:
        engine: started by whoever made it, as `background` is.
        background: works on what takes minutes.
        settings: what the last run remembered.
        log_text: returns what was logged in this run.
    """

    closed = Signal()

    def __init__(self, engine: EngineThread, background: EngineThread, settings: Settings, log_text) -> None:
        super().__init__()
        self.setWindowTitle("Semascope")
        self.setAccessibleName("Semascope")
        self._engine, self._background = engine, background
        self._settings, self._log_text = settings, log_text
        self._work: LongRequest | None = None
        self._folder = ""
        self._closing = False
        self.actions_ = Actions(self)
        self.addActions(self.actions_.all)
        self._bring_pages()
        self.header = Header(self.actions_, settings, self)
        self.navigator = Navigator(self)
        self.pages = make_pages(PageContext(engine, background, self.actions_, settings, self.navigator))
        self.explain = self.pages["Explain"]
        self.status = StatusLine(self.actions_, self)
        self.palette_ = CommandPalette(self.actions_, self)
        self._stack = QStackedWidget(self)
        for name, page in self.pages.items():
            self._stack.addWidget(page)
            self.header.add_page(name)
        body = QWidget(self)
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self._stack, 1)
        self.setCentralWidget(body)
        self.setStatusBar(self.status)
        self._bind()
        self.actions_.show_page("Explain")
        self.actions_.fill(self.menuBar())
        self._connect()
        self._take_theme()
        self._restore_geometry()
        self.setAcceptDrops(True)

    def begin(self) -> None:
        """Load the model of the last run, explain the worked example, open the last workspace."""
        self._load(self.header.in_use)
        self.explain.show_worked_example()
        if self._settings.recent_workspaces:
            self._open_workspace(self._settings.recent_workspaces[0])
        elif has_sample():
            self._open_sample()

    @property
    def page(self) -> Page:
        """The page in front."""
        page: Page = self._stack.currentWidget()
        return page

    # -- wiring ---------------------------------------------------------------------------------------

    def _bring_pages(self) -> None:
        """Let what acts on one page bring it to the front, before the page does what it is asked."""
        for spec in ACTIONS:
            page = spec.menu if spec.menu in _MENUS_OF_PAGES else _BROUGHT.get(spec.id)
            if page is not None:
                self.actions_[spec.id].triggered.connect(lambda _checked, page=page: self.show_page(page))

    def _bind(self) -> None:
        bind = self.actions_.bind
        bind("file.model", self.header.open_folder)
        bind("file.workspace", self.header.workspace.open_folder)
        bind("file.sample", self._open_sample)
        self.actions_["file.sample"].setEnabled(has_sample())
        for name in self.pages:
            bind(f"go.{name.lower()}", lambda name=name: self.show_page(name))
        bind("file.layer_path", self._ask_layer_path)
        bind("file.quit", self.close)
        bind("edit.query", lambda: focus_field(self.page.query_field()))
        bind("edit.palette", lambda: self.palette_.open_over(self))
        bind("help.keys", lambda: show_shortcuts(self, self.actions_))
        bind("help.log", lambda: show_text(self, "Log of this run", self._log_text()))
        bind("help.about", lambda: show_about(self))
        for theme in ("system", "light", "dark"):
            bind(f"view.{theme}", lambda theme=theme: self._set_theme(theme))
        self.actions_[f"view.{self._settings.theme}"].setChecked(True)
        self.actions_["run.cancel"].setEnabled(False)
        bind("run.stop", self._stop_background)
        self.actions_["run.stop"].setEnabled(False)
        self._stop_text = self.actions_["run.stop"].text()

    def _connect(self) -> None:
        self._engine.answered.connect(self._answered)
        self._engine.failed.connect(self._failed)
        self._engine.cancelled.connect(self._cancelled)
        self._engine.advanced.connect(self._advanced)
        self._engine.busy_changed.connect(self._busy_changed)
        for news in ("answered", "failed", "cancelled", "advanced", "busy_changed"):
            getattr(self._background, news).connect(self._background_changed)
        self.header.model_chosen.connect(self._load)
        self.header.page_chosen.connect(self.show_page)
        self.header.workspace.chosen.connect(self._open_workspace)
        self.navigator.page_asked.connect(self.show_page)
        self.explain.result_shown.connect(self.status.show_result)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._system_theme_changed)

    @Slot(str)
    def show_page(self, name: str) -> None:
        """Bring a page to the front."""
        self.header.show_page(name)
        self._stack.setCurrentWidget(self.pages[name])
        self.status.result.setVisible(name == "Explain")
        self.actions_.show_page(name)
        self.actions_.allow("edit.query", self.page.query_field() is not None)
        self.page.shown()

    # -- workspace folder -------------------------------------------------------------------------------

    @Slot(str)
    def _open_workspace(self, folder: str) -> None:
        self._engine.submit(OpenWorkspace(folder))

    def _open_sample(self) -> None:
        place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation)
        self._engine.submit(OpenWorkspace(place, sample=True))

    def _workspace_opened(self, info: WorkspaceInfo) -> None:
        self._settings.add_recent_workspace(info.folder)
        self.header.workspace.show_ready(info)
        if self.navigator.dictionary not in info.dictionaries:
            self.navigator.choose_dictionary(info.dictionaries[-1] if info.dictionaries else "")
        for page in self.pages.values():
            if page.banner.is_error and self._folder not in ("", info.folder):
                # What went wrong with another workspace is of no use any more.
                page.banner.dismiss()
            page.workspace_ready(info)
        self._folder = info.folder

    def _workspace_failed(self, request: OpenWorkspace, message: str) -> None:
        self._settings.forget_workspace(request.folder)
        self.page.banner.show_error(message)

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
        if isinstance(answer.request, OpenWorkspace):
            self._workspace_opened(answer.value)
        if not isinstance(answer.request, ModelChoice):
            return
        ready: ModelReady = answer.value
        self.header.show_ready(ready)
        self.status.show_model(ready.info)
        self._settings.model_folder = ready.choice.folder or ""
        self._settings.device = ready.choice.device
        if ready.choice.folder is not None:
            self._settings.add_recent_model(ready.choice.folder)
        for page in self.pages.values():
            page.model_ready(ready)

    @Slot(object)
    def _failed(self, failure: Failure) -> None:
        choice = failure.request
        if isinstance(choice, OpenWorkspace):
            self._workspace_failed(choice, failure.message)
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
        self.status.engine.show_progress(advance.progress)

    @Slot(bool)
    def _busy_changed(self, busy: bool) -> None:
        self.actions_["run.cancel"].setEnabled(busy)
        if not busy:
            self.status.engine.end()
        elif not self._closing:
            self.status.engine.begin()

    @Slot(object)
    def _background_changed(self, news: object) -> None:
        """Say on every page what is being done in the background."""
        if self._closing:
            return
        shown, work = self._work, self._background.long_work
        if work is not shown:
            self._work = work
            self.actions_["run.stop"].setEnabled(work is not None)
            if work is None:
                self.actions_["run.stop"].setText(self._stop_text)
                self.status.background.end()
            else:
                # A lone ampersand would be taken for a mnemonic.
                self.actions_["run.stop"].setText("&Stop: " + work.title.replace("&", "&&"))
                self.status.background.begin(work.title)
        if isinstance(news, Advance) and news.request is work:
            self.status.background.show_progress(news.progress)

    def _stop_background(self) -> None:
        if self._work is not None:
            self.status.background.say_stopping()
            self._background.cancel(self._work.kind)

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
        for page in self.pages.values():
            page.set_theme(theme)

    def _restore_geometry(self) -> None:
        stored: QByteArray = self._settings.geometry
        if stored.isEmpty() or not self.restoreGeometry(stored):
            available = self.screen().availableGeometry()
            width, height = _FIRST_SIZE
            self.resize(min(width, available.width()), min(height, available.height()))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_path(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = dropped_path(event.mimeData())
        if (Path(path) / DATABASE).is_file():
            self._open_workspace(path)
        else:
            self.pages["Train"].ask_corpus(path)
        event.acceptProposedAction()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._closing:
            event.accept()
            return
        self._closing = True
        self._settings.geometry = self.saveGeometry()
        for page in self.pages.values():
            page.remember()
            page.stop()
        self._settings.save()
        self.status.stop()
        QGuiApplication.styleHints().colorSchemeChanged.disconnect(self._system_theme_changed)
        event.accept()
        self.closed.emit()
