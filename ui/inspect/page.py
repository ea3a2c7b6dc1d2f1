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
from ui.inspect.models_view import ModelsView, default_name
from ui.inspect.requests import (
    BuildIndex,
    CompareIndexes,
    CompareModelsRequest,
    IndexState,
    InspectionTables,
    InspectRequest,
    ReadIndexes,
    SwitchIndex,
)
from ui.inspect.similarity_view import SimilarityView
from ui.inspect.text_view import TextView, state_label
from ui.page import Interrupted, Page, PageContext
from ui.requests import Advance, Answer, Failure, ModelChoice, OpenWorkspace, Stopped
from ui.theme import SPACE_M, SPACE_S, Theme
from ui.widgets.numbers import counted

if TYPE_CHECKING:
    from engine.corpus.vectors import IndexModel
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
_OURS = (InspectRequest, InspectionTables, CompareModelsRequest, ReadIndexes, CompareIndexes, SwitchIndex)


class InspectPage(Page):
    """Follows texts through the model while they are typed, and asks for the rest when told to."""

    session_shape = staticmethod(session.SHAPE)

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context, self._engine, self._background = context, context.engine, context.background
        self._ready: ModelReady | None = None
        self._info: WorkspaceInfo | None = None
        self._asked_first = False
        self._building = ""
        self.work: BuildIndex | None = None
        self.interrupted_work: BuildIndex | None = None  # by the end of an earlier run
        self.other_model = ""  # folder of the model that was compared last
        self._compare_due = False
        self._folders: list[str] = []
        self._folder_of: dict[str, str] = {}
        self.inspection: Inspection | None = None
        actions = context.actions
        self.texts = TextField("Texts to inspect", "Texts, one a line", 5, self)
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
        self._ready = ready
        self._remember_folder(ready.info.folder)
        self._folder_of[ready.info.fingerprint] = ready.info.folder
        if self.isVisible() or self._asked_first:
            self.inspect()

    def workspace_ready(self, info: WorkspaceInfo) -> None:
        """Show the indexes of a workspace that has just been opened, or has changed."""
        self._info = info
        self._engine.submit(ReadIndexes())

    def set_theme(self, theme: Theme) -> None:
        """Take another theme."""
        super().set_theme(theme)
        for part in (self.inside, self.similarities, self.models, self.indexes):
            part.set_theme(theme)

    def shown(self) -> None:
        """Inspect the texts the first time that the page is seen."""
        if self.inspection is None and self._ready is not None:
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
        if self.isVisible() and self._ready is not None:
            self.inspect()

    def interrupted(self) -> Interrupted | None:
        """Return the index that an earlier run did not build to its end."""
        work = self.interrupted_work
        return None if work is None else Interrupted(work.title, self._go_on)

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
        self._remember_folder(folder)
        self.other_model = folder
        self._engine.submit(CompareModelsRequest(self.text_list(), folder, self._device()))
        self.models.say(f"Comparing with {default_name(folder)} …")

    def _go_on(self) -> None:
        """Go on with the index that an earlier run did not build to its end."""
        request, self.interrupted_work = self.interrupted_work, None
        if request is not None:
            self._context.navigator.page_asked.emit("Inspect")
            self._begin(request, default_name(request.folders[0]))

    @Slot(str)
    def build(self, folder: str) -> None:
        """Build the index of the model in a folder, or go on with it."""
        self._remember_folder(folder)
        self._build((folder,), default_name(folder))

    def resume(self) -> None:
        """Go on with an index that is not complete."""
        model = self.indexes.unfinished()
        if model is not None:
            self._build(self._known_folders(), model.name, model.fingerprint)

    def _build(self, folders: tuple[str, ...], name: str, fingerprint: str = "") -> None:
        if self._info is not None:
            self._begin(BuildIndex(self._info.folder, folders, self._device(), fingerprint), name)

    def _begin(self, request: BuildIndex, name: str) -> None:
        self.tabs.setCurrentWidget(self.indexes)
        self.banner.dismiss_passing()
        self._building, self.work, self.interrupted_work = name, request, None
        self._background.submit(request)
        self.indexes.begin(name)

    def compare_indexes(self) -> None:
        """Compare the index in use with another on the saved queries."""
        other, info = self.indexes.other(), self._info
        if other is None or info is None or info.active is None:
            return
        self.banner.dismiss_passing()
        self._engine.submit(
            CompareIndexes(
                self.indexes.query_list(),
                info.active,
                other.fingerprint,
                self._known_folders(),
                self._device(),
            )
        )
        self.indexes.state.set_text("Comparing on the saved queries …")

    def switch(self) -> None:
        """Use the other index from now on."""
        other = self.indexes.other()
        if other is not None:
            self._engine.submit(SwitchIndex(other.fingerprint))

    def _device(self) -> str:
        return "auto" if self._ready is None else self._ready.choice.device

    def _known_folders(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self._folders, *self._context.settings.recent_models]))

    def _remember_folder(self, folder: str) -> None:
        if folder not in self._folders:
            self._folders.append(folder)

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
            case ReadIndexes():
                self.indexes.show_state(answer.value)
            case CompareIndexes():
                self.indexes.state.set_text("")
                self.indexes.show_comparison(answer.value)
            case SwitchIndex():
                self._switched(answer.value)

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

    def _switched(self, state: IndexState) -> None:
        self.indexes.show_state(state)
        model = next(model for model, _ in state.info.indexes if model.fingerprint == state.info.active)
        self.indexes.state.set_text(f"The index of {model.name} is in use now.")
        self.banner.dismiss()
        if self._ready is not None and self._ready.info.fingerprint != model.fingerprint:
            self._offer_model(model)
        self._engine.submit(OpenWorkspace(state.info.folder))

    def _offer_model(self, model: IndexModel) -> None:
        """Say that searching needs the model of the index, and load it if a person wants to."""
        said = f"The index of {model.name} is in use; searching it needs that model."
        folder, device = self._folder_of.get(model.fingerprint), self._device()
        if folder is None:
            self.banner.show_note(f"{said} Choose it at the top of the window.")
        else:
            self.banner.show_note(
                said, f"Use {model.name}", lambda: self._engine.submit(ModelChoice(folder, device))
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

    @Slot(object)
    def _built(self, answer: Answer) -> None:
        if isinstance(answer.request, BuildIndex) and answer.final:
            self.work = None
            report = answer.value
            if not answer.request.fingerprint:
                self._folder_of[report.model.fingerprint] = answer.request.folders[0]
                self._context.settings.add_recent_model(answer.request.folders[0])
            self.indexes.end(f"The index of {report.model.name} is complete: compare it, then switch to it.")
            self._engine.submit(ReadIndexes())

    @Slot(object)
    def _not_built(self, message: Failure | Stopped) -> None:
        if not isinstance(message.request, BuildIndex):
            return
        self.work = None
        if isinstance(message, Failure):
            self.indexes.end("")
            self.banner.show_error(message.message)
        else:
            self.indexes.end("Stopped; what is embedded is kept, and it goes on there.")
        self._engine.submit(ReadIndexes())

    @Slot(object)
    def _advanced(self, advance: Advance) -> None:
        if isinstance(advance.request, BuildIndex):
            self.indexes.show_progress(self._building, advance.progress)

    # -- wiring ---------------------------------------------------------------------------------------

    def _connect(self) -> None:
        self.texts.textChanged.connect(self._pause.start)
        self.texts.refused.connect(self.banner.show_error)
        self._pause.timeout.connect(self._typed)
        self.pooling.activated.connect(self.inspect)
        self.models.folder_chosen.connect(self.compare_models)
        self.indexes.build_asked.connect(self.build)
        self._engine.answered.connect(self._answered)
        self._engine.failed.connect(self._failed)
        self._engine.cancelled.connect(self._cancelled)
        self._background.answered.connect(self._built)
        self._background.failed.connect(self._not_built)
        self._background.cancelled.connect(self._not_built)
        self._background.advanced.connect(self._advanced)
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
        bind("inspect.build", self.indexes.choose_model)
        bind("inspect.resume", self.resume)
        bind("inspect.stop", lambda: self._background.cancel("build index"))
        bind("inspect.compare", self.compare_indexes)
        bind("inspect.switch", self.switch)
        bind("inspect.switch_back", lambda: self._engine.submit(SwitchIndex()))

    def copy_similarities(self) -> None:
        """Copy the similarities of all pairs as CSV."""
        if self.inspection is not None:
            self._engine.submit(InspectionTables(self.inspection))

    def _run(self) -> None:
        self._context.navigator.page_asked.emit("Inspect")
        self.inspect()

    @Slot()
    def _typed(self) -> None:
        if self._ready is not None and self.isVisible():
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
