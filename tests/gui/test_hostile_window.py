"""Hostile texts poured through every page and dialog: all are shown literally, and none bursts the window."""

import json
import os
from dataclasses import replace
from functools import partial

import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLabel, QMenu, QWidget

from engine.cli import main
from tests.gui.shown_texts import MARK, faults, marked
from tests.gui.watched import bait_in, tooltips_shown
from tests.gui.window import PATIENCE_MS, opened, settings_in, wait_settled
from ui.concepts.requests import Annotate
from ui.requests import OpenWorkspace

SCREEN = 1400
PIECES = (
    "=cmd|'/C calc'!A0 & co",
    "\u202eesrever\u202c",
    "nul \0 \x1b[31mred\x1b[0m",
    "two\nlines",
    "a\u0301\u0302\u0303\u0304" * 8,
    "<script>alert(1)</script>",
    '<b>bold</b><img src="file:///x.png">',
)
WORD = "w" * 10_000
# File names may hold anything but a slash.
NAME = f"{MARK}<b>bold<b> &amp; <img src=x> \u202egnp.\x1b[31m\n2"
TOPICS = (
    ("the river", "the lake"),
    ("bread", "the cake"),
    ("the sparrow", "the owl"),
    ("a violin", "the piano"),
)


@pytest.fixture(scope="module")
def bait(tmp_path_factory):
    with bait_in(tmp_path_factory.mktemp("bait") / "here") as bait:
        yield bait


@pytest.fixture(scope="module")
def workspace(tmp_path_factory, bait):
    """Documents, columns, ids, values and a folder with hostile texts, and 4 features of them."""
    root = tmp_path_factory.mktemp("hostile")
    folder, corpus = root / NAME, root / f"{NAME}.jsonl"
    texts = [f"{thing} {MARK} {PIECES[0]}" for things in TOPICS for thing in things]
    texts += [f"{thing} {way}" for things in TOPICS for thing in things for way in ("is here", "was there")]
    texts += [f"{MARK} {piece}" for piece in (*PIECES, f"a violin {WORD}")]
    rows = [
        {"id": f"{place} {MARK} {bait.html}", "text": text, f"<i>{MARK}</i>": f"{MARK} {PIECES[place % 7]}"}
        for place, text in enumerate(texts)
    ]
    corpus.write_text("".join(json.dumps(row) + "\n" for row in rows))
    quick = ("--features", "4", "--k", "1", "--epochs", "20", "--batch-size", "25")
    for arguments in (
        ("workspace", str(folder), "--corpus", str(corpus), "--id-column", "id"),
        ("train", str(folder), "--name", "main", "--architecture", "batchtopk", *quick),
    ):
        assert main(list(arguments)) == 0
    return folder


@pytest.fixture
def program(qtbot, tmp_path, workspace):
    settings = settings_in(tmp_path)
    settings.start, settings.method, settings.live = "empty", "output-layer", False
    for add in (settings.add_recent_model, settings.add_recent_session, settings.add_recent_workspace):
        add(str(workspace.parent / f"{NAME} of another run"))
    settings.add_recent_workspace(str(workspace))
    with opened(qtbot, tmp_path, settings=settings) as program:
        qtbot.waitUntil(lambda: program.window.navigator.dictionary == "main", timeout=PATIENCE_MS)
        idle(qtbot, program)
        yield program


def idle(qtbot, program):
    qtbot.waitUntil(lambda: not (program.engine.busy or program.background.busy), timeout=PATIENCE_MS)


def tops(program):
    return [top for top in QApplication.topLevelWidgets() if top.isVisible() or top is program.window]


def look(qtbot, program, bait, *places):
    """Paint all that is in sight, ask for tooltips, and see that every hostile text is shown literally.

    Args:
        places: kinds of places in which a hostile text must stand.
    """
    window = program.window
    for top in tops(program):
        top.repaint()
    QApplication.processEvents()
    shown = tops(program)
    found = faults(shown)
    assert not found, "\n".join(found[:20])
    assert set(places) <= marked(shown), set(places) - marked(shown)
    assert window.width() <= SCREEN
    assert window.minimumSizeHint().width() <= SCREEN
    for top in shown:
        if not isinstance(top, QMenu):
            assert top.minimumSizeHint().width() <= SCREEN, top.accessibleName()
    for view in window.findChildren(QAbstractItemView):
        if view.isVisible() and view.model() is not None and view.model().rowCount():
            ask_tip(view.viewport(), view.visualRect(view.model().index(0, 0)).center())
            assert not tooltips_shown()
    assert not bait.taken


def ask_tip(widget: QWidget, place: QPoint):
    QApplication.sendEvent(widget, QHelpEvent(QEvent.Type.ToolTip, place, widget.mapToGlobal(place)))


@pytest.mark.timeout(300)
def test_every_page_and_dialog_shows_them_literally(qtbot, program, workspace, bait):
    window = program.window
    _explain, rank, concepts, train, inspect = window.pages.values()
    explain_pair(qtbot, program, bait)
    search(qtbot, program, bait, rank)
    browse(qtbot, program, bait, concepts)
    dialogs(qtbot, program, bait, workspace)
    window.show_page("Train")
    dialog = train.ask_corpus(str(workspace.parent / f"{NAME}.jsonl"))
    qtbot.waitUntil(lambda: dialog.rows.rowCount() > 0, timeout=PATIENCE_MS)
    look(qtbot, program, bait, "cell", "head")
    dialog.reject()
    window.show_page("Inspect")
    inspect.texts.setPlainText("\n".join([f"{MARK} {piece}" for piece in (*PIECES, bait.html)]))
    window.actions_["inspect.run"].trigger()
    qtbot.waitUntil(lambda: inspect.inspection is not None, timeout=PATIENCE_MS)
    for place in range(inspect.tabs.count()):
        inspect.tabs.setCurrentIndex(place)
        look(qtbot, program, bait, "entry")


