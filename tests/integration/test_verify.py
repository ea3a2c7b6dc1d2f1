"""Reports of the embedded model and the sample workspace, verified; and edited by hand, found out."""

import io
import json
import re
import shutil
import zipfile
from copy import deepcopy
from dataclasses import replace

import pytest

from engine.attribution.request import ExplainRequest
from engine.cli import main
from engine.evidence import verify as verification
from engine.evidence.bundle import MANIFEST
from engine.evidence.figures import compare
from engine.evidence.items import ExplanationItem, FeatureItem, RankingItem
from engine.evidence.report import Report
from engine.evidence.tolerances import NO_FIGURES, rules_for
from engine.evidence.verify import verify
from engine.instrument import Instrument
from engine.resources import resource

SAE = "wordnet-3072"
REQUEST = ExplainRequest("how do bees make honey", ("nectar turns into honey", "a small wild cat"), layer=4)


class KeptInstrument(Instrument):
    """An instrument whose embedded model stays loaded from one verification to the next."""

    def load_model(self, folder=None, device="auto", layer_path=None):
        return self._explainer or super().load_model(folder, device, layer_path)


@pytest.fixture(scope="module")
def instrument(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample") / "sample"
    shutil.copytree(resource("sample"), folder)
    found = KeptInstrument()
    found.load_model()
    found.open_workspace(folder)
    yield found
    found.close_workspace()


@pytest.fixture(scope="module")
def report(instrument):
    items = (
        ExplanationItem(REQUEST, SAE, concepts=(0,)),
        RankingItem("a small wild cat", 3, "cat", (("part", "noun"),), "cosine", SAE, ((12, 1.5),)),
        FeatureItem(SAE, 12, 2),
    )
    return Report(tuple(item.compute(instrument) for item in items))


@pytest.fixture
def kept(instrument, monkeypatch):
    """Let `verify` use the instrument that is there."""

    class Once(KeptInstrument):
        def __init__(self):
            super().__init__()
            self._explainer = instrument.explainer

    monkeypatch.setattr(verification, "Instrument", Once)


def written(tmp_path, content, name="report.html"):
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return tmp_path / name


def wrong(result):
    return [(row.item, row.figure, row.verdict) for row in result.rows if row.verdict != "stands"]


@pytest.mark.parametrize("kind", ["html", "bundle", "json"])
def test_a_report_stands_in_each_of_its_forms(report, kept, tmp_path, kind):
    result = verify(written(tmp_path, getattr(report, kind)(), f"report.{kind}"))
    assert wrong(result) == []
    assert result.stands
    assert {row.item for row in result.rows} == ({1, 2, 3} if kind == "json" else {0, 1, 2, 3})


LONG = (
    "any of various plants of the genus Vernonia of tropical and warm regions of especially North America"
    " that take their name from their loose heads of purple to rose flowers that quickly take on a rusty hue"
)


@pytest.mark.parametrize("known", [False, True], ids=["seen from the query", "known from before"])
def test_a_long_text_stands_however_much_of_it_was_known(instrument, kept, tmp_path, known):
    item = ExplanationItem(ExplainRequest("a cat", (LONG,), layer=4, faithfulness=False), SAE)
    instrument.forget_texts()
    if known:
        text = instrument.encoder.tokenize(LONG, "document")
        instrument.explainer.contributions(text, item.request)
    evidence = item.compute(instrument)
    (pair,) = item.result_data(evidence)["candidates"]
    assert pair["within_span"]["candidate"] is not known
    assert wrong(verify(written(tmp_path, Report((evidence,)).html()))) == []


NUMBER = re.compile(r"-?\d")


def leaves(data, path=()):
    if isinstance(data, dict):
        for key, value in data.items():
            yield from leaves(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from leaves(value, (*path, index))
    else:
        yield path, data


def edit(data, path, value):
    for step in path[:-1]:
        data = data[step]
    data[path[-1]] = value


def visibly_other(value):
    """Return a value that differs where a reader would see it: in the third digit, or by one."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return value * 1.02 if abs(value) > 0.1 else value + 0.002
    return "edited" if value is None else value + " edited"


def test_every_value_of_every_result_belongs_to_a_figure_that_tells_when_it_is_edited(report, instrument):
    counted = {}
    for evidence in report.items:
        again = evidence.item.compute(instrument)
        stated, recomputed = (one.item.result_data(one) for one in (evidence, again))
        rules = rules_for(evidence.kind, stated, recomputed, 2e-3, True)
        assert {row.verdict for row in compare(1, stated, recomputed, rules, NO_FIGURES)} == {"stands"}
        found = list(leaves(stated))
        # Of a long list of numbers some are enough.
        some = [one for place, one in enumerate(found) if place % 61 == 0 or len(one[0]) < 5]
        for path, value in some:
            if path[-1] == "seconds" or "within_span" in path:
                continue
            edited = deepcopy(stated)
            edit(edited, path, visibly_other(value))
            rows = compare(
                1, edited, recomputed, rules_for(evidence.kind, edited, recomputed, 2e-3, True), NO_FIGURES
            )
            differing = [row.figure for row in rows if row.verdict == "differs"]
            assert differing, path
            counted[evidence.kind] = counted.get(evidence.kind, 0) + 1
    assert min(counted.values()) > 30


FIGURES = [
    (0, ("candidates", 0, "similarity"), "candidate 1: similarity"),
    (0, ("candidates", 1, "ledger", "explained"), "candidate 2: ledger, explained"),
    (0, ("candidates", 0, "ledger", "reference"), "candidate 1: ledger, reference"),
    (0, ("candidates", 0, "ledger", "residual"), "candidate 1: ledger, residual"),
    (0, ("candidates", 0, "matrix", 3, 2), "candidate 1: matrix of tokens"),
    (0, ("candidates", 0, "error", "query"), "candidate 1: completeness error, query"),
    (0, ("candidates", 0, "faithfulness", "deletion", "area"), "candidate 1: deletion, area"),
    (0, ("candidates", 0, "faithfulness", "insertion", "z"), "candidate 1: insertion, z"),
    (0, ("candidates", 0, "faithfulness", "spearman"), "candidate 1: agreement, rank correlation"),
    (0, ("candidates", 0, "concepts", "ledger", "bias"), "candidate 1: concepts, bias"),
    (0, ("candidates", 0, "concepts", "features", 0, "contribution"), "candidate 1: concepts, contributions"),
    (1, ("hits", 0, "rank"), "ranks and documents"),
    (1, ("hits", 1, "similarity"), "hit 2: similarity"),
    (1, ("hits", 2, "percentile"), "hit 3: percentile"),
    (1, ("hits", 0, "words", 0, "share"), "hit 1: words"),
    (1, ("hits", 0, "metadata", "part"), "texts, words and metadata"),
    (2, ("score", "pearson"), "score of the name: pearson"),
    (2, ("fire_rate",), "fire rate"),
    (2, ("top", 1, "activation"), "document 2: activation"),
    (2, ("label",), "label"),
]


@pytest.fixture(scope="module")
def recomputed(report, instrument):
    """What verification computes, once for all edits."""
    return {evidence.kind: evidence.item.compute(instrument) for evidence in report.items}


@pytest.fixture
def quick(kept, recomputed, monkeypatch):
    """Let each item be recomputed by what was computed once."""
    for kind in (ExplanationItem, RankingItem, FeatureItem):
        monkeypatch.setattr(kind, "compute", lambda self, *_: recomputed[self.kind])


@pytest.mark.parametrize(("place", "path", "figure"), FIGURES, ids=[figure for *_, figure in FIGURES])
def test_an_edit_is_found_though_page_data_and_digests_were_made_to_agree(
    report, quick, tmp_path, place, path, figure
):
    data = json.loads(report.json())
    result = data["items"][place]["result"]
    value = next(value for one, value in leaves(result) if one == path)
    edit(result, path, visibly_other(value))
    page = Report.from_data(data).html()
    found = verify(written(tmp_path, page))
    assert (0, "the page that is seen", "stands") in [(r.item, r.figure, r.verdict) for r in found.rows]
    assert (place + 1, figure, "differs") in wrong(found)
    assert {one[0] for one in wrong(found)} == {place + 1}


def test_a_number_that_was_edited_only_where_it_is_seen_is_found(report, quick, tmp_path):
    page = report.html()
    score = re.search(r'<p class="score">(0\.\d+)</p>', page)[1]
    edited = page.replace(f'<p class="score">{score}</p>', '<p class="score">0.9999</p>')
    assert edited != page
    assert wrong(verify(written(tmp_path, edited))) == [(0, "the page that is seen", "differs")]


def test_a_number_that_was_edited_only_in_the_data_is_found_twice(report, quick, tmp_path):
    page = report.html()
    similarity = report.items[0].result.explanation.pairs[0].ledger.similarity
    edited = page.replace(f'"similarity": {similarity!r}', '"similarity": 0.9')
    assert edited != page
    assert (0, "the page that is seen", "differs") in wrong(verify(written(tmp_path, edited)))


def edited_data(report, tmp_path, change):
    data = json.loads(report.json())
    change(data["items"])
    return wrong(verify(written(tmp_path, json.dumps(data))))


def test_what_follows_from_the_rest_is_held_against_it(report, quick, tmp_path):
    def command(items):
        items[0]["command"] = "rm -rf /"

    def fingerprint(items):
        items[1]["texts"]["query"] = "0" * 64

    def sums(items):
        items[0]["result"]["candidates"][0]["word_matrix"][0][0] += 0.05

    assert edited_data(report, tmp_path, command) == [(1, "command", "differs")]
    assert edited_data(report, tmp_path, fingerprint) == [(2, "fingerprints of the texts", "differs")]
    assert (1, "candidate 1: word matrix, from the report’s own numbers", "differs") in edited_data(
        report, tmp_path, sums
    )


def test_a_file_of_a_bundle_that_was_edited_is_found(report, quick, tmp_path):
    def rewritten(change):
        stream = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(report.bundle())) as source, zipfile.ZipFile(stream, "w") as target:
            for name in source.namelist():
                content = change(name, source.read(name))
                if content is not None:
                    target.writestr(name, content)
        return wrong(verify(written(tmp_path, stream.getvalue(), "report.semareport")))

    ledger = "items/001-explanation/ledger.csv"
    found = rewritten(lambda name, content: content + b"1,2\n" if name == ledger else content)
    assert found == [(0, f"digest of {ledger}", "differs"), (0, f"the file {ledger}", "differs")]
    found = rewritten(lambda name, content: None if name == ledger else content)
    assert found == [(0, f"digest of {ledger}", "differs"), (0, f"the file {ledger}", "differs")]
    found = rewritten(
        lambda name, content: content.replace(b'": "', b'": "0') if name == MANIFEST else content
    )
    assert found
    assert all(figure.startswith("digest of ") for _, figure, _ in found)


def test_another_model_or_workspace_is_said_in_one_line(report, quick, tmp_path):
    def model(items):
        items[1]["model"]["info"]["fingerprint"] = "0" * 64

    def missing(items):
        items[1]["workspace"]["folder"] = "/nowhere"

    def other(items):
        items[1]["workspace"]["identity"] = "0" * 32

    def grown(items):
        items[1]["workspace"]["documents"] += 1

    def features(items):
        items[2]["workspace"]["digest"] = "0" * 64

    def remote(items):
        items[1]["workspace"]["folder"] = r"\\elsewhere\share"

    for change, item, figure in (
        (model, 2, "all figures"),
        (missing, 2, "all figures"),
        (other, 2, "all figures"),
        (grown, 2, "all figures"),
        (features, 3, "all figures"),
        (remote, 2, "all figures"),
    ):
        data = json.loads(report.json())
        change(data["items"])
        # The command names the workspace; it is made anew, so that only what is tested here is wrong.
        data = Report.from_data(data).data()
        found = verify(written(tmp_path, json.dumps(data)))
        assert wrong(found) == [(item, figure, "cannot be checked")], change.__name__
        (row,) = [row for row in found.rows if row.verdict != "stands"]
        assert row.note
        assert not found.stands


def test_without_its_features_an_explanation_is_checked_but_for_its_concepts(report, kept, tmp_path):
    data = json.loads(replace(report, items=report.items[:1]).json())
    data["items"][0]["workspace"]["digest"] = "0" * 64
    found = verify(written(tmp_path, json.dumps(data)))
    assert wrong(found) == [(1, "concepts", "cannot be checked")]
    assert len(found.rows) > 20


def test_the_command_line_writes_joins_and_verifies(report, quick, tmp_path, capsys):
    first = written(tmp_path, replace(report, items=report.items[:1]).html(), "a.html")
    second = written(tmp_path, replace(report, items=report.items[1:]).bundle(), "b.semareport")
    joined = tmp_path / "joined.html"
    assert main(["report", str(first), str(second), "--title", "Both", "--html", str(joined)]) == 0
    assert "   3  feature     Feature 12 of wordnet-3072" in capsys.readouterr().out
    assert main(["verify", str(joined)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Both\n")
    assert "0 differ, 0 cannot be checked" in out
    page = joined.read_text(encoding="utf-8")
    joined.write_text(page.replace("Contents</h2>", "Content</h2>"), encoding="utf-8")
    table = tmp_path / "table.json"
    assert main(["verify", str(joined), "--json", str(table)]) == 1
    found = json.loads(table.read_text(encoding="utf-8"))
    assert not found["stands"]
    assert [row["figure"] for row in found["rows"] if row["verdict"] == "differs"] == [
        "the page that is seen"
    ]
    capsys.readouterr()
    joined.write_text("nothing", encoding="utf-8")
    assert main(["verify", str(joined)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_report_is_not_written_over_by_the_one_that_it_goes_into(report, tmp_path, capsys, monkeypatch):
    file = written(tmp_path, report.html(), "a.html")
    monkeypatch.chdir(tmp_path)
    for spelled in ("a.html", "./a.html", str(file)):
        assert main(["report", "a.html", "--html", spelled]) == 2
        assert "written over" in capsys.readouterr().err
    assert file.read_text(encoding="utf-8") == report.html()


def test_texts_of_a_report_cannot_speak_to_the_terminal(report, quick, tmp_path, capsys):
    data = json.loads(report.json())
    data["title"] = "\x1b]0;owned\x07\x9b2J\u202e"
    data["items"][1]["workspace"]["folder"] = "/nowhere\x1b[2J"
    data["items"][0]["result"]["candidates"][0]["concepts"]["features"][0]["label"] = "\x1b[2Jname"
    file = written(tmp_path, json.dumps(data))
    assert main(["verify", str(file)]) == 1
    captured = capsys.readouterr()
    data["format"] = "\x1b[2J"
    assert main(["verify", str(written(tmp_path, json.dumps(data)))]) == 2
    shown = captured.out + captured.err + capsys.readouterr().err
    assert "owned" in shown
    assert not any(character in shown for character in "\x1b\x07\x9b\u202e")
