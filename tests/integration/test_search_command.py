"""The subcommand `search` on a small workspace of the embedded model."""

import json
import shlex
import shutil

import numpy as np
import pytest

from engine.cli import main
from engine.corpus.embedding import document_embedder, embed_documents, index_model
from engine.corpus.importing import ImportRequest, import_corpus
from engine.corpus.vectors import IndexModel
from engine.corpus.workspace import Workspace
from engine.evidence.reading import read_report
from engine.jobs import Job

TEXTS = [
    ("cats sleep most of the day", "animals"),
    ("a kitten is a young cat", "animals"),
    ("dogs guard houses and herds", "animals"),
    ("wolves hunt in packs", "animals"),
    ("bees turn nectar into honey", "animals"),
    ("horses eat grass and hay", "animals"),
    ("bread is baked from flour and water", "food"),
    ("honey is sweet and keeps for years", "food"),
    ("cheese is made from milk", "food"),
    ("rice is grown in wet fields", "food"),
    ("soup warms on a cold day", "food"),
    ("apples are picked in autumn", "food"),
    ("a bank lends money", "money"),
    ("interest is paid on a loan", "money"),
    ("taxes pay for roads and schools", "money"),
    ("prices rise when goods are scarce", "money"),
    ("shares are parts of a company", "money"),
    ("a coin is made of metal", "money"),
]
TEXTS += [
    (f"the {thing} of the {place} is {state}", "places")
    for thing, state in (("bridge", "old"), ("tower", "tall"), ("road", "narrow"), ("gate", "shut"))
    for place in ("city", "village", "castle", "harbour", "valley", "island", "palace", "abbey")
]
QUERY = "a small cat"


@pytest.fixture(scope="module")
def made(tmp_path_factory, encoder):
    """A workspace with features, made once and never written to."""
    folder = tmp_path_factory.mktemp("search") / "w"
    corpus = folder.with_name("corpus.jsonl")
    rows = [{"id": f"t{i}", "text": text, "kind": kind} for i, (text, kind) in enumerate(TEXTS)]
    corpus.write_text("".join(json.dumps(row) + "\n" for row in rows))
    import_corpus(folder, ImportRequest(corpus), Job())
    with Workspace.open(folder) as workspace:
        embed_documents(workspace, index_model(encoder), document_embedder(encoder))
    settings = ("--features", "16", "--k", "4", "--epochs", "30", "--batch-size", "8")
    assert main(["train", str(folder), "--name", "one", *settings]) == 0
    return folder


@pytest.fixture
def command(made, capsys):
    capsys.readouterr()

    def run(*arguments, query=QUERY, folder=made):
        code = main(["search", str(folder), "--query", query, *map(str, arguments)])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


@pytest.fixture
def hits(command):
    def run(*arguments, **settings):
        code, out, err = command(*arguments, "--json", "-", **settings)
        assert (code, err) == (0, "")
        return json.loads(out)

    return run


def test_hits_are_those_of_sentence_transformers(hits, encoder):
    texts = [text for text, _ in TEXTS]
    vectors = encoder.model.encode([QUERY, *texts], show_progress_bar=False).astype(np.float64)
    similarity = vectors[1:] @ vectors[0]
    found = hits("--top", 5)
    order = np.argsort(-similarity)[:5]
    assert [hit["rank"] for hit in found] == [1, 2, 3, 4, 5]
    assert [hit["document"] - 1 for hit in found] == order.tolist()
    assert [hit["text"] for hit in found] == [texts[i] for i in order]
    assert [hit["similarity"] for hit in found] == pytest.approx(similarity[order], abs=1e-5)
    assert found[0]["id"] == f"t{order[0]}"
    assert found[0]["metadata"] == {"kind": "animals"}
    assert found[0]["percentile"] > 90


def test_filters_leave_the_order_alone(hits):
    everything = hits("--top", 50)
    food = hits("--filter", "kind=food")
    assert [hit["id"] for hit in food] == [h["id"] for h in everything if h["metadata"]["kind"] == "food"]
    assert [hit["rank"] for hit in food] == list(range(1, 7))
    assert [hit["text"] for hit in hits("--words", "honey", "--filter", "kind=food")] == [TEXTS[7][0]]