def explain_pair(qtbot, program, bait):
    explain = program.window.explain
    texts = (f"{MARK} {PIECES[6]} {PIECES[1]}", f"{MARK} {PIECES[2]} {WORD} half \ud800 of")
    explain.explain_texts(f"owl {MARK} <b>bold</b> {PIECES[5]}", texts)
    wait_settled(qtbot, program)
    idle(qtbot, program)
    for unit in ("view.sentences", "view.tokens", "view.words"):
        program.window.actions_[unit].trigger()
    for panel in ("flow", "concepts", "dimensions", "history"):
        explain.panels.reveal(panel)
        look(qtbot, program, bait, "cell", "tooltip")
    program.window.actions_["file.add_item"].trigger()
    idle(qtbot, program)
    tray = program.window.reports.show_tray()
    look(qtbot, program, bait, "cell", "label")
    tray.close()


def search(qtbot, program, bait, rank):
    program.window.show_page("Rank")
    rank.bar.top.setValue(3)
    rank._search_asked(f"owl {MARK} {PIECES[5]}")
    qtbot.waitUntil(lambda: rank._found is not None, timeout=PATIENCE_MS)
    idle(qtbot, program)
    rank.steering.add(0)
    for place in range(rank.tabs.count()):
        rank.tabs.setCurrentIndex(place)
        idle(qtbot, program)
        look(qtbot, program, bait, "cell", "label", "entry")


def browse(qtbot, program, bait, concepts):
    program.window.show_page("Concepts")
    qtbot.waitUntil(lambda: len(concepts.features.records) == 4, timeout=PATIENCE_MS)
    name = f"{MARK} {' '.join(PIECES)} {WORD}"[:200]
    group = f"{MARK} {PIECES[1]} {PIECES[0]}"
    for change, features, value in (("rename", (0,), name), ("note", (0,), name), ("group", (0, 1), group)):
        # Nothing waits for the words of examples to be coloured: that takes longest, and is seen elsewhere.
        answers = partial(_answers, request=Annotate("main", change, features, value))
        with qtbot.waitSignal(program.engine.answered, timeout=PATIENCE_MS, check_params_cb=answers):
            program.engine.submit(answers.keywords["request"])
    qtbot.waitUntil(lambda: MARK in concepts.features.records[0].label, timeout=PATIENCE_MS)
    program.window.navigator.choose_feature(0)
    qtbot.waitUntil(concepts.feature.examples.has_content, timeout=PATIENCE_MS)
    for tabs in (concepts.feature.tabs, concepts.overview):
        for place in range(tabs.count()):
            tabs.setCurrentIndex(place)
            look(qtbot, program, bait, "cell", "field")


def _answers(answer, request):
    return answer.request == request


def dialogs(qtbot, program, bait, workspace):
    window = program.window
    ready = window.header.ready
    info = replace(ready.info, name=NAME, folder=f"/nowhere/{NAME}")
    window.header.show_ready(replace(ready, info=info))
    program.engine.submit(OpenWorkspace(f"/nowhere/{NAME} {bait.html}"))
    qtbot.waitUntil(lambda: window.page.banner.is_error, timeout=PATIENCE_MS)
    look(qtbot, program, bait, "label", "button")
    window.opening.open(f"/nowhere/{NAME} {bait.html}")
    window.opening.open(os.fsdecode(b"/nowhere/half \xff of " + MARK.encode()))
    look(qtbot, program, bait, "label")
    for menu in window.findChildren(QMenu):
        menu.aboutToShow.emit()
    look(qtbot, program, bait, "action")
    window.sessions.save_file(workspace.parent / f"{NAME}.semascope")
    window.sessions.open_file(workspace.parent / f"{NAME} absent.semascope")
    look(qtbot, program, bait, "label")
    window.palette_.open_over(window)
    look(qtbot, program, bait, "cell")
    window.palette_.close()
    window.preferences.open("Folders")
    look(qtbot, program, bait)
    window.preferences.dialog.close()
    window.errors.show(f"ValueError: {MARK} {bait.html} {PIECES[2]}")
    look(qtbot, program, bait)
    window.errors.dialog.reject()
    log = window.help.show_log()
    look(qtbot, program, bait)
    log.close()
    (workspace.parent / f"{NAME}.semareport").write_text(f"{MARK} {bait.html}")
    verify = window.reports.verify(workspace.parent / f"{NAME}.semareport")
    qtbot.waitUntil(lambda: verify.banner.is_error, timeout=PATIENCE_MS)
    look(qtbot, program, bait, "label")
    verify.close()


def test_a_label_that_could_interpret_is_found(qtbot):
    label = QLabel(f"{MARK} & nothing else")
    qtbot.addWidget(label)
    assert faults([label])
    button_like = QLabel()
    button_like.setToolTip(f"{MARK} <b>bold</b>")
    qtbot.addWidget(button_like)
    assert faults([button_like])
