"""The table of features, its filters by words and by meaning, and the page of one feature."""

import math
import time
from dataclasses import replace

import numpy as np
import pytest

from engine.concepts import name_vectors
from engine.concepts.alignment import read_metadata
from engine.concepts.dictionary import open_dictionary
from engine.concepts.families import feature_families
from engine.concepts.labels import Keyword, LabelScore, MachineLabel
from engine.concepts.meaning import features_near
from engine.concepts.name_vectors import NAMES_FILE, open_name_vectors
from engine.concepts.names import journal_of
from engine.concepts.page import feature_page
from engine.concepts.table import FeatureTable, feature_table
from engine.corpus.journal import Annotations
from engine.corpus.workspace import Workspace
from engine.errors import UserError
from engine.jobs import Cancelled, Job
from tests.planted import NAME, plant

COUNT, FEATURES = 200, 5


def label(feature: int, text: str | None, pearson: float = 0.5, *keywords: str) -> MachineLabel:
    score = LabelScore(pearson, 0.4, 0.3, 0.2, 1, 0.1 * feature) if text else None
    return MachineLabel(
        feature, text, "" if text else "dead", tuple(Keyword(word, 0.5) for word in keywords), 0.1, score
    )


LABELS = (
    label(0, "birds", 0.3, "birds", "Feathers"),
    label(1, "large birds", 0.6, "eagle"),
    label(2, "fish", 0.4),
    label(3, None),
    label(4, "STRASSE", 0.1),
)


@pytest.fixture
def opened(tmp_path):
    """Feature 0 on 60 documents, 1 on 30 of these, 2 on 20 others, 3 never, 4 on 10."""
    activations = np.zeros((COUNT, FEATURES))
    for feature, rows in enumerate([range(60), range(30), range(100, 120), (), range(150, 160)]):
        for row in rows:
            activations[row, feature] = 1 + row / 100
    metadata = [{"kind": "bird" if i < 50 else "other"} for i in range(COUNT)]
    with Workspace.open(plant(tmp_path / "w", activations, metadata=metadata)) as workspace:
        yield workspace, open_dictionary(workspace, NAME)


@pytest.fixture
def table(opened) -> FeatureTable:
    workspace, dictionary = opened
    journal = journal_of(workspace, dictionary)
    journal.rename(2, "herrings")
    journal.note(2, "Also sprats")
    journal.star(1)
    journal.group([0, 1], "animals")
    return feature_table(dictionary, LABELS, journal.annotations(), feature_families(dictionary.codes))


def test_rows_are_features_and_the_analysts_name_goes_first(table):
    assert table.labels == ("birds", "large birds", "herrings", "", "STRASSE")
    assert table.machine[2].label == "fish"
    np.testing.assert_array_equal(table.score, [0.3, 0.6, 0.4, np.nan, 0.1])
    np.testing.assert_allclose(table.coherence, [0, 0.1, 0.2, np.nan, 0.4])
    np.testing.assert_allclose(table.fire_rate, [0.3, 0.15, 0.1, 0, 0.05])
    assert table.family.tolist() == [0, 0, -1, -1, -1]
    assert table.groups == ("animals", "animals", "", "", "")
    assert table.starred.tolist() == [False, True, False, False, False]
    assert table.notes[2] == "Also sprats"
    assert table.labelled
    assert table.best_first().tolist() == [1, 2, 0, 4, 3]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("BIRD", [0, 1]),
        ("birds large", [1]),
        ("feath", [0]),
        ("fish", [2]),
        ("sprat", [2]),
        ("animals eagle", [1]),
        ("straße", [4]),
        ("nothing", []),
        ("  ", [0, 1, 2, 3, 4]),
        ("birds\nfish", []),
    ],
)
def test_words_are_found_in_names_keywords_groups_and_notes(table, text, rows):
    assert np.flatnonzero(table.holding(text)).tolist() == rows


def test_a_table_without_labels_has_the_rest(opened):
    _, dictionary = opened
    table = feature_table(dictionary, (), Annotations())
    assert not table.labelled
    assert np.isnan(table.score).all()
    assert (table.family == -1).all()
    assert table.best_first().tolist() == [0, 1, 2, 4, 3]


def test_3072_rows_are_filtered_within_10_ms(table):
    rows = tuple(f"keyword {i}\nsome other words\nand more of them {i % 7}" for i in range(3072))
    large = replace(table, searched=rows)
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        found = large.holding("other them 3")
        seconds.append(time.perf_counter() - start)
    assert found.sum() == sum("3" in row for row in rows)
    assert min(seconds) < 0.01


class PlantedEncoder:
    """Embeds known texts as given; counts what it is asked."""

    def __init__(self, dictionary, known):
        self.info = dictionary.index.model
        self.known, self.asked = known, []

    def tokenize(self, text, role="document"):
        return text

    def embed(self, texts, job=None):
        self.asked += texts
        return np.array([self.known[text] for text in texts], dtype=np.float32)


