"""Files that claim to be reports: each that is not is refused in one line."""

import io
import json
import zipfile
from datetime import UTC, datetime

import pytest

from engine.errors import UserError
from engine.evidence import reading
from engine.evidence.reading import data_of_page, read_report
from engine.evidence.report import Report
from engine.report.plain import numbers
from tests.gui.concepts import make_concepts
from tests.gui.results import make_explanation
from tests.reports import (
    explanation_evidence,
    feature_evidence,
    ranking_evidence,
    texts_ranking_evidence,
)


@pytest.fixture(scope="module")
def report():
    items = (
        explanation_evidence(make_explanation()),
        ranking_evidence(),
        feature_evidence(),
        texts_ranking_evidence(texts=("one text", "another")),
    )
    return Report(items, "", datetime(2026, 2, 3, tzinfo=UTC))


def refused(tmp_path, content, match):
    file = tmp_path / "file"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UserError, match=match) as caught:
        read_report(file)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ("", "no report"),
        (b"\xff\xfe\x00\x01", "no report"),
        ("<html><body>Hello</body></html>", "no report"),
        ("{", "damaged"),
        ("{}", "lacks 'format'"),
        ("[" * 200_000, "no report"),
        ('{"a":' + "[" * 200_000, "nested too deeply|damaged"),
        ('{"format":NaN}', "NaN is no number"),
        ('{"format":1,"format":2}', "one name twice"),
        ('{"format":' + "9" * 5_000 + "}", "damaged"),
        ('{"format":"semascope-report","version":2}', "newer Semascope"),
        ('{"format":"semascope-report","version":1,"items":3,"title":"","created":""}', "no items"),
        ('<script id="report-data">{}</script><script id="report-data">{}</script>', "no report"),
        (b"PK\x03\x04 nothing of a zip", "damaged"),
    ],
)
def test_what_is_no_report_is_refused(tmp_path, content, match):
    refused(tmp_path, content, match)


def test_a_page_with_two_sets_of_data_is_refused(report, tmp_path):
    page = report.html()
    start = page.index('<script type="application/json" id="report-data"')
    block = page[start : page.index("</script>", start) + len("</script>")]
    assert data_of_page(page).strip()
    refused(tmp_path, page.replace(block, block + block), "no report")
    refused(tmp_path, page.replace(block, ""), "no report")


def test_a_missing_file_and_a_huge_one_are_refused(tmp_path, monkeypatch):
    with pytest.raises(UserError, match="cannot read"):
        read_report(tmp_path / "nothing.html")
    monkeypatch.setattr(reading, "MOST_BYTES", 3)
    refused(tmp_path, "{} {}", "which no report is")


def edited(report, change):
    data = json.loads(report.json())
    change(data)
    return json.dumps(data)


def set_at(*path, value):
    def change(data):
        for step in path[:-1]:
            data = data[step]
        data[path[-1]] = value

    return change


RESULT = ("items", 0, "result")
PAIR = (*RESULT, "candidates", 0)


