"""A disk that fills up, a folder that cannot be written, clocks that go back, files that are gone."""

import contextlib
import datetime
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from engine.concepts.dictionary import open_dictionary
from engine.concepts.names import journal_of
from engine.concepts.run_settings import RunSettings
from engine.concepts.saved_runs import training_runs
from engine.concepts.training_data import workspace_data
from engine.concepts.training_runs import train_run
from engine.corpus import importing, journal, schema
from engine.corpus.embedding import embed_documents
from engine.corpus.importing import ImportRequest, import_corpus
from engine.corpus.queries import save_queries, saved_queries
from engine.corpus.workspace import Workspace
from engine.errors import UserError
from engine.files import write_atomically
from engine.jobs import Job
from engine.resources import resource
from tests.fuzz import workspaces
from tests.integration.killed_import import MODEL, fake_embed
from tests.read_only import read_only_copy

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = RunSettings("topk", 6, 2, 2, 16, 0)


@pytest.fixture
def whole(tmp_path):
    """A small workspace with all that one can hold."""
    return shutil.copytree(workspaces.whole(), tmp_path / "workspace")


# -- a full disk ----------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path):
    """A disk of two megabytes, and a way to make it larger."""
    place = tmp_path / "disk"
    place.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root can make a disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", place], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("this system lets nobody make a disk")

    def enlarge():
        subprocess.run(["mount", "-o", "remount,size=64m", place], check=True)

    yield place, enlarge
    subprocess.run(["umount", "-l", place], check=True)


def corpus_of(tmp_path, count):
    path = tmp_path / "corpus.txt"
    path.write_text("".join(f"text number {i}, {'word ' * 60}\n" for i in range(count)), encoding="utf-8")
    return path


def test_a_full_disk_is_one_line_and_the_work_goes_on_when_there_is_room(small_disk, tmp_path, monkeypatch):
    place, enlarge = small_disk
    monkeypatch.setattr(importing, "_ROWS_A_TRANSACTION", 200)
    corpus, folder = corpus_of(tmp_path, 6_000), place / "workspace"
    with pytest.raises(UserError, match=r"disk .* is full; free some space and go on"):
        import_corpus(folder, ImportRequest(corpus))
    with Workspace.open(folder) as workspace:
        kept = workspace.document_count
        assert 0 < kept < 6_000
        assert workspace.texts(1, 1)
    enlarge()
    assert import_corpus(folder, ImportRequest(corpus)).documents == 6_000


def _take_notes(said, count):
    for _ in range(count):
        said.note(1, "n" * 20_000)


def test_every_other_write_to_a_full_disk_is_one_line_and_leaves_what_was_there(small_disk, tmp_path):
    place, enlarge = small_disk
    folder = shutil.copytree(workspaces.whole(), place / "workspace")
    write_atomically(place / "report.html", "old")
    with Workspace.open(folder) as workspace:
        journal_ = journal_of(workspace, open_dictionary(workspace, "small"))
        before, data = journal_.entries(), workspace_data(workspace)
        queries = saved_queries(workspace)
        with contextlib.suppress(OSError), (place / "filler").open("wb") as filler:
            while True:
                filler.write(b"x" * 4096)
        full = r"(disk .* is full|No space left on device)"
        with pytest.raises(UserError, match=full):
            write_atomically(place / "report.html", "new" * 10_000)
        with pytest.raises(UserError, match=full):
            save_queries(workspace, ["q" * 1000 + str(i) for i in range(500)])
        with pytest.raises(UserError, match=full):
            _take_notes(journal_, 200)
        with pytest.raises(UserError, match=full):
            train_run(folder / "saes" / "another", data.vectors, SETTINGS, data.provenance)
        assert (place / "report.html").read_text(encoding="utf-8") == "old"
        assert saved_queries(workspace) == queries
        assert journal_.entries()[: len(before)] == before
        assert workspace.database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        (place / "filler").unlink()
        enlarge()
        journal_.note(1, "again")
        assert journal_.annotations().of(1).note == "again"
        result = train_run(folder / "saes" / "another", data.vectors, SETTINGS, data.provenance)
        assert result.steps > 0
    assert not [path for path in place.rglob(".*") if path.is_file()]


