"""Saves and copies what is shown: the report, the numbers, the picture of a panel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from engine.errors import UserError
from engine.files import write_atomically
from ui.engine_thread import EngineThread
from ui.explain.panels import Panels
from ui.pictures import copy_picture, save_picture
from ui.requests import Answer, ReportFormat, ReportRequest
from ui.save_dialog import ask_save_path
from ui.settings import Settings

if TYPE_CHECKING:
    from engine.attribution.explainer import Explanation
    from engine.concepts.explanation import ConceptExplanation

# What a CSV file can hold, by the name of the table.
TABLES = {
    "matrix": "Matrix of words",
    "token_matrix": "Matrix of tokens",
    "words": "Words",
    "tokens": "Tokens",
    "ledger": "Ledger",
}
_TABLE_OF_LEVEL = {"words": "matrix", "tokens": "token_matrix", "sentences": "matrix"}
_PICTURES = ("PNG picture (*.png)", "SVG drawing (*.svg)", "PDF document (*.pdf)")


@dataclass(frozen=True)
class _Destination:
    """Where a report goes once it is written: a file, or the clipboard if `path` is None."""

    path: str | None
    table: str = ""


class Exporter(QObject):
    """Writes what the workspace shows; reports are made by the engine, pictures by the widgets.

    Args:
        engine: makes the reports.
        panels: whose pictures are saved.
        settings: the folder that was used last.
        shown: returns the result on screen and its model's layer path, or None.
        parent: the window that dialogs belong to.
    """

    problem = Signal(str)
    note = Signal(str)

    def __init__(
        self,
        engine: EngineThread,
        panels: Panels,
        settings: Settings,
        shown: Callable[[], tuple[Explanation, str | None] | None],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._engine, self._panels, self._settings, self._shown = engine, panels, settings, shown
        self._window = parent
        self._destinations: dict[int, _Destination] = {}
        engine.answered.connect(self._answered)

    def save_report(self) -> None:
        """Save the result as one HTML page."""
        self._save("html", "Save the report", "explanation.html", ("HTML page (*.html)",))

    def save_json(self) -> None:
        """Save every number as JSON."""
        self._save("json", "Save the numbers", "explanation.json", ("JSON (*.json)",))

    def save_csv(self) -> None:
        """Save one table of numbers as CSV; the dialog's list of types says which."""
        filters = tuple(f"{title}, CSV (*.csv)" for title in TABLES.values())
        self._save("csv", "Save a table of numbers", "explanation.csv", filters)

    def copy_json(self) -> None:
        """Copy every number as JSON."""
        self._ask("json", _Destination(None))

    def copy_csv(self) -> None:
        """Copy the matrix on screen as CSV."""
        self._ask("csv", _Destination(None, _TABLE_OF_LEVEL[self._panels.view.level]))

    def save_picture(self) -> None:
        """Save the picture of the panel in focus."""
        if not self._something_shown():
            return
        widget = self._panels.panel_in_focus()
        name = widget.accessibleName().split(",")[0].lower().replace(" ", "-")
        path, _filter = self._where(f"Save a picture of: {widget.accessibleName()}", f"{name}.png", _PICTURES)
        if path:
            self._try(lambda: save_picture(widget, path), f"Saved {path}")

    def copy_picture(self) -> None:
        """Copy the picture of the panel in focus."""
        if self._something_shown():
            widget = self._panels.panel_in_focus()
            self._try(lambda: copy_picture(widget), f"Copied a picture of: {widget.accessibleName()}")

    # -- inside ---------------------------------------------------------------------------------------

    def _save(self, format: ReportFormat, title: str, name: str, filters: tuple[str, ...]) -> None:
        if not self._something_shown():
            return
        path, chosen = self._where(title, name, filters)
        if path:
            table = list(TABLES)[filters.index(chosen)] if format == "csv" and chosen in filters else "matrix"
            self._ask(format, _Destination(path, table))

    def _ask(self, format: ReportFormat, destination: _Destination) -> None:
        shown = self._shown()
        if shown is not None and self._something_shown():
            explanation, layer_path = shown
            concepts = self.concepts_of(explanation)
            id = self._engine.submit(ReportRequest(explanation, format, layer_path, concepts))
            self._destinations[id] = destination

    def concepts_of(self, explanation: Explanation) -> tuple[tuple[int, ConceptExplanation], ...]:
        """Return the concepts of the pairs that they are on screen for, with their places."""
        found = (
            (place, self._panels.concepts.concepts_of(pair)) for place, pair in enumerate(explanation.pairs)
        )
        return tuple((place, one.explanation) for place, one in found if one is not None)

    def _something_shown(self) -> bool:
        if self._shown() is None:
            self.problem.emit("there is no result yet; explain a query and a candidate first")
        return self._shown() is not None

    def _where(self, title: str, name: str, filters: tuple[str, ...]) -> tuple[str, str]:
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        folder = self._settings.last_folder or documents
        path, chosen = ask_save_path(self._window, title, Path(folder) / name, ";;".join(filters))
        if path:
            self._settings.last_folder = str(Path(path).parent)
        return path, chosen

    @Slot(object)
    def _answered(self, answer: Answer) -> None:
        destination = self._destinations.pop(answer.id, None)
        if destination is None:
            return
        text = answer.value[destination.table] if isinstance(answer.value, dict) else answer.value
        path = destination.path
        if path is not None:
            self._try(lambda: write_atomically(path, text), f"Saved {path}")
        else:
            QGuiApplication.clipboard().setText(text)
            self.note.emit("Copied to the clipboard")

    def _try(self, write: Callable[[], object], done: str) -> None:
        try:
            write()
        except UserError as error:
            self.problem.emit(str(error))
        else:
            self.note.emit(done)
