"""The HTML page of an explanation, read back with the parser of the standard library."""

import base64
import hashlib
import json
import re
import shlex
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from engine.encoder.loading import default_model_folder
from engine.report import provenance
from engine.report.numbers import MINUS
from tests.gui.results import CANDIDATE, QUERY, make_explanation
from tests.reports import explanation_command, html_report

VOID = {"meta", "link", "input", "br", "img"}
NASTY = [
    "<script>alert(1)</script>",
    "</style></script><img src=x onerror=alert(1)>",
    "\"double\" 'single' & &amp; &lt;b&gt; {{ 7 * 7 }} {% raw %}",
    "مرحبا بالعالم שלום",
    "👩‍👩‍👧 family 🎉",
    "  two  spaces,\ttab\n\nlines \r\nend ",
    "我喜欢吃苹果",
]


class Page(HTMLParser):
    """Keeps start tags, checks nesting, and collects the text below every element with `data-side`."""

    def __init__(self, source):
        super().__init__(convert_charrefs=True)
        self.tags, self.open, self.texts, self.scripts, self.styles = [], [], {}, [], []
        self.pairs, self.side = -1, None
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.tags.append((tag, values))
        if tag == "article":
            self.pairs += 1
        if tag == "p" and values.get("class") == "text":
            self.side = (self.pairs, values["data-side"])
            self.texts[self.side] = ""
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag == "p":
            self.side = None

    def handle_data(self, data):
        if self.side:
            self.texts[self.side] += data
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)
        if self.open and self.open[-1] == "style":
            self.styles.append(data)

    def all(self, name):
        return [attributes for tag, attributes in self.tags if tag == name]

    def with_class(self, name):
        return [a for _, a in self.tags if name in (a.get("class") or "").split()]


@pytest.fixture(scope="module")
def nasty():
    return Page(html_report(make_explanation(query=NASTY[0], candidates=NASTY)))


def test_texts_are_shown_exactly(nasty):
    for index, text in enumerate(NASTY):
        assert nasty.texts[index, "candidate"] == text
        assert nasty.texts[index, "query"] == NASTY[0]


def test_carriage_returns_are_written_so_that_a_browser_keeps_them():
    source = html_report(make_explanation(candidates=("one\r\ntwo",)))
    assert "&#13;\n" in source
    assert "\r" not in source


def test_no_text_becomes_markup(nasty):
    assert len(nasty.all("script")) == len(NASTY) + 2
    assert len(nasty.all("style")) == 1
    assert not nasty.all("img")
    assert not nasty.all("b") or all("onerror" not in a for a in nasty.all("b"))
    assert not [a for _, a in nasty.tags if any(name.startswith("on") for name in a)]


def test_every_text_finds_its_own_direction(nasty):
    texts = [a for a in nasty.all("p") if a.get("class") == "text"]
    assert len(texts) == 2 * len(NASTY)
    assert all(a["dir"] == "auto" for a in texts)


def test_the_page_loads_nothing(nasty):
    assert not [a for _, a in nasty.tags if "src" in a or "srcset" in a or "data" in a]
    assert all(a["href"].startswith("#item-1-candidate-") for _, a in nasty.tags if "href" in a)
    assert not nasty.all("link")
    style = "".join(nasty.styles)
    assert "url(" not in style
    assert "@import" not in style


