"""Spans of time as people say them, and how far a task has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QProgressBar

if TYPE_CHECKING:
    from engine.jobs import Progress

_STEPS = 1000


def duration(seconds: float) -> str:
    """Return "0.25 s", "2.5 s", "40 s", "12 min", "1.5 h"."""
    if seconds < 10:
        return f"{seconds:.1f} s" if seconds >= 0.1 else f"{seconds:.2f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def stage_in_words(progress: Progress) -> str:
    """Return what is being done, and how long it will take where that is known."""
    left = progress.remaining_seconds
    return progress.stage + (f", {duration(left)} left" if left is not None and left >= 1 else "")


def show_fraction(bar: QProgressBar, fraction: float) -> None:
    """Show 0 to 1 on a bar; at 0 it moves to and fro, which says that something is going on."""
    bar.setRange(0, _STEPS if fraction > 0 else 0)
    bar.setValue(round(_STEPS * fraction))
