"""Which runs the page Train lists, draws and looks at: table, curves and quality are kept in step here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelection, QObject, Signal, Slot

from ui.train.curve_plot import CurvePlot, DrawnRun
from ui.train.quality_table import QualityTable
from ui.train.run_table import RunTable
from ui.train.wording import run_in_words

if TYPE_CHECKING:
    from engine.concepts.saved_runs import TrainingRun

_DRAWN_AT_FIRST = 3


class ShownRuns(QObject):
    """The selected runs of the table are drawn, and the current one is the chosen one.

    Attributes:
        listed: the runs of the workspace; `fill` shows them.
        live: the run that is being trained, as it stands; it takes the place of the listed one of its name.
    """

    changed = Signal()  # what is drawn, or which run is chosen

    def __init__(
        self, plot: CurvePlot, table: RunTable, quality: QualityTable, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._plot, self._table, self._quality = plot, table, quality
        self.listed: Sequence[TrainingRun] = ()
        self.live: TrainingRun | None = None
        self._wanted: tuple[str, ...] = ()
        self._wanted_choice = ""
        self._quiet = False
        table.selectionModel().selectionChanged.connect(self._selection_changed)

    @property
    def chosen(self) -> TrainingRun | None:
        """The run that is chosen."""
        row = self._table.current()
        return None if row is None else self._table.records[row]

    @property
    def chosen_name(self) -> str:
        """The name of the run that is chosen, or is to be once it is listed; empty for none."""
        run = self.chosen
        return self._wanted_choice if run is None else run.name

    @property
    def drawn_names(self) -> list[str]:
        """The names of the runs that are drawn, or are to be once they are listed."""
        return [self._table.records[row].name for row in self._table.selected()] or list(self._wanted)

    def draw_when_listed(self, drawn: Sequence[str], chosen: str) -> None:
        """Draw runs, and choose one, as soon as they are listed."""
        self._wanted, self._wanted_choice = tuple(drawn), chosen
        self.fill()

    def fill(self) -> None:
        """Show the runs of the workspace and the one in training; what was selected stays so."""
        live = self.live
        records = [run for run in self.listed if live is None or run.name != live.name]
        if live is not None:
            records.insert(0, live)
        names = [run.name for run in records]
        selected = self.drawn_names
        if live is not None and live.name not in {run.name for run in self._table.records}:
            selected.insert(0, live.name)
        chosen = [names.index(name) for name in selected if name in names]
        wanted = self.chosen_name
        if names:
            self._wanted, self._wanted_choice = (), ""
        self._quiet = True
        self._table.show_records(records)
        self._table.select_rows(
            chosen or list(range(min(len(names), _DRAWN_AT_FIRST))),
            names.index(wanted) if wanted in names else None,
        )
        self._quiet = False
        self.draw()

    def draw(self) -> None:
        """Draw the runs that are selected, and show the quality of the chosen one."""
        runs = [self._table.records[row] for row in self._table.selected()]
        self._plot.show_runs(
            [DrawnRun(run.name, run_in_words(run), run.curve, self._table.style_of(run.name)) for run in runs]
        )
        self._quality.show_run(self.chosen)
        self.changed.emit()

    @Slot(QItemSelection, QItemSelection)
    def _selection_changed(self, _on: QItemSelection, _off: QItemSelection) -> None:
        if not self._quiet:
            self.draw()
