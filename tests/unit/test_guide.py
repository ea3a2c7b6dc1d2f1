"""The guide: links, anchors, pictures and figures hold, and the command line stands in it as it is."""

import re
import struct
from pathlib import Path

import pytest

import guide_tables

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "resources" / "guide"
BENCHMARKS = ROOT / "tests" / "benchmarks" / "README.md"
PAGES = sorted(GUIDE.glob("*.md"))
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
LARGEST_PICTURE, LARGEST_GUIDE = 150_000, 3_000_000


def prose(path):
    """Return a page without its blocks of code."""
    return re.sub(r"^ {4}.*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)


def anchors(path):
    """Return what code-hosting sites call the headings of a page."""
    found = []
    for heading in re.findall(r"^#+ +(.+)$", path.read_text(encoding="utf-8"), re.M):
        words = re.sub(r"[`*]", "", heading).strip().lower()
        name = "".join(letter for letter in words if letter.isalnum() or letter in " -_").replace(" ", "-")
        found.append(f"{name}-{found.count(name)}" if name in found else name)
    return found


def broken(path):
    """Return what of the links of a page leads nowhere."""
    found = []
    for picture, words, address in LINK.findall(prose(path)):
        if re.match(r"[a-z]+://", address):
            continue
        name, _, anchor = address.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.is_file():
            found.append(f"{path.name}: {address} is not there")
        elif anchor and anchor not in anchors(target):
            found.append(f"{path.name}: {address} names no heading")
        elif picture and len(words) < 10:
            found.append(f"{path.name}: {address} has no words for those who cannot see it")
    return found


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_links_anchors_and_pictures_resolve(path):
    assert broken(path) == []


def test_a_broken_link_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# A\n\n[b](#a) [c](#b) [d](other.md) ![a picture of it](e.png) [f](https://g)\n")
    assert [line.split(": ")[1] for line in broken(page)] == [
        "#b names no heading",
        "other.md is not there",
        "e.png is not there",
    ]


def test_the_contents_name_every_page_once():
    named = re.findall(r"^\d+\. \[[^\]]+\]\(([\w-]+\.md)\)", (GUIDE / "README.md").read_text("utf-8"), re.M)
    assert sorted(named) == [path.name for path in PAGES if path.name != "README.md"]


def test_titles_are_those_of_the_contents():
    entries = re.findall(
        r"^\d+\. \[([^\]]+)\]\(([\w-]+\.md)\)", (GUIDE / "README.md").read_text("utf-8"), re.M
    )
    for title, name in entries:
        assert (GUIDE / name).read_text("utf-8").startswith(f"# {title}\n"), name


def test_pictures_are_small_used_and_there_in_both_themes():
    pictures = sorted((GUIDE / "pictures").glob("*.png"))
    used = {address for path in PAGES for picture, _, address in LINK.findall(prose(path)) if picture}
    light = {f"pictures/{path.name}" for path in pictures if path.stem.endswith("-light")}
    assert used == light
    assert {path.name.replace("-dark.", "-light.") for path in pictures} == {
        Path(name).name for name in light
    }
    assert [path.name for path in pictures if path.stat().st_size > LARGEST_PICTURE] == []
    assert sum(path.stat().st_size for path in pictures) < LARGEST_GUIDE
    for path in pictures:
        width, height = struct.unpack(">II", path.read_bytes()[16:24])
        assert width >= 300, path.name
        assert height >= 100, path.name


def figures_of(text):
    """Return the numbers with a decimal point, or of three digits and more, of a text."""
    return re.findall(r"(?<![\w.:/])[-−]?\d+(?:,\d{3})*\.\d+|(?<![\w.:/])\d{1,3}(?:,\d{3})+", text)


def test_every_figure_that_is_quoted_stands_in_the_benchmarks():
    measured = BENCHMARKS.read_text(encoding="utf-8")
    quoted = 0
    for path in PAGES:
        for paragraph in re.split(r"\n\s*\n", prose(path)):
            if "tests/benchmarks/README.md" not in paragraph:
                continue
            for figure in figures_of(LINK.sub(r"\2", paragraph)):
                quoted += 1
                assert figure.replace("−", "-") in measured, f"{path.name}: {figure}"
    assert quoted > 20


def test_a_figure_is_found_in_a_text():
    assert figures_of("FVU of 0.1896 with 32.4 on 3,072, 100 pairs, -0.000 (arXiv:2408.00657)") == [
        "0.1896",
        "32.4",
        "3,072",
        "-0.000",
    ]


def test_the_command_line_stands_in_the_guide_as_it_is():
    """If this fails: `.venv/bin/python packaging/guide_tables.py`, and an example for a new subcommand."""
    tables = guide_tables.option_tables()
    text = (GUIDE / "command-line.md").read_text(encoding="utf-8")
    assert guide_tables.page("command-line.md", tables) == text
    for name, table in tables.items():
        assert f"<!-- {name} -->" in text, name
        assert f"    semascope {name.removeprefix('command-')}" in text, name
        assert table.count("\n| `") >= 1 or name == "command-selftest"


def test_every_option_of_a_command_stands_in_its_table():
    assert "| `--steer FEATURE=WEIGHT` |" in guide_tables.option_tables()["command-search"]
    assert "| `DIR` | required |" in guide_tables.option_tables()["command-train"]
    assert r"projected\|shared" in guide_tables.option_tables()["command-explain"]


def test_tables_are_put_between_their_markers():
    text = "a\n<!-- one -->\nold\nlines\n<!-- /one -->\nb\n<!-- two -->\n<!-- /two -->\n"
    assert guide_tables.filled(text, {"one": "| new |", "two": "x"}) == (
        "a\n<!-- one -->\n| new |\n<!-- /one -->\nb\n<!-- two -->\nx\n<!-- /two -->\n"
    )
    with pytest.raises(KeyError):
        guide_tables.filled(text, {"one": ""})
