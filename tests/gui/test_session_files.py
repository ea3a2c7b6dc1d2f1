"""Sessions as files: what is refused, what is kept of several runs, and what a full disk costs."""

import json
import os
import subprocess
import sys
import time

import pytest
from PySide6.QtCore import QSettings

from engine.errors import UserError
from ui.session import store as store_module
from ui.session.document import VERSION, read_session, session_shape, session_text, write_session
from ui.session.shape import flag, maybe, number, one_of, pack, packed, record, several, text, unpack, whole
from ui.session.store import MOST_KEPT, SessionStore
from ui.settings import Settings

SHAPE = session_shape({"Explain": record(query=text(50), candidate=whole(0, 9)), "Rank": record()})
SESSION = {
    "page": "Rank",
    "workspace": "/somewhere",
    "feature": None,
    "model": {"folder": None, "device": "cpu", "layer_path": None},
    "pages": {"Explain": {"query": "zażółć \N{GRINNING FACE}", "candidate": 3}},
}


@pytest.mark.parametrize(
    ("shape", "good", "bad"),
    [
        (text(3), ["", "abc"], ["abcd", 3, None, b"a", "\ud800"]),
        (whole(0, 5), [0, 5], [-1, 6, 2.0, True, "3", None]),
        (number(0, 1), [0, 0.5, 1], [2, -1, True, "1", float("nan"), float("inf"), None, 10**400]),
        (flag, [True, False], [0, 1, "true", None]),
        (one_of(("a", "b")), ["a"], ["c", 1, None, ["a"]]),
        (several(whole(0, 5), 2), [[], [1, 2]], [[1, 2, 3], [6], {}, "ab", None]),
        (maybe(flag), [None, True], ["", 0]),
        (packed, [pack(b"\x00\xff"), ""], ["%%%", 1, None, "A"]),
    ],
)
def test_a_shape_lets_through_what_it_says_and_nothing_else(shape, good, bad):
    for value in good:
        assert shape(value, "it") == value
    for value in bad:
        with pytest.raises(ValueError, match=r"^it"):
            shape(value, "it")


def test_a_record_drops_what_nobody_knows_and_names_the_place_of_what_is_wrong():
    shape = record(a=record(b=several(whole(0, 5), 5)))
    assert shape({"a": {"b": [1]}, "c": 2}, "") == {"a": {"b": [1]}}
    assert shape({}, "") == {}
    with pytest.raises(ValueError, match=r"^a, b 2 is not a whole number from 0 to 5"):
        shape({"a": {"b": [1, 9]}}, "")


def test_bytes_come_back():
    assert unpack(packed(pack(bytes(range(256))), "it")) == bytes(range(256))


def test_a_session_comes_back_from_its_file(tmp_path):
    path = write_session(tmp_path / "mine", SESSION)
    assert path.name == "mine.semasession"
    assert read_session(path, SHAPE) == SESSION


def _file(folder, content):
    path = folder / "it.semasession"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def _with(**changes):
    return json.dumps({**json.loads(session_text(SESSION)), **changes})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "damaged or is no session"),
        (b"\xff\xfe\x00rubbish", "damaged or is no session"),
        (b"PK\x03\x04", "damaged or is no session"),
        ("[" * 100_000, "damaged or is no session"),
        (session_text(SESSION)[:-30], "damaged or is no session"),
        ("[]", "no session of this program"),
        ('{"app": "another"}', "no session of this program"),
        (_with(version=VERSION + 1), "newer version"),
        (_with(version="1"), "does not say its version"),
        (_with(version=True), "does not say its version"),
        (_with(version=0), "does not say its version"),
        (_with(page="Nowhere"), "page is none of Explain, Rank"),
        (_with(pages={"Explain": {"query": "x" * 51}}), "pages, Explain, query is longer than 50"),
        (_with(pages={"Explain": {"candidate": 10}}), "pages, Explain, candidate is not a whole number"),
        (_with(pages={"Explain": {"candidate": "NaN"}}), "candidate is not a whole number"),
        (_with().replace('"feature": null', '"feature": NaN'), "damaged or is no session"),
        (_with().replace('"feature": null', '"feature": ' + "9" * 10_000), "damaged"),
        (_with(model={"device": "toaster"}), "model, device is none of"),
        (_with(workspace=["/"]), "workspace is not a text"),
    ],
)
def test_what_is_hostile_or_damaged_is_refused_in_one_line(tmp_path, content, reason):
    path = _file(tmp_path, content)
    with pytest.raises(UserError) as caught:
        read_session(path, SHAPE)
    message = str(caught.value)
    assert reason in message
    assert str(path) in message
    assert "\n" not in message
    assert len(message) < 300 + len(str(path))


def test_a_file_that_is_not_there_or_too_large_is_refused(tmp_path, monkeypatch):
    with pytest.raises(UserError, match="cannot read"):
        read_session(tmp_path / "gone.semasession", SHAPE)
    monkeypatch.setattr("ui.session.document._MOST_BYTES", 10)
    with pytest.raises(UserError, match="larger than"):
        read_session(_file(tmp_path, session_text(SESSION)), SHAPE)


# -- sessions that save themselves ---------------------------------------------------------------------


@pytest.fixture
def stores(tmp_path):
    made = []

    def make() -> SessionStore:
        made.append(SessionStore(tmp_path / "sessions", SHAPE))
        return made[-1]

    yield make
    for store in made:
        store.close()


