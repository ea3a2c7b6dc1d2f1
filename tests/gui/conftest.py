"""What all tests of the window share."""

import shutil
from pathlib import Path

import pytest

from tests.gui.things import make_things


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path_factory, monkeypatch):
    """Keep what the window writes for its user, such as the copy of the sample workspace, among the tests."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path_factory.getbasetemp() / "data"))


@pytest.fixture(scope="session")
def _first_looks(qapp):
    """The looks that the application begins with, before any window gives it a theme."""
    return qapp.font(), qapp.palette(), qapp.styleSheet()


@pytest.fixture(autouse=True)
def _unchanged_looks(qapp, _first_looks):
    """Give each test the looks that the application began with: a theme is set for all of it."""
    yield
    font, palette, style_sheet = _first_looks
    qapp.setStyleSheet(style_sheet)
    qapp.setPalette(palette)
    qapp.setFont(font)


@pytest.fixture(scope="session")
def trained_things(tmp_path_factory):
    """The workspace of `tests.gui.things`, trained once: not to be written to."""
    return make_things(tmp_path_factory.mktemp("things"))


@pytest.fixture
def things(trained_things, tmp_path):
    """A copy of the workspace of `tests.gui.things`, to be changed."""
    return Path(shutil.copytree(trained_things, tmp_path / "things"))
