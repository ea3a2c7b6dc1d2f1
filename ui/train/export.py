"""Takes the curves and the table of runs out of the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths
from PySide6.QtGui import QGuiApplication

from engine.errors import UserError
from engine.spreadsheet import csv_text
from ui.pictures import save_picture
from ui.save_dialog import ask_save_path
from ui.settings import Settings
from ui.train.chart import MEASURES
from ui.train.curve_plot import CurvePlot
from ui.train.run_table import RunTable

if TYPE_CHECKING:
    from ui.banner import Banner

_FORMATS = "PNG (*.png);;SVG (*.svg);;PDF (*.pdf)"


class TrainExport:
    """Saves the picture of the curves; copies the curves, and the runs, as CSV."""

    def __init__(self, plot: CurvePlot, table: RunTable, settings: Settings, banner: Banner) -> None:
        self._plot, self._table, self._settings, self._banner = plot, table, settings, banner

    @property
    def actions(self) -> dict[str, Callable[[], None]]:
        """What the actions of the menu do, by their ids."""
        return {
            "train.picture": self.save_picture,
            "train.copy_curves": self.copy_curves,
            "train.copy_runs": self.copy_runs,
        }

    def save_picture(self) -> None:
        """Save the curves as PNG, SVG or PDF."""
        start = self._settings.last_folder or QStandardPaths.writableLocation(
            QStandardPaths.StandardLocation.DocumentsLocation
        )
        path, _ = ask_save_path(self._plot, "Save the curves", Path(start) / "training.png", _FORMATS)
        if not path:
            return
        self._settings.last_folder = str(Path(path).parent)
        try:
            save_picture(self._plot, path)
        except UserError as error:
            self._banner.show_error(str(error))
        else:
            self._banner.show_note(f"Saved {path}.")

    def copy_curves(self) -> None:
        """Copy every point of the curves that are drawn."""
        fields = [measure.field for measure in MEASURES]
        points = (
            (run.name, point.step, *(getattr(point, field) for field in fields))
            for run in self._plot.runs
            for point in run.curve
        )
        QGuiApplication.clipboard().setText(csv_text(["name", "step", *fields], points))

    def copy_runs(self) -> None:
        """Copy the table of runs."""
        QGuiApplication.clipboard().setText(self._table.as_csv())
