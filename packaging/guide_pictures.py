"""Takes the pictures of the guide from the real window, off-screen, on a copy of the sample workspace.

Run it after a change to the looks: `.venv/bin/python packaging/guide_pictures.py`, or with the names of
themes and parts: `dark reports settings`. All of it takes some minutes. Pictures are reduced to 256 colours,
so that the repository stays small.
"""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "resources" / "guide" / "pictures"
_SIZE = (1240, 800)
_ROOMY = (1560, 1240)
_THEMES = ("light", "dark")
_PATIENCE = 600.0
_AGREEING_SECONDS = 0.6


class Camera:
    """The program in one theme, and what it looks like when it has come to rest."""

    def __init__(self, theme: str, folder: Path) -> None:
        from PySide6.QtCore import QSettings
        from PySide6.QtWidgets import QApplication

        from ui.app import Program
        from ui.settings import Settings

        self.theme = theme
        self.app = QApplication.instance()
        settings = Settings(QSettings(str(folder / f"{theme}.ini"), QSettings.Format.IniFormat))
        settings.theme = theme
        self.program = Program(self.app, settings, folder / "logs")
        self.window = self.program.window
        self.window.resize(*_SIZE)
        self.program.start()

    def wait(self, until: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + _PATIENCE
        while not until():
            self.app.processEvents()
            time.sleep(0.005)
            if time.monotonic() > end:
                raise TimeoutError(what)

    def rest(self) -> None:
        """Wait until both engines have been idle for a moment."""
        since = time.monotonic()
        end = since + _PATIENCE
        while time.monotonic() - since < _AGREEING_SECONDS:
            self.app.processEvents()
            time.sleep(0.005)
            if self.program.engine.busy or self.program.background.busy:
                since = time.monotonic()
            if time.monotonic() > end:
                raise TimeoutError("the engine did not come to rest")

    def take(self, name: str, *widgets) -> None:
        """Save what some widgets of one window show, side by side as they stand there."""
        from PIL import Image
        from PySide6.QtCore import QBuffer, QPoint, QRect

        self.rest()
        top = widgets[0].window()
        area = QRect()
        for widget in widgets:
            area = area.united(QRect(widget.mapTo(top, QPoint(0, 0)), widget.size()))
        buffer = QBuffer()
        buffer.open(QBuffer.OpenModeFlag.WriteOnly)
        top.grab(area).save(buffer, "PNG")
        path = PICTURES / f"{name}-{self.theme}.png"
        with tempfile.TemporaryDirectory() as folder:
            raw = Path(folder) / "raw.png"
            raw.write_bytes(bytes(buffer.data().data()))
            # Other ways of choosing them lose colours that are rare, such as the blue of a short bar.
            few = (
                Image.open(raw)
                .convert("RGB")
                .quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=5, dither=Image.Dither.NONE)
            )
            few.save(path, optimize=True)
        print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1000:.0f} kB", flush=True)

    def close(self) -> None:
        self.window.close()
        self.wait(lambda: self.program.over, "the end of the program")


def explain(camera: Camera, _folder: Path) -> None:
    from ui.selection import WordTarget

    window, page = camera.window, camera.window.explain
    window.show_page("Explain")
    camera.take("window", window)
    panels = page.panels
    page.view.selection.isolate(WordTarget("query", 5))
    camera.take("explain", page)
    page.view.selection.clear()
    window.resize(*_ROOMY)
    page.panels.reset()
    camera.rest()
    camera.take("matrix", panels.dock("matrix"))
    camera.take("trust", panels.dock("ledger"), panels.dock("faithfulness"))
    panels.reveal("flow")
    camera.take("flow", panels.dock("flow"))
    window.actions_["run.methods"].trigger()
    camera.rest()
    methods = panels.dock("methods")
    methods.setFloating(True)
    methods.resize(860, 560)
    camera.take("methods", methods.widget())
    methods.setFloating(False)
    window.resize(*_SIZE)
    page.panels.reset()