def test_a_limit_on_the_size_of_files_is_one_line(tmp_path):
    """As a quota does; the limit is the process's own, so that it works for everybody."""
    resource_module = pytest.importorskip("resource", reason="Windows has no such limit")
    corpus = corpus_of(tmp_path, 3_000)
    script = (
        "import resource, sys\n"
        "from engine.cli import main\n"
        "from engine.corpus.importing import ImportRequest, import_corpus\n"
        "from engine.errors import UserError\n"
        "from pathlib import Path\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\n"
        "try:\n"
        "    import_corpus(sys.argv[2], ImportRequest(Path(sys.argv[1])))\n"
        "except UserError as error:\n"
        "    print(error)\n"
    )
    assert resource_module.RLIMIT_FSIZE >= 0
    done = subprocess.run(
        [sys.executable, "-c", script, corpus, tmp_path / "workspace"],
        check=True, capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert done.stdout.count("\n") == 1, done.stdout + done.stderr
    assert str(tmp_path / "workspace") in done.stdout


# -- a workspace that cannot be written -----------------------------------------------------------

READ_ONLY = """
import contextlib, io, sys
from pathlib import Path
from tests.read_only import become_nobody
from engine.concepts.labels import load_labels
from engine.concepts.names import feature_names, journal_of
from engine.concepts.run_settings import RunSettings
from engine.concepts.saved_runs import training_runs
from engine.concepts.table import feature_table
from engine.concepts.training_data import workspace_data
from engine.concepts.training_runs import train_run
from engine.corpus.embedding import embed_documents
from engine.corpus.importing import ImportRequest, import_corpus
from engine.corpus.lock import check_writable
from engine.corpus.queries import save_queries
from engine.errors import UserError
from engine.instrument import Instrument

def refused(what, folder, work):
    try:
        work()
    except UserError as error:
        print("refused", what, "\\n" not in str(error) and str(folder) in str(error), str(error))
    else:
        print("written", what)

def use(folder, corpus, name):
    instrument = Instrument()
    info = instrument.open_workspace(folder)
    workspace = instrument.workspace
    dictionary = instrument.open_dictionary(name)
    families = instrument.open_families(name)
    journal = journal_of(workspace, dictionary)
    table = feature_table(dictionary, load_labels(workspace, name), journal.annotations(), families)
    print("documents", info.documents, "found", len(workspace.find("the", 5) or workspace.find("bee", 5)))
    print("names", len(feature_names(workspace, dictionary)), "runs", len(training_runs(folder)))
    print("vectors", len(workspace.active_vectors().vectors[:3]), "rows", len(table.labels))
    data, settings = workspace_data(workspace), RunSettings("topk", 6, 2, 2, 16, 0)
    model = workspace.active_vectors().model
    refused("rename", folder, lambda: journal.rename(0, "mine"))
    refused("queries", folder, lambda: save_queries(workspace, ["one"]))
    refused("import", folder, lambda: import_corpus(folder, ImportRequest(corpus)))
    refused("embed", folder, lambda: embed_documents(workspace, model, None))
    refused("label", folder, lambda: check_writable(folder))
    refused("train", folder, lambda: train_run(folder / "saes" / "new", data.vectors, settings, {}))

folder, corpus, name, other = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4])
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(TypeError):
    use(other, corpus, name)
become_nobody(corpus.parent)
use(folder, corpus, name)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="modes of files are those of POSIX")
@pytest.mark.parametrize("name", ["small", "wordnet-3072"])
def test_a_read_only_workspace_is_browsed_and_every_write_is_refused_in_one_line(name):
    source = workspaces.whole() if name == "small" else resource("sample")
    with read_only_copy(source) as (folder, other, out):
        corpus = out / "another.txt"
        corpus.write_text("one\ntwo\n", encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-c", READ_ONLY, folder, corpus, name, other],
            check=False, capture_output=True, text=True, cwd=ROOT, timeout=120,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
    lines = done.stdout.splitlines()
    assert len(lines) == 9, done.stdout + done.stderr
    for line in lines[3:]:
        assert line.startswith("refused")
        assert " True " in line
        assert "use a copy" in line
    assert "found 5" in lines[0]


# -- clocks that go back --------------------------------------------------------------------------


class BackwardClock:
    """A clock that goes back by an hour each time it is read."""

    def __init__(self):
        self.now = datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)

    def read(self, _zone=None):
        self.now -= datetime.timedelta(hours=1)
        return self.now


@pytest.fixture
def backwards(monkeypatch):
    clock = BackwardClock()

    class Backwards(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return clock.read(tz)

    for module in (journal, importing):
        monkeypatch.setattr(module, "datetime", Backwards)
    monkeypatch.setattr(time, "time", lambda: clock.read().timestamp())
    return clock


def test_the_journal_keeps_its_order_and_undoes_the_last_change(whole, backwards):
    with Workspace.open(whole) as workspace:
        said = journal_of(workspace, open_dictionary(workspace, "small"))
        for number in range(5):
            said.rename(0, f"name {number}")
        times = [entry.time for entry in said.entries()[-5:]]
        assert times == sorted(times, reverse=True)
        assert said.annotations().of(0).name == "name 4"
        assert said.undo().value == "name 4"
        assert said.annotations().of(0).name == "name 3"
        assert said.redo().value == "name 4"


def test_progress_and_time_left_do_not_heed_the_clock(backwards):
    seen = []
    job = Job(report=seen.append)
    job._start -= 2
    for fraction in (0.25, 0.5, 1.0):
        job._last = 0.0
        job.step("working", fraction)
    assert [round(one.remaining_seconds) for one in seen] == [6, 2, 0]


def test_an_import_and_a_training_go_on_after_the_clock_went_back(tmp_path, backwards, monkeypatch):
    monkeypatch.setattr(importing, "_ROWS_A_TRANSACTION", 20)
    corpus, folder = corpus_of(tmp_path, 100), tmp_path / "workspace"
    import_corpus(folder, ImportRequest(corpus, limit=30))
    # The file itself stays as it was; a time of change in the future is no change.
    assert import_corpus(folder, ImportRequest(corpus)).documents == 100
    with Workspace.open(folder) as workspace:
        embed_documents(workspace, MODEL, fake_embed)
        data = workspace_data(workspace)
    run = folder / "saes" / "one"
    train_run(run, data.vectors, SETTINGS, data.provenance)
    for path in run.iterdir():
        os.utime(path, (0, 0))
    os.utime(run, (2**31, 2**31))
    (found,) = training_runs(folder)
    assert found.status == "finished"
    assert found.seconds >= 0
    with Workspace.open(folder) as workspace:
        # Activations are known by what they were made of and not by their times.
        first = open_dictionary(workspace, "one").codes.by_document
        second = open_dictionary(workspace, "one").codes.by_document
        np.testing.assert_array_equal(first.toarray(), second.toarray())


# -- a newer version, and files that are gone -----------------------------------------------------


def test_a_workspace_of_a_newer_version_is_left_alone(whole):
    database = sqlite3.connect(whole / "workspace.sqlite")
    database.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    database.close()
    before = {path: path.read_bytes() for path in whole.rglob("*") if path.is_file()}
    with pytest.raises(UserError, match="newer version of this program; update it"):
        Workspace.open(whole)
    assert {path: path.read_bytes() for path in whole.rglob("*") if path.is_file()} == before


def test_an_index_of_a_newer_version_is_refused(whole):
    (manifest,) = whole.glob("indexes/*/manifest.json")
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "format": 2}), encoding="utf-8")
    with Workspace.open(whole) as workspace, pytest.raises(UserError, match="not the manifest of an index"):
        workspace.active_vectors()


def test_whatever_is_missing_is_said_in_one_line_and_the_rest_works(tmp_path):
    for path in workspaces.whole().rglob("*"):
        name = path.relative_to(workspaces.whole())
        folder = shutil.copytree(workspaces.whole(), tmp_path / str(name).replace(os.sep, "_"))
        if path.is_dir():
            shutil.rmtree(folder / name)
        else:
            (folder / name).unlink()
        workspaces.use(folder)
        if name.parts[0] == "saes":
            with Workspace.open(folder) as workspace:
                assert workspace.find("bee", 3)
                assert workspace.active_vectors().count == workspaces.DOCUMENTS
