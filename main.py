"""Semascope: why does a text-embedding model call texts similar?

Without arguments the window opens; with a subcommand the same engine runs in the terminal.
"""

import ctypes
import multiprocessing
import os
import socket
import sys
from pathlib import Path

TERMINAL = "the terminal works without: python main.py explain --help"


def main() -> int:
    """Open the window, or run the subcommand named on the command line; return the exit code."""
    multiprocessing.freeze_support()
    if len(sys.argv) > 1:
        from engine.cli import main as run_command

        return run_command(sys.argv[1:])
    return open_window()


def open_window() -> int:
    """Open the window; if that is impossible, say why in one line and return 2."""
    if sys.platform == "win32":
        # Qt brings libraries that torch would otherwise find instead of its own.
        import torch  # noqa: F401
    try:
        problem = display_problem() or qt_problem()
        if problem is None:
            from ui.app import run
    except ImportError as error:
        if "shared object" not in str(error):
            raise
        problem = f"the window needs a library that is missing ({error}): make setup installs it"
    if problem is not None:
        print(f"Semascope: {problem}; {TERMINAL}", file=sys.stderr)
        return 2
    return run(sys.argv)


def qt_problem() -> str | None:
    """Return why this Qt cannot be used, if so."""
    import PySide6

    if PySide6.__version__ == "6.12.0" and sys.version_info[:2] == (3, 11):
        return "PySide6 6.12.0 aborts on Python 3.11: pip install PySide6-Essentials==6.11.2"
    plugin = Path(PySide6.__file__).parent / "Qt" / "plugins" / "platforms" / "libqxcb.so"
    if _needs_x11() and plugin.exists():
        try:
            ctypes.CDLL(str(plugin))
        except OSError as error:
            return f"the window needs a library that is missing ({error}): make setup installs it"
    return None


def display_problem() -> str | None:
    """Return why no window can be shown, if so: on Linux Qt would abort the process instead of saying it."""
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    if not sys.platform.startswith("linux"):
        return None
    if platform and not platform.startswith(("xcb", "wayland")):
        return None
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        return "there is no display to open a window on (DISPLAY and WAYLAND_DISPLAY are not set)"
    if _wayland_answers() or _x11_answers():
        return None
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return f"the display {display} does not answer, so no window can be opened on it"


def _needs_x11() -> bool:
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    return platform.startswith("xcb") or (
        not platform and bool(os.environ.get("DISPLAY")) and not _wayland_answers()
    )


def _wayland_answers() -> bool:
    name = os.environ.get("WAYLAND_DISPLAY")
    if not name:
        return False
    path = Path(os.environ.get("XDG_RUNTIME_DIR", "/"), name)
    with socket.socket(socket.AF_UNIX) as connection:
        return connection.connect_ex(str(path)) == 0


def _x11_answers() -> bool:
    if not os.environ.get("DISPLAY"):
        return False
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        # Then the check of the plugin will name what is missing.
        return True
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    failed = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return not failed


if __name__ == "__main__":
    sys.exit(main())
