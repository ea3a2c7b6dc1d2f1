"""The JSON and the CSV tables of an explanation, against the result that they come from."""

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest

from engine.report.data import csv_tables, json_report
from engine.spreadsheet import safe_cell
from tests.gui.results import CANDIDATE, QUERY, make_explanation

HTML = '</script> "quoted",\n=1+1 \x00 \u2028 \' שלום 👩‍👧'


@pytest.fixture
def explanation():
    return make_explanation(candidates=(CANDIDATE, HTML))


def test_the_json_has_the_keys_of_the_contract(explanation):
    data = json.loads(json_report(explanation))
    assert list(data) == [
        *("app", "model", "method", "similarity", "layer", "references", "tolerance", "query", "candidates")
    ]
    assert {"name", "fingerprint", "tokenizer", "pooling", "dimension", "max_tokens"} == set(data["model"])
    text = {"text", "tokens", "spans", "words", "truncated"}
    assert text <= set(data["query"])
    assert set(data["candidates"][0]) >= text | {
        *("similarity", "matrix", "word_matrix", "ledger", "query_importance", "candidate_importance"),
        *("error", "nodes", "seconds", "faithfulness"),
    }
    assert list(data["candidates"][0]["ledger"]) == ["explained", "reference", "residual"]
    assert list(data["query"]["words"][0]) == ["text", "span", "tokens"]
    assert data["query"]["text"] == QUERY
    assert [candidate["text"] for candidate in data["candidates"]] == [CANDIDATE, HTML]


def test_the_json_holds_the_numbers_of_the_result(explanation):
    data = json.loads(json_report(explanation))
    for candidate, pair in zip(data["candidates"], explanation.pairs, strict=True):
        assert np.array_equal(np.array(candidate["matrix"], dtype=np.float32), pair.matrix)
        assert np.array_equal(np.array(candidate["word_matrix"], dtype=np.float32), pair.word_matrix)
        assert np.allclose(candidate["query_importance"], np.sum(candidate["matrix"], axis=1), atol=1e-6)
        assert np.allclose(candidate["candidate_importance"], np.sum(candidate["matrix"], axis=0), atol=1e-6)
        assert sum(candidate["ledger"].values()) == pytest.approx(candidate["similarity"], abs=1e-12)
        assert candidate["error"] == {"query": pair.query.error, "candidate": pair.candidate.error}
        assert candidate["faithfulness"]["deletion"]["orders"] == 20
        assert candidate["faithfulness"]["spearman"] == pytest.approx(0.62)


def test_spans_are_characters_and_specials_have_none(explanation):
    query = json.loads(json_report(explanation))["query"]
    assert query["spans"][0] is query["spans"][-1] is None
    assert [query["text"][s:e] for s, e in query["spans"][1:3]] == ["Carbs", "are"]
    for word in query["words"]:
        assert query["text"][slice(*word["span"])] == word["text"]


def test_what_was_not_tested_is_null(explanation):
    data = json.loads(json_report(make_explanation(faithfulness=False)))
    assert data["candidates"][0]["faithfulness"] is None


def test_a_number_that_is_none_is_refused(explanation):
    broken = replace(explanation.pairs[0].ledger, residual=float("nan"))
    pairs = (replace(explanation.pairs[0], ledger=broken), explanation.pairs[1])
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_report(replace(explanation, pairs=pairs))


def rows(table):
    return list(csv.DictReader(io.StringIO(table, newline="")))


def test_csv_tables_hold_every_text_and_every_number(explanation):
    tables = {name: rows(table) for name, table in csv_tables(explanation).items()}
    assert list(tables) == ["tokens", "words", "matrix", "token_matrix", "ledger"]
    for index, pair in enumerate(explanation.pairs):
        words = [
            row
            for row in tables["words"]
            if row["candidate"] == str(index + 1) and row["side"] == "candidate"
        ]
        text = pair.candidate.text
        assert [row["word"] for row in words] == [safe_cell(word.text) for word in text.words]
        places = [(int(row["start"]), int(row["end"])) for row in words]
        assert [text.text[start:end] for start, end in places] == [word.text for word in text.words]
        assert np.allclose([float(row["importance"]) for row in words], pair.candidate_word_importance)
        cells = [float(row["value"]) for row in tables["matrix"] if row["candidate"] == str(index + 1)]
        assert np.array_equal(np.array(cells, dtype=np.float32), pair.word_matrix.ravel())
        cells = [float(row["value"]) for row in tables["token_matrix"] if row["candidate"] == str(index + 1)]
        assert np.array_equal(np.array(cells, dtype=np.float32), pair.matrix.ravel())
        ledger = tables["ledger"][index]
        total = sum(float(ledger[term]) for term in ("explained", "reference", "residual"))
        assert total == pytest.approx(float(ledger["similarity"]), abs=1e-12)


def test_specials_have_an_empty_span_in_csv(explanation):
    first = rows(csv_tables(explanation)["tokens"])[0]
    assert (first["token"], first["start"], first["end"]) == ("[CLS]", "", "")
