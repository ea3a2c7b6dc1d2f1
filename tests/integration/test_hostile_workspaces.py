"""A workspace from a stranger: no code in it runs, nothing outside of it is read or changed."""

import json
import os
import shutil
import sqlite3
import sys
import time

import numpy as np
import pytest

from engine.concepts.codes import load_codes
from engine.concepts.dictionary import dictionary_names, open_dictionary
from engine.concepts.saved_runs import delete_run, training_runs
from engine.corpus import schema
from engine.corpus.embedding import embed_documents
from engine.corpus.importing import ImportRequest, import_corpus
from engine.corpus.vectors import IndexModel
from engine.corpus.workspace import Workspace
from engine.errors import UserError
from engine.sae.runs import run_folder
from engine.sae.tensor_files import safetensors_bytes
from tests.fuzz import workspaces

no_links = pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")


@pytest.fixture
def whole(tmp_path):
    """A small workspace with all that one can hold."""
    return shutil.copytree(workspaces.whole(), tmp_path / "workspace")


def change(folder, *statements):
    database = sqlite3.connect(folder / "workspace.sqlite")
    for statement in statements:
        database.execute(statement)
    database.commit()
    database.close()


def refused(folder, reason):
    with pytest.raises(UserError, match=reason) as caught:
        Workspace.open(folder)
    assert "\n" not in str(caught.value)


# -- the database ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER bad AFTER INSERT ON queries BEGIN DELETE FROM documents; END",
        "CREATE VIEW bad AS SELECT * FROM documents",
        "CREATE TEMP TRIGGER later AFTER INSERT ON queries BEGIN SELECT 1; END",
        "CREATE VIRTUAL TABLE bad USING fts5 (text)",
        "CREATE VIRTUAL TABLE bad USING rtree (id, a, b)",
    ],
)
def test_triggers_views_and_virtual_tables_are_refused(statement, whole):
    change(whole, statement)
    if "TEMP" in statement:  # these are not kept in the file
        Workspace.open(whole).close()
    else:
        refused(whole, "holds code that runs when it is used")


def test_a_view_in_place_of_a_table_is_refused(whole):
    change(
        whole,
        "ALTER TABLE queries RENAME TO hidden",
        "CREATE VIEW queries AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
        " SELECT i AS id, 'x' AS text FROM n",
    )
    start = time.monotonic()
    refused(whole, "holds code that runs when it is used")
    assert time.monotonic() - start < 2


def test_a_column_that_is_computed_is_refused(whole):
    change(
        whole,
        "DROP TABLE queries",
        "CREATE TABLE queries (id INTEGER PRIMARY KEY, text TEXT AS (zeroblob(900000000)))",
    )
    refused(whole, "is damaged .table queries.")


def test_expressions_of_the_database_get_no_functions_that_touch_files(whole):
    with Workspace.open(whole) as workspace:
        (trusted,) = workspace.database.execute("PRAGMA trusted_schema").fetchone()
        assert trusted == 0
        with pytest.raises(sqlite3.DatabaseError, match=r"too big|not authorized"):
            workspace.database.execute("SELECT length(zeroblob(900000000))").fetchone()
        with pytest.raises(sqlite3.OperationalError):
            workspace.database.execute("SELECT load_extension('anything')")


