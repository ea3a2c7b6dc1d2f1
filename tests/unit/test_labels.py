"""Names of features of a planted world, from documents to what the workspace keeps."""

import dataclasses
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import pearsonr

from engine.concepts.labelling import DEAD as DEAD_REASON
from engine.concepts.labelling import INCOHERENT, TWO_THINGS, label_material, with_controls
from engine.concepts.labels import (
    Keyword,
    LabelScore,
    MachineLabel,
    label_data,
    label_from_data,
    load_labels,
    load_report,
    save_labels,
)
from engine.concepts.report_card import card_data, summarise
from engine.concepts.scoring import held_out
from engine.corpus.importing import ImportRequest, import_corpus
from engine.corpus.lock import writing
from engine.corpus.workspace import Workspace
from engine.errors import UserError
from engine.jobs import Cancelled, CancelToken, Job
from engine.sae.checkpoints import checkpoint_digest
from tests.unit.label_world import (
    AXES,
    DEAD,
    DOCUMENTS,
    FRUIT,
    NONSENSE,
    TEXTS,
    TOPICS,
    TWO,
    WATERS,
    Embedder,
    material,
)

SCORE = LabelScore(0.5, math.nan, 0.25, 0.0, 3, 0.1)
NAMED = MachineLabel(0, "apple, pear", "", (Keyword("apple", 0.5), Keyword("pear", 0.25)), 0.125, SCORE)
NAMELESS = MachineLabel(1, None, "dead", (), 0.0, None)


@pytest.fixture(scope="module")
def run():
    return label_material(material(), Job())


def words_of(label: MachineLabel) -> set[str]:
    return {word for keyword in label.keywords for word in keyword.text.split()}


def test_features_are_named_after_their_documents(run):
    for feature in (FRUIT, WATERS):
        label = run.labels[feature]
        used = label.label.split(", ")
        assert set(used) <= set(TOPICS[feature])
        assert [keyword.text for keyword in label.keywords[: len(used)]] == used
        assert words_of(label) == set(TOPICS[feature])
        assert label.score.discrimination_rank == 1
    # The apple weighs twice.
    assert run.labels[FRUIT].label.startswith("apple")


def test_what_means_nothing_or_two_things_has_no_name(run):
    reasons = {feature: run.labels[feature].reason for feature in (DEAD, TWO, NONSENSE)}
    assert reasons == {DEAD: DEAD_REASON, TWO: TWO_THINGS, NONSENSE: INCOHERENT}
    assert all(run.labels[feature].label is None for feature in reasons)
    assert all(run.labels[feature].score is None for feature in reasons)
    # Both things are to be seen.
    assert words_of(run.labels[TWO]) & set(TOPICS[0])
    assert words_of(run.labels[TWO]) & set(TOPICS[2])
    assert run.labels[DEAD].keywords == ()
    assert run.report.reasons == {DEAD_REASON: 1, TWO_THINGS: 1, INCOHERENT: 1}


def test_every_phrase_is_embedded_once_and_stands_in_a_document():
    embedder = Embedder()
    label_material(material(embedder), Job())
    assert len(embedder.given) == len(set(embedder.given))
    assert all(any(phrase in text for text in TEXTS) for phrase in embedder.given)


def test_scores_are_those_of_held_out_documents(run):
    of_world = material()
    rows = np.flatnonzero(held_out(DOCUMENTS))
    label = run.labels[FRUIT]
    direction = np.zeros(len(AXES))
    for word in label.label.split(", "):
        direction[AXES[word]] = 1
    similar = of_world.vectors[rows].astype(float) @ direction
    activation = of_world.codes.by_document.toarray()[rows, FRUIT].astype(float)
    assert label.score.pearson == pytest.approx(pearsonr(similar, activation).statistic, abs=1e-5)
    found = np.array([any(word in TEXTS[row] for word in label.label.split(", ")) for row in rows])
    active = activation > 0
    expected = 2 * (found & active).sum() / (found.sum() + active.sum())
    assert label.score.lexical_f1 == pytest.approx(expected)
    assert label.fire_rate == pytest.approx((of_world.codes.by_document.toarray()[:, FRUIT] > 0).mean())


def test_keywords_score_over_the_documents_that_made_them(run):
    of_world = material()
    rows = np.flatnonzero(~held_out(DOCUMENTS))
    activation = of_world.codes.by_document.toarray()[rows, WATERS].astype(float)
    for keyword in run.labels[WATERS].keywords:
        similar = of_world.vectors[rows, AXES[keyword.text]].astype(float)
        assert keyword.score == pytest.approx(pearsonr(similar, activation).statistic, abs=1e-5)


def test_held_out_texts_never_reach_a_label():
    changed = material()
    out = held_out(DOCUMENTS)
    vectors = changed.vectors.copy()
    vectors[out] = vectors[out][::-1]
    before = label_material(material(), Job()).labels
    after = label_material(dataclasses.replace(changed, vectors=vectors), Job()).labels
    assert [label.keywords for label in after] == [label.keywords for label in before]


def test_some_features_are_named_as_among_all(run):
    some = label_material(material(), Job(), np.array([WATERS, DEAD]))
    assert [label.feature for label in some.labels] == [WATERS, DEAD]
    assert some.labels[0].label == run.labels[WATERS].label
    assert some.labels[1].reason == DEAD_REASON


