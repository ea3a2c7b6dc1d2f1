"""The encoder: prompts, lengths and settings, texts that cannot be read, layers, batches, cancellation."""

import json
import shutil

import numpy as np
import pytest
import torch

from engine.attribution.explainer import Explainer
from engine.attribution.integrated_jacobians import integrated_jacobians
from engine.attribution.leave_one_out import leave_one_out
from engine.attribution.output_layer import output_layer
from engine.attribution.request import ExplainRequest
from engine.encoder import Encoder, layers
from engine.errors import UserError
from engine.jobs import Cancelled, CancelToken, Job
from tests.models import MAX_TOKENS, PROMPTS, change_json, write_json

TEXT = "The quick fox isn't 🙂 to find."
WORDY = "words and more words to read: " * 20


@pytest.fixture
def folder(tiny_model, tmp_path):
    """A copy of a tiny BERT that a test may spoil."""
    return shutil.copytree(tiny_model("bert"), tmp_path / "model")


def load(folder, **settings):
    return Encoder(folder, device="cpu", **settings)


# -- prompts, length, settings -----------------------------------------------------------------------------


def test_prompts_follow_the_role(folder):
    def set_prompts(prompts, default=None):
        change_json(
            folder / "config_sentence_transformers.json", prompts=prompts, default_prompt_name=default
        )
        encoder = load(folder)
        return encoder.prompt("query"), encoder.prompt("document")

    assert set_prompts({}) == ("", "")
    assert set_prompts(PROMPTS) == ("find this: ", "text: ")
    assert set_prompts({"query": "q: ", "passage": "p: "}) == ("q: ", "p: ")
    assert set_prompts({"clustering": "c: "}) == ("", "")
    assert set_prompts({"query": "q: ", "other": "o: "}, default="other") == ("q: ", "o: ")


def test_the_text_begins_behind_the_last_token_of_the_prompt(tiny_encoder):
    bare = tiny_encoder("bert").tokenize(TEXT)
    for prompt in ("find this:", "find this: "):
        text = tiny_encoder("bert", prompts={"query": prompt}).tokenize(TEXT, "query")
        assert text.tokens[text.content[0] :] == bare.tokens[1:]
        assert (text.spans[text.content[0]], text.words[0].text) == ((0, 3), "The")


def test_a_prompt_left_out_of_the_pooling_is_left_out_of_the_output_layer(tiny_encoder):
    encoder = tiny_encoder("bert", prompts=PROMPTS, include_prompt=False)
    result = output_layer(encoder, encoder.tokenize(TEXT, "query"))
    assert result.error < 1e-5
    assert not result.vectors[: result.text.content[0]].any()
    assert result.vectors[-1].any()


def test_truncation_is_known_and_reported(tiny_encoder):
    encoder = tiny_encoder("bert")
    text = encoder.tokenize(WORDY)
    assert text.truncated
    assert len(text.ids) == MAX_TOKENS
    assert text.total_tokens == len(encoder.tokenizer(WORDY)["input_ids"])
    assert 100 < text.seen_characters < len(WORDY)
    assert text.words[-1].span[1] == text.seen_characters
    assert text.spans[-1] is None
    np.testing.assert_allclose(encoder.check(text), encoder.model.encode(WORDY), atol=2e-6)
    whole = encoder.tokenize(TEXT)
    assert not whole.truncated
    assert (whole.total_tokens, whole.seen_characters) == (len(whole.ids), len(TEXT))


@pytest.mark.parametrize(
    ("family", "limit"), [("bert", 128), ("roberta", 128), ("mpnet", 128), ("qwen3", 256), ("t5", 10_000_000)]
)
def test_without_a_limit_of_its_own_a_model_has_that_of_its_positions(family, limit, tiny_encoder):
    # RoBERTa and MPNet have 130 rows of positions, of which two are never used.
    encoder = tiny_encoder(family, max_tokens=None)
    assert encoder.info.max_tokens == limit
    text = encoder.tokenize(WORDY)
    assert len(text.ids) == min(limit, text.total_tokens)
    encoder.check(text)


def test_a_limit_beyond_the_positions_is_lowered(folder):
    change_json(folder / "sentence_bert_config.json", max_seq_length=512)
    encoder = load(folder)
    assert encoder.info.max_tokens == 128
    encoder.check(encoder.tokenize(WORDY))


def test_weights_saved_in_half_precision_are_computed_in_float32(tiny_encoder):
    encoder = tiny_encoder("bert", dtype="bfloat16")
    assert {parameter.dtype for parameter in encoder.model.parameters()} == {torch.float32}
    encoder.check(encoder.tokenize(TEXT))


def test_texts_are_lowercased_where_the_folder_says_so(tiny_encoder):
    def capitals(encoder):
        text = encoder.tokenize("SEARCH the İ FOX")
        assert [word.text for word in text.words] == ["SEARCH", "the", "İ", "FOX"]
        encoder.check(text)
        return [token for token in text.tokens[1:-1] if token != "[UNK]" and token != token.lower()]

    assert capitals(tiny_encoder("electra"))
    assert not capitals(tiny_encoder("electra", lowercase=True))


