"""How fast the table of features follows what is typed into its search field. Off-screen.

The function ``keystrokes`` runs in a process of its own.
"""

from __future__ import annotations

import statistics
import tempfile
import time

from tests.benchmarks.measuring import alone
from tests.benchmarks.table import Row
from tests.benchmarks.window import environment

FEATURES = 3_072
TARGET_MS = 50
TYPED = ("water vapour", "birds 1", "lake metals", "zebra")


def keystrokes(rounds: int) -> list[float]:
    """Milliseconds from each key until the table and the map have been painted: typed, then deleted."""
    from types import SimpleNamespace

    from engine.startup import import_engine

    # As in the program: what the libraries leave behind is kept out of later garbage collections.
    import_engine()

    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication, QMainWindow

    from engine.instrument import WorkspaceInfo
    from tests.gui.planted_features import ConceptsBackend
    from ui.actions import Actions
    from ui.appearance import apply_theme
    from ui.concepts.page import ConceptsPage
    from ui.engine_thread import EngineThread
    from ui.navigator import Navigator
    from ui.settings import Settings
    from ui.theme import Theme

    app = QApplication.instance() or QApplication([])
    apply_theme(app, Theme.named("light"))
    window = QMainWindow()
    engines = [EngineThread(ConceptsBackend(FEATURES), window) for _ in range(2)]
    navigator = Navigator(window)
    page = ConceptsPage(
        SimpleNamespace(
            engine=engines[0],
            background=engines[1],
            actions=Actions(window),
            settings=Settings(),
            navigator=navigator,
        )
    )
    window.setCentralWidget(page)
    window.resize(1400, 900)
    window.show()
    for engine in engines:
        engine.start()
    navigator.choose_dictionary("main")
    page.workspace_ready(WorkspaceInfo("", 1000, (), (), None, ("main",)))

    def settle() -> None:
        while any(engine.busy for engine in engines):
            QTest.qWait(10)
        QTest.qWait(50)

    settle()
    taken = []
    for _ in range(rounds):
        for text in TYPED:
            for key in [*text, *[Qt.Key.Key_Backspace] * len(text)]:
                start = time.perf_counter()
                if isinstance(key, str):
                    QTest.keyClicks(page.head.search, key)
                else:
                    QTest.keyClick(page.head.search, key)
                # All that has changed is painted with it, the map as well.
                page.features.viewport().repaint()
                taken.append(1000 * (time.perf_counter() - start))
            settle()
    page.stop()
    for engine in engines:
        engine.stop()
        engine.wait(10_000)
    window.close()
    return taken


def measure(quick: bool = False) -> list[Row]:
    with tempfile.TemporaryDirectory() as home:
        taken = alone("browser:keystrokes", {"rounds": 1 if quick else 5}, environment(home))
    longest = max(taken)
    return [
        Row(
            f"filter {FEATURES:,} features as you type: one keystroke, until table and map are painted",
            f"median {statistics.median(taken):.1f} ms, longest {longest:.1f} ms"
            f" ({len(taken)} keystrokes, typed and deleted)",
            target=f"each under {TARGET_MS} ms",
            reached=longest < TARGET_MS,
        )
    ]
