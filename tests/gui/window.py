"""The whole window over an engine of the test's choice, closed in stages at the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from ui.app import Program
from ui.settings import Settings

PATIENCE_MS = 60_000


def settings_in(folder: Path) -> Settings:
    return Settings(QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat))


@contextmanager
def opened(
    qtbot, folder: Path, backend=None, settings: Settings | None = None, background=None
) -> Iterator[Program]:
    """Open the window on the worked example and wait for its result; close it at the end."""
    program = Program(
        QApplication.instance(), settings or settings_in(folder), folder / "logs", backend, background
    )
    try:
        program.window.resize(1400, 900)
        program.start()
        yield program
    finally:
        close(qtbot, program)


def close(qtbot, program: Program) -> None:
    program.window.close()
    qtbot.waitUntil(lambda: program.over, timeout=PATIENCE_MS)
    program.window.deleteLater()
    program.deleteLater()


def settled(program: Program) -> bool:
    """Return whether what is in the fields is on screen, refined."""
    explain = program.window.explain
    shown = explain.explanation
    return (
        shown is not None
        and not shown.preview
        and not program.engine.busy
        and not explain.live.pending
        and shown.request == explain.inputs.request()
    )


def wait_settled(qtbot, program: Program) -> None:
    qtbot.waitUntil(lambda: settled(program), timeout=PATIENCE_MS)
