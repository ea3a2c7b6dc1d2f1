"""What the inside of an embedding looks like, against the bare transformers network in double precision."""

import json

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from engine.cli import main
from engine.errors import UserError
from engine.jobs import Cancelled, CancelToken, Job
from engine.retrieval.embedding_inspection import hierarchical_order, inspect_texts, nearest_first
from tests.families import HIDDEN, LAYERS

TEXTS = ("bees make honey", "nectar turns into sweet honey", "the market fell again today")


def bare(folder, texts):
    """States (S, H) of each text in float64, by the network alone."""
    tokenizer, network = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).double()
    network.eval()
    states = []
    for text in texts:
        with torch.no_grad():
            states.append(network(**tokenizer(text, return_tensors="pt")).last_hidden_state[0].numpy())
    return tokenizer, states


def unit(vector):
    return vector / np.linalg.norm(vector)


@pytest.mark.parametrize("own", ["mean", "cls"])
def test_poolings_norms_and_similarities_are_those_of_the_network(tiny_encoder, own):
    encoder = tiny_encoder("bert", pooling=own)
    tokenizer, states = bare(encoder.info.folder, TEXTS)
    means, firsts = (
        np.stack([unit(s.mean(axis=0)) for s in states]),
        np.stack([unit(s[0]) for s in states]),
    )
    inspection = inspect_texts(encoder, TEXTS)
    assert inspection.poolings == ("model", "mean", "cls")
    for text, one, state, mean, first in zip(TEXTS, inspection.texts, states, means, firsts, strict=True):
        assert one.text.ids.tolist() == tokenizer(text)["input_ids"]
        assert one.attention.tolist() == one.pooled.tolist() == [1] * len(state)
        np.testing.assert_allclose(one.norms, np.linalg.norm(state, axis=1), rtol=1e-5)
        expected = np.stack([mean if own == "mean" else first, mean, first])
        np.testing.assert_allclose(one.vectors, expected, atol=1e-5)
        np.testing.assert_allclose(one.cosines, expected @ expected.T, atol=1e-5)
    rows = means if own == "mean" else firsts
    np.testing.assert_allclose(inspection.products, rows @ rows.T, atol=1e-5)
    np.testing.assert_allclose(inspection.cosines, rows @ rows.T, atol=1e-5)
    other = inspect_texts(encoder, TEXTS, "cls" if own == "mean" else "mean")
    rows = firsts if own == "mean" else means
    np.testing.assert_allclose(other.products, rows @ rows.T, atol=1e-5)


def test_each_step_says_what_becomes_of_a_text(tiny_encoder):
    encoder = tiny_encoder("bert", dense=10)
    (one,) = inspect_texts(encoder, TEXTS[:1]).texts
    count = len(one.text.ids)
    assert [(step.name, step.shape) for step in one.steps] == [
        ("tokens", (count,)),
        ("token vectors", (count, HIDDEN)),
        ("hidden states", (count, HIDDEN)),
        ("pooling", (HIDDEN,)),
        ("dense", (10,)),
        ("normalised", (10,)),
    ]
    assert str(LAYERS) in one.steps[2].what
    states = bare(encoder.info.folder, TEXTS[:1])[1][0]
    assert one.steps[3].norm == pytest.approx(np.linalg.norm(states.mean(axis=0)), rel=1e-5)
    assert one.steps[0].norm is None
    assert one.steps[-1].norm == pytest.approx(1, abs=1e-6)
    vectors = encoder.model.encode([TEXTS[0]], show_progress_bar=False)
    np.testing.assert_allclose(one.vectors[0], vectors[0], atol=1e-6)


def test_products_of_a_model_that_does_not_normalise_are_no_cosines(tiny_encoder):
    encoder = tiny_encoder("bert", normalize=False)
    inspection = inspect_texts(encoder, TEXTS)
    vectors = encoder.model.encode(list(TEXTS), show_progress_bar=False).astype(np.float64)
    np.testing.assert_allclose(inspection.products, vectors @ vectors.T, rtol=1e-4)
    lengths = np.linalg.norm(vectors, axis=1)
    np.testing.assert_allclose(
        inspection.cosines, vectors @ vectors.T / np.outer(lengths, lengths), atol=1e-5
    )
    assert inspection.texts[0].steps[-1].name == "pooling"


def test_a_prompt_that_is_not_pooled_is_told_from_the_text(tiny_encoder):
    encoder = tiny_encoder("bert", prompts={"document": "text: "}, include_prompt=False)
    (one,) = inspect_texts(encoder, TEXTS[:1]).texts
    assert one.attention.sum() == len(one.text.ids)
    assert 0 < one.pooled.sum() < len(one.text.ids)
    assert one.pooled[0] == 0
    states = bare(encoder.info.folder, ["text: " + TEXTS[0]])[1][0]
    mean = unit(states[one.pooled == 1].mean(axis=0))
    np.testing.assert_allclose(one.vectors[:2], np.stack([mean, mean]), atol=1e-5)