@pytest.mark.parametrize(
    ("path", "value", "match"),
    [
        ((*PAIR, "similarity"), "0.7", "is no number"),
        ((*PAIR, "similarity"), 1e300, "larger than 1e15"),
        ((*PAIR, "similarity"), True, "is no number"),
        ((*PAIR, "matrix"), [[1.0]], "entries where"),
        ((*PAIR, "matrix", 0), [1.0], "entries where"),
        ((*PAIR, "matrix", 0, 0), None, "is no number"),
        ((*PAIR, "words"), [], "no words"),
        ((*PAIR, "words", 0, "span"), [0, 10**9], "outside the text"),
        ((*PAIR, "words", 0, "tokens"), [10**6], "does not fit its text"),
        ((*PAIR, "words", 0, "text"), "other", "does not fit its text"),
        ((*PAIR, "seen_characters"), -1, "another length"),
        ((*PAIR, "text"), "another text", "other texts than its request"),
        ((*PAIR, "faithfulness", "deletion", "values"), [], "different lengths"),
        ((*PAIR, "faithfulness", "deletion", "orders"), 1.5, "no whole number"),
        ((*RESULT, "candidates"), [], "do not fit the request"),
        (("items", 0, "item", "request", "method"), "magic", "none of"),
        (("items", 0, "item", "request", "tolerance"), 1e-30, "out of range"),
        (("items", 0, "item", "dictionary"), "main", "no workspace"),
        (("items", 0, "kind"), "poem", "does not know"),
        (("items", 0, "kind"), ["explanation"], "does not know"),
        (("items", 1, "item", "kind"), "feature", "of two kinds"),
        (("items", 0, "model"), None, "no object"),
        (("items", 0, "made", "program"), "rm -rf / ;", "none of"),
        (("items", 1, "item", "top"), 10**9, "choose 1 to"),
        (("items", 1, "item", "weights"), [[3, 1e9]], "out of range"),
        (("items", 1, "result", "hits", 0, "words", 0, "span"), [5, 2], "do not fit their text"),
        (("items", 1, "result", "hits", 0, "words", 0, "text"), "other", "do not fit their text"),
        (("items", 1, "result", "hits", 0, "words", 1, "span"), [3, 9], "do not fit their text"),
        (("items", 1, "result", "hits", 0, "words", 1, "span"), [3, 9, 12], "entries where 2 belong"),
        (("items", 1, "result", "hits", 0, "query_words", 0, "text"), "other", "do not fit their text"),
        (("items", 2, "result", "top", 0, "words", 0, "text"), "other", "do not fit their text"),
        (("items", 1, "result", "hits", 0, "similarity"), "x", "is no number"),
        (("items", 1, "workspace"), None, "no workspace"),
        (("items", 2, "result", "feature"), 13, "another feature"),
        (("items", 2, "result", "histogram", "edges"), [0.0], "one edge more"),
        (("items", 2, "result", "score", "f1"), [], "is no number"),
        (("items", 2, "item", "feature"), "12", "no whole number"),
        (("items", 3, "result", "hits", 0, "document"), 2, "other texts than their request"),
        (("items", 3, "result", "hits", 0, "document"), 3, "other texts than their request"),
        (("items", 3, "item", "candidates", 1), "a third", "other texts than their request"),
        (("items", 3, "item", "candidates"), [], "no workspace"),
        (("items", 3, "item", "percentiles"), True, "no workspace"),
        (("items", 3, "item", "words"), "one", "leave them out"),
        (("created",), "yesterday", "no date"),
        (("created",), "2026-02-03T04:05:06", "no time zone"),
        (("created",), "0001-01-01T00:00:00+23:00", "no date"),
        (("items", 0, "item", "concepts"), [1], "candidates that are not there"),
        (("items", 0, "item", "concepts"), [-1], "candidates that are not there"),
        (("items", 2, "result", "note"), "a\ud800", "half a character"),
        (("title",), 5, "no title"),
        (("title",), "x" * 400, "shorten"),
        (("items",), [], "1 to 500"),
    ],
)
def test_a_value_that_cannot_be_is_refused(report, tmp_path, path, value, match):
    refused(tmp_path, edited(report, set_at(*path, value=value)), match)


def test_rows_of_numbers_are_of_one_length():
    assert numbers([[1, 2], [3, 4]], "here", None, None).tolist() == [[1, 2], [3, 4]]
    with pytest.raises(UserError, match="here has rows of different lengths"):
        numbers([[1, 2], [3]], "here", None, None)


CONCEPTS = ("items", 0, "result", "candidates", 0, "concepts")


@pytest.mark.parametrize(
    ("path", "value", "match"),
    [
        (("sae",), "another", "of other features"),
        (("kind",), "dot", "of another similarity"),
        (("features", 0, "members"), [], "family without members"),
        (("features", 0, "members"), [3], "families in some rows only"),
        (("features", 0, "label"), 3, "is no text"),
        (("features", 0, "query_tokens"), [{"token": 0}], "lacks"),
        (("features", 0, "candidate_tokens"), 5, "is no list"),
    ],
)
def test_concepts_that_cannot_be_are_refused(tmp_path, path, value, match):
    explanation = make_explanation()
    concepts = {0: make_concepts(explanation.pairs[0]).explanation}
    whole = Report((explanation_evidence(explanation, concepts=concepts),))
    assert len(whole.data()["items"][0]["result"]["candidates"][0]["concepts"]["features"]) > 1
    if value == []:

        def change(data):
            for row in data["items"][0]["result"]["candidates"][0]["concepts"]["features"]:
                row["members"] = []

    else:
        change = set_at(*CONCEPTS, *path, value=value)
    refused(tmp_path, edited(whole, change), match)


