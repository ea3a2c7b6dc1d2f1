"""Plays with the real window at random, and fails on any error, Qt warning or freeze.

    python -m tests.acceptance.monkey --minutes 10 [--seed 1]

Run it under Xvfb or on a desktop (QT_QPA_PLATFORM=offscreen works too).
"""

import argparse
import json
import logging
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from pathlib import Path

from PySide6.QtCore import QSettings, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from tests.acceptance.moves import DOCUMENTS, Moves
from tests.gui.heartbeat import Heartbeat
from ui.app import SWITCH_INTERVAL_SECONDS, Program
from ui.settings import Settings

LONGEST_FREEZE_SECONDS = 1.0
CLOSE_SECONDS = 60
# The off-screen platform says so of whatever needs a window manager.
_HARMLESS = "This plugin does not support "
_MAKE_MODELS = """
import sys
from pathlib import Path
from tests.models import save_model
for family in ("bert", "t5", "qwen3"):
    save_model(Path(sys.argv[1]) / family, family)
"""


def make_workspace(folder: Path) -> None:
    """Make a small workspace with trained and named features, as a person would on the command line."""
    corpus = folder.with_suffix(".jsonl")
    lines = [json.dumps({"text": f"{text}, case {i}", "kind": i % 5}) for i, text in enumerate(DOCUMENTS)]
    corpus.write_text("\n".join(lines) + "\n", encoding="utf-8")
    for command in (
        ["workspace", folder, "--corpus", corpus, "--text-column", "text"],
        ["train", folder, "--name", "small", "--features", "16", "--k", "4", "--epochs", "3"],
        ["label", folder, "--sae", "small"],
    ):
        line = [sys.executable, "main.py", *map(str, command)]
        subprocess.run(line, check=True, stdout=subprocess.DEVNULL)


class Watch:
    """Collects what goes wrong: errors, warnings of Qt, and gaps of the event loop."""

    def __init__(self) -> None:
        self._found: list[str] = []
        self.move = ""
        self.heart = Heartbeat(self._gap)
        sys.excepthook = self._uncaught
        threading.excepthook = lambda args: self._uncaught(args.exc_type, args.exc_value, args.exc_traceback)
        qInstallMessageHandler(self._qt_message)

    @property
    def errors(self) -> tuple[str, ...]:
        """What went wrong so far."""
        return tuple(self._found)

    def note(self, error: str) -> None:
        """Write an error down, and say it at once: the process may not come to its end."""
        self._found.append(error)
        print(error, file=sys.stderr, flush=True)

    def _gap(self, gap: float) -> None:
        if gap > LONGEST_FREEZE_SECONDS:
            self.note(f"frozen for {gap:.2f} s after {self.move}")

    def _uncaught(self, kind, error, trace) -> None:
        self.note("".join(traceback.format_exception(kind, error, trace)))

    def _qt_message(self, kind: QtMsgType, _context, text: str) -> None:
        if kind in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg) or text.startswith(_HARMLESS):
            return
        self.note(f"Qt after {self.move}: {text}")


def play(minutes: float, seed: int, folder: Path) -> tuple[str, ...]:
    """Play for some minutes and return what went wrong."""
    models = folder / "models"
    models.mkdir()
    subprocess.run([sys.executable, "-c", _MAKE_MODELS, str(models)], check=True)
    broken = models / "broken"
    broken.mkdir()
    (broken / "modules.json").write_text("{", encoding="utf-8")
    workspace = folder / "workspace"
    make_workspace(workspace)
    # The copy of the sample workspace goes there too.
    os.environ["XDG_DATA_HOME"] = str(folder / "data")
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    app = QApplication.instance() or QApplication([])
    app.setQuitOnLastWindowClosed(False)
    settings = Settings(QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat))
    watch = Watch()
    program = Program(app, settings, folder / "logs")
    logging.getLogger().addHandler(logging.StreamHandler())
    program.ended.connect(app.quit)
    window = program.window
    dice, counts, shown = random.Random(seed), Counter(), Counter()
    moves = Moves(
        window,
        [str(path) for path in sorted(models.iterdir())] + ["/no/such"],
        [str(workspace), str(models), "/no/such"],
        folder,
        dice,
    )
    window.explain.result_shown.connect(lambda result, _index: shown.update([result.model.name]))
    end = time.monotonic() + 60 * minutes
    program.start()
    watch.heart.start()
    ticker = QTimer(singleShot=True)

    def tick() -> None:
        if time.monotonic() >= end or watch.errors:
            for widget in app.topLevelWidgets():
                if widget is not window:
                    widget.close()
            window.close()
            return
        # Armed first: a move may open a menu that waits for the next one.
        ticker.start(dice.choice((0, 10, 30, 100, 400, 1500)))
        name = moves()
        counts[name] += 1
        watch.move = name

    ticker.timeout.connect(tick)
    ticker.start(200)
    app.exec()
    watch.heart.stop()
    began = time.monotonic()
    while not program.over and time.monotonic() - began < CLOSE_SECONDS:
        app.processEvents()
        time.sleep(0.01)
    if not program.over:
        watch.note("the window closed but the program did not end")
    if not shown:
        watch.note("nothing was ever explained")
    print(f"{sum(counts.values())} moves: {dict(counts.most_common())}")
    print(f"results shown by model: {dict(shown)}; longest gap of the event loop {watch.heart.longest:.3f} s")
    return watch.errors


def main() -> int:
    """Play as the command line says; return 1 if anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        errors = play(arguments.minutes, arguments.seed, Path(folder))
    print(
        f"seed {arguments.seed}: " + (f"{len(errors)} things went wrong" if errors else "nothing went wrong")
    )
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
