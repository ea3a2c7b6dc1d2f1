"""The subcommand `train`: what it writes, what it refuses, how it goes on."""

import json
import signal
import threading

import numpy as np
import pytest

from engine.cli import main
from engine.corpus.importing import ImportRequest, import_corpus
from engine.corpus.vectors import IndexModel
from engine.corpus.workspace import Workspace
from engine.jobs import Job
from engine.sae.checkpoints import load_checkpoint
from engine.sae.training_state import STATE_FILE

ROWS, DIMENSION = 120, 8
QUICK = ("--features", "12", "--k", "2", "--epochs", "3", "--batch-size", "20")


@pytest.fixture
def workspace(tmp_path):
    """A workspace of documents with made-up vectors."""
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("".join(f"document {number}\n" for number in range(ROWS)))
    folder = tmp_path / "w"
    import_corpus(folder, ImportRequest(corpus), Job())
    with Workspace.open(folder) as opened:
        store = opened.index(IndexModel("made up", "f" * 64, "mean", "", DIMENSION, True, 256))
        vectors = np.random.default_rng(0).normal(size=(ROWS, DIMENSION)).astype(np.float32)
        store.append(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
        opened.activate(store.model.fingerprint)
    return folder


@pytest.fixture
def command(workspace, capsys):
    def run(*arguments):
        code = main(["train", str(workspace), *map(str, arguments)])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


@pytest.mark.parametrize("architecture", ["vanilla", "topk", "batchtopk", "matryoshka", "jumprelu"])
def test_it_trains_and_writes(command, workspace, architecture):
    code, out, err = command("--name", "one", "--architecture", architecture, *QUICK, "--json", "-")
    assert (code, err) == (0, "")
    result = json.loads(out)
    assert list(result) == [
        "name", "architecture", "features", "k", "rows", "epochs", "seconds", "embeddings_per_second",
        "heldout", "curve",
    ]  # fmt: skip
    assert (result["name"], result["architecture"], result["features"], result["k"]) == (
        "one", architecture, 12, 2,
    )  # fmt: skip
    assert (result["rows"], result["epochs"]) == (300, 3)
    assert list(result["heldout"]) == ["fvu", "cosine", "l0", "dead_fraction"]
    assert result["curve"][-1]["rows"] == 300
    folder = workspace / "saes" / "one"
    kept = json.loads((folder / "training.json").read_text())
    assert kept["heldout"] == result["heldout"]
    assert (kept["sae"]["seed"], kept["model"]["fingerprint"]) == (0, "f" * 64)
    assert load_checkpoint(folder).config.architecture == architecture


def test_without_json_it_says_how_good_it_is(command):
    code, out, _ = command("--name", "one", *QUICK)
    assert code == 0
    assert "batchtopk, 12 features, 300 rows in" in out
    assert "held out: FVU 0." in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--name", "../up"), "use letters"),
        (("--k", "13"), "k is 13; choose 1 to 12"),
        (("--epochs", "0"), "at least one epoch"),
        (("--batch-size", "0"), "a batch of 0 rows"),
        (("--resume",), "nothing to resume"),
        (("--json", "no/such/folder.json"), "there is no folder"),
    ],
)
def test_bad_input_is_one_line(command, workspace, arguments, message):
    code, out, err = command("--name", "one", *QUICK, *arguments)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert message in err
    assert not (workspace / "saes" / "one" / "cfg.json").exists()


def test_a_name_is_used_once(command):
    assert command("--name", "one", *QUICK)[0] == 0
    code, _, err = command("--name", "one", *QUICK)
    assert code == 2
    assert "is there already; choose another --name" in err


def test_a_workspace_without_vectors(tmp_path, capsys):
    (tmp_path / "corpus.txt").write_text("one\ntwo\n")
    import_corpus(tmp_path / "w", ImportRequest(tmp_path / "corpus.txt"), Job())
    assert main(["train", str(tmp_path / "w"), "--name", "one", *QUICK]) == 2
    assert "no complete index" in capsys.readouterr().err


def test_an_interrupt_keeps_what_resume_needs(command, workspace):
    long = ("--features", "12", "--k", "2", "--epochs", "150", "--batch-size", "20")
    whole = command("--name", "whole", *long, "--json", "-")[1]
    timer = threading.Timer(0.5, signal.raise_signal, [signal.SIGINT])
    timer.start()
    code, _, err = command("--name", "cut", *long)
    timer.join()
    folder = workspace / "saes" / "cut"
    assert (code, err.count("\n")) == (130, 1)
    assert (folder / STATE_FILE).exists()
    assert not (folder / "cfg.json").exists()
    code, _, err = command("--name", "cut", *long)
    assert code == 2
    assert "--resume" in err
    code, out, _ = command("--name", "cut", *long, "--resume", "--json", "-")
    assert code == 0
    first, second = json.loads(whole), json.loads(out)
    assert first["heldout"] == second["heldout"]
    assert first["curve"] == second["curve"]
