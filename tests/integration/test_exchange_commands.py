"""The subcommands `export` and `import`: round trips, notes, and what they refuse."""

import json

import numpy as np
import pytest
import torch

from engine.cli import main
from engine.concepts.dictionary import open_dictionary
from engine.corpus.importing import ImportRequest, import_corpus
from engine.corpus.vectors import IndexModel
from engine.corpus.workspace import Workspace
from engine.files import folder_atomically
from engine.jobs import Job
from engine.sae.architectures import SAEConfig, SparseAutoencoder
from engine.sae.checkpoints import load_checkpoint, save_checkpoint
from engine.sae.conversion import EXPORT_FORMATS

DOCUMENTS, DIMENSION, FEATURES = 30, 6, 10


def make_workspace(folder, fingerprint="f" * 64, dimension=DIMENSION):
    corpus = folder.with_suffix(".txt")
    corpus.write_text("".join(f"document {number}\n" for number in range(DOCUMENTS)))
    import_corpus(folder, ImportRequest(corpus), Job())
    with Workspace.open(folder) as opened:
        store = opened.index(IndexModel("made up", fingerprint, "mean", "", dimension, True, 256))
        vectors = np.random.default_rng(0).normal(size=(DOCUMENTS, dimension)).astype(np.float32)
        store.append(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
        opened.activate(fingerprint)
    return folder


@pytest.fixture
def workspace(tmp_path):
    """A workspace with features called `one`, top-k with a decoder that is its encoder's transpose."""
    folder = make_workspace(tmp_path / "w")
    sae = SparseAutoencoder(SAEConfig("topk", DIMENSION, FEATURES, k=3), torch.full((DIMENSION,), 0.1))
    save_checkpoint(sae, folder / "saes" / "one", {"model": {"fingerprint": "f" * 64}})
    return folder


@pytest.fixture
def call(capsys):
    def run(*arguments):
        code = main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


@pytest.mark.parametrize("format_name", EXPORT_FORMATS)
def test_a_round_trip_keeps_the_features(call, workspace, tmp_path, format_name):
    out = tmp_path / "deep" / "out"
    code, printed, _ = call("export", workspace, "--sae", "one", "--format", format_name, "--out", out)
    assert (code, printed) == (0, f"{out}: one in the format of {format_name}\n")
    code, printed, _ = call("import", workspace, "--sae", "two", "--from", out)
    assert (code, printed) == (0, f"{workspace / 'saes' / 'two'}: topk, 10 features\n")
    vectors = torch.randn(5, DIMENSION, generator=torch.Generator().manual_seed(1))
    first, second = (load_checkpoint(workspace / "saes" / name) for name in ("one", "two"))
    torch.testing.assert_close(first.encode(vectors).codes, second.encode(vectors).codes)
    torch.testing.assert_close(first(vectors), second(vectors))
    with Workspace.open(workspace) as opened:
        dictionary = open_dictionary(opened, "two")
    assert dictionary.codes.by_document.shape == (DOCUMENTS, FEATURES)
    assert dictionary.training["imported"] == {"from": str(out), "notes": []}
    assert dictionary.training["model"]["fingerprint"] == "f" * 64


def test_notes_say_what_is_lost(call, workspace, tmp_path):
    sae = SparseAutoencoder(SAEConfig("batchtopk", DIMENSION, FEATURES, k=2))
    save_checkpoint(sae, workspace / "saes" / "batch")
    arguments = ("export", workspace, "--sae", "batch", "--format", "sparsify", "--out", tmp_path / "out")
    assert (
        "  note: the threshold is left out: the format keeps the 2 largest of each row\n"
        in call(*arguments)[1]
    )


def test_the_batchtopk_pair_is_imported_with_its_note(call, workspace, tmp_path):
    source = tmp_path / "pair"
    source.mkdir()
    config = {"sae_type": "batchtopk", "act_size": DIMENSION, "dict_size": FEATURES, "top_k": 2}
    (source / "config.json").write_text(json.dumps(config))
    tensors = {
        "W_enc": torch.randn(DIMENSION, FEATURES),
        "b_enc": torch.zeros(FEATURES),
        "W_dec": torch.randn(FEATURES, DIMENSION),
        "b_dec": torch.zeros(DIMENSION),
    }
    torch.save(tensors, source / "sae.pt")
    code, printed, _ = call("import", workspace, "--sae", "two", "--from", source)
    assert code == 0
    assert "note: it has no inference threshold" in printed
    training = json.loads((workspace / "saes" / "two" / "training.json").read_text())
    assert len(training["imported"]["notes"]) == 1


def saved(folder, dimension=DIMENSION, metadata=None):
    return save_checkpoint(SparseAutoencoder(SAEConfig("vanilla", dimension, FEATURES)), folder, metadata)


def damaged(folder):
    saved(folder)
    (folder / "sae_weights.safetensors").write_bytes(b"\x80\x04garbage")
    return folder


def pickled(folder):
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"sae_type": "topk"}))
    torch.save({"W_enc": print}, folder / "sae.pt")
    return folder


def empty(folder):
    folder.mkdir()
    return folder


@pytest.mark.parametrize(
    ("make", "name", "message"),
    [
        (saved, "one", "one is there already; choose another name"),
        (saved, "../up", "is no name; use letters"),
        (lambda folder: folder, "two", "holds no sparse autoencoder"),
        (empty, "two", "holds no sparse autoencoder"),
        (damaged, "two", "not a safetensors file"),
        (pickled, "two", "may run code when opened: refused"),
        (lambda folder: saved(folder, 7), "two", "vectors of 7 numbers, but those of made up have 6"),
        (
            lambda folder: saved(folder, metadata={"model": {"fingerprint": "0" * 64}}),
            "two",
            "trained on vectors of another model than made up",
        ),
    ],
)
def test_what_import_refuses(call, workspace, tmp_path, make, name, message):
    code, out, err = call("import", workspace, "--sae", name, "--from", make(tmp_path / "source"))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err
    assert [path.name for path in (workspace / "saes").iterdir()] == ["one"]


def test_import_wants_a_workspace_with_vectors(call, tmp_path):
    code, _, err = call("import", tmp_path, "--sae", "two", "--from", saved(tmp_path / "source"))
    assert code == 2
    assert "is not a workspace" in err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"--sae": "two"}, "has no features called 'two'"),
        ({"--sae": "vanilla"}, "vanilla has no k; choose saelens"),
        ({"--format": "pickle"}, "invalid choice: 'pickle'"),
        ({"--out": "taken"}, "taken is there already"),
        ({"--out": "file/below"}, "cannot make the folder"),
    ],
)
def test_what_export_refuses(call, workspace, tmp_path, monkeypatch, change, message):
    monkeypatch.chdir(tmp_path)
    saved(workspace / "saes" / "vanilla")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "note.txt").touch()
    (tmp_path / "file").touch()
    before = sorted(tmp_path.rglob("*"))
    options = {"--sae": "one", "--format": "sparsify", "--out": "out"} | change
    code, out, err = call("export", workspace, *(part for pair in options.items() for part in pair))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_appears_whole_or_not_at_all(tmp_path):
    (tmp_path / "plain").mkdir()
    with folder_atomically(tmp_path / "new") as folder:
        (folder / "file").touch()
        assert not (tmp_path / "new").exists()
    assert (tmp_path / "new" / "file").exists()
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "plain").stat().st_mode
    with pytest.raises(RuntimeError), folder_atomically(tmp_path / "other"):
        raise RuntimeError
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "plain"]
