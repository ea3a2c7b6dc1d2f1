"""Settings survive a round trip, and whatever is corrupt counts as never written."""

import pytest
from PySide6.QtCore import QByteArray, QSettings

from ui.settings import MAX_RECENT_INPUTS, RecentInput, Settings


@pytest.fixture
def path(tmp_path):
    return tmp_path / "settings.ini"


def opened(path) -> Settings:
    return Settings(QSettings(str(path), QSettings.Format.IniFormat))


def test_values_survive(path):
    settings = opened(path)
    settings.theme, settings.unit, settings.top_links = "dark", "percent", 12
    settings.tolerance, settings.live, settings.geometry = 0.01, False, QByteArray(b"\1\2\3")
    settings.add_recent_model("/models/a, b")
    settings.add_recent_input(RecentInput("שלום\nq", ("a", "b; c")))
    settings.save()
    again = opened(path)
    assert (again.theme, again.unit, again.top_links, again.tolerance) == ("dark", "percent", 12, 0.01)
    assert again.live is False
    assert again.geometry == QByteArray(b"\1\2\3")
    assert again.recent_models == ("/models/a, b",)
    assert again.recent_inputs == (RecentInput("שלום\nq", ("a", "b; c")),)


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("theme", "pink"),
        ("theme", 7),
        ("unit", ["raw"]),
        ("top_links", "many"),
        ("top_links", -4),
        ("layer", "1e99"),
        ("tolerance", "nan"),
        ("tolerance", 0),
        ("live", "perhaps"),
        ("geometry", "text"),
        ("window_state", 12),
        ("model_folder", ["a", "b"]),
        ("recent_models", "{"),
        ("recent_models", '["a", 1]'),
        ("recent_models", "null"),
        ("palette", "rainbow"),
        ("text_size", 101),
        ("shortcuts", '["run.live"]'),
        ("shortcuts", '{"run.live": 7}'),
        ("recent_inputs", '[{"query": 1, "candidates": []}]'),
        ("recent_inputs", '[{"candidates": ["a"]}]'),
        ("recent_inputs", '["a"]'),
    ],
)
def test_corrupt_values_fall_back(path, name, stored):
    settings = opened(path)
    settings.store.setValue(name.replace("_", "-"), stored)
    settings.save()
    assert getattr(opened(path), name) == getattr(opened(path.with_name("empty.ini")), name)


def test_a_file_of_rubbish_is_an_empty_one(path):
    path.write_bytes(bytes(range(256)) * 20)
    settings = opened(path)
    assert settings.theme == "system"
    settings.theme = "light"
    settings.save()
    assert settings.theme == "light"


def test_recent_entries_are_moved_to_the_head_and_bounded(path):
    settings = opened(path)
    for number in range(20):
        settings.add_recent_input(RecentInput(f"q{number}", ("c",)))
    settings.add_recent_input(RecentInput("q15", ("c",)))
    queries = [entry.query for entry in settings.recent_inputs]
    assert queries[:2] == ["q15", "q19"]
    assert len(queries) == len(set(queries)) == MAX_RECENT_INPUTS


def test_an_input_too_long_to_keep_is_not_kept(path):
    settings = opened(path)
    settings.add_recent_input(RecentInput("q" * 50_000, ("c",)))
    assert settings.recent_inputs == ()
