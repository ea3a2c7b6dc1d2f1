"""What Inspect does with the indexes of the workspace: read, build, compare and switch them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from ui.banner import Banner
from ui.inspect.index_view import IndexView
from ui.inspect.known_models import KnownModels
from ui.inspect.models_view import default_name
from ui.inspect.requests import BuildIndex, CompareIndexes, IndexState, ReadIndexes, SwitchIndex
from ui.requests import Advance, Answer, Failure, ModelChoice, OpenWorkspace, Stopped

if TYPE_CHECKING:
    from engine.corpus.vectors import IndexModel
    from engine.instrument import WorkspaceInfo
    from ui.page import PageContext

_OURS = (ReadIndexes, CompareIndexes, SwitchIndex)


class Indexing(QObject):
    """Asks for what a person wants of the indexes, and puts what comes back into their view.

    Attributes:
        work: the index that is being built; None if there is none.
        interrupted_work: the one that an earlier run did not build to its end.

    Args:
        context: of the page; its background thread builds.
        view: shows the indexes.
        models: where the models of the indexes lie.
        banner: takes what went wrong.
        parent: the page.
    """

    building = Signal()  # an index is begun

    def __init__(
        self,
        context: PageContext,
        view: IndexView,
        models: KnownModels,
        banner: Banner,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine, self._background = context.engine, context.background
        self._navigator = context.navigator
        self._view, self._models, self._banner = view, models, banner
        self._info: WorkspaceInfo | None = None
        self._name = ""  # of the model whose index is built
        self.work: BuildIndex | None = None
        self.interrupted_work: BuildIndex | None = None
        view.build_asked.connect(self.build)
        self._engine.answered.connect(self._answered)
        self._engine.failed.connect(self._failed)
        self._engine.cancelled.connect(self._cancelled)
        self._background.answered.connect(self._built)
        self._background.failed.connect(self._not_built)
        self._background.cancelled.connect(self._not_built)
        self._background.advanced.connect(self._advanced)
        bind = context.actions.bind
        bind("inspect.build", view.choose_model)
        bind("inspect.resume", self.resume)
        bind("inspect.stop", lambda: self._background.cancel("build index"))
        bind("inspect.compare", self.compare)
        bind("inspect.switch", self.switch)
        bind("inspect.switch_back", lambda: self._engine.submit(SwitchIndex()))

    def workspace_ready(self, info: WorkspaceInfo) -> None:
        """Show the indexes of a workspace that has just been opened, or has changed."""
        self._info = info
        self._engine.submit(ReadIndexes())

    # -- asking ---------------------------------------------------------------------------------------

    @Slot(str)
    def build(self, folder: str) -> None:
        """Build the index of the model in a folder, or go on with it."""
        self._models.remember(folder)
        self._build((folder,), default_name(folder))

    def resume(self) -> None:
        """Go on with an index that is not complete."""
        model = self._view.unfinished()
        if model is not None:
            self._build(self._models.folders, model.name, model.fingerprint)

    def go_on(self) -> None:
        """Go on with the index that an earlier run did not build to its end."""
        request, self.interrupted_work = self.interrupted_work, None
        if request is not None:
            self._navigator.page_asked.emit("Inspect")
            self._begin(request, default_name(request.folders[0]))

    def compare(self) -> None:
        """Compare the index in use with another on the saved queries."""
        other, info = self._view.other(), self._info
        if other is None or info is None or info.active is None:
            return
        self._banner.dismiss_passing()
        self._engine.submit(
            CompareIndexes(
                self._view.query_list(),
                info.active,
                other.fingerprint,
                self._models.folders,
                self._models.device,
            )
        )
        self._view.state.set_text("Comparing on the saved queries …")

    def switch(self) -> None:
        """Use the other index from now on."""
        other = self._view.other()
        if other is not None:
            self._engine.submit(SwitchIndex(other.fingerprint))

    def _build(self, folders: tuple[str, ...], name: str, fingerprint: str = "") -> None:
        if self._info is not None:
            self._begin(BuildIndex(self._info.folder, folders, self._models.device, fingerprint), name)

    def _begin(self, request: BuildIndex, name: str) -> None:
        self.building.emit()
        self._banner.dismiss_passing()
        self._name, self.work, self.interrupted_work = name, request, None
        self._background.submit(request)
        self._view.begin(name)

    # -- answers --------------------------------------------------------------------------------------

    @Slot(object)
    def _answered(self, answer: Answer) -> None:
        match answer.request:
            case ReadIndexes():
                self._view.show_state(answer.value)
            case CompareIndexes():
                self._view.state.set_text("")
                self._view.show_comparison(answer.value)
            case SwitchIndex():
                self._switched(answer.value)

    def _switched(self, state: IndexState) -> None:
        self._view.show_state(state)
        model = next(model for model, _ in state.info.indexes if model.fingerprint == state.info.active)
        self._view.state.set_text(f"The index of {model.name} is in use now.")
        self._banner.dismiss()
        in_use = self._models.in_use
        if in_use is not None and in_use.info.fingerprint != model.fingerprint:
            self._offer_model(model)
        self._engine.submit(OpenWorkspace(state.info.folder))

    def _offer_model(self, model: IndexModel) -> None:
        """Say that searching needs the model of the index, and load it if a person wants to."""
        said = f"The index of {model.name} is in use; searching it needs that model."
        folder, device = self._models.folder_of(model.fingerprint), self._models.device
        if folder is None:
            self._banner.show_note(f"{said} Choose it at the top of the window.")
        else:
            self._banner.show_note(
                said, f"Use {model.name}", lambda: self._engine.submit(ModelChoice(folder, device))
            )

    @Slot(object)
    def _failed(self, failure: Failure) -> None:
        if isinstance(failure.request, _OURS):
            self._view.state.set_text("")
            self._banner.show_error(failure.message, passing=True)

    @Slot(object)
    def _cancelled(self, stopped: Stopped) -> None:
        if isinstance(stopped.request, _OURS):
            self._view.state.set_text("")

    @Slot(object)
    def _built(self, answer: Answer) -> None:
        if isinstance(answer.request, BuildIndex) and answer.final:
            self.work = None
            report = answer.value
            if not answer.request.fingerprint:
                self._models.remember_index(report.model.fingerprint, answer.request.folders[0])
            self._view.end(f"The index of {report.model.name} is complete: compare it, then switch to it.")
            self._engine.submit(ReadIndexes())

    @Slot(object)
    def _not_built(self, message: Failure | Stopped) -> None:
        if not isinstance(message.request, BuildIndex):
            return
        self.work = None
        if isinstance(message, Failure):
            self._view.end("")
            self._banner.show_error(message.message)
        else:
            self._view.end("Stopped; what is embedded is kept, and it goes on there.")
        self._engine.submit(ReadIndexes())

    @Slot(object)
    def _advanced(self, advance: Advance) -> None:
        if isinstance(advance.request, BuildIndex):
            self._view.show_progress(self._name, advance.progress)
