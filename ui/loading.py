"""The model and the workspace in use: asks for them, and tells the pages what has come of it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QInputDialog

from engine.corpus.sample import has_sample
from ui.requests import Answer, Failure, ModelChoice, ModelReady, OpenWorkspace, Stopped
from ui.startup_checks import data_folder, unwritable

if TYPE_CHECKING:
    from engine.instrument import WorkspaceInfo
    from ui.main_window import MainWindow


@dataclass(frozen=True)
class _Wanted:
    """What is to come back with a workspace."""

    folder: str
    dictionary: str
    feature: int | None


class Loading(QObject):
    """Loads models and opens workspaces for the window that it is made with."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._engine, self._settings = window, window.engine, window.settings
        self._header = window.header
        self.folder = ""  # of the open workspace, empty for none
        self.info: WorkspaceInfo | None = None  # of the open workspace
        self._wanted: _Wanted | None = None
        self._passing: tempfile.TemporaryDirectory[str] | None = None
        bind = window.actions_.bind
        bind("file.model", self._header.open_folder)
        bind("file.layer_path", self._ask_layer_path)
        bind("file.workspace", self._header.workspace.open_folder)
        bind("file.sample", self.open_sample)
        window.actions_["file.sample"].setEnabled(has_sample())
        self._header.model_chosen.connect(self.load)
        self._header.workspace.chosen.connect(self.open_workspace)
        self._engine.answered.connect(self._answered)
        self._engine.failed.connect(self._failed)
        self._engine.cancelled.connect(self._cancelled)

    @Slot(object)
    def load(self, choice: ModelChoice) -> None:
        """Load a model; the one in use stays until it is there."""
        self._header.show_loading(choice)
        self._engine.submit(choice)

    @property
    def folder_in_use(self) -> str:
        """The folder of the open workspace, or of the one that is to come back; empty for none."""
        return self.folder if self._wanted is None else self._wanted.folder

    @property
    def dictionary_in_use(self) -> str:
        """The autoencoder in use, or the one that is to come back; empty for none."""
        return self._window.navigator.dictionary if self._wanted is None else self._wanted.dictionary

    @property
    def feature_in_use(self) -> int | None:
        """The feature that is selected everywhere, or is to be; None for none."""
        return self._window.navigator.feature if self._wanted is None else self._wanted.feature

    def bring_back(self, folder: str, dictionary: str, feature: int | None) -> None:
        """Open a workspace as it was: with the autoencoder and the feature that were in use."""
        if folder:
            self._wanted = _Wanted(folder, dictionary, feature)
            self.open_workspace(folder)
        elif not self.folder:
            self.open_last_workspace()

    @Slot(str)
    def open_workspace(self, folder: str) -> None:
        """Open the workspace in a folder."""
        if self._wanted is not None and self._wanted.folder != folder:
            self._wanted = None
        self._engine.submit(OpenWorkspace(folder))

    def open_sample(self) -> None:
        """Open the copy of the workspace that comes with the program."""
        place = data_folder()
        if unwritable(place):
            # For this run alone; it goes with the window.
            self._passing = self._passing or tempfile.TemporaryDirectory(prefix="semascope-")
            place = Path(self._passing.name)
        self._engine.submit(OpenWorkspace(str(place), sample=True))

    def open_last_workspace(self) -> None:
        """Open the workspace of the last run, else the sample."""
        if self._settings.recent_workspaces:
            self.open_workspace(self._settings.recent_workspaces[0])
        elif has_sample():
            self.open_sample()

    def workspace_opened(self, info: WorkspaceInfo) -> None:
        """Tell every page of a workspace that is open now, or of what has changed in it."""
        window = self._window
        wanted, self._wanted = self._wanted, None
        self._settings.add_recent_workspace(info.folder)
        self._header.workspace.show_ready(info)
        if wanted is not None and wanted.dictionary in info.dictionaries:
            window.navigator.choose_dictionary(wanted.dictionary)
            window.navigator.choose_feature(wanted.feature)
        if window.navigator.dictionary not in info.dictionaries:
            window.navigator.choose_dictionary(info.dictionaries[-1] if info.dictionaries else "")
        for page in window.pages.values():
            if page.banner.is_error and self.folder not in ("", info.folder):
                # What went wrong with another workspace is of no use any more.
                page.banner.dismiss()
            page.workspace_ready(info)
        self.folder, self.info = info.folder, info

    def _ask_layer_path(self) -> None:
        choice = self._header.in_use
        path, given = QInputDialog.getText(
            self._window,
            "Layer path",
            "Dotted path to the model's list of layers (for example encoder.layer); empty to find it:",
            text=choice.layer_path or "",
        )
        if given:
            self.load(ModelChoice(choice.folder, choice.device, path.strip() or None))

    def _model_loaded(self, ready: ModelReady) -> None:
        self._header.show_ready(ready)
        self._window.status.show_model(ready.info)
        self._settings.model_folder = ready.choice.folder or ""
        self._settings.device = ready.choice.device
        if ready.choice.folder is not None:
            self._settings.add_recent_model(ready.choice.folder)
        for page in self._window.pages.values():
            page.model_ready(ready)

    @Slot(object)
    def _answered(self, answer: Answer) -> None:
        if isinstance(answer.request, OpenWorkspace):
            self.workspace_opened(answer.value)
        elif isinstance(answer.request, ModelChoice):
            self._model_loaded(answer.value)

    @Slot(object)
    def _failed(self, failure: Failure) -> None:
        choice = failure.request
        if isinstance(choice, OpenWorkspace):
            self._wanted = None
            self._settings.forget_workspace(choice.folder)
            self._window.page.banner.show_error(failure.message)
        if not isinstance(choice, ModelChoice):
            return
        if choice.folder is not None and not Path(choice.folder).is_dir():
            self._settings.forget_model(choice.folder)
        self._header.show_not_loaded()
        self._window.explain.model_failed(failure.message)
        if self._header.ready is None and choice.folder is not None:
            # The model of the last run is gone; the embedded one always works.
            self.load(ModelChoice())
        elif self._header.ready is None:
            self._window.explain.banner.show_error(
                failure.message,
                offers=(("Choose another model…", self._header.open_folder),),
            )

    @Slot(object)
    def _cancelled(self, stopped: Stopped) -> None:
        if isinstance(stopped.request, ModelChoice):
            self._header.show_not_loaded()
            self._window.explain.model_failed("The model was not loaded: cancelled.")
