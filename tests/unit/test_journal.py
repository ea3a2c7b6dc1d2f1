"""The journal of an analyst's changes: what it comes to, undo and redo, and that changes are whole."""

import sqlite3

import pytest

from engine.corpus.importing import ImportRequest, import_corpus
from engine.corpus.journal import Annotation, Journal
from engine.corpus.lock import writing
from engine.corpus.workspace import Workspace
from engine.errors import UserError
from engine.jobs import Job


@pytest.fixture
def workspace(tmp_path):
    corpus = tmp_path / "c.txt"
    corpus.write_text("one\ntwo\n")
    import_corpus(tmp_path / "w", ImportRequest(corpus), Job())
    with Workspace.open(tmp_path / "w") as opened:
        yield opened


@pytest.fixture
def journal(workspace):
    return Journal(workspace, "main", "digest", 10)


def test_changes_add_up_and_outlive_the_workspace(workspace, journal):
    journal.rename(3, "  birds\n of prey ")
    journal.note(3, "also owls ")
    journal.star(4)
    journal.group([3, 5, 3], "animals")
    journal.star(4, False)
    with Workspace.open(workspace.folder) as again:
        found = Journal(again, "main", "digest", 10).annotations()
    assert found.by_feature == {
        3: Annotation("birds of prey", "also owls", False, "animals"),
        5: Annotation(group="animals"),
    }
    assert found.groups == {"animals": (3, 5)}
    assert found.of(9) == Annotation()
    assert (found.can_undo, found.can_redo) == (True, False)


def test_undo_and_redo_go_step_by_step(journal):
    assert journal.undo() is None
    journal.rename(1, "a")
    journal.rename(1, "b")
    journal.group([1, 2], "g")
    assert journal.undo().kind == "group"
    assert journal.undo().value == "b"
    assert journal.annotations().by_feature == {1: Annotation("a")}
    assert journal.annotations().can_redo
    redone = journal.redo()
    assert (redone.value, redone.undone) == ("b", False)
    assert journal.annotations().of(1) == Annotation("b")
    journal.redo()
    assert journal.annotations().groups == {"g": (1, 2)}
    assert journal.redo() is None


def test_a_new_change_ends_what_could_be_redone(journal):
    journal.rename(1, "a")
    journal.undo()
    journal.star(2)
    assert journal.redo() is None
    assert journal.annotations().by_feature == {2: Annotation(starred=True)}
    assert [entry.kind for entry in journal.entries()] == ["starred"]


def test_a_blank_name_and_no_group_take_back(journal):
    journal.rename(1, "a")
    journal.group([1], "g")
    journal.rename(1, " ")
    journal.group([1], None)
    assert journal.annotations().by_feature == {}
    assert len(journal.entries()) == 4


def test_entries_are_in_order_and_tell_their_time(journal):
    journal.rename(1, "a")
    journal.star(1)
    first, second = journal.entries()
    assert first.id < second.id
    assert first.time.endswith("+00:00")
    assert first.time <= second.time


def test_another_autoencoder_of_that_name_has_its_own_journal(workspace, journal):
    journal.rename(1, "a")
    other = Journal(workspace, "main", "another digest", 10)
    assert other.annotations().by_feature == {}
    assert other.undo() is None
    other.rename(1, "b")
    assert journal.annotations().of(1).name == "a"


@pytest.mark.parametrize("feature", [-1, 10])
def test_an_unknown_feature_is_refused_and_nothing_changes(journal, feature):
    with pytest.raises(UserError, match=f"no feature {feature}: main has 0 to 9"):
        journal.group([1, feature], "g")
    assert journal.entries() == ()


def test_what_is_too_long_or_nothing_is_refused(journal):
    with pytest.raises(UserError, match="201 characters; shorten it to 200"):
        journal.rename(1, "x" * 201)
    with pytest.raises(UserError, match="the note has"):
        journal.note(1, "x" * 20_001)
    with pytest.raises(UserError, match="no feature was named"):
        journal.group([], "g")


def test_two_writers_do_not_meet(workspace, journal):
    with writing(workspace.folder), pytest.raises(UserError, match="another task is writing"):
        journal.star(1)


def test_a_change_that_dies_midway_leaves_nothing(workspace, journal):
    journal.rename(1, "a")
    journal.undo()
    # The change first removes what could be redone, then fails at its own row: neither may stay.
    workspace.database.execute(
        "CREATE TRIGGER full BEFORE INSERT ON feature_journal BEGIN SELECT raise(ABORT, 'disk'); END"
    )
    with pytest.raises(sqlite3.IntegrityError):
        journal.rename(1, "b")
    workspace.database.execute("DROP TRIGGER full")
    assert journal.redo().value == "a"
    assert journal.annotations().of(1).name == "a"


def test_a_damaged_entry_is_one_line(workspace, journal):
    journal.star(1)
    workspace.database.execute("UPDATE feature_journal SET kind = 'colour'")
    with pytest.raises(UserError, match="the notes on main cannot be read"):
        journal.annotations()


def test_only_the_change_that_was_meant_is_taken_back(journal):
    first = journal.rename(1, "one")
    assert journal.annotations().last == first
    other = journal.rename(2, "two")
    with pytest.raises(UserError, match="changed in another window"):
        journal.undo(first.id)
    assert journal.annotations().last == other
    journal.undo(other.id)
    assert journal.annotations().undone.id == other.id
    with pytest.raises(UserError, match="changed in another window"):
        journal.redo(first.id)
    journal.redo(other.id)
    assert journal.annotations().undone is None
