"""The program in a process of its own, with an engine that knows nothing: to be killed, and started again.

    python -m tests.gui.idle_program FOLDER CODE [PATH]

CODE is run once the window is there; `window`, `program`, `app` and `after(seconds, function)` are at hand.
It ends with the window, or kills the process.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication

from ui.app import Program
from ui.settings import Settings
from ui.startup_checks import Start


class IdleBackend:
    """Works on the first request until it is stopped."""

    def answer(self, request, job, partial):
        while True:
            job.cancel.check()
            time.sleep(0.01)

    def close(self):
        pass


def run(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run the program off-screen in a process of its own, and return what has become of it."""
    return subprocess.run(
        [sys.executable, "-m", "tests.gui.idle_program", str(folder), code],
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def main(folder: Path, code: str, path: Path | None = None) -> int:
    app = QApplication(sys.argv)
    app.setQuitOnLastWindowClosed(False)
    settings = Settings(QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat))
    settings.start = "session"
    start = Start(folder / "data", path)
    program = Program(app, settings, folder / "logs", IdleBackend(), IdleBackend(), start)
    program.ended.connect(app.quit)
    program.window.resize(1200, 800)
    program.start()

    def after(seconds, function):
        QTimer.singleShot(int(1000 * seconds), program, function)

    def begin():
        exec(code, {"window": program.window, "program": program, "app": app, "after": after, "os": os})

    after(0.3, begin)
    app.exec()
    return program.exit_code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], *map(Path, sys.argv[3:4])))
