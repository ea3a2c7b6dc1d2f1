"""Metadata that goes with a feature: against scipy's exact test and corrections by hand."""

import numpy as np
import pytest
from scipy.stats import fisher_exact

from engine.concepts.alignment import feature_alignment, read_metadata
from engine.corpus.workspace import Workspace
from tests.planted import plant

COUNT = 120


def rows_of_metadata() -> list[dict[str, object]]:
    return [
        {
            "kind": "bird" if i < 30 else "fish" if i < 70 else None,
            "tags": (["old", "old"] if i % 2 else []) + (["rare"] if i < 4 else []),
            "year": 1990 + i % 3,
            "title": f"title {i}",
            "blank": "",
        }
        for i in range(COUNT)
    ]


@pytest.fixture
def metadata(tmp_path):
    folder = plant(tmp_path / "w", np.zeros((COUNT, 2)), metadata=rows_of_metadata())
    with Workspace.open(folder) as workspace:
        yield read_metadata(workspace)


def test_values_that_enough_documents_have_are_tested(metadata):
    assert set(metadata.pairs) == {
        ("kind", "bird"), ("kind", "fish"), ("tags", "old"), ("year", "1990"), ("year", "1991"),
        ("year", "1992"),
    }  # fmt: skip
    counts = dict(zip(metadata.pairs, metadata.documents.sum(axis=0), strict=True))
    assert (counts["kind", "bird"], counts["kind", "fish"], counts["tags", "old"]) == (30, 40, 60)
    assert metadata.skipped == {
        "title": "none of its values stands in 5 documents or more",
        "blank": "it is empty",
    }


def test_the_test_is_fishers_and_the_correction_that_of_benjamini_and_hochberg(metadata):
    rows = np.array([*range(20), *range(40, 55), *range(100, 104)])
    active = np.zeros(COUNT, dtype=bool)
    active[rows] = True
    found = feature_alignment(metadata, rows)
    p = {}
    for place, pair in enumerate(metadata.pairs):
        has = metadata.documents[:, [place]].toarray()[:, 0] > 0
        table = [
            [(has & active).sum(), (~has & active).sum()],
            [(has & ~active).sum(), (~has & ~active).sum()],
        ]
        p[pair] = fisher_exact(table, alternative="greater").pvalue
    order = sorted(p, key=p.get)
    q, least = {}, 1.0
    for rank, pair in reversed(list(enumerate(order, start=1))):
        least = q[pair] = min(least, p[pair] * len(p) / rank)
    assert found.tested == len(p) == 6
    assert [(v.column, v.value) for v in found.values] == [pair for pair in order if q[pair] <= 0.05]
    best = found.values[0]
    assert (best.column, best.value, best.documents, best.together) == ("kind", "bird", 30, 20)
    np.testing.assert_allclose(best.p, p["kind", "bird"], rtol=1e-9)
    np.testing.assert_allclose(best.q, q["kind", "bird"], rtol=1e-9)
    np.testing.assert_allclose((best.precision, best.recall), (20 / 39, 20 / 30))
    np.testing.assert_allclose(best.lift, (20 / 39) / (30 / 120))


def test_chance_is_no_alignment(metadata):
    assert feature_alignment(metadata, np.arange(0, COUNT, 7)).values == ()
    assert feature_alignment(metadata, np.zeros(0, np.int64)).values == ()


def test_a_column_of_too_many_values_is_skipped_and_named(tmp_path, monkeypatch):
    monkeypatch.setattr("engine.concepts.alignment.MOST_VALUES", 2)
    monkeypatch.setattr("engine.concepts.alignment._ROWS", 50)
    folder = plant(tmp_path / "w", np.zeros((COUNT, 2)), metadata=rows_of_metadata())
    with Workspace.open(folder) as workspace:
        metadata = read_metadata(workspace)
    assert metadata.skipped["year"] == "it has 3 distinct values, more than 2 can be tested"
    assert feature_alignment(metadata, np.arange(20)).skipped == metadata.skipped
    assert metadata.documents.sum() == 30 + 40 + 60


def test_a_workspace_without_metadata_has_nothing_to_test(tmp_path):
    with Workspace.open(plant(tmp_path / "w", np.zeros((5, 2)))) as workspace:
        metadata = read_metadata(workspace)
    assert metadata.pairs == ()
    assert feature_alignment(metadata, np.arange(3)).tested == 0