def test_shuffled_activations_earn_no_names(run):
    card = with_controls(run.report, material(), Job())
    assert set(card.controls) == {"shuffled activations", "random autoencoder"}
    assert card.controls["shuffled activations"].named <= 0.2
    assert card.controls["shuffled activations"].pearson_of_all < 0.3 < card.labels.pearson


def test_too_few_documents_are_refused():
    whole = material()
    two = dataclasses.replace(whole, vectors=whole.vectors[:2])
    with pytest.raises(UserError, match="too few to name"):
        label_material(two, Job())


def test_it_stops_when_asked():
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        label_material(material(), Job(token))


def test_the_report_card_sums_up_by_hand():
    other = dataclasses.replace(SCORE, pearson=0.2, discrimination_rank=1)
    labels = [NAMED, NAMELESS, dataclasses.replace(NAMED, feature=2, score=other)]
    labels.append(dataclasses.replace(NAMED, feature=3, label=None, reason="incoherent", score=None))
    summary = summarise(labels, np.array([0.6, np.nan, 0.4, 0.9]), [0.5, 0.2, 0.05])
    assert (summary.features, summary.live) == (4, 3)
    assert summary.named == pytest.approx(2 / 3)
    assert summary.pearson == pytest.approx(0.35)
    assert summary.ceiling == pytest.approx(0.5)
    assert summary.of_ceiling == pytest.approx(0.7)
    assert summary.ranked_first == 0.5
    assert summary.pearson_of_all == pytest.approx(0.25)
    assert math.isnan(summary.auprc)


def test_a_report_card_survives_json(run):
    card = with_controls(run.report, material(), Job())
    card = replace(card, labels=replace(card.labels, auprc=math.nan))
    kept = json.loads(json.dumps(card_data(card), allow_nan=False))
    assert kept == card_data(card)
    assert kept["labels"]["pearson"] == card.labels.pearson
    assert kept["labels"]["auprc"] is None


def test_a_label_survives_json():
    data = json.loads(json.dumps(label_data(NAMED), allow_nan=False))
    assert data["score"]["auprc"] is None
    kept = label_from_data(data)
    assert math.isnan(kept.score.auprc)
    assert dataclasses.replace(kept, score=None) == dataclasses.replace(NAMED, score=None)
    assert dataclasses.replace(kept.score, auprc=0.0) == dataclasses.replace(SCORE, auprc=0.0)
    assert label_from_data(label_data(NAMELESS)) == NAMELESS


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "corpus.txt").write_text("one\ntwo\n")
    import_corpus(tmp_path / "w", ImportRequest(tmp_path / "corpus.txt"), Job())
    folder = tmp_path / "w" / "saes" / "main"
    folder.mkdir(parents=True)
    (folder / "cfg.json").write_text("{}")
    (folder / "sae_weights.safetensors").write_bytes(b"weights")
    with Workspace.open(tmp_path / "w") as opened:
        yield opened


def keep(workspace: Workspace, labels: list[MachineLabel], name: str = "main") -> None:
    save_labels(workspace, name, checkpoint_digest(workspace.folder / "saes" / "main"), labels, {"a": 1})


def test_a_workspace_keeps_labels(workspace):
    assert load_labels(workspace, "main") == ()
    assert load_report(workspace, "main") is None
    keep(workspace, [NAMED, NAMELESS])
    kept = load_labels(workspace, "main")
    assert [label.label for label in kept] == ["apple, pear", None]
    assert kept[1] == NAMELESS
    assert load_report(workspace, "main") == {"a": 1}
    keep(workspace, [NAMELESS])
    assert load_labels(workspace, "main") == (NAMELESS,)
    assert load_labels(workspace, "other") == ()


def test_labels_of_an_earlier_autoencoder_count_for_nothing(workspace):
    keep(workspace, [NAMED])
    (workspace.folder / "saes" / "main" / "sae_weights.safetensors").write_bytes(b"others")
    assert load_labels(workspace, "main") == ()
    (workspace.folder / "saes" / "main" / "sae_weights.safetensors").unlink()
    assert load_labels(workspace, "main") == ()


def test_labels_are_kept_whole_or_not_at_all(workspace):
    keep(workspace, [NAMED])
    broken = dataclasses.replace(NAMED, feature=None)
    with pytest.raises(Exception, match="NOT NULL"):
        keep(workspace, [NAMELESS, broken])
    assert [label.label for label in load_labels(workspace, "main")] == ["apple, pear"]


def test_nobody_writes_beside_another(workspace):
    with writing(workspace.folder), pytest.raises(UserError, match="another task"):
        keep(workspace, [NAMED])


def test_damaged_labels_say_what_to_do(workspace):
    keep(workspace, [NAMED])
    workspace.database.execute("UPDATE labels SET label = '{'")
    with pytest.raises(UserError, match=r"labels of main are damaged .* `label`"):
        load_labels(workspace, "main")
    workspace.database.execute("UPDATE label_runs SET report = '{'")
    with pytest.raises(UserError, match="damaged"):
        load_report(workspace, "main")
