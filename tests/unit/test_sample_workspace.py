"""The copy of the sample workspace that a person works on."""

import pytest

from engine.corpus import sample
from engine.corpus.sample import SAMPLE, sample_workspace
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
