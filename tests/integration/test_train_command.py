"""The subcommand `train`: what it writes, what it refuses, how it goes on."""

import json
import signal
import threading

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.torch import load_file, save_file

# Loaded here: an interrupt while it is being loaded would end the tests.
import engine.concepts.training_runs  # noqa: F401
from engine.cli import main
from engine.concepts import training_data
from engine.concepts.dictionary import open_dictionary
from engine.corpus.importing import ImportRequest, import_corpus
from engine.corpus.vectors import IndexModel
from engine.corpus.workspace import Workspace
from engine.jobs import Job
from engine.sae.checkpoints import load_checkpoint
from engine.sae.training_state import STATE_FILE

ROWS, DIMENSION = 120, 8
QUICK = ("--features", "12", "--k", "2", "--epochs", "3", "--batch-size", "20")


MODEL = IndexModel("made up", "f" * 64, "mean", "", DIMENSION, True, 256)


def unit_vectors(seed=0):
    vectors = np.random.default_rng(seed).normal(size=(ROWS, DIMENSION)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def embed(folder, start, end):
    """Add the vectors of some documents as embedding does, and finish with those of the last."""
    with Workspace.open(folder) as opened:
        store = opened.index(MODEL)
        store.append(unit_vectors()[start:end])
        if end == ROWS:
            opened.activate(MODEL.fingerprint)


@pytest.fixture
def documents(tmp_path):
    """A workspace of documents without vectors."""
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("".join(f"document {number}\n" for number in range(ROWS)))
    folder = tmp_path / "w"
    import_corpus(folder, ImportRequest(corpus), Job())
    return folder


@pytest.fixture
def workspace(documents):
    """A workspace of documents with made-up vectors."""
    embed(documents, 0, ROWS)
    return documents


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
    assert code == 0
    assert err.splitlines()[0].startswith("note: 15 steps of 20 rows are few")
    assert all(line.startswith("note: ") for line in err.splitlines())
    result = json.loads(out)
    assert list(result) == [
        "name", "architecture", "features", "k", "rows", "epochs", "seconds", "embeddings_per_second",
        "heldout", "curve", "quality",
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


def test_quality_is_kept_and_the_same_after_resuming(command, workspace):
    _, out, _ = command("--name", "one", *QUICK, "--json", "-")
    quality = json.loads(out)["quality"]
    folder = workspace / "saes" / "one"
    assert json.loads((folder / "quality.json").read_text()) == quality
    assert json.loads((folder / "training.json").read_text())["quality"] == quality
    assert (quality["fvu"], quality["l0"]) == tuple(json.loads(out)["heldout"][key] for key in ("fvu", "l0"))
    # Neither another seed's autoencoder nor categories are there.
    assert (quality["stability"], quality["probes"]) == (None, None)
    again = json.loads(command("--name", "one", *QUICK, "--resume", "--json", "-")[1])["quality"]
    assert again | {"seconds": 0} == quality | {"seconds": 0}


def test_features_of_another_seed_tell_how_stable_they_are(command):
    command("--name", "one", *QUICK)
    command("--name", "smaller", *QUICK, "--features", "11", "--seed", "3")
    quality = json.loads(command("--name", "two", *QUICK, "--seed", "1", "--json", "-")[1])["quality"]
    assert 0 < quality["stability"] < 1
    assert "feature from another seed 0." in command("--name", "three", *QUICK, "--seed", "2")[1]


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
    assert code == 130
    assert err.splitlines()[-1].endswith("interrupted")
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


# -- while embedding runs -----------------------------------------------------------------------------


@pytest.fixture
def half(documents, monkeypatch):
    """A workspace whose first 70 documents are embedded."""
    monkeypatch.setattr(training_data, "MINIMUM_WHILE_EMBEDDING", 60)
    embed(documents, 0, 70)
    return documents


def interrupted(command, *arguments):
    timer = threading.Timer(0.5, signal.raise_signal, [signal.SIGINT])
    timer.start()
    code = command(*arguments)[0]
    timer.join()
    return code


def test_training_begins_before_embedding_is_done(half, capsys):
    arguments = ["train", str(half), "--name", "one", *QUICK, "--json", "-"]
    assert main(arguments) == 0
    printed = capsys.readouterr()
    assert "note: embedding is not done: training on the first 70 of 120 documents\n" in printed.err
    training = json.loads((half / "saes" / "one" / "training.json").read_text())
    assert training["data"] == {"documents": 120, "vectors": 70}
    assert training["model"]["fingerprint"] == MODEL.fingerprint
    # Once embedding is done the features are used with all documents.
    embed(half, 70, ROWS)
    with Workspace.open(half) as opened:
        assert open_dictionary(opened, "one").codes.by_document.shape == (ROWS, 12)


def test_a_run_goes_on_with_the_vectors_that_it_began_with(half, capsys):
    def command(*arguments):
        code = main(["train", str(half), *arguments])
        return code, capsys.readouterr().out

    long = ("--features", "12", "--k", "2", "--epochs", "300", "--batch-size", "20")
    whole = json.loads(command("--name", "whole", *long, "--json", "-")[1])
    assert interrupted(command, "--name", "cut", *long) == 130
    embed(half, 70, ROWS)
    code, out = command("--name", "cut", *long, "--resume", "--json", "-")
    assert code == 0
    assert json.loads(out)["heldout"] == whole["heldout"]
    assert json.loads(out)["curve"] == whole["curve"]
    training = json.loads((half / "saes" / "cut" / "training.json").read_text())
    assert training["data"]["vectors"] == 70


def test_a_state_that_does_not_count_its_vectors_goes_on_with_all(half, capsys):
    def command(*arguments):
        code = main(["train", str(half), "--name", "cut", *arguments])
        return code, capsys.readouterr().err

    long = ("--features", "12", "--k", "2", "--epochs", "300", "--batch-size", "20")
    assert interrupted(command, *long) == 130
    path = half / "saes" / "cut" / STATE_FILE
    with safe_open(path, framework="pt") as state:
        metadata = state.metadata()
    progress = json.loads(metadata["progress"])
    del progress["vectors"]
    save_file(load_file(path), path, {**metadata, "progress": json.dumps(progress)})
    assert command(*long, "--resume", "--json", str(half / "report.json")) == (0, "")


def test_too_few_vectors_to_begin_with(documents, capsys):
    embed(documents, 0, 70)
    assert main(["train", str(documents), "--name", "one", *QUICK]) == 2
    assert "vectors of 70 documents so far; training can begin with 120" in capsys.readouterr().err


# -- from a file of vectors ----------------------------------------------------------------------------


@pytest.fixture
def vectors(tmp_path):
    path = tmp_path / "vectors.npy"
    np.save(path, unit_vectors(1).astype(np.float16))
    return path


def test_vectors_of_a_file_in_a_folder_of_their_own(tmp_path, vectors, capsys):
    folder = tmp_path / "new"
    assert main(["train", str(folder), "--name", "one", "--vectors", str(vectors), *QUICK]) == 0
    training = json.loads((folder / "saes" / "one" / "training.json").read_text())
    assert training["data"] == {"file": "vectors.npy", "vectors": ROWS}
    assert "model" not in training
    # What can be done with them: they are exported, and a workspace takes them.
    out = str(tmp_path / "out")
    assert main(["export", str(folder), "--sae", "one", "--format", "saelens", "--out", out]) == 0
    capsys.readouterr()
    assert main(["import", str(folder), "--sae", "two", "--from", out]) == 2
    assert "is not a workspace" in capsys.readouterr().err


def test_vectors_of_a_file_serve_the_documents_of_a_workspace(command, workspace, vectors):
    assert command("--name", "one", "--vectors", vectors, *QUICK)[0] == 0
    with Workspace.open(workspace) as opened:
        dictionary = open_dictionary(opened, "one")
    assert dictionary.codes.by_document.shape == (ROWS, 12)
    assert dictionary.training["data"]["file"] == "vectors.npy"


def longer(rows):
    return rows * 2


def with_nan(rows):
    rows[17, 3] = np.nan
    return rows


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (with_nan, "vector 17 has numbers that are not finite"),
        (lambda rows: rows[:, :5], "have 5 numbers each, but those of made up"),
        (longer, "not of unit length as those of made up are"),
        (lambda rows: rows[:10], "10 vectors are too few"),
        (lambda rows: rows[0], "save one matrix"),
    ],
)
def test_vectors_that_do_not_fit(command, workspace, tmp_path, change, message):
    np.save(tmp_path / "v.npy", change(unit_vectors(1)))
    code, _, err = command("--name", "one", "--vectors", tmp_path / "v.npy", *QUICK)
    assert (code, err.count("\n")) == (2, 1)
    assert message in err
    assert not (workspace / "saes").exists()
