"""Where results go: refused before the work if they could not be written, whole if they can."""

import os
import stat
import sys

import pytest

from engine.cli import main
from engine.cli.output import Output, ReaderLeft, check_outputs, print_out, shows_colours, write
from engine.errors import UserError
from engine.files import write_atomically

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has neither such devices nor such permissions")


def refusal(*outputs):
    with pytest.raises(UserError) as refused:
        check_outputs([Output(kind, str(target)) for kind, target in outputs])
    message = str(refused.value)
    assert "\n" not in message
    return message


def test_good_places_pass_and_nothing_is_left_behind(tmp_path):
    old = tmp_path / "old.json"
    old.write_text("old")
    check_outputs([Output("json", str(old)), Output("html", str(tmp_path / "new.html")), Output("svg", "-")])
    assert [file.name for file in tmp_path.iterdir()] == ["old.json"]
    assert old.read_text() == "old"


def test_a_folder_an_empty_name_and_a_missing_folder_are_refused(tmp_path):
    assert "is no file name" in refusal(("json", tmp_path))
    assert "--html (empty) is no file name" in refusal(("html", ""))
    assert f"there is no folder {tmp_path / 'no'}" in refusal(("png", tmp_path / "no" / "a.png"))


def test_a_name_that_is_too_long_is_refused(tmp_path):
    assert "File name too long" in refusal(("json", tmp_path / ("a" * 300)))


def test_what_may_not_be_written_is_refused(tmp_path, monkeypatch):
    def closed(**_):
        raise PermissionError(13, "Permission denied")

    file = tmp_path / "a.json"
    file.touch()
    with monkeypatch.context() as only_readable:
        only_readable.setattr(os, "access", lambda path, mode: path != file or mode != os.W_OK)
        assert "Permission denied; choose another place" in refusal(("json", file))
    monkeypatch.setattr("tempfile.NamedTemporaryFile", closed)
    assert "Permission denied; choose another place" in refusal(("json", tmp_path / "b.json"))


def test_two_outputs_need_two_places(tmp_path):
    file = tmp_path / "a"
    assert "--json and --html name the same place" in refusal(("json", file), ("html", f"{tmp_path}/./a"))
    assert "--json and --svg name the same place" in refusal(("json", "-"), ("svg", "-"))


def test_a_picture_does_not_go_to_a_terminal(monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    check_outputs([Output("svg", "-")])
    assert "standard output is a terminal" in refusal(("png", "-"))


@posix
def test_a_full_disk_is_one_line(tmp_path):
    with pytest.raises(UserError, match=r"^cannot write /dev/full: No space left on device; choose another"):
        write(Output("json", "/dev/full"), "{}")
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)


@posix
def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_atomically(pipe, "through")
    assert os.read(reading, 100) == b"through"
    os.close(reading)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@posix
def test_a_link_keeps_pointing_where_it_does(tmp_path):
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old")
    link.symlink_to(real)
    write_atomically(link, "new")
    assert link.is_symlink()
    assert real.read_text() == "new"


def test_what_the_encoding_of_the_output_lacks_is_replaced(monkeypatch, capsys):
    monkeypatch.setattr(type(sys.stdout), "encoding", "ascii", raising=False)
    print_out("a → b\n")
    assert capsys.readouterr().out == "a ? b\n"


class Broken:
    encoding = "utf-8"

    def __init__(self, error, descriptor):
        self.error, self.descriptor = error, descriptor

    def write(self, text):
        raise self.error

    def fileno(self):
        return self.descriptor


@pytest.mark.parametrize(
    ("error", "raised"),
    [(BrokenPipeError(), ReaderLeft), (OSError(28, "No space left on device"), UserError)],
)
def test_an_output_that_fails_is_let_go(monkeypatch, tmp_path, error, raised):
    descriptor = os.open(tmp_path / "out", os.O_CREAT | os.O_WRONLY)
    monkeypatch.setattr(sys, "stdout", Broken(error, descriptor))
    with pytest.raises(raised):
        print_out("text")
    os.write(descriptor, b"what was still buffered")
    os.close(descriptor)
    assert (tmp_path / "out").read_bytes() == b""


def test_without_a_standard_output_text_goes_nowhere_and_results_are_refused(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    print_out("for a person")
    assert not shows_colours(sys.stdout)
    assert refusal(("json", "-")) == "--json -: standard output is closed; name a file"


def test_without_a_standard_error_bad_input_is_still_an_exit_code(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stderr", None)
    assert main(["search", "nowhere", "--query", "a"]) == 2
    sys.stderr.close()
    assert capsys.readouterr().out == ""
