"""Hostile texts in labels, tooltips and tables: shown literally, and nothing is opened for them."""

import re
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from tests.gui.watched import bait_in, interpreted
from ui.plain import LONGEST_TIP, PlainLabel, plain_tip

OVERRIDE = "\u202eevil\u202c"
LONG = "x" * 1_000_000


@pytest.fixture(scope="module")
def bait(tmp_path_factory):
    with bait_in(tmp_path_factory.mktemp("bait") / "here") as bait:
        yield bait


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
