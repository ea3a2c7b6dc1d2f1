"""What the window does first: bring the last session back, or show what the settings say, or a path."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ui.drops import SESSION_SUFFIX
from ui.requests import ModelChoice
from ui.startup_checks import OpeningMark

if TYPE_CHECKING:
    from ui.main_window import MainWindow
    from ui.startup_checks import Start


def begin(window: MainWindow, start: Start) -> None:
    """Load a model and show something, and say what is not as it should be."""
    if start.short_of_memory:
        # The window opens, so that a person can read this and decide.
        window.page.banner.show_note(
            start.short_of_memory,
            "Load the model anyway",
            lambda: begin(window, replace(start, short_of_memory="")),
        )
        return
    path = start.path
    asks_session = path is not None and path.suffix.lower() == SESSION_SUFFIX
    if start.safe or asks_session:
        window.sessions.start_saving()
        if start.safe:
            window.loading.load(ModelChoice(device="cpu"))
            window.explain.show_worked_example()
            window.page.banner.show_note(
                "A safe start: the embedded model on the CPU, no workspace and no graphics driver. What was "
                "on the screen before is under File, Recent sessions."
            )
    elif not window.sessions.begin(window.settings.start == "session"):
        window.loading.load(window.header.in_use)
        if window.settings.start != "empty":
            window.explain.show_worked_example()
        window.loading.open_last_workspace()
        window.errors.tell_of_last_run()
    _tell(window, start)
    if path is not None:
        window.opening.open(path)


def _tell(window: MainWindow, start: Start) -> None:
    banner = window.page.banner
    for note in start.notes:
        banner.add_note(note)
    if start.without_driver and not start.safe and start.data is not None:
        mark = OpeningMark(start.data)
        banner.add_note("", "Use the driver at the next start", mark.forget)
