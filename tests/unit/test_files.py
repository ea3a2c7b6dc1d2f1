"""Files are written whole or not at all, and read whatever their encoding."""

import errno
import os
import signal
import subprocess
import sys

import pytest

from engine import files
from engine.errors import UserError
from engine.files import read_text, remove_unfinished, write_atomically

FRENCH = "Les élèves ont été à l'école où l'été fut très chaud; ça va bien.\n"
RUSSIAN = "Привет, мир! Это короткий текст о поиске документов и о словах, которые в нём стоят.\n"
CZECH = "Příliš žluťoučký kůň úpěl ďábelské ódy; český text má háčky a čárky, které jinde nejsou.\n"


def entries(folder):
    return sorted(path.name for path in folder.iterdir())


# -- writing -----------------------------------------------------------------------------------------------


def test_text_and_bytes_are_written(tmp_path):
    assert write_atomically(tmp_path / "a.txt", "é\n") == tmp_path / "a.txt"
    assert (tmp_path / "a.txt").read_bytes() == b"\xc3\xa9\n"
    write_atomically(str(tmp_path / "a.txt"), b"\x00\xff")
    assert (tmp_path / "a.txt").read_bytes() == b"\x00\xff"
    assert entries(tmp_path) == ["a.txt"]


def test_a_written_file_has_the_permissions_of_any_new_file(tmp_path):
    (tmp_path / "plain").touch()
    write_atomically(tmp_path / "ours", "x")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


class FullDisk:
    """A stream that takes half of what it is given, as a full disk does."""

    def __init__(self, stream):
        self._stream = stream

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stream.close()

    def write(self, data):
        self._stream.write(data[: len(data) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    target = tmp_path / "report.html"
    target.write_text("old", encoding="utf-8")
    opened = os.fdopen
    monkeypatch.setattr(files.os, "fdopen", lambda *args: FullDisk(opened(*args)))
    with pytest.raises(
        UserError, match=r"cannot write .*report\.html: No space left on device; choose another place"
    ):
        write_atomically(target, "new and longer")
    assert target.read_text(encoding="utf-8") == "old"
    assert entries(tmp_path) == ["report.html"]


def test_an_interrupt_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    target = tmp_path / "report.html"
    target.write_text("old", encoding="utf-8")

    def interrupted(_handle):
        raise KeyboardInterrupt

    monkeypatch.setattr(files.os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(target, "new")
    assert target.read_text(encoding="utf-8") == "old"
    assert entries(tmp_path) == ["report.html"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_process_killed_while_writing_leaves_the_old_file(tmp_path):
    target = tmp_path / "report.html"
    target.write_text("old", encoding="utf-8")
    script = (
        "import os, signal, sys\n"
        "from engine import files\n"
        "files.os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)\n"
        "files.write_atomically(sys.argv[1], 'new' * 100000)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(target)], check=False, cwd=os.getcwd())
    assert done.returncode == -signal.SIGKILL
    assert target.read_text(encoding="utf-8") == "old"
    assert len(list(tmp_path.iterdir())) == 2
    remove_unfinished(tmp_path)
    assert list(tmp_path.iterdir()) == [target]


def test_a_place_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    for place, reason in (
        (tmp_path / "absent" / "a.txt", "No such file or directory"),
        (tmp_path / "file" / "a.txt", "Not a directory"),
        (tmp_path / "folder", "Is a directory"),
    ):
        with pytest.raises(UserError, match=f"cannot write .*{place.name}: {reason}; choose another place"):
            write_atomically(place, "x")

    def read_only(**_settings):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(files.tempfile, "mkstemp", read_only)
    with pytest.raises(UserError, match="Permission denied; choose another place"):
        write_atomically(tmp_path / "a.txt", "x")
    assert entries(tmp_path) == ["file", "folder"]


# -- reading -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (FRENCH, "utf-8"),
        (FRENCH, "utf-8-sig"),
        (FRENCH, "utf-16"),
        (FRENCH, "utf-32"),
        (FRENCH, "latin-1"),
        ("café", "latin-1"),
        ("a “naïve” question – 5 €", "cp1252"),
        (RUSSIAN, "utf-16"),
        (RUSSIAN, "cp1251"),
        # None of these letters tells the two codes apart; that nearly all are accented does.
        ("Текст на полке без конца, и слова стоят в тени.", "cp1251"),
        (CZECH, "cp1250"),
        ("机器学习模型把文本变成向量。搜索引擎比较这些向量来找到相关的文件。", "gb18030"),
        ("", "utf-8"),
    ],
)
def test_a_text_is_read_in_its_encoding(text, encoding, tmp_path):
    (tmp_path / "text").write_bytes(text.encode(encoding))
    assert read_text(tmp_path / "text") == text


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_utf_16_is_read_in_either_order_and_its_mark_is_dropped(mark, tmp_path):
    order = "le" if mark[0] == 0xFF else "be"
    (tmp_path / "text").write_bytes(mark + RUSSIAN.encode(f"utf-16-{order}"))
    assert read_text(tmp_path / "text") == RUSSIAN


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00",
        b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + bytes(range(256)) * 20,
        bytes((7 * i * i + 13 * i) % 255 + 1 for i in range(5000)),
    ],
    ids=["picture", "archive", "noise"],
)
def test_what_is_no_text_is_refused(data, tmp_path):
    (tmp_path / "data").write_bytes(data)
    with pytest.raises(UserError, match="data is not a text file; drop a plain text file instead"):
        read_text(tmp_path / "data")


def test_what_is_too_large_is_refused_unread(tmp_path, monkeypatch):
    with (tmp_path / "large").open("wb") as stream:
        stream.truncate(files.MAX_TEXT_BYTES + 1)
    monkeypatch.setattr(files.Path, "read_bytes", lambda _path: pytest.fail("it was read"))
    with pytest.raises(UserError, match="large is larger than 20 MB; drop a shorter text file"):
        read_text(tmp_path / "large")


def test_what_cannot_be_read_is_named(tmp_path):
    for place, reason in ((tmp_path / "absent", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(UserError, match=f"cannot read .*{place.name}: {reason}"):
            read_text(place)