def test_only_the_one_script_of_the_page_may_run(nasty):
    policy = next(a["content"] for a in nasty.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    digest = base64.b64encode(hashlib.sha256(nasty.scripts[-1].encode()).digest()).decode()
    assert (
        policy == f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert {a.get("type") for a in nasty.all("script")[:-1]} == {"application/json"}


def test_control_characters_are_shown_as_symbols():
    page = Page(html_report(make_explanation(candidates=("bell\x07 null\x00 next\x85 line",))))
    assert page.texts[0, "candidate"] == "bell␇ null␀ next\N{REPLACEMENT CHARACTER} line"
    assert [a["title"] for a in page.with_class("control")] == [
        *(f"control character U+{code}" for code in ("0007", "0000", "0085"))
    ]


def test_words_carry_their_numbers_and_their_colours_on_one_scale():
    explanation = make_explanation(candidates=("Nothing alike", CANDIDATE))
    page = Page(html_report(explanation))
    words = [a for a in page.with_class("w") if "data-w" in a and "tabindex" not in a]
    values = [
        value
        for pair in explanation.pairs
        for value in (*pair.query_word_importance, *pair.candidate_word_importance)
    ]
    largest = max(abs(value) for value in values)
    assert len(words) == len(values)
    for attributes, value in zip(words, values, strict=True):
        assert float(attributes["data-n"].replace(MINUS, "-")) == pytest.approx(value, abs=6e-4)
        assert float(attributes["style"].removeprefix("--a:")) == pytest.approx(
            abs(value) / largest, abs=6e-3
        )
        assert ("p" in attributes["class"].split()) == (value > 0)
        assert attributes["title"].startswith(attributes["data-n"])


def test_links_tell_their_sign_by_class_and_only_the_strongest_show():
    explanation = make_explanation()
    page = Page(html_report(explanation))
    links = [a for a in page.all("path") if "data-q" in a]
    matrix = explanation.pairs[0].word_matrix
    assert len(links) == matrix.size
    cells = [matrix[int(a["data-q"]), int(a["data-c"])] for a in links]
    assert [abs(cell) for cell in cells] == sorted((abs(cell) for cell in cells), reverse=True)
    assert [a["class"].split()[0] for a in links] == ["p" if cell > 0 else "n" for cell in cells]
    assert [index for index, a in enumerate(links) if "out" in a["class"].split()] == list(
        range(12, len(links))
    )


def test_the_script_gets_the_cells_it_recolours_with():
    explanation = make_explanation()
    data = json.loads(Page(html_report(explanation)).scripts[0])
    for row, cells in zip(data["cells"], explanation.pairs[0].word_matrix, strict=True):
        assert row == pytest.approx(list(cells), abs=1e-4)


def test_what_is_past_the_maximum_is_grey_and_counted():
    explanation = make_explanation(candidates=("one two three four five six",), max_tokens=6)
    source = html_report(explanation)
    page = Page(source)
    assert page.texts[0, "candidate"] == "one two three four five six"
    beyond = page.with_class("beyond")
    assert len(beyond) == 2
    assert all("maximum of 256 tokens" in a["title"] for a in beyond)
    assert "The model read 6 of 8 tokens, the first 18 of 27 characters." in source


def test_a_long_text_is_thinned_and_says_so():
    words = " ".join(f"word{index}" for index in range(90))
    source = html_report(make_explanation(query=words, candidates=(words,)))
    page = Page(source)
    assert "36 of the query’s 90 words are shown" in source
    assert "The texts are long (90 × 90 words)" in source
    assert len([a for a in page.all("path") if "data-q" in a]) == 200
    assert len(page.with_class("w")) == 1 + 2 * 90 + 2 * 36


def test_without_faithfulness_the_page_makes_no_claim():
    source = html_report(make_explanation(faithfulness=False))
    assert "How far to trust it" not in source
    assert "How far to trust it" in html_report(make_explanation())


def test_candidates_are_ranked_and_linked():
    explanation = make_explanation(candidates=("Nothing alike", QUERY))
    page = Page(html_report(explanation))
    scores = [pair.ledger.similarity for pair in explanation.pairs]
    assert scores[1] > scores[0]
    assert [a["href"] for a in page.all("a")] == ["#item-1-candidate-2", "#item-1-candidate-1"]
    assert [a["id"] for a in page.all("article")] == ["item-1-candidate-1", "item-1-candidate-2"]


def test_an_interrupted_run_says_how_much_was_finished():
    explanation = make_explanation(candidates=(CANDIDATE, QUERY))
    request = replace(explanation.request, candidates=(CANDIDATE, QUERY, "never reached"))
    assert "2 of 3 candidates were explained" in html_report(replace(explanation, request=request))
    assert "were explained" not in html_report(explanation)


def test_settings_versions_and_date_are_there():
    explanation = make_explanation()
    source = html_report(explanation, created=datetime(2026, 2, 3, 4, 5, tzinfo=UTC))
    assert explanation.model.fingerprint in source
    assert "2026-02-03 04:05 UTC" in source
    for name in ("torch", "transformers", "sentence-transformers", "numpy", "Python", "Semascope"):
        assert f"{name} {provenance.versions()[name]}" in source


def test_the_same_result_gives_the_same_page():
    day = datetime(2026, 2, 3, tzinfo=UTC)
    assert html_report(make_explanation(), created=day) == html_report(make_explanation(), created=day)


def test_numbers_of_the_curves_stand_in_the_drawing():
    explanation = make_explanation()
    page = Page(html_report(explanation))
    (first, second) = [a["points"].split() for a in page.all("polyline") if a["class"] == "curve"]
    assert len(first) == len(second) == len(explanation.faithfulness[0].deletion.values)
    heights = [float(point.split(",")[1]) for point in first]
    assert heights == sorted(heights)


@pytest.mark.skipif(provenance.os.name == "nt", reason="the command is quoted for the shell of the system")
def test_the_command_survives_the_shell():
    explanation = make_explanation(
        query='it\'s "quoted" $HOME `ls` \\ \n!',
        candidates=("-5 degrees", "--layer 3", "a b"),
        references="shared",
    )
    request = replace(
        explanation.request, layer=2, tolerance=0.01, method="leave-one-out", faithfulness=False
    )
    explanation = replace(explanation, request=request)
    command = shlex.split(explanation_command(explanation, layer_path="encoder.layer"))
    assert command == [
        *("python", "main.py", "explain", "--query", explanation.request.query),
        *("--candidate=-5 degrees", "--candidate=--layer 3", "--candidate", "a b"),
        *("--method", "leave-one-out", "--layer", "2", "--references", "shared", "--tolerance", "0.01"),
        *("--no-faithfulness", "--model", "/models/all-MiniLM-L6-v2", "--device", "cpu"),
        *("--layer-path", "encoder.layer"),
    ]


def test_the_command_names_no_defaults():
    explanation = make_explanation()
    model = replace(explanation.model, folder=str(default_model_folder()))
    command = explanation_command(replace(explanation, model=model))
    assert shlex.split(command) == [
        *("python", "main.py", "explain", "--query", QUERY, "--candidate", CANDIDATE, "--device", "cpu")
    ]
    assert shlex.quote(QUERY) in html_report(replace(explanation, model=model)).replace("&#39;", "'")


def test_the_style_has_the_palette_for_light_and_dark(nasty):
    style = "".join(nasty.styles).strip()
    assert re.match(
        r":root\{--negative:33 102 172;--neutral:255 255 255;--positive:217 95 2;--heat:0\.72\}", style
    )
    assert "@media (prefers-color-scheme:dark){:root{--negative:90 165 230;" in style
