"""The table of training runs: what was trained, how good it is, and whether it can go on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ui.train.line_styles import COUNT, MARKS
from ui.widgets.data_table import Column, DataTable
from ui.widgets.durations import duration
from ui.widgets.numbers import plain

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from engine.concepts.saved_runs import TrainingRun

_NONE = "\N{EN DASH}"


class RunTable(DataTable):
    """Runs, newest first; those selected are drawn."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._styles: dict[str, int] = {}
        columns = (
            Column("", "Its mark in the plot", self._mark, width=3),
            Column("Name", "Name of the run: its folder in saes/", lambda run: run.name),
            Column("Architecture", "Which activations stay", _architecture, width=13),
            _number("Features", "How many features it has", lambda run: run.features, "{:,}", 9),
            _number("k", "Active features asked for", lambda run: run.settings and run.settings.k, "{}", 4),
            _quality("FVU", "Variance unexplained on held-out documents; lower is better", "fvu"),
            _quality("Cosine", "Of held-out documents and reconstructions; higher is better", "cosine"),
            _quality("L0", "Active features of a held-out document, on average", "l0", 1),
            Column(
                "Dead",
                "Share of the features that never fire",
                lambda run: _NONE if run.heldout is None else f"{100 * run.heldout.dead_fraction:.1f}%",
                key=lambda run: None if run.heldout is None else run.heldout.dead_fraction,
                number=True,
                width=7,
            ),
            Column(
                "Time",
                "Spent training",
                lambda run: duration(run.seconds) if run.seconds else _NONE,
                key=lambda run: run.seconds,
                number=True,
                width=7,
            ),
            Column("Status", "Whether it has come to its end", self._status, width=20),
        )
        super().__init__("Training runs", columns, parent)
        self.set_empty_text("No features have been trained yet. Press “Train features” at the left.")

    def style_of(self, name: str) -> int:
        """Return the line style of a run; it keeps it as long as the window is open."""
        return self._styles.setdefault(name, len(self._styles) % COUNT)

    def select_rows(self, rows: Sequence[int], current: int | None = None) -> None:
        """Select some rows; `current`, or else the first of them, becomes the current one."""
        self.choose(current if current in rows else rows[0] if rows else None)
        selection, shown = self.selectionModel(), self.shown()
        flag = selection.SelectionFlag
        for row in rows:
            selection.select(self.model().index(shown.index(row), 0), flag.Select | flag.Rows)

    def _mark(self, run: TrainingRun) -> str:
        return MARKS[self.style_of(run.name)] if run.curve else ""

    def _status(self, run: TrainingRun) -> str:
        share = f"{100 * run.step / run.steps:.0f}%" if run.steps else ""
        if run.status == "training":
            return "training …"
        if run.status == "paused":
            return f"paused at {share}"
        if run.status == "stopped early" and run.resumable:
            return f"stopped at {share}"
        return run.status


def _architecture(run: TrainingRun) -> str:
    return run.settings.architecture if run.settings is not None else _NONE


def _number(title: str, what: str, value: Any, form: str, width: int) -> Column:
    return Column(
        title,
        what,
        lambda run: _NONE if value(run) is None else form.format(value(run)),
        key=value,
        number=True,
        width=width,
    )


def _quality(title: str, what: str, field: str, decimals: int = 3) -> Column:
    def value(run: TrainingRun) -> float | None:
        return None if run.heldout is None else getattr(run.heldout, field)

    return Column(
        title,
        what,
        lambda run: _NONE if run.heldout is None else plain(value(run), decimals),
        key=value,
        number=True,
        width=7,
    )
