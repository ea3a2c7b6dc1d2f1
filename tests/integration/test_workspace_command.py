"""The subcommand `workspace`: what it prints, what it refuses, how it goes on."""

import pytest

from engine.cli import main
from engine.corpus.workspace import Workspace

ROWS = ["id,text,year", "a,first text,1", "b,first text,2", "c,,3", "d,fourth,4,5", "e,fifth text,6"]


@pytest.fixture
def corpus(tmp_path):
    path = tmp_path / "corpus.csv"
    path.write_text("\n".join(ROWS) + "\n")
    return path


@pytest.fixture
def command(monkeypatch, encoder, capsys, tmp_path):
    monkeypatch.setattr("engine.encoder.Encoder", lambda *_: encoder)

    def run(*arguments):
        code = main(["workspace", str(tmp_path / "w"), *map(str, arguments)])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def test_it_says_what_it_kept_and_what_it_left_out(command, corpus, tmp_path):
    code, out, err = command("--corpus", corpus)
    assert (code, err) == (0, "")
    assert "CSV, utf-8; text from column 'text'; ids from 'id'; metadata: year" in out
    assert "5 rows: 2 documents; left out: 1 duplicates, 1 empty, 1 broken" in out
    assert "  line 5: 4 fields where the heading has 3" in out
    assert "2 documents with vectors of all-MiniLM-L6-v2 (384 dimensions)" in out
    assert "embeddings a second" in out
    with Workspace.open(tmp_path / "w") as workspace:
        assert workspace.active_vectors().vectors.shape == (2, 384)


def test_it_goes_on_where_a_limit_stopped_it(command, corpus):
    _, out, _ = command("--corpus", corpus, "--limit", "1")
    assert "stopped at the limit of 1 documents" in out
    _, out, _ = command("--corpus", corpus)
    assert "5 rows: 2 documents" in out
    assert "embedded 1 documents" in out
    _, out, _ = command("--corpus", corpus)
    assert "embedded 0 documents" in out
    assert "a second" not in out


def test_bad_input_is_one_line_and_leaves_nothing(command, corpus, tmp_path):
    code, out, err = command("--corpus", corpus, "--text-column", "body")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "has no column 'body'; it has: 'id', 'text', 'year'" in err
    assert not (tmp_path / "w").exists()


def test_a_model_that_cannot_be_loaded_leaves_nothing(corpus, tmp_path, capsys):
    folder, model = tmp_path / "w", tmp_path / "no model"
    assert main(["workspace", str(folder), "--corpus", str(corpus), "--model", str(model)]) == 2
    assert "is not a folder" in capsys.readouterr().err
    assert not folder.exists()


def test_an_interrupt_keeps_what_was_finished(command, corpus, tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("engine.corpus.embedding.document_embedder", lambda _: interrupted)
        code, out, err = command("--corpus", corpus)
    assert (code, out) == (130, "")
    assert "interrupted" in err
    with Workspace.open(tmp_path / "w") as workspace:
        assert workspace.document_count == 2
    assert command("--corpus", corpus)[0] == 0
