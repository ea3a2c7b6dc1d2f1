"""Whether a window can be shown at all: Qt would abort the process instead of saying why not."""

from __future__ import annotations

import ctypes
import os
import socket
import sys
from pathlib import Path

from engine.resources import is_frozen

_ABORTS = ("6.12.0", (3, 11))


def window_problem() -> str | None:
    """Return in a few words why no window can be shown and what to do, or None."""
    if sys.platform.startswith("linux"):
        return _display_problem() or _version_problem() or _library_problem()
    return _version_problem()


def missing_library(error: BaseException) -> str | None:
    """Return what to say of an import that failed for want of a system library, or None for another."""
    if "shared object" not in str(error):
        return None
    remedy = "install the program's package anew" if is_frozen() else "make setup installs it"
    return f"the window needs a library that is missing ({error}): {remedy}"


def _version_problem() -> str | None:
    import PySide6

    if (PySide6.__version__, sys.version_info[:2]) == _ABORTS:
        return "PySide6 6.12.0 aborts on Python 3.11: pip install PySide6-Essentials==6.11.2"
    return None


def _display_problem() -> str | None:
    x11, wayland = os.environ.get("DISPLAY"), os.environ.get("WAYLAND_DISPLAY")
    if _platform() and not _platform().startswith(("xcb", "wayland")):
        return None
    if not x11 and not wayland:
        return "there is no display to open a window on (DISPLAY and WAYLAND_DISPLAY are not set)"
    if _wayland_answers() or _x11_answers():
        return None
    return f"the display {x11 or wayland} does not answer, so no window can be opened on it"


def _library_problem() -> str | None:
    import PySide6

    plugin = Path(PySide6.__file__).parent / "Qt" / "plugins" / "platforms" / "libqxcb.so"
    chosen = _platform().startswith("xcb") or (not _platform() and not _wayland_answers())
    if chosen and plugin.exists():
        try:
            ctypes.CDLL(str(plugin))
        except OSError as error:
            return missing_library(error)
    return None


def _platform() -> str:
    return os.environ.get("QT_QPA_PLATFORM", "")


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
        # The check of the libraries names what is missing.
        return True
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    failed = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return not failed
