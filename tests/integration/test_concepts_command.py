"""The subcommand `concepts`: what it writes, what it prints, what it refuses."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from engine.cli import main
from engine.concepts.dictionary import open_dictionary
from engine.concepts.labels import MachineLabel, save_labels
from engine.concepts.names import feature_names
from engine.corpus.embedding import document_embedder, embed_documents, index_model
from engine.corpus.importing import ImportRequest, import_corpus
from engine.corpus.journal import Journal
from engine.corpus.workspace import Workspace
from engine.jobs import Job
from engine.sae.checkpoints import checkpoint_digest

QUERY, CANDIDATE = "how bees make honey", "nectar turns into honey inside the hive"
SUBJECTS = ("bees", "honey", "a hive", "sugar", "flowers", "the sea", "a ship", "the weather")
VERBS = ("is made of", "lies near", "was studied with", "turns into", "is unlike")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory, encoder):
    """Forty documents embedded by the default model, and features called "tiny"."""
    root = tmp_path_factory.mktemp("concepts")
    corpus = root / "corpus.txt"
    lines = [f"{a} {verb} {SUBJECTS[i - 1]}" for i, a in enumerate(SUBJECTS) for verb in VERBS]
    corpus.write_text("".join(f"{line}\n" for line in lines))
    folder = root / "w"
    import_corpus(folder, ImportRequest(corpus), Job())
    with Workspace.open(folder) as opened:
        embed_documents(opened, index_model(encoder), document_embedder(encoder))
    quick = ("--features", "24", "--k", "4", "--epochs", "4", "--batch-size", "10", "--json", str(root / "t"))
    assert main(["train", str(folder), "--name", "tiny", *quick]) == 0
    return folder


@pytest.fixture
def command(workspace, capsys):
    def run(*arguments, query=QUERY, candidate=CANDIDATE, sae="tiny"):
        texts = ("--query", query, "--candidate", candidate)
        code = main(["concepts", str(workspace), "--sae", sae, *texts, *map(str, arguments)])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def test_the_json_adds_up_on_every_level(command, workspace, encoder):
    code, out, err = command("--json", "-")
    assert (code, err) == (0, "")
    result = json.loads(out)
    e_q, e_c = encoder.embed([encoder.tokenize(QUERY, "query"), encoder.tokenize(CANDIDATE)])
    assert result["similarity"] == pytest.approx(float(e_q @ e_c), abs=1e-5)
    assert list(result["ledger"]) == ["shared", "one_sided", "bias", "residual"]
    assert sum(result["ledger"].values()) == pytest.approx(result["similarity"], abs=1e-9)
    features = result["features"]
    assert features
    shared = sum(f["contribution"] for f in features if f["query_activation"] and f["candidate_activation"])
    assert shared == pytest.approx(result["ledger"]["shared"], abs=1e-9)
    for feature in features:
        assert feature["label"] == f"feature {feature['feature']}"
        for side in ("query", "candidate"):
            tokens = feature[f"{side}_tokens"]
            assert [token["token"] for token in tokens] == result[side]["tokens"]
            total = sum(token["share"] for token in tokens) + feature[f"{side}_outside"]
            assert total == pytest.approx(feature["contribution"], abs=1e-9)
    with Workspace.open(workspace) as opened:
        active = open_dictionary(opened, "tiny").activations(np.stack([e_q, e_c])).toarray()
    for feature in features:
        assert feature["query_activation"] == pytest.approx(active[0, feature["feature"]], abs=1e-5)
        assert feature["candidate_activation"] == pytest.approx(active[1, feature["feature"]], abs=1e-5)
    erasure = result["erasure"]
    assert erasure["drop"] == pytest.approx(result["similarity"] - erasure["erased"])


def test_families_fold_into_rows_that_add_up_the_same(command, monkeypatch):
    single = json.loads(command("--json", "-")[1])
    first, second = (feature["feature"] for feature in single["features"][:2])
    family = np.full(24, -1)
    family[[first, second]] = first
    monkeypatch.setattr("engine.instrument.open_families", lambda *_: SimpleNamespace(family=family))
    code, out, err = command("--json", "-", "--fold-families")
    assert (code, err) == (0, "")
    result = json.loads(out)
    assert len(result["features"]) == len(single["features"]) - 1
    (row,) = (row for row in result["features"] if len(row["members"]) == 2)
    assert (row["feature"], row["members"]) == (first, [first, second])
    assert row["contribution"] == pytest.approx(sum(one["contribution"] for one in single["features"][:2]))
    assert sum(result["ledger"].values()) == pytest.approx(result["similarity"], abs=1e-9)
    assert sum(token["share"] for token in row["query_tokens"]) + row["query_outside"] == pytest.approx(
        row["contribution"], abs=1e-9
    )
    assert all("members" not in feature for feature in single["features"])
    assert f"feature {first} (+1)" in command("--fold-families")[1]


def test_a_long_candidate_has_the_same_ledger_terms_and_flow_of_its_strongest(command):
    long = " ".join(f"{word} near the hive and the flowers" for word in SUBJECTS * 3)
    code, out, _ = command("--json", "-", "--tolerance", "0.05", query="honey", candidate=long)
    result = json.loads(out)
    assert code == 0
    assert sum(result["ledger"].values()) == pytest.approx(result["similarity"], abs=1e-9)
    best = result["features"][0]
    total = sum(token["share"] for token in best["candidate_tokens"]) + best["candidate_outside"]
    assert total == pytest.approx(best["contribution"], abs=1e-9)
    assert sum(abs(token["share"]) for token in best["candidate_tokens"]) > 0


def test_without_json_it_prints_bars_ledger_and_test(command):
    code, out, _ = command()
    assert code == 0
    for piece in ("cosine similarity", "█", "↔", "shared", "one-sided", "bias", "residual", "Without the"):
        assert piece in out


def test_the_page_holds_the_explanation_and_its_concepts(command, tmp_path):
    code, _, _ = command("--html", tmp_path / "page.html", "--layer", "5", "--tolerance", "0.05")
    assert code == 0
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Shared concepts" in page
    assert "nectar" in page


def test_names_are_the_analysts_over_the_machines(workspace):
    with Workspace.open(workspace) as opened:
        dictionary = open_dictionary(opened, "tiny")
        digest = checkpoint_digest(dictionary.folder)
        labels = [
            MachineLabel(number, label, "", (), 0.1, None)
            for number, label in enumerate(["bees", "ships", None])
        ]
        save_labels(opened, "tiny", digest, labels, {})
        Journal(opened, "tiny", digest, dictionary.features).rename(1, "boats")
        assert feature_names(opened, dictionary)[:3] == ("bees", "boats", "feature 2")
        opened.database.execute("DELETE FROM label_runs")
        Journal(opened, "tiny", digest, dictionary.features).undo()


def test_a_query_that_is_cut_says_so(command):
    code, out, _ = command("--tolerance", "0.1", "--layer", "5", query="honey " * 300, candidate="bees")
    assert code == 0
    assert "of 1,800 characters of the query; the rest plays no part" in out


@pytest.mark.parametrize(
    ("arguments", "texts", "message"),
    [
        ((), {"sae": "none"}, "no features called 'none'; there are tiny"),
        ((), {"query": "  "}, "query: the text is empty"),
        (("--json", "no/such/place"), {}, "there is no folder"),
        (("--layer", "99"), {}, "layer 99 is not there"),
    ],
)
def test_bad_input_is_one_line(command, arguments, texts, message):
    code, out, err = command(*arguments, **texts)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


def test_no_workspace_is_one_line(tmp_path, capsys):
    texts = ("--query", "a", "--candidate", "b")
    assert main(["concepts", str(tmp_path), "--sae", "tiny", *texts]) == 2
    assert "is not a workspace" in capsys.readouterr().err