def rank(camera: Camera, _folder: Path) -> None:
    window = camera.window
    window.show_page("Rank")
    page = window.pages["Rank"]
    page.bar.set_query("a musical instrument with strings")
    page.bar.asked.emit()
    camera.take("rank", page)
    page.tabs.setCurrentWidget(page.contrast)
    camera.take("compare", page.tabs)
    page.tabs.setCurrentWidget(page.missing)
    page.missing.search.setText("violin")
    page.missing.find_asked.emit("violin")
    camera.rest()
    page.missing.found.choose(0)
    page.missing.document_chosen.emit(page.missing.found.records[0].id)
    camera.take("missing", page.tabs)
    page.tabs.setCurrentWidget(page.what_if)
    page.what_if.text.setPlainText(page.what_if.text.toPlainText().replace("string", "air"))
    camera.rest()
    page.what_if.delete.click()
    camera.rest()
    page.what_if.probe.click()
    camera.take("what-if", page.tabs)
    page.tabs.setCurrentWidget(page.steering)
    steering = page.steering
    wanted = [
        place for word in ("guitar", "drum") for place, name in enumerate(steering._names) if word in name
    ]
    for feature, weight in zip((wanted[0], wanted[-1]), (8, -5), strict=True):
        steering.add(feature)
        steering._rows[feature].slider.setValue(weight)
    camera.take("steer", page)


def concepts(camera: Camera, _folder: Path) -> None:
    window = camera.window
    window.show_page("Concepts")
    page = window.pages["Concepts"]
    camera.rest()
    page.head.search.setText("music")
    camera.rest()
    window.navigator.choose_feature(page.features.shown()[0])
    camera.take("feature", page.feature)
    page.head.search.clear()
    camera.take("concepts", page)


def train(camera: Camera, folder: Path) -> None:
    from PySide6.QtWidgets import QTabWidget

    window = camera.window
    window.show_page("Train")
    page = window.pages["Train"]
    camera.take("train", page)
    tabs = next(tabs for tabs in page.findChildren(QTabWidget) if tabs.indexOf(page.quality) >= 0)
    tabs.setCurrentWidget(page.quality)
    camera.take("quality", tabs)
    corpus = folder / "articles.csv"
    corpus.write_text(
        "id,title,body,section\n"
        "a1,Honey,Bees turn the nectar of flowers into honey.,food\n"
        "a2,Sugar,Sugar is extracted from beets and from cane.,food\n"
        "a3,Markets,Share prices fell sharply on Monday.,economy\n",
        encoding="utf-8",
    )
    dialog = page.ask_corpus(str(corpus))
    camera.rest()
    dialog.corpus.setText("/home/me/articles.csv")
    dialog.target.setText("/home/me/articles-workspace")
    camera.take("import", dialog)
    dialog.reject()


def reports(camera: Camera, folder: Path) -> None:
    window = camera.window
    for page in ("Explain", "Rank", "Concepts"):
        window.show_page(page)
        camera.rest()
        window.actions_["file.add_item"].trigger()
        camera.rest()
    tray = window.reports.show_tray()
    tray.title.setText("Why these documents match")
    tray.title.textEdited.emit(tray.title.text())
    camera.take("tray", tray)
    report = folder / "why-these-documents-match.html"
    tray.save("html", str(report))
    camera.wait(report.is_file, "the report")
    camera.rest()
    tray.close()
    dialog = window.reports.verify(report)
    dialog.file.set_text(f"/home/me/{report.name}")
    camera.take("verify", dialog)
    dialog.close()


def settings(camera: Camera, _folder: Path) -> None:
    camera.window.actions_["edit.settings"].trigger()
    camera.take("settings", camera.window.preferences.dialog)
    camera.window.preferences.dialog.close()


def inspect(camera: Camera, _folder: Path) -> None:
    window = camera.window
    window.show_page("Inspect")
    page = window.pages["Inspect"]
    camera.take("inspect", page)
    page.tabs.setCurrentWidget(page.similarities)
    camera.take("similarities", page.tabs)


PARTS = {part.__name__: part for part in (explain, rank, concepts, train, inspect, reports, settings)}


def main() -> None:
    """Take the pictures of the parts and in the themes that are named, all of them by default."""
    themes = [word for word in sys.argv[1:] if word in _THEMES]
    wanted = [word for word in sys.argv[1:] if word not in _THEMES]
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    sys.path.insert(0, str(ROOT))
    importlib.import_module("main")  # sets what must be set before the libraries are loaded

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_DATA_HOME"] = name
        from PySide6.QtWidgets import QApplication

        app = QApplication([])
        app.setApplicationName("Semascope")
        app.setQuitOnLastWindowClosed(False)
        PICTURES.mkdir(exist_ok=True)
        for theme in themes or _THEMES:
            camera = Camera(theme, folder)
            camera.rest()
            for part in wanted or PARTS:
                PARTS[part](camera, folder)
            camera.close()


if __name__ == "__main__":
    main()
