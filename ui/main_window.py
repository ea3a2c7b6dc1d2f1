"""The window: header, menus, the pages, the status line, and what belongs to all of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QByteArray, Signal, Slot
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from ui import first_steps
from ui.action_list import ACTIONS
from ui.actions import Actions
from ui.command_palette import CommandPalette
from ui.drops import Opening
from ui.engine_thread import EngineThread
from ui.errors.errors import Errors
from ui.header import Header
from ui.help.help import Help
from ui.loading import Loading
from ui.navigator import Navigator
from ui.neighbours import Neighbours
from ui.page import Page, PageContext, focus_field
from ui.pages import make_pages
from ui.preferences.preferences import Preferences, dress
from ui.report.reports import Reports
from ui.session.sessions import Sessions
from ui.settings import Settings
from ui.startup_checks import Start
from ui.status_line import StatusLine
from ui.tab_order import ReadingOrder
from ui.work_watch import WorkWatch

_FIRST_SIZE = (1440, 900)
# What stands in these menus is done on the page of the same name, and the rest on a page of its own.
_MENUS_OF_PAGES = ("Train", "Inspect")
_BROUGHT = {"file.open": "Explain", "file.example": "Explain"}


class MainWindow(ReadingOrder, QMainWindow):
    """The whole window. Closing it emits `closed`; the program ends once the engine has stopped.

    What belongs to no page is a facility: an object made in `_make_facilities` with the window as its
    argument, which binds its own actions and uses the public attributes of the window.

    Args:
        engine: started by whoever made it, as `background` is.
        background: works on what takes minutes.
        settings: what the last run remembered.
        log_text: returns what was logged in this run.
        data: the folder in which the window keeps what it remembers beside its settings; None for nowhere.
    """

    closing = Signal()  # before the pages stop: the last moment to write something down
    closed = Signal()
    page_shown = Signal(str)  # name of the page that has come to the front

    def __init__(
        self,
        engine: EngineThread,
        background: EngineThread,
        settings: Settings,
        log_text: Callable[[], str],
        data: Path | None = None,
    ) -> None:
        super().__init__()
        # Before the pages: a table's head that is there already takes no other font while it is hidden.
        dress(settings)
        self.setWindowTitle("Semascope")
        self.setAccessibleName("Semascope")
        self.engine, self.background = engine, background
        self.settings, self.log_text, self.data = settings, log_text, data
        self._closing = False
        self.actions_ = Actions(self)
        self.addActions(self.actions_.all)
        self._bring_pages()
        self.header = Header(self.actions_, settings, self)
        self.navigator = Navigator(self)
        self.pages = make_pages(PageContext(engine, background, self.actions_, settings, self.navigator))
        self.explain = self.pages["Explain"]
        self.status = StatusLine(self.actions_, self)
        self._lay_out()
        self.actions_.fill(self.menuBar())
        self._make_facilities()
        self._bind()
        self.actions_.show_page("Explain")
        self._connect()
        self.preferences.apply()
        self._restore_geometry()

    def begin(self, start: Start) -> None:
        """Load a model, and show what was on the screen before, or what a person asks for."""
        first_steps.begin(self, start)

    @property
    def page(self) -> Page:
        """The page in front."""
        page: Page = self._stack.currentWidget()
        return page

    @property
    def page_name(self) -> str:
        """The name of the page in front."""
        return next(name for name, page in self.pages.items() if page is self.page)

    @Slot(str)
    def show_page(self, name: str) -> None:
        """Bring a page to the front."""
        self.header.show_page(name)
        self._stack.setCurrentWidget(self.pages[name])
        self.status.result.setVisible(name == "Explain")
        self.actions_.show_page(name)
        self.actions_.allow("edit.query", self.page.query_field() is not None)
        self.page.shown()
        self.page_shown.emit(name)

    # -- wiring ---------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
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

    def _make_facilities(self) -> None:
        self.palette_ = CommandPalette(self.actions_, self.settings, self)
        self.preferences = Preferences(self)
        self.opening = Opening(self)
        self.loading = Loading(self)
        self.neighbours = Neighbours(self)
        self.work = WorkWatch(self)
        self.help = Help(self)
        self.errors = Errors(self)
        self.reports = Reports(self)
        self.sessions = Sessions(self)

    def _bring_pages(self) -> None:
        """Let what acts on one page bring it to the front, before the page does what it is asked."""
        for spec in ACTIONS:
            page = spec.menu if spec.menu in _MENUS_OF_PAGES else _BROUGHT.get(spec.id)
            if page is not None:
                self.actions_[spec.id].triggered.connect(lambda _checked, page=page: self.show_page(page))

    def _bind(self) -> None:
        bind = self.actions_.bind
        for name in self.pages:
            bind(f"go.{name.lower()}", lambda name=name: self.show_page(name))
        bind("file.quit", self.close)
        bind("edit.query", lambda: focus_field(self.page.query_field()))
        bind("edit.palette", lambda: self.palette_.open_over(self))

    def _connect(self) -> None:
        self.header.page_chosen.connect(self.show_page)
        self.navigator.page_asked.connect(self.show_page)
        self.explain.result_shown.connect(self.status.show_result)

    # -- geometry, end ---------------------------------------------------------------------------

    def _restore_geometry(self) -> None:
        stored: QByteArray = self.settings.geometry
        if stored.isEmpty() or not self.restoreGeometry(stored):
            available = self.screen().availableGeometry()
            width, height = _FIRST_SIZE
            self.resize(min(width, available.width()), min(height, available.height()))

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._closing:
            event.accept()
            return
        self._closing = True
        self.closing.emit()
        self.settings.geometry = self.saveGeometry()
        for page in self.pages.values():
            page.remember()
            page.stop()
        self.settings.save()
        self.work.end()
        event.accept()
        self.closed.emit()
