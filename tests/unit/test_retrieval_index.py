"""Exact search against a sort of all similarities in float64."""

import numpy as np
import pytest

from engine.corpus.importing import ImportRequest, import_corpus
from engine.corpus.vectors import IndexModel, VectorStore
from engine.corpus.workspace import Workspace
from engine.errors import UserError
from engine.jobs import Cancelled, CancelToken, Job
from engine.retrieval.filters import Filters, allowed_rows
from engine.retrieval.index import SearchIndex

DIMENSION = 12


def store_of(folder, vectors, normalized) -> VectorStore:
    model = IndexModel("made up", "f" * 64, "mean", "", vectors.shape[1], normalized, 256)
    store = VectorStore(folder, model, "w")
    store.append(vectors.astype(np.float32))
    return store


@pytest.fixture(params=["normalised", "cosine", "dot"])
def case(request, tmp_path):
    """An index of several blocks, every third vector there twice, and the right order for a query."""
    random = np.random.default_rng(0)
    vectors = random.normal(size=(20_000, DIMENSION))
    vectors[2::3] = vectors[0:-2:3]
    if request.param == "normalised":
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = vectors.astype(np.float32)
    kind = "dot" if request.param == "dot" else "cosine"
    index = SearchIndex(store_of(tmp_path / "i", vectors, request.param == "normalised"), kind)
    query = (3 * random.normal(size=DIMENSION)).astype(np.float32)
    wide, q = vectors.astype(np.float64), query.astype(np.float64)
    exact = (wide * q).sum(axis=1)
    if kind == "cosine":
        exact /= np.linalg.norm(q)
        if request.param == "cosine":
            exact /= np.sqrt((wide**2).sum(axis=1))
    return index, query, exact


def test_the_best_are_those_of_a_full_sort(case):
    index, query, exact = case
    order = np.lexsort((np.arange(len(exact)), -exact))
    best = index.best(query, 50)
    assert best.rows.tolist() == order[:50].tolist()
    assert best.similarities == pytest.approx(exact[order[:50]], abs=1e-12)


def test_of_those_allowed_too(case):
    index, query, exact = case
    allowed = np.random.default_rng(1).random(len(exact)) < 0.01
    rows = np.flatnonzero(allowed)
    order = rows[np.lexsort((rows, -exact[rows]))]
    assert index.best(query, 20, allowed=allowed).rows.tolist() == order[:20].tolist()
    few = np.zeros(len(exact), dtype=bool)
    few[order[:3]] = True
    assert index.best(query, 20, allowed=few).rows.tolist() == order[:3].tolist()


def test_each_has_its_place(case):
    index, query, exact = case
    order = np.lexsort((np.arange(len(exact)), -exact))
    scores = index.scores(query)
    assert scores == pytest.approx(exact, abs=1e-5)
    similarities = index.exact(query, order)
    for place in (0, 1, 2, 77, 5_000, len(order) - 1):
        row = int(order[place])
        assert index.rank(query, float(similarities[place]), row, scores) == place + 1


def test_an_edited_document_is_not_counted_against_itself(case):
    index, query, exact = case
    order = np.lexsort((np.arange(len(exact)), -exact))
    third = float(index.exact(query, order[2:3])[0])
    assert index.rank(query, third - 1e-9, int(order[0])) <= 4
    assert index.rank(query, float(exact.max()) + 1, int(order[500])) == 1


def test_percentiles_are_those_of_the_random_pairs(case):
    index, _, _ = case
    background = index.background
    assert len(background) == 20_000
    wanted = [100 * np.mean(background < value) for value in (background[0] - 1, 0.1, background[-1] + 1)]
    found = index.percentiles(np.array([background[0] - 1, 0.1, background[-1] + 1]))
    assert found == pytest.approx(wanted)
    assert 40 < index.percentiles(np.array([float(np.median(background))]))[0] < 60


def test_random_pairs_are_pairs_of_documents(tmp_path):
    """Two documents make one pair, whichever way round: no document is paired with itself."""
    vectors = np.array([[1.0, 0.0], [0.6, 0.8]])
    index = SearchIndex(store_of(tmp_path / "i", vectors, True))
    assert set(np.round(index.background, 6)) == {0.6}
    alone = SearchIndex(store_of(tmp_path / "j", vectors[:1], True))
    assert alone.percentiles(np.array([0.5])) is None


def test_a_search_stops_between_blocks(case):
    index, query, _ = case
    token = CancelToken()
    stages = []

    class Stopping(Job):
        def step(self, stage, fraction):
            super().step(stage, fraction)
            stages.append(fraction)
            token.cancel()

    with pytest.raises(Cancelled):
        index.scores(query, Stopping(token))
    assert stages == [0.0]


def test_another_model_is_refused(case):
    index, _, _ = case
    index.check_model("made up", "f" * 64)
    with pytest.raises(UserError, match=r"vectors of made up \(ffffffff\), and the model loaded is b \(0"):
        index.check_model("b", "0" * 64)


def test_an_empty_index_is_refused(tmp_path):
    model = IndexModel("made up", "f" * 64, "mean", "", 3, True, 256)
    with pytest.raises(UserError, match="holds no vectors"):
        SearchIndex(VectorStore(tmp_path / "none", model, "w"))


@pytest.fixture
def workspace(tmp_path):
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text(
        '{"text": "a red fox", "kind": "animal", "legs": 4, "wild": true}\n'
        '{"text": "a red rose", "kind": "plant", "legs": 0, "wild": false}\n'
        '{"text": "a blue bird", "kind": "animal", "legs": 2, "wild": true, "no.te \\"x": "odd"}\n'
    )
    import_corpus(tmp_path / "w", ImportRequest(corpus), Job())
    with Workspace.open(tmp_path / "w") as opened:
        yield opened


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        (Filters(columns=(("kind", "animal"),)), [1, 3]),
        (Filters(columns=(("legs", "4"),)), [1]),
        (Filters(columns=(("wild", "true"), ("kind", "animal"))), [1, 3]),
        (Filters(columns=(("wild", "False"),)), [2]),
        (Filters("red"), [1, 2]),
        (Filters("red", (("kind", "plant"),)), [2]),
        (Filters("green"), []),
        (Filters(columns=(('no.te "x', "odd"),)), [3]),
        (Filters(columns=(("kind", "integer"),)), []),
    ],
)
def test_filters(workspace, filters, ids):
    assert (np.flatnonzero(allowed_rows(workspace, filters, 3)) + 1).tolist() == ids


def test_no_filter_allows_all_and_a_wrong_one_is_refused(workspace):
    assert allowed_rows(workspace, Filters(" "), 3) is None
    with pytest.raises(UserError, match="no column 'colour'; there are: 'kind', 'legs', 'wild'"):
        allowed_rows(workspace, Filters(columns=(("colour", "red"),)), 3)
    with pytest.raises(UserError, match="holds no word"):
        allowed_rows(workspace, Filters("?!"), 3)
