"""The page Inspect: texts above; inside, similarities, two models and indexes below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QPlainTextEdit,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from ui.buttons import action_button
from ui.empty_state import EmptyState
from ui.explain.text_field import TextField
from ui.inspect import session
from ui.inspect.index_view import IndexView
from ui.inspect.indexing import Indexing
from ui.inspect.known_models import KnownModels
from ui.inspect.models_view import ModelsView, default_name
from ui.inspect.requests import CompareModelsRequest, InspectionTables, InspectRequest
from ui.inspect.similarity_view import SimilarityView
from ui.inspect.text_view import TextView, state_label
from ui.page import Interrupted, Page, PageContext
from ui.requests import Answer, Failure, Stopped
from ui.theme import SPACE_M, SPACE_S, Theme
from ui.widgets.numbers import counted

if TYPE_CHECKING:
    from engine.instrument import WorkspaceInfo
    from engine.retrieval.embedding_inspection import Inspection
    from ui.requests import ModelReady

EXAMPLE = (
    "bees turn nectar into honey",
    "honey is made by bees from the nectar of flowers",
    "sugar is extracted from beets",
    "the stock market fell sharply today",
    "share prices dropped on Monday",
)
_POOLINGS = (("Pooling of the model", None), ("Mean pooling", "mean"), ("CLS pooling", "cls"))
_PAUSE_MS = 400
_WHAT = "How the model turns each text into a vector appears here: tokens, shapes, norms and poolings."
_OURS = (InspectRequest, InspectionTables, CompareModelsRequest)


class InspectPage(Page):
    """Follows texts through the model while they are typed, and asks for the rest when told to."""

    session_shape = staticmethod(session.SHAPE)

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context, self._engine = context, context.engine
        self._known = KnownModels(context.settings)
        self._asked_first = False
        self.other_model = ""  # folder of the model that was compared last
        self._compare_due = False
        self.inspection: Inspection | None = None
        actions = context.actions
        self.texts = TextField("Texts to inspect", "Texts, one a line", 4, self)
        self.texts.setPlainText("\n".join(EXAMPLE))
        self.pooling = QComboBox(self)
        self.pooling.setAccessibleName("Pooling for the similarities")
        self.pooling.view().setAccessibleName("Pooling for the similarities")
        self.pooling.setToolTip("How token vectors become one vector, for the similarities")
        for name, pooling in _POOLINGS:
            self.pooling.addItem(name, pooling)
        self.run = action_button(actions["inspect.run"], parent=self)
        self.state = state_label("State of the inspection", self)
        self.inside = TextView(self)
        self.similarities = SimilarityView(self)
        self.models = ModelsView(actions, self)
        self.indexes = IndexView(actions, self)
        self.indexing = Indexing(context, self.indexes, self._known, self.banner, self)
        self._empty = EmptyState("microscope", self)
        self._empty.say("Waiting for the model …", _WHAT)
        self._inside = QStackedWidget(self)
        self._inside.addWidget(self._empty)
        self._inside.addWidget(self.inside)
        self.tabs = QTabWidget(self)
        self.tabs.setAccessibleName("Parts of the inspection")
        self.tabs.setDocumentMode(True)
        for title, widget in (
            ("Inside", self._inside),
            ("Similarities", self.similarities),
            ("Two models", self.models),
            ("Index", self.indexes),
        ):
            self.tabs.addTab(widget, title)
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._lay_out()
        self._connect()

    # -- what the window says -------------------------------------------------------------------------

    def query_field(self) -> QPlainTextEdit:
        """Return the field with the texts."""
        return self.texts

    def text_field(self) -> TextField:
        """Return the field with the texts."""
        return self.texts

    def model_ready(self, ready: ModelReady) -> None:
        """Inspect with a model that has just been loaded."""
        self._known.use(ready)
        if self.isVisible() or self._asked_first:
            self.inspect()

    def workspace_ready(self, info: WorkspaceInfo) -> None:
        """Show the indexes of a workspace that has just been opened, or has changed."""
        self.indexing.workspace_ready(info)

    def set_theme(self, theme: Theme) -> None:
        """Take another theme."""
        super().set_theme(theme)
        for part in (self.inside, self.similarities, self.models, self.indexes):
            part.set_theme(theme)

    def shown(self) -> None:
        """Inspect the texts the first time that the page is seen."""
        if self.inspection is None and self._known.in_use is not None:
            self.inspect()

    def session(self) -> dict[str, Any]:
        """Return what the page needs to look as it does, and what it is building."""
        return session.session_of(self)

    def restore(self, data: Mapping[str, Any]) -> None:
        """Look as `session` said, and inspect the texts anew once they are in sight."""
        session.restore(self, data, "\n".join(EXAMPLE))
        self._pause.stop()
        self.inspection = None
        self._asked_first = False
        if self.isVisible() and self._known.in_use is not None:
            self.inspect()

    def interrupted(self) -> Interrupted | None:
        """Return the index that an earlier run did not build to its end."""
        work = self.indexing.interrupted_work
        return None if work is None else Interrupted(work.title, self.indexing.go_on)

    def stop(self) -> None:
        """Start nothing more."""
        self._pause.stop()

    # -- asking ---------------------------------------------------------------------------------------

    def text_list(self) -> tuple[str, ...]:
        """Return the texts as they are written, without blank lines."""
        return tuple(line for line in self.texts.toPlainText().splitlines() if line.strip())

    @Slot()
    def inspect(self) -> None:
        """Follow the texts through the model in use."""
        self._pause.stop()
        texts = self.text_list()
        if not texts:
            self._engine.cancel("inspect")
            self._empty.say(
                "Write texts above, one a line.",
                _WHAT,
                "Show examples",
                lambda: self.texts.setPlainText("\n".join(EXAMPLE)),
            )
            self._inside.setCurrentIndex(0)
            self.state.set_text("")
            return
        self._asked_first = True
        self.banner.dismiss_passing()
        self._engine.submit(InspectRequest(texts, self.pooling.currentData()))
        self.state.set_text("Inspecting …")

    @Slot(str)
    def compare_models(self, folder: str) -> None:
        """Compare with the model in a folder."""
        self.tabs.setCurrentWidget(self.models)
        self._compare(folder)

    def compare_when_inspected(self, folder: str) -> None:
        """Compare with the model in a folder once the texts are inspected; empty for none."""
        self.other_model, self._compare_due = folder, bool(folder)

    def _compare(self, folder: str) -> None:
        self._compare_due = False
        self.banner.dismiss_passing()
        self._known.remember(folder)
        self.other_model = folder
        self._engine.submit(CompareModelsRequest(self.text_list(), folder, self._known.device))
        self.models.say(f"Comparing with {default_name(folder)} …")

    def copy_similarities(self) -> None:
        """Copy the similarities of all pairs as CSV."""
        if self.inspection is not None:
            self._engine.submit(InspectionTables(self.inspection))

    # -- answers --------------------------------------------------------------------------------------

    @Slot(object)
    def _answered(self, answer: Answer) -> None:
        match answer.request:
            case InspectRequest():
                self._show(answer.value)
            case InspectionTables():
                QGuiApplication.clipboard().setText(answer.value["similarities"])
                self.banner.show_note("Copied similarities as CSV")
            case CompareModelsRequest():
                self.models.show_comparison(answer.value)

    def _show(self, inspection: Inspection) -> None:
        self.inspection = inspection
        self.inside.show_inspection(inspection)
        self.similarities.show_inspection(inspection)
        self._inside.setCurrentIndex(1)
        if self._compare_due:
            self._compare(self.other_model)
        model = inspection.model
        self.state.set_text(
            f"{counted(len(inspection.texts), 'text')}  ·  {model.name}, {model.layers} layers, "
            f"{model.pooling} pooling, {model.dimension} dimensions, reads {model.max_tokens:,} tokens"
        )

    @Slot(object)
    def _failed(self, failure: Failure) -> None:
        if isinstance(failure.request, _OURS):
            self._say_idle(failure.request)
            self.banner.show_error(failure.message, passing=True)

    @Slot(object)
    def _cancelled(self, stopped: Stopped) -> None:
        if isinstance(stopped.request, _OURS):
            self._say_idle(stopped.request)

    def _say_idle(self, request: object) -> None:
        match request:
            case InspectRequest():
                self.state.set_text("The result shown is an earlier one." if self.inspection else "")
            case CompareModelsRequest():
                self.models.say("")
            case _:
                self.indexes.state.set_text("")

    # -- wiring ---------------------------------------------------------------------------------------

    def _connect(self) -> None:
        self.texts.textChanged.connect(self._pause.start)
        self.texts.refused.connect(self.banner.show_error)
        self._pause.timeout.connect(self._typed)
        self.pooling.activated.connect(self.inspect)
        self.models.folder_chosen.connect(self.compare_models)
        self.indexing.building.connect(lambda: self.tabs.setCurrentWidget(self.indexes))
        self._engine.answered.connect(self._answered)
        self._engine.failed.connect(self._failed)
        self._engine.cancelled.connect(self._cancelled)
        panels = (
            *self.inside.panels,
            self.similarities.panel,
            *self.models.panels,
            *self.indexes.panels,
        )
        for panel in panels:
            panel.problem.connect(self.banner.show_error)
            panel.note.connect(self.banner.show_note)
        self.similarities.panel.menu.menu().addAction("Copy as CSV", self.copy_similarities)
        bind = self._context.actions.bind
        bind("inspect.run", self._run)
        bind("inspect.model", self.models.choose_folder)

    def _run(self) -> None:
        self._context.navigator.page_asked.emit("Inspect")
        self.inspect()

    @Slot()
    def _typed(self) -> None:
        if self._known.in_use is not None and self.isVisible():
            self.inspect()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, 0)
        row.setSpacing(SPACE_M)
        row.addWidget(self.texts, 1)
        side = QVBoxLayout()
        side.setSpacing(SPACE_S)
        side.addWidget(self.run)
        side.addWidget(self.pooling)
        side.addStretch(1)
        row.addLayout(side)
        said = QHBoxLayout()
        said.setContentsMargins(SPACE_M, 0, SPACE_M, 0)
        said.addWidget(self.state)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_S)
        layout.addLayout(row)
        layout.addLayout(said)
        layout.addWidget(self.banner)
        layout.addWidget(self.tabs, 1)
