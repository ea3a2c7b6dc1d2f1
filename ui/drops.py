"""Files and folders that people drop on the window or start it with: what each is, and where it goes."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt
from PySide6.QtWidgets import QDockWidget, QLineEdit, QPlainTextEdit

from engine.corpus.readers import TEXT_SUFFIXES
from engine.corpus.schema import APPLICATION_ID, DATABASE
from engine.sae.format_files import holds_autoencoder
from ui.requests import ModelChoice

if TYPE_CHECKING:
    from ui.main_window import MainWindow

SESSION_SUFFIX, BUNDLE_SUFFIX = ".semasession", ".semareport"
Kind = Literal["workspace", "session", "report", "model", "autoencoder", "documents", "unknown"]

_TABLES = (".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".json", ".parquet", ".pq")
_MAYBE_REPORTS = (".html", ".htm", ".json")
_OF_FEATURES = (".safetensors", ".pt", ".json")
_MODEL_FILES = ("modules.json", "config.json", "model.safetensors")
MAX_FIELD_BYTES = 2_000_000
_APPLICATION_ID_AT = 68
# A report says in its first lines or its last ones which program wrote it.
_LOOKED_AT = 200_000
_MARKS = (b"semascope", b"Semascope")
_MOST_ENTRIES = 2_000
_KNOWN = (
    "a workspace, a session, a report, a folder of a model or of features, or documents "
    "(.csv, .tsv, .jsonl, .parquet, .txt, .md, or a folder of texts)"
)


@dataclass(frozen=True)
class Opened:
    """What a path is.

    Attributes:
        kind: "unknown" if nothing can be done with it.
        path: what is to be opened: the folder of a workspace, model or autoencoder, else the file itself.
        problem: one line that says why nothing can be done; empty otherwise.
    """

    kind: Kind
    path: str
    problem: str = ""


def kind_of(path: str | os.PathLike[str]) -> Opened:
    """Say what a file or folder is, by its name and its first bytes.

    A file of a workspace, a model or an autoencoder stands for the folder that it lies in.
    """
    place = Path(path).expanduser()
    try:
        if place.is_dir():
            return _folder(place)
        if place.is_file():
            return _file(place)
    except OSError as error:
        return Opened("unknown", str(place), f"{place} cannot be read: {error.strerror or error}")
    return Opened("unknown", str(place), f"there is no file or folder {place}")


def open_path(window: MainWindow, path: str | os.PathLike[str]) -> None:
    """Do the obvious thing with a file or folder; what nothing can be done with is said in one line."""
    window.opening.open(path)


def dropped_paths(data: QMimeData) -> list[str]:
    """Return the files and folders that are dragged; none if it is something else, such as text."""
    return [url.toLocalFile() for url in data.urls() if url.isLocalFile()] if data.hasUrls() else []


def is_short_text(path: str) -> bool:
    """Return whether a file is plain text that fits into a field."""
    place = Path(path)
    return place.suffix.lower() in TEXT_SUFFIXES and place.stat().st_size <= MAX_FIELD_BYTES


def is_plain_text(path: str) -> bool:
    """Return whether a field for texts takes a file: plain text, or a file whose name says nothing else."""
    place = Path(path)
    return place.suffix.lower() in TEXT_SUFFIXES or (
        place.is_file() and place.suffix.lower() not in _TABLES and kind_of(path).kind == "unknown"
    )


class Opening(QObject):
    """Opens what is dropped anywhere on the window, panels that float beside it included.

    Facilities say `add(".ending", open_it)` for the files that are theirs.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._openers: dict[str, Callable[[Path], object]] = {}
        for widget in [window, *window.findChildren(QDockWidget)]:
            widget.setAcceptDrops(True)
            widget.installEventFilter(self)
        for field in [*window.findChildren(QLineEdit), *window.findChildren(QPlainTextEdit)]:
            _LeaveFiles(field)

    def add(self, ending: str, opener: Callable[[Path], object]) -> None:
        """Let files of a kind be opened by `opener`; the kind is named by its ending (".semasession")."""
        self._openers[ending] = opener

    def open(self, path: str | os.PathLike[str]) -> None:
        """Do the obvious thing with a file or folder; what nothing can be done with is said in one line."""
        window, found = self._window, kind_of(path)
        match found.kind:
            case "workspace":
                window.loading.open_workspace(found.path)
            case "session":
                self._openers[SESSION_SUFFIX](Path(found.path))
            case "report":
                self._openers[BUNDLE_SUFFIX](Path(found.path))
            case "model":
                window.loading.load(ModelChoice(found.path, window.header.device.currentData() or "auto"))
            case "autoencoder":
                window.pages["Train"].take_features(found.path)
            case "documents":
                field = window.page.text_field()
                if field is not None and is_short_text(found.path):
                    field.open_file(found.path)
                else:
                    window.pages["Train"].ask_corpus(found.path)
            case "unknown":
                window.page.banner.show_error(found.problem, passing=True)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.DragEnter, QEvent.Type.DragMove):
            if dropped_paths(event.mimeData()):
                event.setDropAction(Qt.DropAction.CopyAction)
                event.accept()
                return True
        elif event.type() == QEvent.Type.Drop and (paths := dropped_paths(event.mimeData())):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            if len(paths) == 1:
                self.open(paths[0])
            else:
                message = f"{len(paths)} files were dropped; drop one file or folder at a time"
                self._window.page.banner.show_error(message, passing=True)
            return True
        return super().eventFilter(watched, event)


