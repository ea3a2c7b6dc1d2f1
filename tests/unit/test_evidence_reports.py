"""Reports of every kind of item: written, read back, and met with texts that mean harm."""

import csv
import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from engine.errors import UserError
from engine.evidence.bundle import MANIFEST, MIMETYPE, manifest
from engine.evidence.reading import read_report
from engine.evidence.report import Report
from engine.report.provenance import shell_command
from tests.gui.concepts import make_concepts
from tests.gui.results import make_explanation
from tests.reports import (
    explanation_evidence,
    feature_evidence,
    made,
    ranking_evidence,
    texts_ranking_evidence,
)

DAY = datetime(2026, 2, 3, 4, 5, tzinfo=UTC)
PLAIN = ("plain text one", "plain text two")
HOSTILE = (
    "<script>alert(1)</script> </script><img src=x onerror=alert(2)> </style></title></svg></textarea>-->",
    "\"' onmouseover=alert(3) {{ 7*7 }} {% raw %} ${7*7} javascript:alert(4) &lt;b&gt; =cmd|' /C calc'!A0"
    " \x1b[31mred\x1b]0;title\x07 \u202ereversed\u202c \x00\x9b\x85 \u2028 ]]> <!-- x",
)


def report(texts, concepts=True, title=""):
    explanation = make_explanation(query=texts[0], candidates=texts)
    found = {}
    if concepts:
        one = make_concepts(explanation.pairs[0]).explanation
        names = {feature: texts[place % len(texts)] for place, feature in enumerate(one.names)}
        found = {0: replace(one, dictionary=texts[0], names=names)}
    items = (
        explanation_evidence(explanation, None, found),
        ranking_evidence(texts[0], texts, texts[0]),
        feature_evidence(texts, texts[0]),
        texts_ranking_evidence(texts[0], texts),
    )
    return Report(items, title, DAY)


