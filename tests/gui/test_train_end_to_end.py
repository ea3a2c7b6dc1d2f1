"""From a file of sentences to trained features in the window, over the real engine."""

import json

from tests.gui.window import opened
from ui import main_window
from ui.explain.workspace import ExplainWorkspace
from ui.train.page import TrainPage

THINGS = ("bread", "salt", "wine", "iron", "paper", "glass", "wool", "honey", "cement", "butter")
WAYS = ("is made from", "is sold by", "is stored in", "is older than", "is heavier than")
PLACES = ("a mill near the river", "the shop at the corner")


def test_documents_become_features(qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(
        main_window,
        "make_pages",
        lambda context: {
            "Explain": ExplainWorkspace(context),
            "Train": TrainPage(context),
        },
    )
    corpus = tmp_path / "things.jsonl"
    rows = [{"text": f"{a} {b} {c}", "thing": a} for a in THINGS for b in WAYS for c in PLACES]
    corpus.write_text("".join(json.dumps(row) + "\n" for row in [*rows, rows[0], {"text": ""}]))
    with opened(qtbot, tmp_path) as program:
        window, train = program.window, program.window.pages["Train"]
        dialog = train.ask_corpus(str(corpus))
        qtbot.waitUntil(dialog.make.isEnabled, timeout=60_000)
        assert dialog.text_column.currentText() == "text"
        dialog.make.click()
        qtbot.waitUntil(lambda: train._list is not None and train._list.rows == len(rows), timeout=120_000)
        assert window.page is train
        assert "102 rows: 100 documents; left out: 1 duplicate, 1 empty, 0 broken." in train.banner.message
        folder = tmp_path / "things-workspace"
        assert window.settings.recent_workspaces == (str(folder),)

        train.panel.features.setValue(16)
        train.panel.k.setValue(2)
        train.panel.epochs.setValue(2)
        train.panel.batch_size.setValue(20)
        window.actions_["train.start"].trigger()
        qtbot.waitUntil(lambda: [run.status for run in train.table.records] == ["finished"], timeout=60_000)
        run = train.table.records[0]
        assert (run.name, run.features, len(run.curve)) == ("batchtopk-16-k2", 16, 8)
        assert train.quality.records
        report = json.loads((folder / "saes" / run.name / "training.json").read_text())
        assert report["heldout"]["fvu"] == run.heldout.fvu

        train.panel.epochs.setValue(5_000)
        window.actions_["train.start"].trigger()
        qtbot.waitUntil(lambda: train.runs.live is not None and bool(train.runs.live.curve), timeout=60_000)
        window.actions_["train.pause"].trigger()
        qtbot.waitUntil(lambda: "paused" in [run.status for run in train.table.records], timeout=20_000)
        train.table.choose([run.status for run in train.table.records].index("paused"))
        train._enable()
        window.actions_["train.resume"].trigger()
        qtbot.waitUntil(lambda: train.runs.live is not None, timeout=20_000)
    # Closed while it trained: the state is kept, and nothing is half-written.
    cut = folder / "saes" / "batchtopk-16-k2-2"
    assert (cut / "training_state.safetensors").exists()
    assert not (cut / "cfg.json").exists()
