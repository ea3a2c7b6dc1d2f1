"""What all tests of the window share."""

import pytest


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
