"""Takes pictures of every page in every look, for a pair of eyes to go through.

    python -m tests.acceptance.screenshots FOLDER [--page rank ...] [--look dark narrow ...]

It drives the real window with the real model on a copy of the sample workspace, off-screen unless
QT_QPA_PLATFORM says otherwise, and saves FOLDER/LOOK-PAGE.png.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from ui.main_window import MainWindow

_PATIENCE = 600.0
_QUIET_SECONDS = 0.4
_LONG = (
    "The committee heard that the old stone bridge over the river had been closed to lorries since the "
    "flood of last winter, when a pier was undermined and part of the parapet fell into the water. "
)
_LONG_TEXTS = (
    "Why was the bridge closed, and who pays for its repair?",
    _LONG + "Engineers measured the foundations twice and found that the gravel around two of the five "
    "piers had been carried away to a depth of more than a metre; until concrete is poured around them, no "
    "vehicle heavier than an ambulance may cross. The county pays for two thirds of the work and the "
    "parish for the rest, although several councillors asked whether the owner of the mill upstream, whose "
    "weir had not been opened in time, should not carry a share. A farmer said that the detour adds nine "
    "miles to each load of hay, and that his insurer has refused to cover tractors on the lower ford. "
    "The headmistress reported that the school bus now leaves at ten to seven, which the smaller children "
    "find hard in the dark months. It was agreed to light the footpath, to put a temporary barrier where "
    "the parapet is missing, and to ask the ministry for a military bridge if the work is not finished "
    "before the autumn rains. The architect showed drawings of the new parapet, which follows the old one "
    "in everything but its height, and promised that the carved date stone would be set in its place again.",
    _LONG + "Nobody was hurt.",
)


@dataclass(frozen=True)
class Look:
    """How the window is to look in a round of pictures."""

    theme: str = "light"
    palette: str = "blue-orange"
    text_size: int = 100
    size: tuple[int, int] = (1440, 900)
    scale: int = 1
    long: bool = False


LOOKS = {
    "light": Look(),
    "dark": Look("dark"),
    "narrow": Look(size=(1024, 700)),
    "wide": Look(size=(2560, 1440)),
    "large": Look(text_size=140),
    "large-narrow": Look("dark", text_size=140, size=(1100, 760)),
    "red": Look(palette="blue-red"),
    "green": Look("dark", "purple-green"),
    "twice": Look(scale=2),
    "long": Look(long=True),
    "long-narrow": Look("dark", size=(1024, 700), long=True),
}


class Camera:
    """The program, driven by its own widgets."""

    def __init__(self, folder: Path, target: Path) -> None:
        from PySide6.QtCore import QSettings
        from PySide6.QtWidgets import QApplication

        from ui.app import Program
        from ui.settings import Settings

        self.app, self.target = QApplication.instance(), target
        settings = Settings(QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat))
        self.program = Program(self.app, settings, folder / "logs")
        self.window: MainWindow = self.program.window
        self.program.start()
        self.rest()

    def wait(self, until: Callable[[], bool], what: str) -> None:
        """Let the program run until something holds."""
        end = time.monotonic() + _PATIENCE
        while not until():
            self.app.processEvents()
            time.sleep(0.005)
            if time.monotonic() > end:
                raise TimeoutError(what)

    def rest(self) -> None:
        """Let the program run until it has been idle for a moment."""
        since = time.monotonic()

        def quiet() -> bool:
            nonlocal since
            if self.program.engine.busy or self.program.background.busy:
                since = time.monotonic()
            return time.monotonic() - since > _QUIET_SECONDS

        self.wait(quiet, "an idle engine")

    def wear(self, look: Look) -> None:
        """Look so."""
        for name in ("theme", "palette", "text_size"):
            self.window.preferences.set(name, getattr(look, name))
        self.window.resize(*look.size)
        # A page behind another learns of its size only when it is shown.
        self.show_page("Explain")
        self.window.explain.panels.reset()
        self.rest()

    def show_page(self, name: str):
        """Bring a page to the front and return it."""
        self.window.show_page(name)
        self.rest()
        return self.window.pages[name]

    def take(self, name: str, widget: QWidget | None = None) -> None:
        """Save what a widget shows, the window by default."""
        self.rest()
        picture = (widget or self.window).grab()
        picture.save(str(self.target / f"{name}.png"))
        print(f"{name}.png  {picture.width()} x {picture.height()}", flush=True)

    def close(self) -> None:
        """End the program."""
        self.window.close()
        self.wait(lambda: self.program.over, "the end of the program")


def explain(camera: Camera, look: str) -> None:
    page = camera.show_page("Explain")
    camera.take(f"{look}-explain")
    for panels in (("flow", "concepts", "dimensions", "methods"), ("history",)):
        for name in panels:
            page.panels.reveal(name)
        camera.take(f"{look}-explain-{panels[0]}")
    page.panels.reset()


def rank(camera: Camera, look: str) -> None:
    page = camera.show_page("Rank")
    for name, tab in {
        "words": page.hit,
        "compare": page.contrast,
        "missing": page.missing,
        "what-if": page.what_if,
        "steer": page.steering,
    }.items():
        page.tabs.setCurrentWidget(tab)
        camera.take(f"{look}-rank-{name}")


def concepts(camera: Camera, look: str) -> None:
    from PySide6.QtWidgets import QTabWidget

    page = camera.show_page("Concepts")
    tabs = page.findChildren(QTabWidget)
    for place in range(max((each.count() for each in tabs), default=1)):
        for each in tabs:
            each.setCurrentIndex(min(place, each.count() - 1))
        camera.take(f"{look}-concepts-{place + 1}")
    for each in tabs:
        each.setCurrentIndex(0)


def train(camera: Camera, look: str) -> None:
    page = camera.show_page("Train")
    camera.take(f"{look}-train")
    tabs = page.quality.parentWidget().parentWidget()
    tabs.setCurrentWidget(page.quality)
    camera.take(f"{look}-train-quality")
    dialog = page.ask_corpus(str(_corpus(camera.target)))
    camera.take(f"{look}-train-corpus", dialog)
    dialog.reject()


def inspect(camera: Camera, look: str) -> None:
    page = camera.show_page("Inspect")
    for place in range(page.tabs.count()):
        page.tabs.setCurrentIndex(place)
        camera.take(f"{look}-inspect-{place + 1}")
    page.tabs.setCurrentIndex(0)


def settings(camera: Camera, look: str) -> None:
    from ui.preferences.dialog import SECTIONS

    for name in SECTIONS:
        camera.window.preferences.open(name)
        camera.take(f"{look}-settings-{name.lower()}", camera.window.preferences.dialog)
    camera.window.preferences.dialog.close()


def palette(camera: Camera, look: str) -> None:
    from PySide6.QtWidgets import QLineEdit

    shown = camera.window.palette_
    for name, typed in (("all", ""), ("typed", "text")):
        shown.open_over(camera.window)
        shown.findChild(QLineEdit).setText(typed)
        camera.take(f"{look}-palette-{name}", shown)
        shown.close()


def menus(camera: Camera, look: str) -> None:
    for entry in camera.window.menuBar().actions():
        menu = entry.menu()
        menu.aboutToShow.emit()
        menu.ensurePolished()
        menu.adjustSize()
        camera.take(f"{look}-menu-{menu.title().replace('&', '').lower()}", menu)


def messages(camera: Camera, look: str) -> None:
    page = camera.show_page("Explain")
    page.banner.show_error("the model folder /models/a is gone; choose another one")
    camera.take(f"{look}-messages-error", page)
    page.banner.show_note("The last run did not end well.", "Show its log", print)
    camera.take(f"{look}-messages-note", page)
    page.banner.dismiss()


PAGES = {
    each.__name__: each
    for each in (explain, rank, concepts, train, inspect, settings, palette, menus, messages)
}


def prepare(camera: Camera, long: bool) -> None:
    """Bring every page to a state in which all of it can be seen."""
    window = camera.window
    camera.wait(lambda: window.explain.explanation is not None, "the worked example")
    camera.rest()
    if long:
        inputs = window.explain.inputs
        inputs.query.setPlainText(_LONG_TEXTS[0])
        inputs.candidates.setPlainText("\n".join(_LONG_TEXTS[1:]))
        window.actions_["run.explain"].trigger()
        camera.rest()
    page = camera.show_page("Rank")
    page.bar.set_query(_LONG_TEXTS[1] if long else "a musical instrument with strings")
    page.bar.asked.emit()
    camera.rest()
    page.missing.search.setText("violin")
    page.missing.find_asked.emit("violin")
    camera.rest()
    page.missing.found.choose(0)
    page.missing.document_chosen.emit(page.missing.found.records[0].id)
    camera.rest()
    steering = page.steering
    for feature, weight in zip(range(2), (8, -5), strict=True):
        steering.add(feature)
        steering._rows[feature].slider.setValue(weight)
    camera.rest()
    page = camera.show_page("Concepts")
    window.navigator.choose_feature(page.features.shown()[0])
    camera.rest()
    camera.show_page("Train")
    camera.show_page("Inspect")
    if long:
        window.pages["Inspect"].texts.setPlainText("\n".join(_LONG_TEXTS))
    window.actions_["inspect.run"].trigger()
    camera.rest()
    if long:
        window.pages["Inspect"].inside.chooser.setCurrentIndex(1)
    camera.show_page("Explain")


def take_all(target: Path, pages: list[str], looks: list[str]) -> None:
    """Take the pictures of looks that share what can only be chosen before the start."""
    from PySide6.QtWidgets import QApplication

    with tempfile.TemporaryDirectory() as name:
        os.environ["XDG_DATA_HOME"] = name
        app = QApplication([])
        app.setApplicationName("Semascope")
        app.setQuitOnLastWindowClosed(False)
        camera = Camera(Path(name), target)
        prepare(camera, LOOKS[looks[0]].long)
        for look in looks:
            camera.wear(LOOKS[look])
            for page in pages:
                PAGES[page](camera, look)
        camera.close()


def _corpus(target: Path) -> Path:
    path = target / "articles.csv"
    path.write_text(
        "id,title,body\na1,Honey,Bees turn the nectar of flowers into honey.\n"
        "a2,Sugar,Sugar is extracted from beets and from cane.\n",
        encoding="utf-8",
    )
    return path


def main() -> int:
    """Take what is asked for, one process for each set of looks that can share one."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--page", nargs="+", choices=PAGES, default=list(PAGES))
    parser.add_argument("--look", nargs="+", choices=LOOKS, default=list(LOOKS))
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    if arguments.here:
        import main as _program  # noqa: F401 (sets what must be set before the libraries are loaded)

        take_all(arguments.folder, arguments.page, arguments.look)
        return 0
    failed = 0
    for kind in sorted({(LOOKS[look].scale, LOOKS[look].long) for look in arguments.look}):
        looks = [look for look in arguments.look if (LOOKS[look].scale, LOOKS[look].long) == kind]
        command = [sys.executable, "-m", "tests.acceptance.screenshots", str(arguments.folder), "--here"]
        command += ["--page", *arguments.page, "--look", *looks]
        environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ, "QT_SCALE_FACTOR": str(kind[0])}
        failed |= subprocess.run(command, env=environment, check=False).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
