"""The workspace folder: importing, embedding, interruption, locks, full disks, foreign vectors."""

import dataclasses
import errno
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.corpus import importing
from engine.corpus import workspace as workspace_module
from engine.corpus.embedding import document_embedder, embed_documents, index_model
from engine.corpus.importing import ImportRequest, import_corpus
from engine.corpus.lock import writing
from engine.corpus.workspace import Workspace
from engine.errors import UserError
from engine.jobs import Cancelled, CancelToken, Job
from tests.integration.killed_import import MODEL, fake_embed, make

ROOT = Path(__file__).resolve().parents[2]


def write_corpus(path, rows=300):
    """A CSV with a duplicate every 50 rows, an empty text every 60, a broken row every 70."""
    lines = ["id,text,year"]
    for i in range(1, rows + 1):
        text = "same again" if i % 50 == 0 else "" if i % 60 == 0 else f"document {i} about {i % 7} cats"
        lines.append(f"d{i},{text},{1900 + i % 100}" + (",surplus" if i % 70 == 0 else ""))
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def corpus(tmp_path):
    return write_corpus(tmp_path / "corpus.csv")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "workspace"


def state(folder):
    """Everything that a workspace holds, but for the time and the name given at its making."""
    with Workspace.open(folder) as workspace:
        tables = {
            table: [tuple(row) for row in workspace.database.execute(f"SELECT * FROM {table}")]
            for table in ("documents", "notices")
        }
        sources = [dict(row) for row in workspace.database.execute("SELECT * FROM sources")]
        for source in sources:
            del source["started"]
        vectors = {model: workspace.index(model).vectors.tobytes() for model, _ in workspace.indexes()}
        found = workspace.find("cats 3", 1000)
        return tables, sources, vectors, found, workspace.active_index


def test_an_import_counts_what_it_keeps_and_what_it_leaves_out(corpus, folder):
    report = import_corpus(folder, ImportRequest(corpus))
    # 300 rows: 4 broken (70, 140, 210, 280); 6 with the same text, one kept; 4 empty (60, 120, 180, 240).
    assert (report.rows, report.broken, report.duplicates, report.empty) == (300, 4, 5, 4)
    assert report.documents == 300 - 4 - 5 - 4
    assert report.finished
    assert report.notices[0] == "line 71: 4 fields where the heading has 3"
    with Workspace.open(folder) as workspace:
        assert workspace.document_count == report.documents
        last, first = workspace.documents([report.documents, 1])
        assert (first.name, first.text, first.metadata) == ("d1", "document 1 about 1 cats", {"year": "1901"})
        assert last.name == "d299"
        assert workspace.texts(2, 2) == ["document 2 about 2 cats", "document 3 about 3 cats"]
        assert workspace.find("17 DOCUM", 10) == [17]
        assert workspace.find('"; --', 10) == []


def test_the_limit_counts_documents_and_can_be_raised_later(corpus, folder, tmp_path):
    assert import_corpus(folder, ImportRequest(corpus, limit=55)).documents == 55
    assert import_corpus(folder, ImportRequest(corpus, limit=60)).documents == 60
    import_corpus(folder, ImportRequest(corpus))
    import_corpus(tmp_path / "at once", ImportRequest(corpus))
    assert state(folder) == state(tmp_path / "at once")


def test_a_second_corpus_is_added_and_its_duplicates_are_told(corpus, folder, tmp_path):
    first = import_corpus(folder, ImportRequest(corpus))
    more = tmp_path / "more.jsonl"
    more.write_text('{"text": "document 1 about 1 cats"}\n{"text": "new \\ud800 and \\u0000", "n": 1}\n')
    report = import_corpus(folder, ImportRequest(more))
    assert (report.documents, report.duplicates) == (1, 1)
    with Workspace.open(folder) as workspace:
        assert workspace.document_count == first.documents + 1
        (added,) = workspace.documents([first.documents + 1])
        assert added.text == "new ? and \ufffd"
        assert (added.name, added.metadata) == ("2", {"n": 1})