def test_what_is_behind_the_last_token_is_said(tiny_encoder):
    encoder = tiny_encoder("bert", max_tokens=12)
    long = "bees make honey and they sleep when the winter comes to the hills of the north"
    (one,) = inspect_texts(encoder, [long]).texts
    assert len(one.norms) == 12
    assert one.text.truncated
    assert long[one.text.seen_characters :].strip()


def test_poolings_side_by_side_take_no_other(tiny_model):
    from engine.encoder import Encoder
    from tests.models import change_json

    folder = tiny_model("bert", pooling="mean", seed=7)
    change_json(folder / "1_Pooling" / "config.json", pooling_mode_cls_token=True)
    encoder = Encoder(folder, device="cpu")
    inspection = inspect_texts(encoder, TEXTS[:1])
    assert inspection.poolings == ("model",)
    assert inspection.texts[0].steps[-1].shape == (2 * HIDDEN,)
    with pytest.raises(UserError, match="takes nothing else"):
        inspect_texts(encoder, TEXTS[:1], "cls")


def test_bad_texts_are_named(tiny_encoder):
    encoder = tiny_encoder("bert")
    with pytest.raises(UserError, match="text 2: the text is empty"):
        inspect_texts(encoder, ["bees", "  "])
    with pytest.raises(UserError, match="at most 500"):
        inspect_texts(encoder, ["bees"] * 501)
    with pytest.raises(UserError, match="at least one"):
        inspect_texts(encoder, [])


def test_it_stops_when_asked(tiny_encoder):
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        inspect_texts(tiny_encoder("bert"), TEXTS, job=Job(token))


def test_orders():
    # Two groups, their members in turn.
    cosines = np.full((6, 6), 0.1, dtype=np.float32)
    cosines[::2, ::2] = cosines[1::2, 1::2] = 0.9
    np.fill_diagonal(cosines, 1)
    parities = [int(place) % 2 for place in hierarchical_order(cosines)]
    assert parities in ([0, 0, 0, 1, 1, 1], [1, 1, 1, 0, 0, 0])
    assert hierarchical_order(cosines[:2, :2]).tolist() == [0, 1]
    cosines[0] = [0.2, 0.5, 1.0, 0.7, 0.3, 0.5]
    assert nearest_first(cosines)[0].tolist() == [0, 2, 3, 1, 5, 4]


@pytest.fixture
def command(capsys):
    def run(*arguments):
        code = main(["inspect", *map(str, arguments)])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def test_the_command_writes_the_numbers(command, tiny_encoder):
    encoder = tiny_encoder("bert")
    texts = [word for text in TEXTS for word in ("--text", text)]
    code, out, err = command(*texts, "--model", encoder.info.folder, "--json", "-")
    assert (code, err) == (0, "")
    data = json.loads(out)
    assert data["model"]["fingerprint"] == encoder.info.fingerprint
    assert [one["text"] for one in data["texts"]] == list(TEXTS)
    one = data["texts"][0]
    count = len(one["ids"])
    assert [len(one[key]) for key in ("tokens", "spans", "attention_mask", "pooled", "norms")] == [count] * 5
    vectors = encoder.model.encode(list(TEXTS), show_progress_bar=False)
    np.testing.assert_allclose(data["similarities"], vectors @ vectors.T, atol=1e-5)
    np.testing.assert_allclose([text["embedding"] for text in data["texts"]], vectors, atol=1e-6)
    assert sorted(data["order"]) == [0, 1, 2]
    assert (one["cut_off"], one["read_characters"]) == ("", len(TEXTS[0]))


def test_the_command_prints_what_a_person_reads(command, tiny_encoder):
    folder = tiny_encoder("bert", max_tokens=12).info.folder
    code, out, err = command(
        "--text", TEXTS[0], "--text", "many words " * 20, "--model", folder, "--pooling", "cls"
    )
    assert (code, err) == (0, "")
    inspection = inspect_texts(tiny_encoder("bert", max_tokens=12), [TEXTS[0], "many words " * 20], "cls")
    for token, id_, norm in zip(
        inspection.texts[0].text.tokens,
        inspection.texts[0].text.ids,
        inspection.texts[0].norms,
        strict=True,
    ):
        assert any(line.split()[1:5] == [token, str(id_), "1", f"{norm:.3f}"] for line in out.splitlines())
    assert "cut off: the model reads 12 of " in out
    assert f"12 x {HIDDEN}" in out
    assert "Similarity (cosine, pooling: cls)" in out
    assert f"{inspection.cosines[0, 1]:.3f}" in out


def test_the_command_refuses_in_one_line(command, tmp_path):
    code, out, err = command("--text", "bees", "--model", tmp_path)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert str(tmp_path) in err
    code, _, err = command("--text", "bees", "--json", tmp_path / "none" / "x.json")
    assert (code, len(err.splitlines())) == (2, 1)
