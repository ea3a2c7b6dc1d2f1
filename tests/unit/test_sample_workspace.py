"""The copy of the sample workspace that a person works on."""

import shutil
from pathlib import Path

import pytest

from engine.corpus import sample
from engine.corpus.sample import SAMPLE, sample_workspace
from engine.corpus.schema import DATABASE
from engine.errors import UserError


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    folder = tmp_path / "shipped"
    (folder / "saes").mkdir(parents=True)
    (folder / "workspace.sqlite").write_bytes(b"database")
    monkeypatch.setattr(sample, "resource", lambda _name: folder)
    return folder


def test_the_copy_is_made_once_and_kept_as_it_was_left(shipped, tmp_path):
    folder = sample_workspace(tmp_path / "new" / "place")
    assert folder == tmp_path / "new" / "place" / SAMPLE
    (folder / "workspace.sqlite").write_bytes(b"with notes")
    assert sample_workspace(tmp_path / "new" / "place") == folder
    assert (folder / "workspace.sqlite").read_bytes() == b"with notes"
    assert (shipped / "workspace.sqlite").read_bytes() == b"database"
    assert [entry.name for entry in folder.parent.iterdir()] == [SAMPLE]


def test_a_copy_that_breaks_off_leaves_nothing(shipped, tmp_path, monkeypatch):
    def full(_source, copy):
        copy.mkdir()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sample.shutil, "copytree", full)
    with pytest.raises(UserError, match="No space left on device; free some space"):
        sample_workspace(tmp_path / "place")
    assert list((tmp_path / "place").iterdir()) == []


def test_a_program_without_a_sample_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(sample, "resource", lambda _name: tmp_path / "nowhere")
    with pytest.raises(UserError, match="no sample workspace"):
        sample_workspace(tmp_path)


def test_two_programs_that_copy_it_at_once_share_the_copy(shipped, tmp_path, monkeypatch):
    rename = Path.rename

    def rename_late(copy, folder):
        if not folder.exists():
            shutil.copytree(copy, folder)
        return rename(copy, folder)

    monkeypatch.setattr(Path, "rename", rename_late)
    folder = sample_workspace(tmp_path / "data")
    assert (folder / DATABASE).is_file()
    assert [entry.name for entry in (tmp_path / "data").iterdir()] == [folder.name]
