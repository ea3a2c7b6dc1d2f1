"""The subcommand `features`: table, search, page, and what it refuses."""

import json

import numpy as np
import pytest
import torch

from engine.cli import main
from engine.concepts.dictionary import open_dictionary
from engine.concepts.examples import active_features, word_activations
from engine.concepts.labels import Keyword, LabelScore, MachineLabel, save_labels
from engine.concepts.names import journal_of
from engine.corpus.embedding import document_embedder, embed_documents, index_model
from engine.corpus.importing import ImportRequest, import_corpus
from engine.corpus.workspace import Workspace
from engine.jobs import Job
from engine.sae.architectures import SAEConfig, SparseAutoencoder
from engine.sae.checkpoints import checkpoint_digest, save_checkpoint

BIRDS = [
    f"a {bird} is a bird that {does}"
    for bird in ("robin", "heron", "finch")
    for does in ("flies", "sings", "eats seeds")
]
BOATS = [
    f"a {boat} is a boat that {does}"
    for boat in ("ferry", "canoe", "yacht")
    for does in ("sails", "sinks", "carries people")
]
SCORE = LabelScore(0.7, 0.6, 0.5, 0.4, 1, float("nan"))


@pytest.fixture(scope="module")
def made(tmp_path_factory, encoder):
    """Feature 0 is birds, 1 boats, by the difference of their centroids; 2 never fires."""
    folder = tmp_path_factory.mktemp("features") / "w"
    corpus = folder.with_suffix(".jsonl")
    kinds = (("bird", BIRDS), ("boat", BOATS))
    rows = [{"text": text, "kind": kind} for kind, texts in kinds for text in texts]
    corpus.write_text("".join(json.dumps(row) + "\n" for row in rows))
    import_corpus(folder, ImportRequest(corpus, text_column="text"), Job())
    with Workspace.open(folder) as workspace:
        embed_documents(workspace, index_model(encoder), document_embedder(encoder))
        vectors = np.array(workspace.active_vectors().vectors)
        model = workspace.active_vectors().model
    birds, boats = vectors[: len(BIRDS)].mean(axis=0), vectors[len(BIRDS) :].mean(axis=0)
    axis = (birds - boats) / np.linalg.norm(birds - boats)
    config = SAEConfig("batchtopk", vectors.shape[1], 3, k=1)
    sae = SparseAutoencoder(config, torch.from_numpy(vectors.mean(axis=0)))
    with torch.no_grad():
        rows = torch.from_numpy(np.stack([axis, -axis, np.roll(axis, 1)]).astype(np.float32))
        sae.encoder.copy_(rows)
        sae.W_dec.copy_(rows)
        sae.threshold.copy_(torch.tensor([0.0, 0.0, 50.0]))
    save_checkpoint(sae, folder / "saes" / "main", {"model": {"fingerprint": model.fingerprint}})
    return folder


@pytest.fixture
def labelled(made):
    labels = [
        MachineLabel(0, "bird", "", (Keyword("bird", 0.8), Keyword("sings", 0.3)), 0.5, SCORE),
        MachineLabel(1, "boat", "", (Keyword("boat", 0.9),), 0.5, SCORE),
        MachineLabel(2, None, "dead: no document fires it", (), 0.0, None),
    ]
    with Workspace.open(made) as workspace:
        save_labels(workspace, "main", checkpoint_digest(made / "saes" / "main"), labels, {})
        yield made
        for table in ("labels", "label_runs", "feature_journal"):
            workspace.database.execute(f"DELETE FROM {table}")


@pytest.fixture
def call(capsys):
    def run(*arguments):
        code = main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def test_without_labels_everything_works_and_says_what_to_run(call, made):
    code, out, _ = call("features", made, "--sae", "main")
    assert code == 0
    assert out.startswith("main: 3 features, 2 of them live\n")
    assert "feature 1 " in out
    assert "run `label` to give them some" in out
    code, out, _ = call("features", made, "--sae", "main", "--feature", 0)
    assert code == 0
    assert "(no name)" in out
    assert "run `label`" in out
    assert "a robin is a bird that sings" in out


def test_the_table_as_text_and_json(call, labelled):
    with Workspace.open(labelled) as workspace:
        journal = journal_of(workspace, open_dictionary(workspace, "main"))
        journal.rename(1, "vessels")
        journal.star(1)
    code, out, _ = call("features", labelled, "--sae", "main", "--top", 2)
    assert code == 0
    assert [line.split()[:4] for line in out.splitlines() if "vessels" in line] == [
        ["*", "1", "vessels", "0.70"]
    ]
    assert "and 1 more; --top shows more" in out
    assert "run `label`" not in out
    code, out, _ = call("features", labelled, "--sae", "main", "--json", "-")
    rows = json.loads(out)
    assert [row["feature"] for row in rows] == [0, 1, 2]
    assert rows[0]["keywords"] == [{"text": "bird", "score": 0.8}, {"text": "sings", "score": 0.3}]
    assert rows[0]["score"]["pearson"] == 0.7
    assert rows[0]["score"]["coherence"] is None
    assert (rows[1]["label"], rows[1]["machine_label"], rows[1]["starred"]) == ("vessels", "boat", True)
    assert (rows[2]["label"], rows[2]["score"], rows[2]["fire_rate"]) == (None, None, 0)
    assert rows[2]["reason"] == "dead: no document fires it"


