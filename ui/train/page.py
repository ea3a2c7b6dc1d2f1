"""The page Train: train autoencoders on the documents of a workspace, and watch them learn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelection, QStandardPaths, Qt, Slot
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMessageBox,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine.jobs import CancelToken
from ui.buttons import action_button
from ui.page import Page
from ui.requests import Advance, Answer, Failure, ModelChoice, ModelReady, OpenWorkspace, Stopped
from ui.theme import SPACE_M, SPACE_S, Theme
from ui.train.corpus_dialog import CorpusDialog
from ui.train.curve_plot import CurvePlot, DrawnRun
from ui.train.empty import EmptyTrain
from ui.train.requests import (
    DeleteRun,
    ListRuns,
    MakeWorkspace,
    RunList,
    RunProgress,
    TrainRun,
    WorkspaceMade,
)
from ui.train.run_table import RunTable
from ui.train.settings_panel import SettingsPanel
from ui.train.wording import end_in_words, import_in_words, run_in_words
from ui.train.work_strip import WorkStrip

if TYPE_CHECKING:
    from engine.concepts.training_runs import TrainingRun
    from engine.instrument import WorkspaceInfo
    from ui.pages import PageContext

_DRAWN_AT_FIRST = 3
_PANEL_WIDTH = 290


class TrainPage(Page):
    """Settings at the left, curves and runs at the right, what is being done above them."""

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._engine, self._background = context.engine, context.background
        self._settings, self._navigator = context.settings, context.navigator
        self._actions = context.actions
        self._theme = Theme.for_system()
        self._model = ModelChoice()
        self._model_name = "the embedded model"
        self._workspace: WorkspaceInfo | None = None
        self._list: RunList | None = None
        self._live: TrainingRun | None = None
        self._training: TrainRun | None = None
        self._closing = self._quiet = False
        self.panel = SettingsPanel(context.actions, self)
        self.strip = WorkStrip(context.actions, self)
        self.plot = CurvePlot(self)
        self.table = RunTable(self)
        self.empty = EmptyTrain(context.actions, self)
        self._lay_out()
        self._bind()
        self._connect()
        self._enable()

    # -- what the window tells --------------------------------------------------------------------------

    def model_ready(self, ready: ModelReady) -> None:
        """Embed with this model from now on."""
        self._model, self._model_name = ready.choice, ready.info.name

    def workspace_ready(self, info: WorkspaceInfo) -> None:
        """List the runs of the workspace."""
        if self._workspace is None or self._workspace.folder != info.folder:
            self._list = None
        self._workspace = info
        self._engine.submit(ListRuns(info.folder))
        self._arrange()

    def set_theme(self, theme: Theme) -> None:
        """Take another theme."""
        super().set_theme(theme)
        self._theme = theme
        self.plot.set_theme(theme)
        self.table.set_theme(theme)

    def stop(self) -> None:
        """Start nothing more; what is being trained stops at its next step and can go on."""
        self._closing = True

    # -- making a workspace -------------------------------------------------------------------------------

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
        """Import and embed in the background."""
        if request.corpus is not None:
            self._settings.last_folder = str(request.corpus.parent)
        self._navigator.page_asked.emit("Train")
        self._begin(request, f"Making {Path(request.folder).name}", training=False)

    def _embed(self) -> None:
        if self._workspace is not None:
            self.make_workspace(MakeWorkspace(self._workspace.folder, self._model))

    def _made(self, made: WorkspaceMade) -> None:
        self.banner.show_note(import_in_words(made))
        self._engine.submit(OpenWorkspace(made.folder))

    # -- training -----------------------------------------------------------------------------------------

    def train(self) -> None:
        """Train what the form asks for."""
        if self._workspace is None or self._list is None or self._list.suggested is None:
            return
        settings = self.panel.settings(self._list.suggested)
        self._start(TrainRun(self._workspace.folder, self.panel.run_name, settings, CancelToken()))

    def resume(self) -> None:
        """Go on with the run that is chosen."""
        run = self._chosen()
        if run is not None and run.resumable and self._workspace is not None:
            self._start(TrainRun(self._workspace.folder, run.name, None, CancelToken()))

    def pause(self) -> None:
        """Stop what is being done in the background; it can go on later."""
        self.strip.say("stopping …")
        self._background.cancel()

    def finish(self) -> None:
        """End the training where it is, and keep the result."""
        if self._training is not None:
            self._training.finish.cancel()
            self.strip.say("ending here …")

    def delete(self) -> None:
        """Delete the run that is chosen, after a question."""
        run = self._chosen()
        if run is None or self._workspace is None:
            return
        box = QMessageBox(
            QMessageBox.Icon.Question,
            "Delete a run",
            f"Delete {run.name}, its features, names and curves? This cannot be undone.",
            QMessageBox.StandardButton.Cancel,
            self,
        )
        box.setAccessibleName("Delete a run")
        delete = box.addButton("Delete", QMessageBox.ButtonRole.DestructiveRole)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        request = DeleteRun(self._workspace.folder, run.name)
        delete.clicked.connect(lambda: self._engine.submit(request))
        box.open()

    def _start(self, request: TrainRun) -> None:
        self._training, self._live = request, None
        self._begin(request, f"Training {request.name}", training=True)

    def _begin(self, request: TrainRun | MakeWorkspace, what: str, *, training: bool) -> None:
        self.banner.dismiss_passing()
        self.strip.begin(what, training=training)
        self._background.submit(request)
        self._enable()

    def _ended(self) -> None:
        self._training = None
        self.strip.end()
        self._enable()

    # -- answers ------------------------------------------------------------------------------------------

    @Slot(object)
    def _worked(self, answer: Answer) -> None:
        if self._closing:
            return
        if isinstance(answer.value, RunProgress):
            self._live = answer.value.run
            self._fill_table()
            return
        if isinstance(answer.request, TrainRun):
            self._ended()
            run: TrainingRun = answer.value
            self.banner.show_note(end_in_words(run))
            # Its features are new to everyone, and those of an earlier run may have changed.
            self._engine.submit(OpenWorkspace(answer.request.folder))
        elif isinstance(answer.request, MakeWorkspace):
            self._ended()
            self._made(answer.value)

    @Slot(object)
    def _work_failed(self, failure: Failure) -> None:
        if isinstance(failure.request, TrainRun | MakeWorkspace):
            self._ended()
            self.banner.show_error(failure.message, passing=True)
            self._look_again()

    @Slot(object)
    def _work_stopped(self, stopped: Stopped) -> None:
        if self._closing or not isinstance(stopped.request, TrainRun | MakeWorkspace):
            return
        self._ended()
        request = stopped.request
        if isinstance(request, MakeWorkspace):
            self.banner.show_note(
                "Stopped; what is done is kept.", "Go on", lambda: self.make_workspace(request)
            )
        else:
            self.banner.show_note(f"{request.name} is paused; it goes on exactly where it was.")
            self._look_again()

    @Slot(object)
    def _advanced(self, advance: Advance) -> None:
        self.strip.show_progress(advance.progress)

    @Slot(object)
    def _answered(self, answer: Answer) -> None:
        if isinstance(answer.value, RunList) and self._workspace is not None:
            if answer.value.folder == self._workspace.folder:
                self._show_list(answer.value)
            if isinstance(answer.request, DeleteRun):
                self._engine.submit(OpenWorkspace(answer.request.folder))

    @Slot(object)
    def _failed(self, failure: Failure) -> None:
        if isinstance(failure.request, ListRuns | DeleteRun):
            self.banner.show_error(failure.message)

    # -- showing ------------------------------------------------------------------------------------------

    def _show_list(self, runs: RunList) -> None:
        fresh = self._list is None or self._list.rows != runs.rows
        self._list = runs
        if self._training is None:
            self._live = None
        self._fill_table()
        self.panel.show_corpus(runs.rows, runs.suggested, [run.name for run in runs.runs], fresh)
        self._arrange()

    def _fill_table(self) -> None:
        """Show the runs of the workspace and the one in training; what was selected stays so."""
        live, runs = self._live, self._list.runs if self._list is not None else ()
        records = [run for run in runs if live is None or run.name != live.name]
        if live is not None:
            records.insert(0, live)
        before = [self.table.records[row].name for row in self.table.selected()]
        names = [run.name for run in records]
        if live is not None and live.name not in {run.name for run in self.table.records}:
            before.insert(0, live.name)
        chosen = [names.index(name) for name in before if name in names]
        self._quiet = True
        self.table.show_records(records)
        self.table.select_rows(chosen or list(range(min(len(names), _DRAWN_AT_FIRST))))
        self._quiet = False
        self._draw()
        self._enable()

    @Slot(QItemSelection, QItemSelection)
    def _selection_changed(self, _on: QItemSelection, _off: QItemSelection) -> None:
        if not self._quiet:
            self._draw()
            self._enable()

    def _draw(self) -> None:
        runs = [self.table.records[row] for row in self.table.selected()]
        self.plot.show_runs(
            [DrawnRun(run.name, run_in_words(run), run.curve, self.table.style_of(run.name)) for run in runs]
        )

    def _arrange(self) -> None:
        info = self._workspace
        if info is None:
            self.empty.show_no_workspace()
        elif self._list is not None and not self._list.rows:
            self.empty.show_not_embedded(info.documents)
        ready = self._list is not None and self._list.rows > 0
        self._pages.setCurrentWidget(self._body if ready or (info and self._list is None) else self.empty)
        self._enable()

    def _enable(self) -> None:
        idle = self._training is None and not self.strip.isVisibleTo(self)
        ready = self._list is not None and self._list.suggested is not None
        run = self._chosen()
        actions = self._actions
        actions["train.start"].setEnabled(idle and ready and bool(self.panel.run_name))
        actions["train.resume"].setEnabled(idle and run is not None and run.resumable)
        actions["train.pause"].setEnabled(not idle)
        actions["train.finish"].setEnabled(self._training is not None)
        actions["train.delete"].setEnabled(run is not None and run.status != "training")
        actions["file.corpus"].setEnabled(idle)
        self.empty.embed.setEnabled(idle)

    def _chosen(self) -> TrainingRun | None:
        row = self.table.current()
        return None if row is None else self.table.records[row]

    def _look_again(self) -> None:
        if self._workspace is not None and not self._closing:
            self._engine.submit(ListRuns(self._workspace.folder))

    # -- making ---------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._splitter = QSplitter(Qt.Orientation.Vertical, self)
        self._splitter.setAccessibleName("Curves and runs")
        self._splitter.addWidget(self.plot)
        self._splitter.addWidget(self._runs_below())
        self._splitter.setStretchFactor(0, 3)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setChildrenCollapsible(False)
        self._body = QWidget(self)
        body = QHBoxLayout(self._body)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(SPACE_S)
        body.addWidget(self._form_at_left())
        body.addWidget(self._splitter, 1)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self._body)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_S)
        layout.addWidget(self.banner)
        layout.addWidget(self.strip)
        layout.addWidget(self._pages, 1)

    def _form_at_left(self) -> QWidget:
        left = QWidget(self)
        area = QScrollArea(left)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self.panel)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(area, 1)
        left.setFixedWidth(_PANEL_WIDTH)
        return left

    def _runs_below(self) -> QWidget:
        runs, actions = QWidget(self), self._actions
        above = QHBoxLayout()
        above.setContentsMargins(SPACE_M, 0, SPACE_M, 0)
        above.setSpacing(SPACE_S)
        for id in ("train.resume", "train.delete"):
            above.addWidget(action_button(actions[id], parent=runs))
        above.addStretch(1)
        above.addWidget(action_button(actions["train.logarithmic"], parent=runs))
        below = QVBoxLayout(runs)
        below.setContentsMargins(0, SPACE_S, 0, 0)
        below.setSpacing(SPACE_S)
        below.addLayout(above)
        below.addWidget(self.table, 1)
        return runs

    def _bind(self) -> None:
        bind = self._actions.bind
        bind("file.corpus", self.ask_corpus)
        bind("train.start", self.train)
        bind("train.pause", self.pause)
        bind("train.resume", self.resume)
        bind("train.finish", self.finish)
        bind("train.delete", self.delete)
        self._actions.bind_toggle("train.logarithmic", self.plot.set_logarithmic)
        self.empty.embed.clicked.connect(self._embed)

    def _connect(self) -> None:
        self._engine.answered.connect(self._answered)
        self._engine.failed.connect(self._failed)
        self._background.answered.connect(self._worked)
        self._background.failed.connect(self._work_failed)
        self._background.cancelled.connect(self._work_stopped)
        self._background.advanced.connect(self._advanced)
        self.table.selectionModel().selectionChanged.connect(self._selection_changed)
        self.panel.changed.connect(self._enable)
