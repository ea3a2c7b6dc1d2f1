"""The subcommand `label`: what it writes, what it refuses, what an interrupt leaves."""

import json
import signal

import pytest
import torch

from engine.cli import main
from engine.concepts.candidates import propose
from engine.concepts.labels import load_labels, load_report
from engine.corpus.workspace import Workspace
from engine.sae.architectures import SAEConfig, SparseAutoencoder
from engine.sae.checkpoints import save_checkpoint

TOPICS = (
    ("cat", "a small cat that hunts mice", "kittens and cats sleep", "the cat purrs", "a wild cat"),
    ("ship", "a ship that sails the ocean", "sailors of the ship", "the ship's hull", "a harbour for ships"),
    ("bread", "bread baked of rye flour", "dough for bread", "a loaf of bread", "the baker sells bread"),
    ("star", "a star in the night sky", "stars of a galaxy", "the brightest star", "astronomers watch stars"),
    ("law", "a law made by parliament", "the judge and the law", "lawyers in court", "laws against theft"),
)  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A workspace of five topics with the real model, and an autoencoder with one feature for each."""
    folder = tmp_path_factory.mktemp("labels")
    corpus = folder / "corpus.txt"
    corpus.write_text("".join(f"{text}, {n}\n" for n in range(8) for topic in TOPICS for text in topic[1:]))
    assert main(["workspace", str(folder / "w"), "--corpus", str(corpus)]) == 0
    with Workspace.open(folder / "w") as workspace:
        vectors = torch.tensor(workspace.active_vectors().vectors)
    centres = torch.stack([vectors.reshape(8, 5, 4, -1)[:, topic].mean(dim=(0, 1)) for topic in range(5)])
    directions = torch.nn.functional.normalize(centres - vectors.mean(dim=0))
    sae = SparseAutoencoder(SAEConfig("jumprelu", vectors.shape[1], 6, target_l0=1), vectors.mean(dim=0))
    with torch.no_grad():
        sae.encoder[:5], sae.W_dec[:5] = directions, directions
        sae.threshold[:5], sae.threshold[5] = 0.25, 100.0
    (folder / "w" / "saes" / "main").mkdir(parents=True)
    save_checkpoint(sae, folder / "w" / "saes" / "main")
    return folder / "w"


@pytest.fixture
def label(made, capsys):
    def run(*arguments):
        code = main(["label", str(made), *arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def test_an_interrupt_leaves_nothing_half_written(label, made, monkeypatch):
    def interrupted(*arguments):
        signal.raise_signal(signal.SIGINT)
        return propose(*arguments)

    monkeypatch.setattr("engine.concepts.labelling.propose", interrupted)
    code, out, err = label("--sae", "main")
    assert (code, out, err.count("\n")) == (130, "", 1)
    with Workspace.open(made) as workspace:
        assert load_labels(workspace, "main") == ()


def test_it_names_features_and_keeps_the_names(label, made):
    code, out, err = label("--sae", "main", "--json", "-")
    assert (code, err) == (0, "")
    rows = json.loads(out)
    assert [row["feature"] for row in rows] == list(range(6))
    assert {"feature", "label", "keywords", "fire_rate", "score"} <= set(rows[0])
    assert {"pearson", "auprc", "f1", "discrimination_rank"} <= set(rows[0]["score"])
    for row, topic in zip(rows, TOPICS, strict=False):
        assert topic[0] in row["label"] + row["keywords"][0]["text"]
        assert row["score"]["discrimination_rank"] == 1
        assert 0 < row["fire_rate"] < 0.4
    assert (rows[5]["label"], rows[5]["score"], rows[5]["fire_rate"]) == (None, None, 0)
    assert rows[5]["reason"].startswith("dead")
    with Workspace.open(made) as workspace:
        kept = load_labels(workspace, "main")
        report = load_report(workspace, "main")
    assert [one.label for one in kept] == [row["label"] for row in rows]
    assert report["labels"]["features"] == 6


def test_without_json_it_says_what_came_of_it(label, tmp_path):
    code, out, _ = label("--sae", "main", "--controls")
    assert code == 0
    assert "5 of 5 live features named (6 in all)" in out
    assert "1 without a name: dead" in out
    assert "mean Pearson 0." in out
    assert "random autoencoder: " in out
    file = tmp_path / "labels.json"
    code, out, _ = label("--sae", "main", "--json", str(file))
    assert code == 0
    assert len(json.loads(file.read_text())) == 6
    assert "live features named" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--sae", "other"), "no features called 'other'; there are main"),
        (("--sae", "main", "--json", "/nowhere/at/all.json"), "there is no folder"),
        (("--sae", "main", "--model", "/nowhere"), "/nowhere"),
    ],
)
def test_it_refuses_in_one_line(label, arguments, message):
    code, out, err = label(*arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


def test_a_folder_that_is_no_workspace_is_refused(tmp_path, capsys):
    assert main(["label", str(tmp_path), "--sae", "main"]) == 2
    assert "not a workspace" in capsys.readouterr().err
