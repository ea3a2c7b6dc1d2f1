"""Hostile texts in documents, names, files and errors: shown literally, and nothing is opened for them."""

import json
import re
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLabel, QWidget

from engine.cli import main
from tests.gui.test_concepts_end_to_end import TOPICS
from tests.gui.watched import bait_in, interpreted, tooltips_shown
from tests.gui.window import PATIENCE_MS, opened, settings_in, wait_settled
from ui.concepts.requests import Annotate
from ui.plain import LONGEST_TIP, PlainLabel, plain_tip
from ui.requests import OpenWorkspace

OVERRIDE = "\u202eevil\u202c"
LONG = "x" * 1_000_000


@pytest.fixture(scope="module")
def bait(tmp_path_factory):
    with bait_in(tmp_path_factory.mktemp("bait") / "here") as bait:
        yield bait


@pytest.fixture(scope="module")
def workspace(tmp_path_factory, bait):
    """Documents, columns, ids, values and a folder with hostile texts, and 8 features of them."""
    root = tmp_path_factory.mktemp("hostile")
    folder = root / "<b>bold<b> &amp; \u202ework"
    corpus = root / "documents.jsonl"
    column = f"<i>column</i> {bait.html[:40]}"
    texts = [f"{a} {b} {bait.html}" for things, ways in TOPICS for a in things for b in ways]
    texts += [f"{OVERRIDE} the owl lays eggs", "nul \0 in the river", f"a violin {LONG}"]
    rows = [
        {"id": f"{place} {bait.html}", "text": text, column: f"{bait.html} {place % 3}"}
        for place, text in enumerate(texts)
    ]
    corpus.write_text("".join(json.dumps(row) + "\n" for row in rows))
    quick = ("--features", "8", "--k", "2", "--epochs", "100", "--batch-size", "25")
    for arguments in (
        ("workspace", str(folder), "--corpus", str(corpus), "--id-column", "id"),
        ("train", str(folder), "--name", "main", "--architecture", "batchtopk", *quick),
        ("label", str(folder), "--sae", "main"),
    ):
        assert main(list(arguments)) == 0
    return folder


def test_the_bait_would_be_taken(qtbot, bait):
    label = QLabel(bait.html)
    qtbot.addWidget(label)
    label.show()
    qtbot.wait(50)
    assert bait.taken
    assert interpreted([label])
    label.setToolTip(bait.html)
    assert any("tooltip" in found for found in interpreted([label]))


def test_labels_and_tooltips_are_literal(qtbot, bait):
    label = PlainLabel(bait.html)
    label.setToolTip(plain_tip(bait.html))
    qtbot.addWidget(label)
    label.show()
    qtbot.wait(50)
    assert not bait.taken
    assert not interpreted([label])
    assert label.text() == bait.html
    assert plain_tip("a < b").endswith(">a &lt; b</div>")
    assert plain_tip("a > b") == "a > b"
    assert len(plain_tip(LONG)) == LONGEST_TIP + 1
    assert "\u202e" not in plain_tip(OVERRIDE) + PlainLabel(OVERRIDE).text()


def test_no_label_is_made_that_could_interpret(qtbot):
    allowed = {"ui/plain.py", "ui/icons.py"}
    for path in sorted(Path("ui").rglob("*.py")):
        if path.as_posix() not in allowed:
            assert not re.search(r"\bQLabel\(", path.read_text(encoding="utf-8")), f"{path}: use PlainLabel"


