"""What is looked at before the window opens: whether it can, and what it will have to do without.

Nothing here imports more of Qt than its core, as a graphics driver may be what is broken.
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QStandardPaths

from engine import __version__
from engine.free_memory import available_bytes
from engine.resources import resource

NAME = "Semascope"
# The embedded model and one explanation take about 0.9 GB; the rest is for the window and the system.
NEEDED_BYTES = 1_300_000_000
# What the window cannot be painted without.
_NEEDED_RESOURCES = (("palettes", "diverging.json"), ("fonts",), ("icons",), ("templates",))
# Qt draws this program's window by itself; these keep it from asking a driver for anything at all.
_WITHOUT_DRIVER = {
    "QT_XCB_GL_INTEGRATION": "none",
    "QT_WAYLAND_DISABLE_HW_INTEGRATION": "1",
    "QT_OPENGL": "software",
    "QT_QUICK_BACKEND": "software",
    "LIBGL_ALWAYS_SOFTWARE": "1",
}


@dataclass(frozen=True)
class Start:
    """How the program is to start.

    Attributes:
        data: the folder in which it remembers things; None if there is none that can be written.
        path: what is to be opened at once.
        safe: whether nothing of the last run is brought back, and no graphics driver is used.
        without_driver: whether no graphics driver is used.
        notes: what is wrong and what has been done about it, one line each.
        short_of_memory: why the model is not loaded before a person says so; empty if it is.
    """

    data: Path | None = None
    path: Path | None = None
    safe: bool = False
    without_driver: bool = False
    notes: tuple[str, ...] = field(default=())
    short_of_memory: str = ""


def data_folder() -> Path:
    """Return the folder of the user in which the program keeps sessions, logs and the sample."""
    QCoreApplication.setApplicationName(NAME)
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation))


def prepare(path: Path | None = None, safe: bool = False) -> Start:
    """Look at folders, memory and the last start, and set the environment of this process accordingly."""
    notes = []
    folder = data_folder()
    problem = unwritable(folder)
    data = None if problem else folder
    if problem:
        notes.append(
            f"Nothing will be remembered when the window closes: {folder} cannot be written ({problem})."
        )
    temporary = _temporary_problem(data)
    if temporary:
        notes.append(temporary)
    left = data is not None and OpeningMark(data).was_left()
    if left and not safe:
        notes.append(
            "The window did not come up the last time, so it is drawn without the graphics driver now."
        )
    without_driver = safe or left
    if without_driver:
        os.environ.update(_WITHOUT_DRIVER)
    return Start(data, path, safe, without_driver, tuple(notes), short_of_memory())


def short_of_memory(needed: int = NEEDED_BYTES) -> str:
    """Return in one line that there is too little memory, empty if there is enough or nobody knows."""
    available = available_bytes()
    if available is None or available >= needed:
        return ""
    return (
        f"Only {available / 1e9:.1f} GB of memory is free, and the model needs about {needed / 1e9:.1f} GB: "
        "close other programs first, or the system may end this one."
    )


def missing_resources() -> str | None:
    """Return in a few words what the program lacks of its own files, or None."""
    for parts in _NEEDED_RESOURCES:
        place = resource(*parts)
        if not place.exists():
            return f"its own files are not complete ({place} is missing); install it again"
    return None


def unwritable(folder: Path) -> str:
    """Return why a folder can neither be made nor written, empty if it can."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as stream:
            stream.write(b"\0" * 4096)
            stream.flush()
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _temporary_problem(data: Path | None) -> str:
    """Return a line if there is no temporary folder; another is used if one can be made."""
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        pass
    else:
        return ""
    if data is None:
        return (
            "No temporary folder can be written, so no model can be loaded: free space in /tmp, or set "
            "TMPDIR to a folder that can be written, and start again."
        )
    place = data / "temporary"
    problem = unwritable(place)
    if problem:
        return f"No temporary folder can be written, so no model can be loaded ({place}: {problem})."
    os.environ["TMPDIR"] = tempfile.tempdir = str(place)
    return f"The system's temporary folder cannot be written; {place} is used instead."


class OpeningMark:
    """A file that stands while the window opens: one that stays says that opening it ended the program.

    From then on the driver is left out, until the program is updated or a person asks for it again.

    Args:
        data: the folder of the user.
    """

    def __init__(self, data: Path) -> None:
        self._mark = data / f"opening-{os.getpid()}"
        self._without = data / "without-graphics-driver"

    def was_left(self) -> bool:
        """Return whether the window is to be opened without the driver."""
        for mark in self._mark.parent.glob("opening-*"):
            if not _alive(mark.name.rpartition("-")[2]):
                _write(self._without)
                mark.unlink(missing_ok=True)
        try:
            return self._without.read_text(encoding="utf-8").strip() == __version__
        except (OSError, ValueError):
            return False

    def begin(self) -> None:
        """Say that the window is about to open."""
        _write(self._mark)

    def end(self) -> None:
        """Say that the window is there."""
        self._mark.unlink(missing_ok=True)

    def forget(self) -> None:
        """Use the driver again from the next start on."""
        self._without.unlink(missing_ok=True)


def _write(path: Path) -> None:
    try:
        path.write_text(__version__, encoding="utf-8")
    except OSError:
        # Without it a driver that ends the program does so once more; nothing else is lost.
        return


def _alive(number: str) -> bool:
    if not number.isdecimal() or sys.platform == "win32":
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