def journal_naming(victim, size, page=4096):
    """Return a rollback journal as a crash would leave it, of a transaction over two databases."""
    name = os.fsencode(victim)
    head = schema._NAMES_ANOTHER_FILE + b"".join(
        number.to_bytes(4, "big") for number in (0, 0, size // page, 512, page)
    )
    tail = (2**30 // page + 1).to_bytes(4, "big") + name
    tail += len(name).to_bytes(4, "big") + sum(name).to_bytes(4, "big") + schema._NAMES_ANOTHER_FILE
    return head.ljust(512, b"\0") + tail


def test_a_journal_that_names_another_file_does_not_delete_it(whole, tmp_path):
    victim = tmp_path / "precious.txt"
    victim.write_text("mine", encoding="utf-8")
    journal = whole / "workspace.sqlite-journal"
    journal.write_bytes(journal_naming(victim, (whole / "workspace.sqlite").stat().st_size))
    refused(whole, "names another file, which opening it would delete")
    assert victim.read_text(encoding="utf-8") == "mine"
    # SQLite itself does delete it.
    connection = sqlite3.connect(whole / "workspace.sqlite")
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    connection.close()
    assert not victim.exists()


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        (
            "UPDATE documents SET id = 1000000000000 WHERE id = 24",
            "24 documents, numbered 1 to 1000000000000",
        ),
        ("DELETE FROM documents WHERE id = 3", "numbered 1 to 24"),
        ("DROP TABLE notices", "table notices"),
        ("ALTER TABLE sources DROP COLUMN unit", "table sources"),
    ],
)
def test_counts_that_are_not_true_are_refused_before_anything_is_made_of_them(statement, reason, whole):
    change(whole, statement)
    refused(whole, reason)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE documents SET text = x'ff00fe', metadata = x'ff' WHERE id = 2",
        "UPDATE documents SET metadata = '[1]' WHERE id = 2",
        "UPDATE documents SET text = 17, name = 3.5, metadata = '{\"a\": 1e999}' WHERE id = 2",
        "UPDATE workspace SET value = '../../../etc' WHERE key = 'active index'",
        "UPDATE feature_journal SET features = '[999999999]'",
        "UPDATE feature_journal SET value = '{\"a\": 1}', time = x'00'",
        "UPDATE labels SET label = replace(label, '\"feature\": 1', '\"feature\": 123456789')",
        "UPDATE labels SET label = '[[[[' WHERE feature = 2",
        "UPDATE label_runs SET report = 'nonsense'",
        "UPDATE sources SET columns = '7'",
        "UPDATE queries SET text = x'ff'",
    ],
)
def test_rows_of_other_types_are_read_or_refused_in_one_line(statement, whole):
    change(whole, statement)
    workspaces.use(whole)


def test_a_name_in_the_schema_that_is_not_utf8_is_one_line(whole):
    path = whole / "workspace.sqlite"
    content = path.read_bytes()
    place = content.index(b"CREATE TABLE notices")
    path.write_bytes(content[: place + 13] + b"\xff\xff" + content[place + 15 :])
    refused(whole, "is damaged")


# -- files ----------------------------------------------------------------------------------------


@no_links
@pytest.mark.parametrize("name", ["vectors.f32", "manifest.json"])
def test_a_link_out_of_the_workspace_is_not_written_through(name, whole, tmp_path):
    victim = tmp_path / "precious.txt"
    victim.write_text("mine", encoding="utf-8")
    path = next(whole.glob(f"indexes/*/{name}"))
    path.unlink()
    path.symlink_to(victim)
    refused(whole, "leads out of the workspace")
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("one\ntwo\n", encoding="utf-8")
    with pytest.raises(UserError, match="leads out of the workspace"):
        import_corpus(whole, ImportRequest(corpus))
    assert victim.read_text(encoding="utf-8") == "mine"


@no_links
@pytest.mark.parametrize("name", ["saes", "indexes", "saes/small", "workspace.sqlite", "workspace.lock"])
def test_a_folder_or_database_that_is_a_link_out_of_the_workspace_is_refused(name, whole, tmp_path):
    (whole / "workspace.lock").touch()
    (whole / name).rename(tmp_path / "elsewhere")
    (whole / name).symlink_to(tmp_path / "elsewhere")
    refused(whole, "leads out of the workspace")


@no_links
def test_a_link_to_another_drive_is_refused_in_one_line(whole, tmp_path, monkeypatch):
    # On Windows places on two drives have nothing in common, which is an error there.
    def nothing_in_common(_paths):
        raise ValueError("Paths don't have the same drive")

    (whole / "other").symlink_to(tmp_path)
    monkeypatch.setattr(os.path, "commonpath", nothing_in_common)
    refused(whole, "leads out of the workspace")