def test_search_finds_words_first_and_then_meaning(call, labelled):
    code, out, _ = call("features", labelled, "--sae", "main", "--search", "BOA", "--json", "-")
    assert code == 0
    assert [(row["feature"], row["matched"]) for row in json.loads(out)] == [(1, "words"), (0, "meaning")]
    code, out, _ = call("features", labelled, "--sae", "main", "--search", "eagles and owls", "--top", 1)
    assert code == 0
    assert "bird" in out
    assert "meaning" in out
    assert "boat" not in out


def test_the_page_as_text_and_json(call, labelled):
    code, out, _ = call("features", labelled, "--sae", "main", "--feature", 0)
    assert code == 0
    for part in ("feature 0  bird", "50.0% of the documents (9)", "bird 0.80, sings 0.30", "Pearson 0.70"):
        assert part in out
    assert "kind = bird" in out
    assert "coherence -" in out
    code, out, _ = call("features", labelled, "--sae", "main", "--feature", 0, "--top", 4, "--json", "-")
    page = json.loads(out)
    assert (page["feature"], page["label"], page["documents"]) == (0, "bird", 9)
    assert len(page["top"]) == 4
    assert all("bird" in example["text"] for example in page["top"])
    assert all("boat" in example["text"] for example in page["near_misses"])
    assert page["top"][0]["metadata"] == {"kind": "bird"}
    bands = [example["band"] for example in page["quantiles"]]
    assert len(bands) == 9
    assert bands == sorted(bands, reverse=True)
    assert sum(page["histogram"]["counts"]) == 9
    assert {one["feature"]: one["label"] for one in page["similar"]} == {1: "boat", 2: None}
    (aligned,) = page["metadata"]["values"]
    assert (aligned["column"], aligned["value"]) == ("kind", "bird")
    assert (aligned["precision"], aligned["recall"]) == (1, 1)
    assert page["family"]["head"] is None


def test_a_file_is_written_beside_the_text(call, labelled, tmp_path):
    code, out, _ = call("features", labelled, "--sae", "main", "--json", tmp_path / "f.json")
    assert code == 0
    assert "bird" in out
    assert len(json.loads((tmp_path / "f.json").read_text())) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--sae", "main", "--feature", "3"), "there is no feature 3: main has 0 to 2"),
        (("--sae", "main", "--feature", "-1"), "there is no feature -1: main has 0 to 2"),
        (("--sae", "other"), "has no features called 'other'; there are main"),
        (("--sae", "main", "--top", "0"), "--top 0 shows nothing"),
        (("--sae", "main", "--search", " "), "--search is empty"),
        (("--sae", "main", "--json", "/no/such/folder/f"), "there is no folder"),
    ],
)
def test_what_is_refused_in_one_line(call, made, arguments, message):
    code, out, err = call("features", made, *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


def test_search_and_feature_exclude_each_other(call, made):
    code, _, err = call("features", made, "--sae", "main", "--search", "a", "--feature", "1")
    assert code == 2
    assert "not allowed with" in err


def test_a_text_has_its_features_and_words_fire_them(made, encoder):
    from engine.attribution.explainer import Explainer

    with Workspace.open(made) as workspace:
        dictionary = open_dictionary(workspace, "main")
        text = "a sparrow is a bird that sings"
        ((feature, activation),) = active_features(dictionary, encoder, text)
        assert feature == 0
        vector = encoder.embed([encoder.tokenize(text)])[0].astype(np.float64)
        weights = dictionary.encoder[:, 0].astype(np.float64)
        expected = (vector - dictionary.sae.b_dec.double().numpy()) @ weights
        np.testing.assert_allclose(activation, expected, rtol=1e-4)

        arrived = []
        explainer = Explainer(encoder)
        texts = [text, BOATS[0]]
        first, second = word_activations(
            explainer, dictionary, 0, texts, found=lambda place, words: arrived.append((place, words.text))
        )
    assert arrived == list(enumerate(texts))
    assert [text[start:end] for start, end in first.spans] == list(first.words) == text.split()
    np.testing.assert_allclose(first.values.sum() + first.outside, expected, rtol=1e-4)
    assert (first.active, second.active, first.layer) == (True, False, explainer.preview_layer)
    strongest = {first.words[place] for place in np.argsort(-first.values)[:3]}
    assert {"sparrow", "bird"} <= strongest
    assert second.words[int(second.values.argmin())] in ("ferry", "boat", "sails")