def _asked(query):
    return {**SESSION, "pages": {"Explain": {"query": query, "candidate": 0}}}


def _queries(earlier):
    return [one.session["pages"]["Explain"]["query"] for one in earlier]


def test_a_run_that_goes_on_keeps_its_session_and_one_that_has_ended_gives_it_up(stores):
    first, second = stores(), stores()
    first.save_now(_asked("one"))
    assert second.earlier() == []
    first.close()
    (found,) = second.earlier()
    assert _queries([found]) == ["one"]
    assert second.take_over(found)
    assert _queries([second._read(second.path)]) == ["one"]
    assert not found.path.exists()


def test_only_one_of_two_programs_goes_on_with_a_session(stores):
    gone = stores()
    gone.save_now(_asked("one"))
    gone.close()
    one, other = stores(), stores()
    (found,), (seen,) = one.earlier(), other.earlier()
    assert one.take_over(found)
    assert not other.take_over(seen)
    assert other.earlier() == []


def test_the_newest_comes_first_and_the_oldest_go(stores):
    for place in range(MOST_KEPT + 2):
        store = stores()
        store.save_now(_asked(str(place)))
        store.close()
        os.utime(store.path, ns=(place * 10**9, place * 10**9))
    queries = _queries(stores().earlier())
    assert queries == [str(place) for place in range(MOST_KEPT + 1, 1, -1)]
    assert len(list(store.folder.glob("*.semasession"))) == MOST_KEPT


def test_what_was_saved_last_is_the_newest_though_the_clock_was_set_back(stores):
    for place in range(MOST_KEPT):
        store = stores()
        store.save_now(_asked(str(place)))
        store.close()
        os.utime(store.path, ns=(2**62 + place, 2**62 + place))
    last = stores()
    last.save_now(_asked("last"))
    last.save(_asked("very last"))
    last.close()
    following = stores()
    queries = _queries(following.earlier())
    assert queries == ["very last", *(str(place) for place in range(MOST_KEPT - 1, 0, -1))]
    # Beside a window that is open, the one that was worked in last is the newest, too.
    following.save_now(_asked("of today"))
    assert following.earlier()[0].saved < following.path.stat().st_mtime_ns


def test_a_damaged_session_is_told_and_costs_nothing(stores):
    gone = stores()
    gone.save_now(SESSION)
    gone.close()
    gone.path.write_text("{")
    (found,) = stores().earlier()
    assert "damaged" in found.problem


def test_what_was_put_aside_is_found_by_the_same_run(stores):
    store = stores()
    store.save_now(_asked("now"))
    store.put_aside(_asked("before"))
    assert _queries(store.earlier()) == ["before"]


def test_nothing_is_written_twice(stores):
    store = stores()
    store.save_now(_asked("one"))
    before = store.path.stat().st_mtime_ns
    store.save(_asked("one"))
    store.close()
    assert store.path.stat().st_mtime_ns == before


def test_a_full_disk_costs_a_line_and_nothing_else(stores, monkeypatch):
    store = stores()
    store.save_now(_asked("one"))

    def full(path, data):
        raise UserError(f"cannot write {path}: No space left on device; choose another place")

    with monkeypatch.context() as patched:
        patched.setattr(store_module, "write_atomically", full)
        store.save_now(_asked("two"))
        assert "No space left" in store.problem
        assert _queries([store._read(store.path)]) == ["one"]
    store.save_now(_asked("two"))
    assert store.problem == ""
    assert _queries([store._read(store.path)]) == ["two"]


def test_a_folder_that_cannot_be_made_costs_a_line(tmp_path):
    (tmp_path / "sessions").write_text("a file is in the way")
    store = SessionStore(tmp_path / "sessions", SHAPE)
    store.save_now(SESSION)
    assert str(tmp_path / "sessions") in store.problem
    assert store.earlier() == []
    store.close()


_WRITER = """
import sys
from pathlib import Path
from tests.gui.test_session_files import SHAPE, _asked
from ui.session.store import SessionStore
store = SessionStore(Path(sys.argv[1]), SHAPE)
number = 0
while True:
    number += 1
    store.save_now(_asked(str(number)))
    print(number, flush=True)
"""


def test_a_kill_at_any_moment_loses_nothing_that_was_saved(tmp_path, stores):
    folder = tmp_path / "sessions"
    for round_ in range(6):
        with subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(folder)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout.readline()
            time.sleep(0.02 + 0.017 * round_)
            process.kill()
            reported = [1, *(int(line) for line in process.stdout.read().split())]
        store = stores()
        found = store.earlier()[0]
        assert not found.problem
        assert int(found.session["pages"]["Explain"]["query"]) in (reported[-1], reported[-1] + 1)
        assert not list(folder.glob(".run-*")), "what was half written is still there"
        assert store.take_over(found)


_OTHER_WINDOW = """
import sys
from PySide6.QtCore import QSettings
from ui.settings import Settings
Settings(QSettings(sys.argv[1], QSettings.Format.IniFormat)).add_recent_workspace("/of/the/other")
"""


def test_what_another_window_has_remembered_stays(tmp_path):
    file = str(tmp_path / "settings.ini")
    settings = Settings(QSettings(file, QSettings.Format.IniFormat))
    settings.add_recent_workspace("/mine")
    settings.save()
    subprocess.run([sys.executable, "-c", _OTHER_WINDOW, file], check=True)
    settings.add_recent_workspace("/mine/too")
    assert settings.recent_workspaces == ("/mine/too", "/of/the/other", "/mine")
