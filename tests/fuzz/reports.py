"""The reader of reports and all of the verifier but the model: pages, bundles, JSON.

An input is the file. The model that it names is not there, so that no figure is computed again.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache

from engine.errors import UserError
from engine.evidence.reading import read_report
from engine.evidence.report import Report
from engine.evidence.verify import verify
from tests.fuzz.scratch import fresh

_VERDICTS = {"stands", "differs", "cannot be checked"}


def run(data: bytes) -> None:
    """Read and verify a file; raises whatever is not allowed."""
    path = fresh("report") / "report.semareport"
    path.write_bytes(data)
    try:
        found = read_report(path)
    except UserError as error:
        said = str(error)
    else:
        said = ""
        found.report.json()
        assert Report.from_data(found.report.data()).name == found.report.name
    assert "\n" not in said
    try:
        verification = verify(path, model=str(path.parent / "no model"))
    except UserError:
        return
    assert not said, "what cannot be read was verified"
    for row in verification.rows:
        assert row.verdict in _VERDICTS
        assert all("\n" not in text for text in (row.figure, row.stated, row.recomputed, row.note))


@cache
def small_report() -> Report:
    """Return a report with one item of each kind."""
    from tests.gui.results import make_explanation
    from tests.reports import (
        explanation_evidence,
        feature_evidence,
        ranking_evidence,
        texts_ranking_evidence,
    )

    texts = ("one text", "another text")
    explanation = make_explanation(query=texts[0], candidates=texts[:1])
    items = (
        explanation_evidence(explanation),
        ranking_evidence(texts[0], texts),
        feature_evidence(texts, "main"),
        texts_ranking_evidence(texts[0], texts),
    )
    return Report(items, "", datetime(2026, 2, 3, tzinfo=UTC))


def seeds() -> list[bytes]:
    """Return the report as a page, as a bundle, and as JSON, whole and each item alone."""
    report = small_report()
    found = [report.html().encode(), report.bundle(), report.json().encode()]
    data = json.loads(report.json())
    return found + [json.dumps({**data, "items": [item]}).encode() for item in data["items"]]
