"""What stands before the window: the display, the version of Qt, the libraries."""

import os
import subprocess
import sys
from pathlib import Path

import PySide6
import pytest

import main
from engine.errors import UserError
from engine.startup import import_engine
from ui import display

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux may have no display")


@pytest.fixture(autouse=True)
def no_display(monkeypatch, tmp_path):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["main.py"])


@linux
def test_without_a_display_one_line_says_what_to_do():
    environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    root = Path(main.__file__).parent
    done = subprocess.run(
        [sys.executable, "main.py"], cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "Semascope: there is no display to open a window on (DISPLAY and WAYLAND_DISPLAY are not set); "
        "python main.py explain --help needs no window\n"
    )


@linux
@pytest.mark.parametrize(("name", "value"), [("DISPLAY", ":9753"), ("WAYLAND_DISPLAY", "wayland-9")])
def test_a_display_that_does_not_answer_is_named(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert display.window_problem() == (
        f"the display {value} does not answer, so no window can be opened on it"
    )


@linux
def test_a_wayland_display_that_answers_is_enough(monkeypatch, tmp_path):
    import socket

    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "wayland-0"))
        listening.listen()
        monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
        assert display.window_problem() is None


@pytest.mark.parametrize("platform", ["offscreen", "vnc:size=800x600"])
def test_a_platform_without_a_display_needs_none(monkeypatch, platform):
    monkeypatch.setenv("QT_QPA_PLATFORM", platform)
    assert display.window_problem() is None


@linux
def test_a_missing_library_is_named(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(display, "_x11_answers", lambda: True)

    def load(path):
        raise OSError("libxcb-cursor.so.0: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(display.ctypes, "CDLL", load)
    assert "libxcb-cursor.so.0" in display.window_problem()
    assert "make setup installs it" in display.window_problem()


def test_the_qt_that_aborts_is_refused(monkeypatch, capsys):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setattr(PySide6, "__version__", "6.12.0")
    monkeypatch.setattr(display.sys, "version_info", (3, 12, 1))
    assert display.window_problem() is None
    monkeypatch.setattr(display.sys, "version_info", (3, 11, 9))
    assert main.main() == 2
    err = capsys.readouterr().err
    assert err.startswith(
        "Semascope: PySide6 6.12.0 aborts on Python 3.11: pip install PySide6-Essentials==6.11.2;"
    )
    assert err.count("\n") == 1


def test_the_window_opens_without_arguments_and_a_subcommand_without_the_window(monkeypatch, tmp_path):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setattr("ui.app.run", lambda argv, start: f"window {argv} {start.path}")
    monkeypatch.setattr("ui.startup_checks.data_folder", lambda: tmp_path / "data")
    assert main.main() == "window ['main.py'] None"
    monkeypatch.setattr("engine.cli.main", lambda arguments: f"command {arguments}")
    monkeypatch.setattr(sys, "argv", ["main.py", "selftest"])
    assert main.main() == "command ['selftest']"


def test_another_failed_import_is_no_missing_library(monkeypatch):
    def fail():
        raise ImportError("cannot import name 'run'")

    monkeypatch.setattr("ui.display.window_problem", fail)
    with pytest.raises(ImportError, match="cannot import name"):
        main.main()


def test_without_a_temporary_folder_one_line_says_so(monkeypatch):
    def none():
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr("tempfile.gettempdir", none)
    with pytest.raises(UserError, match="no folder for temporary files can be written"):
        import_engine()


def test_a_missing_library_is_not_told_to_a_checkout_that_is_none(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    problem = display.missing_library(ImportError("libx.so: cannot open shared object file"))
    assert "make" not in problem
    assert "libx.so" in problem
