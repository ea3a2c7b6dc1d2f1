"""The page Train: train autoencoders on the documents of a workspace, and watch them learn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QStandardPaths, Qt, Slot
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from engine.jobs import CancelToken
from ui.page import Interrupted, Page, PageContext
from ui.requests import Answer, Failure, ModelChoice, ModelReady, OpenWorkspace
from ui.theme import SPACE_S, Theme
from ui.train import session
from ui.train.advisor import Advisor
from ui.train.bindings import bind_actions, enable_actions
from ui.train.corpus_dialog import CorpusDialog
from ui.train.curve_plot import CurvePlot
from ui.train.delete_dialog import ask_delete
from ui.train.empty import EmptyTrain
from ui.train.export import TrainExport
from ui.train.layout import body
from ui.train.quality_table import QualityTable
from ui.train.requests import (
    AskAdvice,
    DeleteRun,
    FeaturesTaken,
    ListRuns,
    MakeWorkspace,
    NameFeatures,
    RunList,
    TakeFeatures,
    TrainRun,
)
from ui.train.run_table import RunTable
from ui.train.settings_panel import SettingsPanel
from ui.train.shown_runs import ShownRuns
from ui.train.wording import done_in_words, stopped_in_words, taken_in_words
from ui.train.work import Work, WorkRequest
from ui.train.work_strip import WorkStrip

if TYPE_CHECKING:
    from engine.concepts.saved_runs import TrainingRun
    from engine.instrument import WorkspaceInfo


class TrainPage(Page):
    """Settings at the left, curves and runs at the right, what is being done above them."""

    session_shape = staticmethod(session.SHAPE)

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._engine, self._settings = context.engine, context.settings
        self._navigator, self._actions = context.navigator, context.actions
        self._theme = Theme.for_system()
        self._model, self._model_name = ModelChoice(), "the embedded model"
        self._workspace: WorkspaceInfo | None = None
        self._list: RunList | None = None
        self.interrupted_work: WorkRequest | None = None  # by the end of an earlier run
        self.panel = SettingsPanel(context.actions, self)
        self.strip = WorkStrip(context.actions, self)
        self.plot = CurvePlot(self)
        self.table = RunTable(self)
        self.quality = QualityTable(self)
        self.runs = ShownRuns(self.plot, self.table, self.quality, self)
        self.empty = EmptyTrain(context.actions, self)
        self.work = Work(context.background, self.strip, context.actions, self)
        self.advisor = Advisor(context.background, self)
        self.export = TrainExport(self.plot, self.table, context.settings, self.banner)
        self._body = body(self.panel, self.plot, self.table, self.quality, context.actions)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self._body)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_S)
        layout.addWidget(self.banner)
        layout.addWidget(self.strip)
        layout.addWidget(self._pages, 1)
        self._connect()
        self._arrange()

    # -- what the window tells --------------------------------------------------------------------------

    def model_ready(self, ready: ModelReady) -> None:
        """Embed with this model from now on."""
        self._model, self._model_name = ready.choice, ready.info.name

    def workspace_ready(self, info: WorkspaceInfo) -> None:
        """List the runs of the workspace."""
        if self._workspace is None or self._workspace.folder != info.folder:
            self._list, self.runs.listed = None, ()
        self._workspace = info
        self._engine.submit(ListRuns(info.folder))
        self._arrange()

    def set_theme(self, theme: Theme) -> None:
        """Take another theme."""
        super().set_theme(theme)
        self._theme = theme
        for part in (self.plot, self.table, self.quality):
            part.set_theme(theme)

    def shown(self) -> None:
        """Ask for advice on what is in the form."""
        self._ask_advice()

    def session(self) -> dict[str, Any]:
        """Return what the page needs to look as it does, and what it is doing."""
        return session.session_of(self)

    def restore(self, data: Mapping[str, Any]) -> None:
        """Look as `session` said, as soon as the runs are listed."""
        session.restore(self, data)

    def interrupted(self) -> Interrupted | None:
        """Return the work that an earlier run did not bring to its end."""
        work = self.interrupted_work
        return None if work is None else Interrupted(work.title, self._go_on)

    def stop(self) -> None:
        """Start nothing more; what is being trained stops at its next step and can go on."""
        self.advisor.stop()
        self.work.close()

    # -- what a person asks for ---------------------------------------------------------------------------

    def ask_corpus(self, path: str = "") -> CorpusDialog:
        """Open the dialog that makes a workspace, on a file or folder if one is given."""
        start = self._settings.last_folder or QStandardPaths.writableLocation(
            QStandardPaths.StandardLocation.HomeLocation
        )
        dialog = CorpusDialog(self._engine, self._model, self._model_name, start, self._theme, self.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.wanted.connect(self.make_workspace)
        if path:
            dialog.show_corpus(path)
        dialog.open()
        return dialog

    @Slot(object)
    def make_workspace(self, request: MakeWorkspace) -> None:
        """Import and embed in the background, once nothing else is done there."""
        self._navigator.page_asked.emit("Train")
        if self.work.request is not None:
            self.banner.show_note(
                "Something else is being done; make the workspace when it has ended.",
                "Make it",
                lambda: self.make_workspace(request),
            )
            return
        if request.corpus is not None:
            self._settings.last_folder = str(request.corpus.parent)
        self._begin(request)

    def train(self) -> None:
        """Train what the form asks for."""
        if self._workspace is not None and self._list is not None and self._list.suggested is not None:
            settings = self.panel.settings(self._list.suggested)
            self._begin(TrainRun(self._workspace.folder, self.panel.run_name, settings, CancelToken()))

    def resume(self) -> None:
        """Go on with the run that is chosen."""
        run = self.runs.chosen
        if run is not None and run.resumable and self._workspace is not None:
            self._begin(TrainRun(self._workspace.folder, run.name, None, CancelToken()))

    def name_features(self) -> None:
        """Name the features of the run that is chosen."""
        run = self.runs.chosen
        if run is not None and self._workspace is not None:
            self._begin(NameFeatures(self._workspace.folder, run.name, self._model))

    def delete(self) -> None:
        """Delete the run that is chosen, after a question."""
        run = self.runs.chosen
        if run is None or self._workspace is None:
            return
        request = DeleteRun(self._workspace.folder, run.name)
        ask_delete(self, run.name, lambda: self._engine.submit(request))

    def take_features(self, source: str) -> None:
        """Take the features in a folder, which another program may have trained, into the workspace."""
        self._navigator.page_asked.emit("Train")
        self._engine.submit(TakeFeatures(source))

    @property
    def logarithmic(self) -> bool:
        """Whether the curves are scaled logarithmically."""
        return self._actions["train.logarithmic"].isChecked()

    def set_logarithmic(self, on: bool) -> None:
        """Scale the curves logarithmically, or not."""
        self._actions["train.logarithmic"].setChecked(on)
        self.plot.set_logarithmic(on)

    def _go_on(self) -> None:
        """Go on with what an earlier run did not bring to its end."""
        request = self.interrupted_work
        if request is None or self.work.request is not None:
            return
        self._navigator.page_asked.emit("Train")
        self.interrupted_work = None
        if isinstance(request, TrainRun):
            known = () if self._list is None or self._list.folder != request.folder else self._list.runs
            saved = any(run.name == request.name and run.resumable for run in known)
            settings = None if saved else request.settings
            request = TrainRun(request.folder, request.name, settings, CancelToken())
        self._begin(request)

    def _embed(self) -> None:
        if self._workspace is not None:
            self.make_workspace(MakeWorkspace(self._workspace.folder, self._model))

    def _begin(self, request: WorkRequest) -> None:
        self.banner.dismiss()
        self.advisor.stop()
        self.runs.live = self.interrupted_work = None
        self.work.start(request)

    # -- what has come of it ------------------------------------------------------------------------------

    @Slot(object)
    def _progressed(self, run: TrainingRun) -> None:
        if self._workspace is not None and self.work.request.folder == self._workspace.folder:
            self.runs.live = run
            self.runs.fill()

    @Slot(object, object)
    def _done(self, request: WorkRequest, value: object) -> None:
        self.banner.show_note(done_in_words(value))
        # Every page is to know what there is now; a workspace that was made is opened.
        made = isinstance(request, MakeWorkspace)
        if made or (self._workspace is not None and request.folder == self._workspace.folder):
            self._engine.submit(OpenWorkspace(request.folder))

    @Slot(object, str)
    def _work_failed(self, _request: WorkRequest, message: str) -> None:
        self.banner.show_error(message)
        self._look_again()

    @Slot(object)
    def _work_stopped(self, request: WorkRequest) -> None:
        again = ("Go on", lambda: self.make_workspace(request)) if isinstance(request, MakeWorkspace) else ()
        self.banner.show_note(stopped_in_words(request), *again)
        self._look_again()

    @Slot(object)
    def _answered(self, answer: Answer) -> None:
        runs = answer.value
        if isinstance(runs, FeaturesTaken):
            self._navigator.choose_dictionary(runs.name)
            self.banner.show_note(taken_in_words(runs))
            self._engine.submit(OpenWorkspace(runs.folder))
        if not isinstance(runs, RunList) or self._workspace is None:
            return
        if isinstance(answer.request, DeleteRun):
            self._engine.submit(OpenWorkspace(runs.folder))
        elif runs.folder == self._workspace.folder:
            self._show_list(runs)

    @Slot(object)
    def _failed(self, failure: Failure) -> None:
        if isinstance(failure.request, ListRuns | DeleteRun | TakeFeatures):
            self.banner.show_error(failure.message)

    # -- showing ------------------------------------------------------------------------------------------

    def _show_list(self, runs: RunList) -> None:
        fresh = self._list is None or self._list.rows != runs.rows
        self._list, self.runs.listed = runs, runs.runs
        if not self.work.training:
            self.runs.live = None
        self.runs.fill()
        self.panel.show_corpus(runs.rows, runs.suggested, [run.name for run in runs.runs], fresh)
        self._arrange()

    def _arrange(self) -> None:
        if self._workspace is None:
            self.empty.show_no_workspace()
        elif self._list is not None and not self._list.rows:
            self.empty.show_not_embedded(self._workspace.documents)
        nothing = self._workspace is None or (self._list is not None and not self._list.rows)
        self._pages.setCurrentWidget(self.empty if nothing else self._body)
        self._enable()

    @Slot()
    def _enable(self) -> None:
        trainable = self._list is not None and self._list.suggested is not None
        enable_actions(self, self._actions, trainable=trainable)
        self.empty.embed.setEnabled(self.work.request is None)

    @Slot()
    def _ask_advice(self) -> None:
        """Ask what can be said of the form, if it is in sight and the background has time."""
        runs = self._list
        if runs is None or runs.suggested is None or not self.isVisible() or self.work.request is not None:
            return
        self.advisor.want(AskAdvice(runs.folder, self.panel.settings(runs.suggested), runs.rows))

    @Slot()
    def _look_again(self) -> None:
        if self._workspace is not None:
            self._engine.submit(ListRuns(self._workspace.folder))

    def _connect(self) -> None:
        bind_actions(self, self._actions)
        self._engine.answered.connect(self._answered)
        self._engine.failed.connect(self._failed)
        self.work.progressed.connect(self._progressed)
        self.work.done.connect(self._done)
        self.work.failed.connect(self._work_failed)
        self.work.stopped.connect(self._work_stopped)
        self.work.changed.connect(self._enable)
        self.work.changed.connect(self._ask_advice)
        self.advisor.advised.connect(self.panel.show_advice)
        self.advisor.refused.connect(self.panel.show_refusal)
        self.runs.changed.connect(self._enable)
        self.panel.changed.connect(self._enable)
        self.panel.changed.connect(self._ask_advice)
        self.empty.embed.clicked.connect(self._embed)
