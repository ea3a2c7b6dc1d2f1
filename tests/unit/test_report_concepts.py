"""The section "Shared concepts" of the HTML page, and the sentences on the erasure test."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from engine.report.concept_section import SPACE, concept_section
from engine.report.concept_wording import erasure_sentences, ledger_rows
from engine.report.concepts import json_concepts
from engine.report.numbers import MINUS
from tests.gui.concepts import make_concepts
from tests.gui.results import make_explanation
from tests.reports import html_report

NASTY = "<script>alert(1)</script> & {{ 7 * 7 }}"


@pytest.fixture(scope="module")
def explanation():
    return make_explanation()


@pytest.fixture(scope="module")
def concepts(explanation):
    return make_concepts(explanation.pairs[0]).explanation


def number(printed: str) -> float:
    return float(printed.replace(MINUS, "-"))


def test_the_page_has_the_section_only_where_concepts_are_given(explanation, concepts):
    assert "Shared concepts" not in html_report(explanation)
    page = html_report(explanation, concepts={0: concepts})
    assert page.count("<h3>Shared concepts</h3>") == 1
    assert concepts.names[int(concepts.ledger.features[0])] in page


def test_names_never_become_markup(explanation, concepts):
    first = int(concepts.ledger.features[0])
    named = replace(concepts, names={**concepts.names, first: NASTY})
    page = html_report(explanation, concepts={0: named})
    assert "alert(1)</script>" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_printed_terms_and_rows_add_up(concepts):
    ledger = concepts.ledger
    *terms, total = ledger_rows(ledger)
    assert sum(number(term.printed) for term in terms) == pytest.approx(number(total.printed), abs=1e-9)
    section = concept_section(concepts)
    carried = sum(number(row.printed) for row in section.rows) + number(section.hidden_printed)
    assert carried == pytest.approx(ledger.contributions.sum(), abs=0.01)
    for row in section.rows:
        assert 0 <= row.start <= row.end <= 100


def test_bands_of_the_drawing_are_as_wide_as_their_shares(concepts):
    section = concept_section(concepts)
    values = np.array([band.value for band in section.bands])
    widths = np.array([float(re.search(r"v(-?[\d.]+)C", band.path).group(1)) for band in section.bands])
    largest = np.abs(values).argmax()
    np.testing.assert_allclose(widths, np.abs(values) * widths[largest] / abs(values[largest]), atol=0.06)
    assert max(node.y + node.height for node in section.nodes) <= section.height
    assert section.height > SPACE
    # Both sides carry all that the features do.
    assert values.sum() == pytest.approx(2 * concepts.ledger.contributions.sum(), abs=1e-6)


def test_the_erasure_test_is_told_with_its_yardstick(concepts):
    test = concepts.erasure
    first, second = erasure_sentences(concepts)
    assert f"from {test.similarity:.3f} to {test.erased:.3f}" in first.replace(MINUS, "-")
    assert f"{test.kept:.3f}" in second.replace(MINUS, "-")
    assert "5 random active ones" in first
    none = replace(concepts, erasure=replace(test, features=np.zeros(0, dtype=np.int64)))
    assert "none to erase" in erasure_sentences(none)[0]
    alone = replace(test, random_erased=np.zeros(0), random_kept=np.zeros(0))
    assert "random" not in " ".join(erasure_sentences(replace(concepts, erasure=alone)))


def test_the_json_has_the_contracts_keys(explanation, concepts):
    data = json.loads(json_concepts(concepts, explanation.model))
    assert set(data["ledger"]) == {"shared", "one_sided", "bias", "residual"}
    assert {
        "feature", "label", "contribution", "query_activation", "candidate_activation", "query_tokens",
        "candidate_tokens",
    } <= set(data["features"][0])  # fmt: skip
    assert sum(data["ledger"].values()) == pytest.approx(data["similarity"])