def test_a_tokenizer_may_put_a_space_before_the_first_word(tiny_model, tmp_path):
    spaced = shutil.copytree(tiny_model("roberta"), tmp_path / "model")
    tokenizer = json.loads((spaced / "tokenizer.json").read_text(encoding="utf-8"))
    tokenizer["pre_tokenizer"]["add_prefix_space"] = True
    tokenizer["post_processor"]["add_prefix_space"] = True
    write_json(spaced / "tokenizer.json", tokenizer)
    change_json(spaced / "tokenizer_config.json", add_prefix_space=True)
    encoder = load(spaced)
    text = encoder.tokenize("and texts")
    assert text.tokens[1].startswith("Ġ")
    assert text.spans[1] is not None
    assert text.spans[1][0] == 0
    assert [word.text for word in text.words] == ["and", "texts"]
    encoder.check(text)


def test_an_embedding_cut_to_fewer_dimensions_is_explained_as_cut(folder):
    change_json(folder / "config_sentence_transformers.json", truncate_dim=10)
    encoder = load(folder)
    assert (encoder.info.dimension, encoder.info.normalized) == (10, False)
    text = encoder.tokenize(TEXT)
    np.testing.assert_allclose(encoder.check(text), encoder.model.encode(TEXT), atol=2e-6)
    assert integrated_jacobians(encoder, text).error < 2e-3
    assert output_layer(encoder, text).error < 1e-5


def test_a_folder_of_transformers_alone_is_pooled_by_the_mean(folder):
    for name in ("modules.json", "sentence_bert_config.json", "config_sentence_transformers.json"):
        (folder / name).unlink()
    encoder = load(folder)
    assert (encoder.info.pooling, encoder.info.normalized) == ("mean", False)
    encoder.check(encoder.tokenize(TEXT))


def test_a_model_without_specials_can_lose_its_last_word(tiny_model, tmp_path):
    bare = shutil.copytree(tiny_model("qwen3"), tmp_path / "model")
    change_json(bare / "tokenizer.json", post_processor=None)
    encoder = load(bare)
    text = encoder.tokenize("a")
    assert (len(text.ids), text.content) == (1, (0,))
    result = leave_one_out(encoder, text)
    alone = encoder.embed_ids([np.array([encoder.pad_id])], text)[0]
    np.testing.assert_allclose(result.vectors[0], encoder.embed([text])[0] - alone, atol=2e-6)
    explanation = Explainer(encoder).explain(ExplainRequest("a", ("a", "fox")))
    assert all(np.isfinite(tests.deletion.values).all() for tests in explanation.faithfulness)


# -- texts that cannot be read -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the text is empty"),
        (" \n\t\u3000", "the text is empty"),
        ("\x00\x01", "the model sees no token"),
        ("half \ud83d", "character 6 of the text is only half of one"),
    ],
)
def test_a_text_that_cannot_be_read_is_refused(text, reason, tiny_encoder):
    with pytest.raises(UserError, match=reason):
        tiny_encoder("bert").tokenize(text)


def test_a_text_whose_beginning_would_be_dropped_is_refused(folder):
    change_json(folder / "tokenizer_config.json", truncation_side="left")
    encoder = load(folder)
    encoder.check(encoder.tokenize(TEXT))
    with pytest.raises(UserError, match="would drop its beginning; shorten it to 96"):
        encoder.tokenize(WORDY)


def test_a_model_that_rewrites_its_input_is_refused(tiny_encoder, monkeypatch):
    encoder = tiny_encoder("bert")
    preprocess = encoder.model.preprocess
    monkeypatch.setattr(
        encoder.model,
        "preprocess",
        lambda texts, prompt=None: preprocess([f"user: {t}" for t in texts], prompt=prompt),
    )
    with pytest.raises(UserError, match="rewrites its input"):
        encoder.tokenize(TEXT)


def test_an_embedding_that_encode_does_not_give_is_refused(tiny_encoder, monkeypatch):
    encoder = tiny_encoder("bert")
    text = encoder.tokenize(TEXT)
    row = encoder.model.encode(TEXT)
    for wrong in (row + 1e-4, row * np.nan):
        monkeypatch.setattr(encoder.model, "encode", lambda *_args, wrong=wrong, **_kwargs: wrong)
        with pytest.raises(UserError, match="cannot be reproduced"):
            encoder.check(text)


# -- layers ------------------------------------------------------------------------------------------------


def test_the_layers_of_an_unknown_family_are_found_by_their_path(tiny_model, monkeypatch):
    known = load(tiny_model("bert"))
    monkeypatch.setattr(layers, "_KNOWN_PATHS", ())
    with pytest.raises(UserError, match="the layers of BertModel were not found; give their dotted path"):
        load(tiny_model("bert"))
    named = load(tiny_model("bert"), layer_path="encoder.layer")
    text = named.tokenize(TEXT)
    assert named.info.layers == 3
    torch.testing.assert_close(named.path(text, 1).text_states, known.path(text, 1).text_states)


