"""Measures the built program beside one that opens a window, imports torch and does nothing.

    python packaging/measure.py [--runs 3]

For each, from a cold start (nothing of it in memory; as root only) and warm: seconds until the window is
painted, and until the worked example is on it (for the plain program: until torch is imported). Both are read
off the picture on the screen. The plain program is built first, as the other was.
"""

from __future__ import annotations

import argparse
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from driven_window import Display, Window

ROOT = Path(__file__).resolve().parent.parent
BUNDLE, PLAIN = ROOT / "dist" / "semascope", ROOT / "build" / "dist" / "plain"
_CACHES = Path("/proc/sys/vm/drop_caches")
_POLL_SECONDS = 0.05
_PATIENCE_SECONDS = 120
# So much of the screen is painted once the window is there, and so much in the colours of a result. The plain
# program paints itself in such a colour when it is done.
_PAINTED, _COLOURED = 0.3, 0.002


def measure(program: Path, cold: bool) -> tuple[float, float]:
    """Return the seconds until the window is painted, and until there is a result on it."""
    with tempfile.TemporaryDirectory() as temporary:
        home, frames = Path(temporary, "home"), Path(temporary, "frames")
        home.mkdir()
        frames.mkdir()
        if cold:
            os.sync()
            _CACHES.write_text("3")
        with Display(frames) as display:
            environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
            with Window(display, [str(program)], environment) as window:
                painted = wait(window, frames, lambda picture: np.mean(picture.any(axis=2)) > _PAINTED)
                result = wait(window, frames, lambda picture: np.mean(is_orange(picture)) > _COLOURED)
    return painted, result


def wait(window: Window, frames: Path, seen) -> float:
    """Wait until something is seen; the seconds since the program was started."""
    while time.monotonic() - window.began < _PATIENCE_SECONDS:
        if seen(screen(frames / "Xvfb_screen0")):
            return time.monotonic() - window.began
        time.sleep(_POLL_SECONDS)
    raise SystemExit("nothing was seen on the screen in time")


def screen(path: Path) -> np.ndarray:
    """Return the picture in an X window dump: (rows, columns, 3), red first."""
    data = path.read_bytes()
    header = struct.unpack(">25I", data[:100])
    width, height, line, colours = header[4], header[5], header[12], header[19]
    start = header[0] + 12 * colours
    rows = np.frombuffer(data, np.uint8, height * line, start).reshape(height, line)
    return rows[:, : 4 * width].reshape(height, width, 4)[:, :, 2::-1]


def is_orange(picture: np.ndarray) -> np.ndarray:
    """Return where the picture has the colour of what speaks for a match."""
    red, green, blue = (picture[:, :, channel].astype(np.int16) for channel in range(3))
    return (red - blue > 60) & (red >= green) & (green >= blue)


def build_plain() -> None:
    """Build the plain program, if it is not there."""
    if not PLAIN.is_dir():
        command = [
            sys.executable,
            "-m",
            "PyInstaller",
            "packaging/plain.spec",
            "--noconfirm",
            "--log-level",
            "ERROR",
        ]
        places = ["--distpath", str(PLAIN.parent), "--workpath", str(ROOT / "build" / "pyinstaller")]
        subprocess.run([*command, *places], cwd=ROOT, check=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    if not (BUNDLE / "semascope").is_file():
        parser.exit(1, "there is no program in dist/: make package builds it\n")
    build_plain()
    print(f"{'':24}{'size':>8}  {'cold: window':>13} {'result':>8}  {'warm: window':>13} {'result':>8}")
    for name, program in (("plain PySide6 and torch", PLAIN / "plain"), ("Semascope", BUNDLE / "semascope")):
        megabytes = sum(f.lstat().st_size for f in program.parent.rglob("*") if not f.is_dir()) / 1e6
        line = f"{name:24}{megabytes:5.0f} MB"
        for cold in (True, False):
            if cold and not os.access(_CACHES, os.W_OK):
                line += f"  {'not allowed':>22}"
                continue
            taken = [measure(program, cold) for _ in range(options.runs)]
            window, result = (statistics.median(column) for column in zip(*taken, strict=True))
            line += f"  {window:11.1f} s {result:6.1f} s"
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
