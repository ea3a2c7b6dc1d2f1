"""Which actions of the window act on the page Train, and when each of them can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.actions import Actions

if TYPE_CHECKING:
    from ui.train.page import TrainPage


def bind_actions(page: TrainPage, actions: Actions) -> None:
    """Connect the actions."""
    for id, callback in {
        "file.corpus": page.ask_corpus,
        "train.start": page.train,
        "train.pause": page.work.pause,
        "train.resume": page.resume,
        "train.finish": page.work.finish,
        "train.name": page.name_features,
        "train.delete": page.delete,
        **page.export.actions,
    }.items():
        actions.bind(id, callback)
    actions.bind_toggle("train.logarithmic", page.plot.set_logarithmic)


def enable_actions(page: TrainPage, actions: Actions, *, trainable: bool) -> None:
    """Allow what is possible now, and nothing else.

    Args:
        page: what the actions act on.
        actions: of the window.
        trainable: whether there are documents to train on.
    """
    idle, run = page.work.request is None, page.runs.chosen
    ended = run is not None and run.status not in ("training", "paused")
    for id, possible in {
        "train.start": idle and trainable and bool(page.panel.run_name),
        "train.resume": idle and run is not None and run.resumable,
        "train.pause": not idle,
        "train.finish": page.work.training,
        "train.name": idle and ended,
        "train.delete": run is not None and run.status != "training",
        "train.picture": page.plot.has_content(),
        "train.copy_curves": page.plot.has_content(),
        "train.copy_runs": bool(page.table.records),
    }.items():
        actions[id].setEnabled(possible)