@pytest.mark.timeout(900)
def test_hostile_texts_on_every_page(qtbot, tmp_path, workspace, bait):
    settings = settings_in(tmp_path)
    settings.add_recent_workspace(str(workspace))
    with opened(qtbot, tmp_path, settings=settings) as program:
        window = program.window
        wait_settled(qtbot, program)
        qtbot.waitUntil(lambda: window.navigator.dictionary == "main", timeout=PATIENCE_MS)
        explain, rank, concepts, train, inspect = (
            window.pages[name] for name in ("Explain", "Rank", "Concepts", "Train", "Inspect")
        )
        explain.explain_texts(f"owl {bait.html}", (f"owl {bait.html}", f"bird {OVERRIDE}", "nul \0 byte"))
        wait_settled(qtbot, program)
        look(qtbot, program, bait)
        for unit in ("view.sentences", "view.tokens", "view.words"):
            window.actions_[unit].trigger()
        window.show_page("Rank")
        rank._search_asked(f"owl {bait.html}")
        qtbot.waitUntil(lambda: rank._found is not None and any(rank._explained), timeout=PATIENCE_MS)
        for place in range(rank.tabs.count()):
            rank.tabs.setCurrentIndex(place)
            look(qtbot, program, bait)
        window.show_page("Concepts")
        qtbot.waitUntil(lambda: len(concepts.features.records) == 8, timeout=PATIENCE_MS)
        for change, value in (
            ("rename", bait.html),
            ("note", bait.html),
            ("group", f"{bait.html} {OVERRIDE}"),
        ):
            program.engine.submit(Annotate("main", change, (0, 1), value))
        qtbot.waitUntil(lambda: bait.html in concepts.features.records[0].label, timeout=PATIENCE_MS)
        window.navigator.choose_feature(0)
        qtbot.waitUntil(concepts.feature.examples.has_content, timeout=PATIENCE_MS)
        for tabs in (concepts.feature.tabs, concepts.overview):
            for place in range(tabs.count()):
                tabs.setCurrentIndex(place)
                look(qtbot, program, bait)
        window.show_page("Train")
        dialog = train.ask_corpus(str(workspace.parent / "documents.jsonl"))
        qtbot.waitUntil(lambda: dialog.rows.rowCount() > 0, timeout=PATIENCE_MS)
        look(qtbot, program, bait)
        dialog.reject()
        window.show_page("Inspect")
        inspect.texts.setPlainText(f"owl {bait.html}\n{OVERRIDE}\nnul \0 byte")
        qtbot.waitUntil(lambda: inspect.inspection is not None, timeout=PATIENCE_MS)
        for place in range(inspect.tabs.count()):
            inspect.tabs.setCurrentIndex(place)
            look(qtbot, program, bait)
        window.show_page("Explain")
        for action in ("file.json",):
            assert window.actions_[action].isEnabled()
        program.engine.submit(OpenWorkspace(f"/nowhere/{bait.html}"))
        qtbot.waitUntil(lambda: window.page.banner.is_error, timeout=PATIENCE_MS)
        assert "<b>bold</b>" in window.page.banner.message
        look(qtbot, program, bait)
        window.opening.open(f"/nowhere/{bait.html} {OVERRIDE}")
        assert "\u202e" not in window.page.banner.message
        window.header.workspace.button.menu().aboutToShow.emit()
        window.explain.inputs.recent.menu().aboutToShow.emit()
        look(qtbot, program, bait)


def look(qtbot, program, bait):
    """Paint all that is in sight, ask for the tooltips of its cells, and see that nothing was taken."""
    program.window.repaint()
    qtbot.wait(30)
    tops = [top for top in QApplication.topLevelWidgets() if top.isVisible() or top is program.window]
    found = interpreted(tops)
    assert not found, "\n".join(found)
    for view in program.window.findChildren(QAbstractItemView):
        if view.isVisible() and view.model() is not None and view.model().rowCount():
            ask_tip(view.viewport(), view.visualRect(view.model().index(0, 0)).center())
            assert not tooltips_shown()
    qtbot.wait(20)
    assert not bait.taken


def ask_tip(widget: QWidget, place: QPoint):
    QApplication.sendEvent(widget, QHelpEvent(QEvent.Type.ToolTip, place, widget.mapToGlobal(place)))


def test_long_lines_do_not_hold_the_window_up(qtbot, tmp_path):
    from time import perf_counter

    from ui.elided_label import ElidedLabel
    from ui.widgets.data_table import Column, DataTable

    line = ElidedLabel("line")
    table = DataTable("table", (Column("Text", "tip", lambda record: record),))
    for widget in (line, table):
        qtbot.addWidget(widget)
        widget.resize(400, 200)
        widget.show()
    start = perf_counter()
    line.set_text(LONG)
    table.show_records([LONG] * 5)
    line.repaint()
    table.viewport().repaint()
    assert perf_counter() - start < 0.5
    assert line.text == LONG
    assert table.model().index(0, 0).data(Qt.ItemDataRole.ToolTipRole).endswith("…")