def test_explained_hits_say_which_words(hits):
    found = hits("--top", 2, "--explain")
    for hit in found:
        assert [hit["text"][slice(*word["span"])] for word in hit["words"]] == [
            w["text"] for w in hit["words"]
        ]
        assert [word["text"] for word in hit["query_words"]] == ["a", "small", "cat"]
        assert sum(word["share"] for word in hit["words"]) == pytest.approx(hit["similarity"], abs=0.1)
        assert max(hit["words"], key=lambda word: word["share"])["text"] in ("cat", "cats", "kitten")
        assert hit["layer"] == 4


def live_features(made):
    from engine.concepts.dictionary import open_dictionary

    with Workspace.open(made) as workspace:
        dictionary = open_dictionary(workspace, "one")
    return dictionary, [int(f) for f in np.flatnonzero(dictionary.codes.fire_rate > 0)]


def test_steering_moves_the_ranking(hits, made):
    dictionary, live = live_features(made)
    feature = live[0]
    document = int(dictionary.codes.feature(feature)[0][0]) + 1
    plain = hits("--top", 50)
    steered = hits("--top", 50, "--sae", "one", "--steer", f"{feature}=3")
    place = {hit["document"]: hit["rank"] for hit in plain}[document]
    assert {hit["document"]: hit["rank"] for hit in steered}[document] <= place
    assert [hit["id"] for hit in steered] != [hit["id"] for hit in plain]
    assert steered[0]["drift"] < 0.99
    before = {hit["id"]: hit["similarity"] for hit in plain}
    assert [hit["query_similarity"] for hit in steered] == pytest.approx(
        [before[hit["id"]] for hit in steered]
    )
    unchanged = hits("--top", 50, "--sae", "one", "--steer", f"{feature}=0")
    assert [hit["id"] for hit in unchanged] == [hit["id"] for hit in plain]
    assert unchanged[0]["drift"] == pytest.approx(1)


def test_printed_hits(command, made):
    _, live = live_features(made)
    code, out, _ = command("--top", 1, "--explain", "--sae", "one", "--steer", f"{live[0]}=0.1")
    assert code == 0
    assert "50 documents, cosine" in out
    assert f"steered: feature {live[0]} by +0.1 x " in out
    assert "% of random pairs" in out
    assert "cat" in out
    assert "█" in out
    code, out, _ = command("--words", "zebra")
    assert (code, out.splitlines()[-1]) == (0, "no document passes the filters")


def test_a_long_query_says_what_is_cut_off(command):
    code, out, err = command("--json", "-", query="cat " * 300 + "the very end")
    assert code == 0
    assert len(json.loads(out)) == 10
    assert len(err.splitlines()) == 1
    assert "the model reads 256 of the 305 tokens of the query" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--top", 0), "--top is 0; choose 1 to 1,000"),
        (("--top", 1001), "--top is 1001"),
        (("--top", -3), "--top is -3"),
        (("--steer", "1=1"), "--steer needs features; name them with --sae"),
        (("--sae", "one", "--steer", "1"), "write it as FEATURE=WEIGHT"),
        (("--sae", "one", "--steer", "a=1"), "write it as FEATURE=WEIGHT"),
        (("--sae", "one", "--steer", "1=x"), "write it as FEATURE=WEIGHT"),
        (("--sae", "one", "--steer", "1=nan"), "weight nan is out of range"),
        (("--sae", "one", "--steer", "1=6"), "weight 6 is out of range"),
        (("--sae", "one", "--steer", "16=1"), "there is no feature 16; there are 0 to 15"),
        (("--sae", "one", "--steer=-1=1"), "there is no feature -1"),
        (("--sae", "one", "--steer", "1=1", "--steer", "1=2"), "given twice"),
        (("--sae", "two"), "no features called 'two'; there are one"),
        (("--filter", "kind"), "write it as COLUMN=VALUE"),
        (("--filter", "colour=red"), "no column 'colour'"),
        (("--model", "/nowhere"), "is not a folder"),
        (("--json", "/nowhere/f.json"), "there is no folder"),
    ],
)
def test_bad_input_is_one_line(command, arguments, message):
    code, out, err = command(*arguments)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert message in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "name a workspace, or give texts with --candidate"),
        (("--candidate", "a", "--words", "b"), "choose documents; leave them out"),
        (("--candidate", "a", "--filter", "b=c"), "choose documents; leave them out"),
        (("--candidate", "a", "--sae", "one"), "name the workspace, too"),
        (("--candidate", " "), "candidate: the text is empty"),
        (("--candidate", "a", "--top", "0"), "--top is 0; choose 1 to"),
    ],
)
def test_what_cannot_be_ranked_is_said_in_one_line(capsys, arguments, message):
    assert main(["search", "--query", QUERY, *arguments]) == 2
    printed = capsys.readouterr()
    assert (printed.out, len(printed.err.splitlines())) == ("", 1)
    assert message in printed.err


