"""What is looked at before the window opens: folders, memory, the graphics driver, the command line."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import main
from engine import free_memory
from ui import startup_checks
from ui.startup_checks import OpeningMark, missing_resources, prepare, short_of_memory, unwritable

ROOT = Path(main.__file__).parent


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Let the program keep its things below a folder of the test."""
    folder = tmp_path / "data"
    monkeypatch.setattr(startup_checks, "data_folder", lambda: folder)
    monkeypatch.setattr(startup_checks, "available_bytes", lambda: 8_000_000_000)
    for name in startup_checks._WITHOUT_DRIVER:
        # Set, so that what is changed is put back.
        monkeypatch.setenv(name, "")
    return folder


def _in_the_way(folder):
    folder.write_text("a file where a folder should be")


def test_a_start_with_nothing_wrong_says_nothing(data):
    start = prepare()
    assert (start.data, start.notes, start.short_of_memory) == (data, (), "")
    assert not start.without_driver
    assert os.environ["QT_XCB_GL_INTEGRATION"] == ""


def test_a_folder_that_cannot_be_written_costs_the_memory_and_not_the_start(data):
    _in_the_way(data)
    start = prepare()
    assert start.data is None
    (note,) = start.notes
    assert note.startswith("Nothing will be remembered")
    assert str(data) in note


def test_an_unwritable_folder_says_why(tmp_path):
    assert unwritable(tmp_path / "new" / "folder") == ""
    _in_the_way(tmp_path / "file")
    assert "exists" in unwritable(tmp_path / "file")
    assert "Not a directory" in unwritable(tmp_path / "file" / "below")


def _no_temporary_folder():
    raise FileNotFoundError("No usable temporary directory found")


def test_without_a_temporary_folder_one_is_made_with_the_data(data, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", tempfile.gettempdir())
    monkeypatch.setenv("TMPDIR", "")
    monkeypatch.setattr(tempfile, "gettempdir", _no_temporary_folder)
    (note,) = prepare().notes
    assert str(data / "temporary") in note
    assert os.environ["TMPDIR"] == tempfile.tempdir == str(data / "temporary")
    assert (data / "temporary").is_dir()


def test_without_any_temporary_folder_a_line_says_what_to_do(data, monkeypatch):
    _in_the_way(data)
    monkeypatch.setattr(tempfile, "tempdir", tempfile.gettempdir())
    monkeypatch.setattr(tempfile, "gettempdir", _no_temporary_folder)
    assert "set TMPDIR" in prepare().notes[1]


@pytest.mark.parametrize(
    ("available", "expected"),
    [(None, ""), (2_000_000_000, ""), (700_000_000, "Only 0.7 GB of memory is free")],
)
def test_too_little_memory_is_told_before_the_model_is_loaded(monkeypatch, available, expected):
    monkeypatch.setattr(startup_checks, "available_bytes", lambda: available)
    said = short_of_memory()
    assert said.startswith(expected)
    assert bool(said) == bool(expected)


def test_memory_is_the_least_of_what_limits_it(monkeypatch, tmp_path):
    (tmp_path / "meminfo").write_text("MemTotal: 900 kB\nMemAvailable:     500 kB\n")
    (tmp_path / "memory.max").write_text("400000\n")
    (tmp_path / "memory.current").write_text("100000\n")
    monkeypatch.setattr(free_memory, "_MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(free_memory, "_CGROUP", tmp_path / "gone")
    monkeypatch.setattr(free_memory, "_left_in_address_space", lambda: None)
    assert free_memory.available_bytes() == 512_000
    monkeypatch.setattr(free_memory, "_CGROUP", tmp_path)
    assert free_memory.available_bytes() == 300_000
    (tmp_path / "memory.max").write_text("max\n")
    assert free_memory.available_bytes() == 512_000


def test_missing_files_of_the_program_are_named(monkeypatch, tmp_path):
    assert missing_resources() is None
    monkeypatch.setattr(startup_checks, "resource", tmp_path.joinpath)
    said = missing_resources()
    assert str(tmp_path) in said
    assert "install it again" in said


def _dead_process():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_window_that_did_not_come_up_is_opened_without_the_driver(data):
    prepare()
    (data / f"opening-{_dead_process()}").write_text("")
    start = prepare()
    assert start.without_driver
    assert not start.safe
    assert "without the graphics driver" in start.notes[0]
    assert os.environ["QT_XCB_GL_INTEGRATION"] == "none"
    # It stays so until a person says otherwise, or another version may have another Qt.
    assert prepare().without_driver
    OpeningMark(data).forget()
    assert not prepare().without_driver


def test_a_window_that_is_opening_elsewhere_is_left_alone(data):
    prepare()
    (data / "opening-1").write_text("")
    assert not prepare().without_driver


def test_a_window_that_came_up_leaves_nothing(data):
    prepare()
    mark = OpeningMark(data)
    mark.begin()
    assert list(data.glob("opening-*"))
    mark.end()
    assert not list(data.iterdir())


def test_a_safe_start_uses_no_driver_and_says_so_itself(data):
    start = prepare(safe=True)
    assert start.safe
    assert start.without_driver
    assert start.notes == ()


# -- the command line -------------------------------------------------------------------------------------


@pytest.fixture
def asked(monkeypatch):
    found = []
    monkeypatch.setattr(main, "open_window", lambda path, safe: found.append(("window", path, safe)) or 0)
    monkeypatch.setattr("engine.cli.main", lambda arguments: found.append(("command", arguments)) or 0)

    def ask(*arguments):
        monkeypatch.setattr(sys, "argv", ["main.py", *arguments])
        assert main.main() == 0
        return found.pop()

    return ask


def test_a_path_opens_the_window_on_it(asked, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.semasession").write_text("{}")
    assert asked() == ("window", None, False)
    assert asked("mine.semasession") == ("window", tmp_path / "mine.semasession", False)
    assert asked(str(tmp_path)) == ("window", tmp_path, False)
    assert asked("--safe") == ("window", None, True)
    assert asked("--safe", "mine.semasession") == ("window", tmp_path / "mine.semasession", True)


def test_a_subcommand_stays_one_even_where_a_folder_has_its_name(asked, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("train", "import", "-h"):
        (tmp_path / name).mkdir()
        assert asked(name) == ("command", [name])
    assert asked("nonsense") == ("command", ["nonsense"])
    assert asked("train", "x") == ("command", ["train", "x"])


def test_what_is_not_there_is_told_in_one_line():
    done = subprocess.run(
        [sys.executable, "main.py", "gone.semasession"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "Semascope: there is no file or folder gone.semasession\n"


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc for what is loaded")
def test_torchs_libraries_are_loaded_ahead_of_torch():
    looked = """
import sys
from engine.startup import load_ahead
load_ahead().join()
assert "torch" not in sys.modules
assert "libtorch_cpu" in open("/proc/self/maps").read()
import torch
assert torch.ones(2).sum() == 2
"""
    subprocess.run([sys.executable, "-c", looked], cwd=ROOT, check=True)
