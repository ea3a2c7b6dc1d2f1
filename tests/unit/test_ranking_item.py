"""What a ranking of a report searches, and by which measure, with vectors made by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from engine.corpus.vectors import IndexModel
from engine.evidence.items import RankingItem
from engine.retrieval.index import SearchIndex, TextVectors
from tests.gui.results import make_model, make_text

VECTORS = {"query": [1, 0], "long": [3, 4], "near": [1, 0.1], "far": [-1, 1]}
TEXTS = ("long", "near", "far")


class Handmade:
    """An instrument whose model gives vectors that are not of unit length."""

    layer_path = None

    def __init__(self):
        self.encoder = SimpleNamespace(
            info=make_model(),
            tokenize=lambda text, *_: make_text(text),
            embed=lambda texts, *_: np.array([VECTORS[one.text] for one in texts], dtype=np.float32),
        )

    def texts_index(self, texts, _job):
        vectors = np.array([VECTORS[text] for text in texts], dtype=np.float32)
        return SearchIndex(TextVectors(vectors, IndexModel("m", "0" * 64, "mean", "", 2, False, 256)))


@pytest.mark.parametrize(
    ("similarity", "expected"),
    [
        ("cosine", [("near", 1 / np.sqrt(1.01)), ("long", 0.6), ("far", -np.sqrt(0.5))]),
        ("dot", [("long", 3.0), ("near", 1.0), ("far", -1.0)]),
    ],
)
def test_texts_are_ranked_by_the_measure_that_was_asked_for(similarity, expected):
    item = RankingItem("query", 3, similarity=similarity, explain=False, candidates=TEXTS)
    evidence = item.compute(Handmade())
    assert [hit.text for hit in evidence.result.hits] == [text for text, _ in expected]
    assert [hit.similarity for hit in evidence.result.hits] == pytest.approx([value for _, value in expected])
    assert [hit.document for hit in evidence.result.hits] == [TEXTS.index(text) + 1 for text, _ in expected]
    assert evidence.workspace is None


def test_the_best_of_the_texts_are_shown_and_all_are_counted():
    evidence = RankingItem("query", 2, explain=False, candidates=TEXTS).compute(Handmade())
    assert [hit.id for hit in evidence.result.hits] == ["candidate 2", "candidate 1"]
    assert (evidence.result.searched, evidence.result.documents) == (3, 3)