def test_an_embedding_goes_on_where_it_was_cancelled(corpus, folder, tmp_path, monkeypatch):
    monkeypatch.setattr("engine.corpus.embedding.BLOCK", 64)
    import_corpus(folder, ImportRequest(corpus))
    token, calls = CancelToken(), []

    def cancelled_in_the_third_block(texts, job):
        calls.append(len(texts))
        if len(calls) == 3:
            token.cancel()
            job.step("embedding", 0.5)
        return fake_embed(texts, job)

    with Workspace.open(folder) as workspace:
        with pytest.raises(Cancelled):
            embed_documents(workspace, MODEL, cancelled_in_the_third_block, Job(token))
        assert workspace.index(MODEL).count == 128
        assert workspace.active_index is None
        with pytest.raises(UserError, match="no complete index"):
            workspace.active_vectors()
        report = embed_documents(workspace, MODEL, fake_embed)
        assert (report.count, report.added) == (287, 287 - 128)
        store = workspace.active_vectors()
        np.testing.assert_array_equal(store.vectors, fake_embed(workspace.texts(1, 287), None))
        assert not store.vectors.flags.writeable
    make(corpus, tmp_path / "at once")
    assert state(folder) == state(tmp_path / "at once")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the children are forked, which Windows cannot")
def test_killed_at_random_moments_it_ends_as_if_it_never_was(folder, tmp_path):
    corpus = write_corpus(tmp_path / "corpus.csv", rows=4000)
    command = [sys.executable, str(Path(__file__).with_name("killed_import.py")), corpus, folder, "25", "5"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    # How many kills it takes depends on the machine; one must have hit.
    assert int(done.stdout) >= 1
    make(corpus, tmp_path / "at once")
    assert state(folder) == state(tmp_path / "at once")


def test_two_writers_are_told_apart(corpus, folder):
    import_corpus(folder, ImportRequest(corpus, limit=5))
    with writing(folder):
        with pytest.raises(UserError, match="another task is writing"):
            import_corpus(folder, ImportRequest(corpus))
        with Workspace.open(folder) as workspace:
            assert workspace.document_count == 5
            with pytest.raises(UserError, match="another task is writing"):
                embed_documents(workspace, MODEL, fake_embed)
    assert import_corpus(folder, ImportRequest(corpus)).finished


def test_a_database_that_another_program_writes_to_is_told(corpus, folder, monkeypatch):
    import_corpus(folder, ImportRequest(corpus, limit=5))
    monkeypatch.setattr("engine.corpus.schema._BUSY_SECONDS", 0.05)
    other = sqlite3.connect(folder / "workspace.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(UserError, match="another program is writing"):
        import_corpus(folder, ImportRequest(corpus))
    other.close()
    assert import_corpus(folder, ImportRequest(corpus)).finished


def test_a_full_disk_while_importing_loses_nothing_that_was_finished(corpus, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(importing, "_ROWS_A_TRANSACTION", 50)
    connect = workspace_module.connect

    def connect_to_a_small_disk(*args, **kwargs):
        database = connect(*args, **kwargs)
        database.execute("PRAGMA max_page_count = 16")
        return database

    with monkeypatch.context() as patch:
        patch.setattr(workspace_module, "connect", connect_to_a_small_disk)
        with pytest.raises(UserError, match=r"disk .* is full"):
            import_corpus(folder, ImportRequest(corpus))
    with Workspace.open(folder) as workspace:
        assert 0 < workspace.document_count < 287
    import_corpus(folder, ImportRequest(corpus))
    import_corpus(tmp_path / "at once", ImportRequest(corpus))
    assert state(folder) == state(tmp_path / "at once")


def test_a_full_disk_while_embedding_loses_nothing_that_was_finished(corpus, folder, monkeypatch):
    monkeypatch.setattr("engine.corpus.embedding.BLOCK", 64)
    import_corpus(folder, ImportRequest(corpus))
    calls = []

    def full_at_the_third(handle):
        calls.append(handle)
        if len(calls) == 5:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with Workspace.open(folder) as workspace:
        with monkeypatch.context() as patch:
            # Each block is flushed twice: the vectors, then the manifest.
            patch.setattr("os.fsync", full_at_the_third)
            with pytest.raises(UserError, match="No space left"):
                embed_documents(workspace, MODEL, fake_embed)
        assert workspace.index(MODEL).count == 128
        embed_documents(workspace, MODEL, fake_embed)
        np.testing.assert_array_equal(
            workspace.active_vectors().vectors, fake_embed(workspace.texts(1, 287), None)
        )


def test_the_manifest_counts_no_row_that_is_not_flushed(corpus, folder, monkeypatch):
    monkeypatch.setattr("engine.corpus.embedding.BLOCK", 64)
    import_corpus(folder, ImportRequest(corpus))
    flush, replace = os.fsync, os.replace
    flushed, counted = {}, []

    def fsync(handle):
        flush(handle)
        state = os.fstat(handle)
        flushed[state.st_ino] = state.st_size

    def put_in_place(source, target):
        count = json.loads(Path(source).read_text())["count"]
        vectors = Path(target).with_name("vectors.f32").stat()
        assert flushed[vectors.st_ino] == count * MODEL.dimension * 4
        counted.append(count)
        replace(source, target)

    monkeypatch.setattr("os.fsync", fsync)
    monkeypatch.setattr("os.replace", put_in_place)
    with Workspace.open(folder) as workspace:
        embed_documents(workspace, MODEL, fake_embed)
    assert counted == [64, 128, 192, 256, 287]


def test_vectors_of_two_models_never_meet(corpus, folder):
    make(corpus, folder)
    other = dataclasses.replace(MODEL, name="other", fingerprint="e" * 64, dimension=4)
    with Workspace.open(folder) as workspace:
        embed_documents(workspace, other, lambda texts, job: fake_embed(texts, job)[:, :4])
        assert workspace.active_index == other.fingerprint
        assert workspace.active_vectors().vectors.shape == (287, 4)
        assert workspace.index(MODEL).vectors.shape == (287, 8)
        with pytest.raises(ValueError, match="rows of 8 numbers"):
            workspace.index(MODEL).append(np.zeros((1, 4), dtype=np.float32))
        (folder / "indexes" / other.fingerprint).rename(folder / "aside")
        (folder / "indexes" / MODEL.fingerprint).rename(folder / "indexes" / other.fingerprint)
        with pytest.raises(UserError, match=r"of another model \(fake, not other\)"):
            workspace.index(other)


def test_vectors_of_another_workspace_or_cut_short_are_refused(corpus, folder, tmp_path):
    make(corpus, folder)
    make(corpus, tmp_path / "other")
    index = folder / "indexes" / MODEL.fingerprint
    manifest = (index / "manifest.json").read_bytes()
    (index / "manifest.json").write_bytes(
        (tmp_path / "other" / "indexes" / MODEL.fingerprint / "manifest.json").read_bytes()
    )
    with Workspace.open(folder) as workspace:
        with pytest.raises(UserError, match="belong to another workspace"):
            workspace.active_vectors()
        (index / "manifest.json").write_bytes(manifest)
        vectors = (index / "vectors.f32").read_bytes()
        (index / "vectors.f32").write_bytes(vectors[:-4])
        with pytest.raises(UserError, match="cut short: it should hold 287 vectors"):
            workspace.active_vectors()
        (index / "manifest.json").write_text("{}")
        with pytest.raises(UserError, match="not the manifest of an index"):
            workspace.active_vectors()
        (index / "manifest.json").unlink()
        with pytest.raises(UserError, match="there is no index in"):
            workspace.active_vectors()


def test_a_vector_that_is_not_finite_is_refused(corpus, folder):
    import_corpus(folder, ImportRequest(corpus))

    def broken(texts, job):
        vectors = fake_embed(texts, job)
        vectors[[text.startswith("document 9 ") for text in texts], 3] = np.nan
        return vectors

    with Workspace.open(folder) as workspace:
        with pytest.raises(UserError, match="no finite vector for document 9"):
            embed_documents(workspace, MODEL, broken)
        assert workspace.index(MODEL).count == 0


def refused(folder, request, message):
    with pytest.raises(UserError, match=message) as error:
        import_corpus(folder, request)
    assert "\n" not in str(error.value)


def test_a_bad_corpus_makes_no_workspace(tmp_path, folder):
    bad = {
        "empty.csv": ("", "no usable text: it is empty"),
        "blank.txt": ("\n  \n\n", "no column with text"),
        "broken.jsonl": ("{\nnot json\n", "no usable text: line 1 is not valid JSON"),
        "headed.csv": ("id,text\n", "no usable text"),
    }
    for name, (content, message) in bad.items():
        (tmp_path / name).write_text(content)
        refused(folder, ImportRequest(tmp_path / name), message)
    good = tmp_path / "good.csv"
    good.write_text("id,text,note\n1,a text,\n")
    refused(folder, ImportRequest(good, text_column="body"), "no column 'body'")
    refused(folder, ImportRequest(good, text_column="note"), "no usable text in its column 'note'")
    refused(folder, ImportRequest(good, limit=0), "limit must be at least 1")
    assert not folder.exists()


def test_five_documents_are_a_corpus(tmp_path, folder):
    (tmp_path / "five.txt").write_text("a\nb\nc\nd\ne\n")
    assert import_corpus(folder, ImportRequest(tmp_path / "five.txt")).documents == 5


def test_a_corpus_that_changed_or_is_read_in_another_way_is_refused(corpus, folder):
    import_corpus(folder, ImportRequest(corpus, limit=5))
    refused(folder, ImportRequest(corpus, text_column="year"), "from column 'text', not 'year'")
    corpus.write_text(corpus.read_text() + "d999,one more,2000\n")
    refused(folder, ImportRequest(corpus), "has changed since it was imported")


def test_columns_once_chosen_need_not_be_named_again(corpus, folder):
    import_corpus(folder, ImportRequest(corpus, limit=5, text_column="year"))
    assert import_corpus(folder, ImportRequest(corpus, limit=9)).columns.text == "year"


def test_folders_of_something_else_are_refused(corpus, tmp_path):
    refused(corpus, ImportRequest(corpus), "is a file")
    refused(tmp_path, ImportRequest(corpus), "holds other files")
    with pytest.raises(UserError, match="not a workspace"):
        Workspace.open(tmp_path)
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "workspace.sqlite").write_text("this is no database at all, but text that is long enough" * 20)
    refused(foreign, ImportRequest(corpus), "damaged")
    other = tmp_path / "other"
    other.mkdir()
    with sqlite3.connect(other / "workspace.sqlite") as database:
        database.execute("CREATE TABLE notes (text)")
    database.close()
    refused(other, ImportRequest(corpus), "not the database of a workspace")


def test_a_workspace_of_a_newer_version_is_refused(corpus, folder):
    import_corpus(folder, ImportRequest(corpus, limit=5))
    database = sqlite3.connect(folder / "workspace.sqlite", isolation_level=None)
    database.execute("PRAGMA user_version = 99")
    database.close()
    refused(folder, ImportRequest(corpus), "newer version")


def test_a_cancelled_import_keeps_whole_transactions(corpus, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(importing, "_ROWS_A_TRANSACTION", 100)
    token, seen = CancelToken(), []

    def report(progress):
        seen.append(progress)

    job = Job(token, report)
    original = job.step

    def step(stage, fraction):
        if fraction > 0.4:
            token.cancel()
        original(stage, fraction)

    monkeypatch.setattr(job, "step", step)
    # Small pieces, so that the position in the file is known before its end.
    (tmp_path / "texts").mkdir()
    for i in range(300):
        (tmp_path / "texts" / f"{i:03}.txt").write_text(f"text {i}")
    with pytest.raises(Cancelled):
        import_corpus(folder, ImportRequest(tmp_path / "texts"), job)
    with Workspace.open(folder) as workspace:
        assert workspace.document_count == 100
    assert seen[0].stage == "importing: 0 documents"
    assert import_corpus(folder, ImportRequest(tmp_path / "texts")).documents == 300


def test_the_embedded_model_gives_the_vectors_of_encode(encoder, tmp_path, folder):
    texts = [f"The {i}th text is {'rather ' * (i % 9)}short." for i in range(10)]
    texts += ["word " * 300, "\u200b", "é"]
    (tmp_path / "corpus.jsonl").write_text("\n".join(json.dumps({"text": text}) for text in texts))
    import_corpus(folder, ImportRequest(tmp_path / "corpus.jsonl"))
    with Workspace.open(folder) as workspace:
        embed_documents(workspace, index_model(encoder), document_embedder(encoder))
        store = workspace.active_vectors()
        kept = workspace.texts(1, workspace.document_count)
        assert len(kept) == 13
        expected = encoder.model.encode(kept, batch_size=2, show_progress_bar=False)
        np.testing.assert_allclose(store.vectors, expected, atol=2e-6)
        manifest = json.loads((store.folder / "manifest.json").read_text())
        assert manifest["count"] == 13
        assert manifest["model"]["fingerprint"] == encoder.info.fingerprint