class _LeaveFiles(QObject):
    """Leaves files that are dropped on a field to the window; Qt would write their addresses into it."""

    def __init__(self, field: QLineEdit | QPlainTextEdit) -> None:
        super().__init__(field)
        self._field = field
        # An area that scrolls is told of what is dragged by its viewport.
        (field if isinstance(field, QLineEdit) else field.viewport()).installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop):
            paths = dropped_paths(event.mimeData())
            takes = isinstance(self._field, QPlainTextEdit) and self._field.canInsertFromMimeData(
                event.mimeData()
            )
            if paths and not takes:
                event.ignore()
                return True
        return super().eventFilter(watched, event)


# -- what it is ----------------------------------------------------------------------------------------


def _folder(place: Path) -> Opened:
    if (place / DATABASE).is_file():
        return Opened("workspace", str(place))
    if holds_autoencoder(place):
        return Opened("autoencoder", str(place))
    if _is_model(place):
        return Opened("model", str(place))
    if _has_texts(place):
        return Opened("documents", str(place))
    return Opened("unknown", str(place), f"{place} is nothing that can be opened here; drop {_KNOWN}")


def _file(place: Path) -> Opened:
    kind, path = _kind_of_file(place)
    problem = ""
    if kind == "unknown" and _is_database(place):
        problem = f"{place} is the database of a workspace under another name; call it {DATABASE} again"
    elif kind == "unknown":
        problem = f"{place} is of no kind that can be opened here; drop {_KNOWN}"
    return Opened(kind, str(path), problem)


def _kind_of_file(place: Path) -> tuple[Kind, Path]:
    """Return the kind of a file, and what is to be opened: itself, or the folder that it belongs to."""
    suffix, folder = place.suffix.lower(), place.parent
    kind, path = "unknown", place
    if suffix == SESSION_SUFFIX:
        kind = "session"
    elif suffix == BUNDLE_SUFFIX or (suffix in _MAYBE_REPORTS and _is_report(place)):
        kind = "report"
    elif place.name == DATABASE:
        kind, path = "workspace", folder
    elif suffix in _OF_FEATURES and holds_autoencoder(folder):
        kind, path = "autoencoder", folder
    elif place.name in _MODEL_FILES and _is_model(folder):
        kind, path = "model", folder
    elif suffix in _TABLES or suffix in TEXT_SUFFIXES:
        kind = "documents"
    return kind, path


def _is_model(folder: Path) -> bool:
    return (folder / "modules.json").is_file() or (
        (folder / "config.json").is_file() and any(folder.glob("*.safetensors"))
    )


def _is_database(place: Path) -> bool:
    with place.open("rb") as stream:
        stream.seek(_APPLICATION_ID_AT)
        return stream.read(4) == APPLICATION_ID.to_bytes(4, "big")


def _is_report(place: Path) -> bool:
    """Return whether the file is a report of this program, as far as its beginning tells."""
    with place.open("rb") as stream:
        start = stream.read(_LOOKED_AT)
    if place.suffix.lower() == ".json":
        return start.lstrip()[:1] == b"{" and b'"app"' in start and any(mark in start for mark in _MARKS)
    return any(mark in start for mark in _MARKS)


def _has_texts(folder: Path) -> bool:
    """Return whether there is a text file among the first entries below a folder."""
    seen = 0
    for _, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        if any(Path(name).suffix.lower() in TEXT_SUFFIXES for name in files if not name.startswith(".")):
            return True
        seen += len(folders) + len(files)
        if seen > _MOST_ENTRIES:
            return False
    return False