@pytest.mark.parametrize("path", ["encoder.blocks", "encoder", "embeddings.word_embeddings.weight", ""])
def test_a_path_that_leads_to_no_list_of_layers_is_refused(path, tiny_model):
    with pytest.raises(UserError, match="is not a list of layers of this model"):
        load(tiny_model("bert"), layer_path=path)


def test_a_list_of_something_else_is_refused(tiny_encoder, monkeypatch):
    encoder = tiny_encoder("bert")
    text = encoder.tokenize(TEXT)
    pooler = encoder.model[0].model.pooler
    monkeypatch.setattr(encoder, "sites", [layers.LayerSite(pooler, call=1)])
    with pytest.raises(UserError, match="BertPooler does not take the states of a text"):
        encoder.path(text, 0)


def test_states_that_are_read_in_two_places_cannot_be_varied_in_one(tiny_encoder, monkeypatch):
    encoder = tiny_encoder("deberta-v2")
    first = encoder.model[0].model.encoder.layer[0]
    monkeypatch.setattr(encoder, "sites", [layers.LayerSite(first), *encoder.sites[1:]])
    monkeypatch.setattr(encoder, "_verified", set())
    with pytest.raises(UserError, match="does more with the states that enter layer 0"):
        encoder.path(encoder.tokenize(TEXT), 0)


@pytest.mark.parametrize("layer", [-1, 3])
def test_a_layer_that_is_not_there_is_refused(layer, tiny_encoder):
    encoder = tiny_encoder("bert")
    with pytest.raises(UserError, match="tiny-bert has layers 0 to 2"):
        encoder.path(encoder.tokenize(TEXT), layer)


# -- batches, memory, cancellation -------------------------------------------------------------------------


def test_sequences_come_back_in_order_and_equal_ones_are_embedded_once(tiny_encoder, monkeypatch):
    encoder = tiny_encoder("bert")
    text = encoder.tokenize(TEXT)
    sequences = [text.ids, text.ids[:4], text.ids, text.ids[:7], text.ids[:4]]
    expected = np.concatenate([encoder.embed_ids([ids], text) for ids in sequences])
    rows, forward = [], encoder._forward
    monkeypatch.setattr(encoder, "_forward", lambda ids, like: rows.append(len(ids)) or forward(ids, like))
    np.testing.assert_allclose(encoder.embed_ids(sequences, text), expected, atol=2e-6)
    assert sum(rows) == 3
    assert encoder.embed([]).shape == (0, 24)
    with pytest.raises(ValueError, match="share their prompt"):
        encoder.embed([text, tiny_encoder("bert", prompts=PROMPTS).tokenize(TEXT)])


def test_batches_are_halved_until_memory_suffices(tiny_encoder, monkeypatch):
    encoder = tiny_encoder("bert")
    text = encoder.tokenize(TEXT)
    sequences = [np.roll(text.ids, shift) for shift in range(1, 12)]
    expected, sizes, forward = encoder.embed_ids(sequences, text), [], encoder._forward

    def small_memory(ids, like):
        sizes.append(len(ids))
        if len(ids) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(ids, like)

    monkeypatch.setattr(encoder, "_forward", small_memory)
    np.testing.assert_allclose(encoder.embed_ids(sequences, text), expected, atol=2e-6)
    assert sizes[0] == 11
    assert max(sizes[-4:]) <= 3

    def no_memory(_ids, _like):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(encoder, "_forward", no_memory)
    with pytest.raises(UserError, match="not enough memory on cpu"):
        encoder.embed_ids(sequences, text)


def work_on(kind, encoder, text, job):
    """Return something to do with a model that takes a pass through its layers, still to be started."""
    if kind == "embed":
        return lambda: encoder.embed([text], job)
    if kind == "path":
        return lambda: encoder.path(text, 1, job)
    path = encoder.path(text, 0, job)
    states = torch.stack([path.text_states, path.reference_states])
    if kind == "forward":
        return lambda: torch.func.vmap(lambda t: torch.func.jvp(path, (states,), (t,))[1])(states[None])
    return lambda: torch.func.vjp(path, states)


@pytest.mark.parametrize("kind", ["embed", "path", "forward", "reverse"])
def test_a_pass_is_cancelled_within_a_layer(kind, tiny_model):
    encoder = load(tiny_model("bert"))
    text = encoder.tokenize(TEXT)
    before = integrated_jacobians(encoder, text, 0, 1e-2)
    job, finished = Job(CancelToken()), []
    start = work_on(kind, encoder, text, job)
    handles = [
        site.module.register_forward_hook(lambda *_, index=index: finished.append(index))
        for index, site in enumerate(encoder.sites)
    ]
    handles.append(encoder.sites[1].module.register_forward_hook(lambda *_: job.cancel.cancel()))
    with pytest.raises(Cancelled):
        start()
    assert finished == [0, 1]
    for handle in handles:
        handle.remove()
    # Nothing is left behind: no hook, no lock, no level of differentiation.
    assert not any(module._forward_pre_hooks for module in encoder.model.modules())
    after = integrated_jacobians(encoder, text, 0, 1e-2)
    np.testing.assert_array_equal(after.vectors, before.vectors)