def test_words_that_overlap_are_refused(report, tmp_path):
    def twice(data):
        words = data["items"][1]["result"]["hits"][0]["words"]
        words.insert(1, words[0])

    refused(tmp_path, edited(report, twice), "do not fit their text")


def test_every_value_may_be_missing_or_of_another_type_without_a_crash(report):
    def paths(data, path=()):
        if isinstance(data, dict):
            for key, value in data.items():
                yield (*path, key)
                yield from paths(value, (*path, key))
        elif isinstance(data, list) and data:
            yield (*path, 0)
            yield from paths(data[0], (*path, 0))

    values = (None, -1, 1e14, "x", [], {}, [[]], True)
    for place, path in enumerate(paths(json.loads(report.json()))):
        data = json.loads(report.json())
        set_at(*path, value=values[place % len(values)])(data)
        try:
            found = Report.from_data(data)
        except UserError:
            continue
        found.html()


def zipped(files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return stream.getvalue()


def contents(report):
    with zipfile.ZipFile(io.BytesIO(report.bundle())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_bundle_without_its_parts_is_refused(report, tmp_path):
    files = contents(report)
    for name in ("report.json", "manifest.json"):
        refused(tmp_path, zipped([one for one in files.items() if one[0] != name]), "holds no")
    for manifest in (b"[]", b"{}", b'{"sha256": []}', b'{"sha256": {"report.json": 5}}'):
        refused(tmp_path, zipped({**files, "manifest.json": manifest}.items()), "manifest of the bundle")
    refused(tmp_path, report.bundle()[:-200], "damaged")
    content = bytearray(report.bundle())
    content[len(content) // 2] ^= 0xFF
    refused(tmp_path, bytes(content), "damaged")


def test_a_character_of_two_codes_is_whole(report, tmp_path):
    file = tmp_path / "file"
    file.write_text(edited(report, set_at("title", value="a \N{HONEYBEE}")), encoding="ascii")
    assert read_report(file).report.title == "a \N{HONEYBEE}"


@pytest.mark.parametrize("compression", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_bundle_that_is_packed_in_another_way_is_not_unpacked(report, tmp_path, compression):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in contents(report).items():
            archive.writestr(name, content)
    packed = bytearray(stream.getvalue())
    packed[60:64] = b"\xff\xff\xff\xff"
    refused(tmp_path, bytes(packed), "packed as no report is")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_bundle_with_two_files_of_one_name_is_refused(report, tmp_path):
    refused(tmp_path, zipped([*contents(report).items(), ("report.json", b"{}")]), "two files of one name")


def test_a_zip_bomb_is_refused_before_it_is_unpacked(report, tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MOST_BYTES", 2_000_000)
    bomb = zipped([*contents(report).items(), ("bomb", b"\0" * 50_000_000)])
    assert len(bomb) < 1_000_000
    refused(tmp_path, bomb, "larger than any report")
    # An entry that claims to be small: its size in the central directory is made 1.
    lying = bytearray(bomb)
    at = lying.rfind(b"PK\x01\x02")
    assert lying[at + 46 : at + 50] == b"bomb"
    lying[at + 24 : at + 28] = (1).to_bytes(4, "little")
    refused(tmp_path, bytes(lying), "larger than any report|damaged")


def test_names_that_lead_out_of_a_bundle_write_nothing(report, tmp_path):
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    (inside / "report.semareport").write_bytes(
        zipped([*contents(report).items(), ("../../escaped", b"x"), ("/tmp/semascope-escaped", b"x")])
    )
    found = read_report(inside / "report.semareport")
    assert "../../escaped" in found.files
    assert sorted(one.name for one in tmp_path.rglob("*")) == ["a", "b", "report.semareport"]


def test_too_many_files_are_refused(report, tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MOST_FILES", 3)
    refused(tmp_path, report.bundle(), "larger than any report")