KNOWN = {
    "query": [0.1, 0.0, 1.0, 0.0, 0.2],
    "birds": [3.0, 0.0, 3.0, 0.0, 0.0],
    "large birds": [1.0, 1.0, 0.0, 0.0, 0.0],
    "herrings": [0.0, 1.0, 0.0, 0.0, 0.0],
    "STRASSE": [0.0, 0.0, 1.0, 0.0, 0.0],
}


def test_meaning_without_names_goes_by_decoder_rows_of_live_features(opened):
    _, dictionary = opened
    found = features_near(dictionary, PlantedEncoder(dictionary, KNOWN), "query", 3)
    assert [feature for feature, _ in found] == [2, 4, 0]
    np.testing.assert_allclose(found[0][1], 1 / np.linalg.norm(KNOWN["query"]), rtol=1e-6)


def test_meaning_fuses_the_ranks_of_rows_and_names(opened, table):
    _, dictionary = opened
    encoder = PlantedEncoder(dictionary, KNOWN)
    names = open_name_vectors(dictionary, encoder, table.labels)
    np.testing.assert_allclose(names[0], [np.sqrt(0.5), 0, np.sqrt(0.5), 0, 0], atol=1e-6)
    assert not names[3].any()
    found = features_near(dictionary, encoder, "query", 10, names=names)
    # Ranks of rows: 2, 4, 0, 1; of names: 4, 0, 1, 2.
    fused = {0: 1 / 63 + 1 / 62, 1: 1 / 64 + 1 / 63, 2: 1 / 61 + 1 / 64, 4: 1 / 62 + 1 / 61}
    assert [feature for feature, _ in found] == sorted(fused, key=fused.get, reverse=True) == [4, 2, 0, 1]
    np.testing.assert_allclose(found[0][1], 1 / np.linalg.norm(KNOWN["query"]), rtol=1e-6)


def test_names_are_embedded_once_and_a_cancelled_run_loses_nothing(opened, table, monkeypatch):
    monkeypatch.setattr(name_vectors, "_NAMES_A_STEP", 2)
    _, dictionary = opened
    encoder, job = PlantedEncoder(dictionary, KNOWN), Job()
    embed = encoder.embed

    def embed_and_cancel(texts, part=None):
        job.cancel.cancel()
        return embed(texts, part)

    encoder.embed = embed_and_cancel
    with pytest.raises(Cancelled):
        open_name_vectors(dictionary, encoder, table.labels, job)
    assert encoder.asked == ["birds", "large birds"]
    encoder.embed = embed
    open_name_vectors(dictionary, encoder, table.labels)
    open_name_vectors(dictionary, encoder, table.labels)
    assert encoder.asked == ["birds", "large birds", "herrings", "STRASSE"]
    (dictionary.folder / NAMES_FILE).write_bytes(b"damaged")
    again = open_name_vectors(dictionary, encoder, ["herrings"])
    np.testing.assert_array_equal(again, [[0, 1, 0, 0, 0]])


def test_another_model_is_refused(opened):
    _, dictionary = opened
    encoder = PlantedEncoder(dictionary, KNOWN)
    encoder.info = replace(encoder.info, fingerprint="0" * 64)
    for ask in (
        lambda: features_near(dictionary, encoder, "query", 1),
        lambda: open_name_vectors(dictionary, encoder, ["birds"]),
    ):
        with pytest.raises(UserError, match="belong to made up"):
            ask()


def test_the_page_holds_everything_about_a_feature(opened, table):
    workspace, dictionary = opened
    annotations = journal_of(workspace, dictionary).annotations()
    families, metadata = feature_families(dictionary.codes), read_metadata(workspace)
    page = feature_page(workspace, dictionary, 1, LABELS, annotations, families, metadata, top=4)
    assert (page.name, page.machine.label, page.annotation.starred) == ("large birds", "large birds", True)
    assert (page.documents, page.fire_rate, page.threshold) == (30, 0.15, 0.5)
    assert [example.document.id for example in page.examples.top] == [30, 29, 28, 27]
    assert page.histogram.counts.sum() == 30
    assert [one.feature for one in page.coactive] == [0]
    assert len(page.similar) == FEATURES - 1
    assert (page.alignment.values[0].value, page.alignment.values[0].precision) == ("bird", 1.0)
    assert (page.parent, page.children, page.head, page.family_size) == (0, (), 0, 2)
    assert math.isinf(page.family_ratio)
    head = feature_page(workspace, dictionary, 0, LABELS, annotations, families)
    assert (head.parent, head.children, head.alignment) == (None, (1,), None)
    renamed = feature_page(workspace, dictionary, 2, LABELS, annotations, families)
    assert (renamed.name, renamed.machine.label) == ("herrings", "fish")


def test_the_page_of_a_dead_feature_without_anything(opened):
    workspace, dictionary = opened
    page = feature_page(workspace, dictionary, 3)
    assert (page.name, page.machine, page.documents, page.head) == ("", None, 0, None)
    assert page.coactive == ()
    assert page.examples.top == ()