class Shape(HTMLParser):
    """The elements of a page and the names of their attributes; and all text that can be seen."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.shape, self.handlers, self.links, self.seen, self._in_script = [], [], [], [], False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self._in_script = tag in ("script", "style")
        self.shape.append((tag, *(name for name, _ in attrs)))
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        self.links += [value for name, value in attrs if name in ("href", "src", "action", "data")]

    def handle_endtag(self, tag):
        self._in_script = False

    def handle_data(self, data):
        if not self._in_script:
            self.seen.append(data)

    def handle_comment(self, data):
        self.shape.append(("comment", data))


def test_no_text_makes_an_element_or_an_attribute_anywhere():
    plain, hostile = (report(texts, title=texts[0]).html() for texts in (PLAIN, HOSTILE))
    page = Shape(hostile)
    assert {one[0] for one in page.shape} <= {one[0] for one in Shape(plain).shape}
    assert {one for one in page.shape if one[0] in ("script", "style", "meta", "link", "a", "input")} == {
        one for one in Shape(plain).shape if one[0] in ("script", "style", "meta", "link", "a", "input")
    }
    known = set(Shape(plain).shape)
    extra = {one for one in page.shape if one not in known}
    # A control character is shown as a symbol with its code; of words against the match there may be none.
    assert extra <= {("span", "class", "title")}
    assert page.handlers == []
    assert all(link.startswith("#item-") for link in page.links)
    assert sum(one[0] == "script" for one in page.shape) == len(HOSTILE) + 2
    assert any("<script>alert(1)</script>" in text for text in page.seen)


def test_no_control_or_turning_character_is_in_what_is_seen_outside_of_texts():
    page = Shape(report(HOSTILE, title=HOSTILE[1]).html())
    assert not any(character in text for text in page.seen for character in "\x00\x07\x1b\x9b\x85")
    heading = report(HOSTILE, title=HOSTILE[1]).name
    assert "\u202e" not in heading
    assert "\x1b" not in heading


def test_the_page_forbids_everything_but_its_own_script_and_style():
    page = report(HOSTILE).html()
    assert "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" in page
    assert "base-uri 'none'; form-action 'none'" in page
    assert "http://" not in page
    assert "https://" not in page


@pytest.mark.parametrize("texts", [PLAIN, HOSTILE], ids=["plain", "hostile"])
def test_a_page_a_bundle_and_json_are_read_back_as_they_were_written(texts, tmp_path):
    whole = report(texts)
    written = {
        "a.html": whole.html().encode(),
        "a.semareport": whole.bundle(),
        "a.json": whole.json().encode(),
    }
    for name, content in written.items():
        (tmp_path / name).write_bytes(content)
        found = read_report(tmp_path / name)
        assert found.report.data() == json.loads(whole.json())
        assert found.report.html().encode() == written["a.html"]
        assert found.report.bundle() == written["a.semareport"]


def test_the_same_items_give_the_same_files():
    assert report(PLAIN).bundle() == report(PLAIN).bundle()
    short = Report(report(PLAIN).items[1:], created=DAY)
    assert short.pdf() == short.pdf()


def test_only_reports_of_several_items_have_contents():
    several = report(PLAIN)
    assert '<h2 id="contents">Contents</h2>' in several.html()
    assert "Contents</h2>" not in replace(several, items=several.items[:1]).html()
    assert [one.title for one in several.items] == [
        "Why “plain text one” matches",
        "Ranking for “plain text one”",
        "Feature 12 of plain text one",
        "Ranking of 2 texts for “plain text one”",
    ]


def test_a_ranking_of_texts_says_what_it_is_of_and_needs_no_workspace():
    texts = ("plain text one", "-plain text two")
    (evidence,) = Report((texts_ranking_evidence("a query", texts),)).items
    page = Report((evidence,)).html()
    assert "2 texts" in page
    assert "documents" not in Shape(page).seen
    assert "Workspace" not in page
    command = "search --query 'a query' --candidate 'plain text one' '--candidate=-plain text two' --top 2"
    assert command in json.loads(Report((evidence,)).json())["items"][0]["command"]
    assert not evidence.item.needs_workspace
    assert replace(evidence.item, percentiles=True).needs_workspace
    assert replace(evidence.item, dictionary="main").needs_workspace
    assert replace(evidence.item, candidates=()).needs_workspace


def test_every_text_that_is_shown_has_its_fingerprint():
    data = report(PLAIN).data()["items"]
    names = [
        ["query", "candidate 1", "candidate 2"],
        ["query", "hit 1", "hit 2"],
        [f"{group} {place}" for group in ("document", "quantile", "near miss") for place in (1, 2)],
        ["query", "hit 1", "hit 2"],
    ]
    assert [list(item["texts"]) for item in data] == names
    for item in data:
        for name, digest in item["texts"].items():
            text = PLAIN[int(name[-1]) - 1] if name[-1].isdigit() else PLAIN[0]
            assert digest == sha256(text.encode()).hexdigest()


def test_the_concepts_of_every_candidate_are_read_back():
    explanation = make_explanation(query=PLAIN[0], candidates=PLAIN)
    concepts = {place: make_concepts(pair).explanation for place, pair in enumerate(explanation.pairs)}
    data = json.loads(Report((explanation_evidence(explanation, concepts=concepts),)).json())
    assert all(one["concepts"] for one in data["items"][0]["result"]["candidates"])
    again = Report.from_data(data)
    assert list(again.items[0].result.concepts) == [0, 1]
    assert json.loads(again.json()) == data


def arguments(evidence, **changes):
    evidence = replace(evidence, item=replace(evidence.item, **changes))
    return evidence.item.arguments(evidence)


def test_a_command_asks_for_all_that_was_asked():
    ranking = ranking_evidence(name="main")
    assert arguments(
        ranking, words="wild", columns=(("part", "noun"), ("year", "-1")), weights=((3, -1.5), (12, 0.25)),
        similarity="dot",
    ) == ("search", [
        "/data/main", "--query", ranking.item.query, "--top", "1", "--words", "wild",
        "--filter", "part=noun", "--filter", "year=-1", "--similarity", "dot", "--sae", "main",
        "--steer", "3=-1.5", "--steer", "12=0.25",
        "--explain", "--model", "/models/all-MiniLM-L6-v2", "--device", "cpu",
    ])  # fmt: skip
    _, said = arguments(texts_ranking_evidence(), candidates=("a", "-b"), explain=False)
    assert said[2:7] == ["--candidate", "a", "--candidate=-b", "--top", "1"]
    assert "--explain" not in said
    explanation = report(PLAIN).items[0]
    request = replace(
        explanation.item.request, method="leave-one-out", layer=2, references="shared", similarity="dot",
        tolerance=0.1, faithfulness=False,
    )  # fmt: skip
    for folded in (True, False):
        subcommand, said = arguments(explanation, request=request, fold_families=folded)
        assert subcommand == "explain"
        settings = " --method leave-one-out --layer 2 --references shared --similarity dot --tolerance 0.1"
        assert f"{settings} --no-faithfulness --workspace /data/papers --sae " in " ".join(said)
        assert ("--fold-families" in said) is folded
    assert arguments(feature_evidence(), top=7) == ("features", [
        "/data/main", "--sae", "main", "--feature", "12", "--top", "7",
        "--model", "/models/all-MiniLM-L6-v2", "--device", "cpu",
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"words": "cat"}, "leave them out"),
        ({"columns": (("part", "noun"),)}, "leave them out"),
        ({"candidates": ("a", "  ")}, "candidate: the text is empty"),
        ({"candidates": ("a",) * 1_001}, "number of candidates"),
        ({"candidates": (), "percentiles": True}, "always have percentiles"),
    ],
)
def test_what_cannot_be_asked_of_a_ranking_of_texts_is_refused(change, match):
    with pytest.raises(UserError, match=match):
        replace(texts_ranking_evidence().item, **change).check()


def test_a_report_says_where_it_comes_from():
    page = report(PLAIN).html()
    for said in ("9b1d" * 16, "70c3" * 16, "5a" * 32, "2026-02-03 04:05:06 UTC", "python main.py search"):
        assert said in page


def test_a_bundle_holds_tables_for_every_item_and_a_digest_of_every_file():
    with zipfile.ZipFile(io.BytesIO(report(PLAIN).bundle())) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
        assert archive.read("mimetype").decode() == MIMETYPE
        files = {name: archive.read(name) for name in names if name not in (MANIFEST, "mimetype")}
        assert json.loads(archive.read(MANIFEST)) == manifest(files)
    assert names[0] == "mimetype"
    for name in (
        *("report.html", "report.json", "items/001-explanation/explanation.json"),
        *("items/001-explanation/ledger.csv", "items/001-explanation/concepts.csv"),
        *("items/002-ranking/hits.csv", "items/002-ranking/steering.csv", "items/003-feature/documents.csv"),
    ):
        assert name in files


def test_no_cell_of_a_table_begins_a_formula():
    formulas = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1")
    files = report(formulas, concepts=False).files()
    cells = [
        cell
        for name, content in files.items()
        if name.endswith(".csv")
        for row in csv.reader(io.StringIO(content.decode(), newline=""))
        for cell in row
    ]
    assert "'=1+1" in cells
    for cell in cells:
        try:
            float(cell)
        except ValueError:
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_a_printed_report_draws_hostile_texts_and_numbers_its_pages():
    pdf = report(HOSTILE, concepts=False).pdf()
    assert pdf.startswith(b"%PDF-")
    assert pdf.count(b"/Type /Page ") >= 4
    for action in (b"/JavaScript", b"/JS", b"/OpenAction", b"/Launch", b"/URI"):
        assert action not in pdf


def test_a_command_that_is_pasted_holds_no_control_character():
    command = shell_command(made(), "search", ["--query", "a\x1b[2Jb\u202ec'd\\e\nf"])
    assert command == "python main.py search --query $'a\\u001b[2Jb\\u202ec\\'d\\\\e\nf'"
    windows = replace(made(), program="semascope", shell="windows")
    command = shell_command(windows, "search", ["--query", "a\x1b[2Jb\u202ec\nd\te"])
    assert command == 'semascope search --query "a`u{1b}[2Jb`u{202e}c`nd`te"'


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("honey", "honey"),
        (r"C:\data\papers-2", r"C:\data\papers-2"),
        ("two words", '"two words"'),
        ('a "b" c', '"a ""b"" c"'),
        ('a" & calc & "b', '"a"" & calc & ""b"'),
        ("R&D|x>y", '"R&D|x>y"'),
        ("a\ncalc", '"a`ncalc"'),
        ("$(calc) `b", '"`$(calc) ``b"'),
        ("“; calc; “", '"`“; calc; `“"'),
        ("C:\\my papers\\", '"C:\\my papers\\\\"'),
        ("", '""'),
    ],
)
def test_no_text_ends_its_quotes_in_a_shell_of_windows(text, written):
    windows = replace(made(), program="semascope", shell="windows")
    assert shell_command(windows, "search", ["--query", text]) == f"semascope search --query {written}"


def test_a_report_needs_items_and_a_short_title():
    with pytest.raises(UserError, match="1 to 500 items"):
        Report(())
    with pytest.raises(UserError, match="shorten"):
        Report(report(PLAIN).items, "x" * 301)
