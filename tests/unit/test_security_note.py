"""Every line of the security note names tests, and they are there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
LINES = [
    line for line in NOTE.splitlines() if line.startswith("|") and not line.startswith(("|---", "| Threat |"))
]


@pytest.mark.parametrize("line", LINES, ids=[line.split("|")[1].strip()[:60] for line in LINES])
def test_every_line_names_tests_that_are_there(line):
    assert line.count("|") == 4
    named = TEST.findall(line.split("|")[3])
    assert named
    for path, name in named:
        module = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        assert name in {one.name for one in module.body if isinstance(one, ast.FunctionDef)}, (
            f"{path}::{name}"
        )


def test_every_kind_of_file_that_can_be_opened_has_its_part():
    for part in ("A model folder", "A corpus", "A checkpoint", "A workspace", "A report", "The machine"):
        assert f"\n## {part}" in NOTE


def test_what_the_note_points_to_is_there():
    for path in re.findall(r"`(tests/[\w/]+\.(?:py|md))`", NOTE):
        assert (ROOT / path).is_file(), path