CANDIDATES = ("a lorry", "a lynx", "a steamed pudding")


def test_candidates_are_ranked_in_place_of_documents(capsys, command, encoder, made):
    given = [word for text in CANDIDATES for word in ("--candidate", text)]
    assert main(["search", "--query", QUERY, *given, "--json", "-"]) == 0
    alone = json.loads(capsys.readouterr().out)
    query, *vectors = encoder.embed([encoder.tokenize(text) for text in (QUERY, *CANDIDATES)]).astype(float)
    similarities = np.array(vectors) @ query
    order = np.argsort(-similarities)
    assert [hit["text"] for hit in alone] == [CANDIDATES[place] for place in order]
    assert [hit["id"] for hit in alone] == [f"candidate {place + 1}" for place in order]
    assert [hit["similarity"] for hit in alone] == pytest.approx(similarities[order], abs=1e-6)
    assert {hit["percentile"] for hit in alone} == {None}
    code, out, _ = command(*given, "--top", "2", "--sae", "one", "--steer", "1=1", "--json", "-")
    beside = json.loads(out)
    assert (code, len(beside)) == (0, 2)
    assert all(0 <= hit["percentile"] <= 100 for hit in beside)
    assert beside[0]["query_similarity"] == pytest.approx(alone[0]["similarity"], abs=0.5)
    assert {hit["text"] for hit in beside} <= set(CANDIDATES)
    code, out, _ = command(*given)
    assert out.startswith("3 texts, cosine, ")


def test_a_report_of_candidates_is_made_again_by_its_command_and_verified(capsys, made, tmp_path):
    given = [word for text in CANDIDATES for word in ("--candidate", text)]
    for number, folder in enumerate(([], [str(made)])):
        page, again = (tmp_path / f"{name}{number}.html" for name in ("page", "again"))
        steering = ["--sae", "one", "--steer", "1=1"] if folder else []
        asked = [*folder, "--query", QUERY, *given, *steering, "--similarity", "dot", "--explain"]
        assert main(["search", *asked, "--html", str(page)]) == 0
        stated = read_report(page).data["items"][0]
        program, script, *arguments = shlex.split(stated["command"])
        assert (program, script) == ("python", "main.py")
        assert main([*arguments, "--html", str(again)]) == 0
        assert read_report(again).data["items"][0]["item"] == stated["item"]
        capsys.readouterr()
        assert main(["verify", str(page)]) == 0
        assert ", 0 differ, 0 cannot be checked" in capsys.readouterr().out


@pytest.mark.parametrize("query", ["", "  \n"])
def test_an_empty_query_is_refused(command, query):
    code, out, err = command(query=query)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert "query: the text is empty" in err


def test_no_workspace_and_no_vectors_are_said(command, tmp_path):
    code, _, err = command(folder=tmp_path)
    assert (code, len(err.splitlines())) == (2, 1)
    assert "is not a workspace" in err
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("one line\n")
    import_corpus(tmp_path / "w", ImportRequest(corpus), Job())
    code, _, err = command(folder=tmp_path / "w")
    assert (code, len(err.splitlines())) == (2, 1)
    assert "has no complete index" in err


def test_an_index_of_another_model_is_refused(command, made, tmp_path):
    folder = tmp_path / "w"
    shutil.copytree(made, folder)
    with Workspace.open(folder) as workspace:
        store = workspace.index(IndexModel("other", "0" * 64, "mean", "", 384, True, 256))
        store.append(np.eye(len(TEXTS), 384, dtype=np.float32))
        workspace.activate(store.model.fingerprint)
    code, _, err = command(folder=folder)
    assert (code, len(err.splitlines())) == (2, 1)
    assert "the index in use holds vectors of other (00000000)" in err