@no_links
def test_a_folder_that_is_no_workspace_is_not_looked_through(tmp_path):
    (tmp_path / "link").symlink_to("/")
    refused(tmp_path, "is not a workspace")


def test_what_no_folder_can_be_called_is_refused_in_one_line():
    refused("a\0b", "no name of a folder")


@no_links
def test_a_workspace_may_be_reached_through_a_link_and_hold_links_to_itself(whole, tmp_path):
    (tmp_path / "link").symlink_to(whole)
    (whole / "saes" / "same").symlink_to(whole / "saes" / "small")
    with Workspace.open(tmp_path / "link") as workspace:
        assert workspace.active_vectors().count == workspaces.DOCUMENTS


@pytest.mark.parametrize("name", ["../../other", "..", "/tmp/x", "a/b", ".hidden", "", "a\0b", "C:\\x"])
def test_a_name_cannot_lead_out_of_the_folder_of_autoencoders(name, whole):
    with pytest.raises(UserError, match="is no name"):
        run_folder(whole, name)
    with Workspace.open(whole) as workspace, pytest.raises(UserError, match="has no features called"):
        open_dictionary(workspace, name)
    with pytest.raises(UserError):
        delete_run(whole, name)
    assert (whole / "saes" / "small").is_dir()


def test_a_half_made_autoencoder_is_not_listed(whole):
    shutil.copytree(whole / "saes" / "small", whole / "saes" / ".small.a1b2c3d4")
    shutil.copytree(whole / "saes" / "small", whole / "saes" / ".deleted-small")
    with Workspace.open(whole) as workspace:
        assert dictionary_names(workspace) == ("small",)
    assert [run.name for run in training_runs(whole)] == ["small"]


@pytest.mark.parametrize(
    "model",
    [
        {"fingerprint": "../../.."},
        {"dimension": 2**60},
        {"dimension": -4},
        {"dimension": "4"},
        {"max_tokens": 1e300},
        {"normalized": "yes"},
        {"name": ["a"]},
    ],
)
def test_a_manifest_of_absurd_values_is_refused(model, whole):
    (path,) = whole.glob("indexes/*/manifest.json")
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, "model": {**manifest["model"], **model}}), encoding="utf-8")
    with (
        Workspace.open(whole) as workspace,
        pytest.raises(UserError, match="is not the manifest of an index"),
    ):
        workspace.active_vectors()


@pytest.mark.parametrize("count", [2**62, -1, 25, 1e9, "24", None])
def test_a_manifest_that_counts_more_vectors_than_there_are_is_refused(count, whole):
    (path,) = whole.glob("indexes/*/manifest.json")
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, "count": count}), encoding="utf-8")
    with Workspace.open(whole) as workspace, pytest.raises(UserError):
        workspace.active_vectors()


def test_vectors_are_never_written_outside_of_the_workspace(whole, tmp_path):
    bad = IndexModel("x", "../../outside", "mean", "", 4, False, 8)
    with Workspace.open(whole) as workspace, pytest.raises(UserError):
        embed_documents(workspace, bad, lambda texts, _job: np.zeros((len(texts), 4), np.float32))
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize(
    "change_of",
    [
        {"features": [999_999_999]},
        {"features": [-1]},
        {"offsets": [0, 10**12]},
        {"offsets": [5, 1]},
        {"values": [float("nan")]},
    ],
)
def test_activations_that_point_beyond_their_arrays_are_refused(change_of, tmp_path):
    import torch

    parts = {"offsets": [0, 1], "features": [2], "values": [0.5], **change_of}
    kinds = {"offsets": torch.int64, "features": torch.int32, "values": torch.float32}
    tensors = {name: torch.tensor(values, dtype=kinds[name]) for name, values in parts.items()}
    content = safetensors_bytes(tensors, {"stamp": "{}", "features": "6"})
    (tmp_path / "activations.safetensors").write_bytes(content)
    with pytest.raises(UserError, match="is damaged"):
        load_codes(tmp_path, {})
