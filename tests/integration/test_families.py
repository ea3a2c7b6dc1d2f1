"""Every family of models: tokens, embeddings, paths, integrated Jacobians and ledgers of tiny random ones."""

import itertools

import numpy as np
import pytest
import torch

from engine.attribution.captum_methods import integrated_gradients
from engine.attribution.explainer import Explainer
from engine.attribution.integrated_jacobians import integrated_jacobians
from engine.attribution.methods import contributions_by
from engine.attribution.pair import explain_pair
from engine.attribution.request import METHODS, REFERENCES, SIMILARITIES, ExplainRequest
from engine.errors import UserError
from tests.families import FAMILIES, LAYERS
from tests.independent import IndependentModel
from tests.models import MAX_TOKENS, PROMPTS

SHORT = "a dog 向量"
TEXT = "The quick fox isn't 🙂 to find."
# Longer than the windows of ModernBERT and Gemma, and than their sliding masks.
LONG = "words and more words to read: " * 3 + "find this passage"
SCRIPTS = (
    "x",
    "  leading spaces, and more",
    "don't stop: it's 3.14 a_b-c/d",
    "机器学习 search 引擎",
    "שלום עולם abc مرحبا",
    "emoji 🙂 👍 and 👨\u200d👩\u200d👧 end",
    "über café <b>bold</b> &amp; \t tab\nline",
    "control \x07 character",
    "an unknown 🎉 sign",
)
family_names = pytest.mark.parametrize("family", FAMILIES)
layers = pytest.mark.parametrize("layer", range(LAYERS))


def relative(difference: np.ndarray, whole: np.ndarray) -> float:
    return float(np.linalg.norm(difference) / np.linalg.norm(whole))


@family_names
def test_a_family_is_loaded_as_saved(family, tiny_encoder):
    encoder = tiny_encoder(family)
    kind = FAMILIES[family]
    assert encoder.info.family in {family, "deberta-v2" if family.startswith("deberta") else family}
    assert (encoder.info.layers, encoder.info.pooling) == (LAYERS, kind.pooling)
    assert (encoder.info.max_tokens, encoder.info.normalized) == (MAX_TOKENS, True)
    tokens = encoder.tokenize(TEXT)
    assert tokens.content == tuple(range(kind.prefix, len(tokens.ids) - kind.suffix))
    assert all(p.dtype == torch.float32 and not p.requires_grad for p in encoder.model.parameters())


@family_names
@pytest.mark.parametrize("text", SCRIPTS)
def test_spans_give_back_the_characters_of_the_text(family, text, tiny_encoder):
    tokens = tiny_encoder(family).tokenize(text)
    spans = [span for span in tokens.spans if span is not None]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    # Pieces of one character share its span; else spans follow one another without overlap.
    distinct = sorted(set(spans))
    assert all(left[1] <= right[0] for left, right in itertools.pairwise(distinct))
    covered = "".join(text[start:end] for start, end in distinct)
    # BERT's tokenizers drop control characters, and some read a joined emoji as one sign.
    dropped = str.maketrans("", "", " \t\n\x07\u200d")
    assert covered.translate(dropped) == text.translate(dropped)
    accents = str.maketrans("üé", "ue")
    for token, span in zip(tokens.tokens, tokens.spans, strict=True):
        surface = token.removeprefix("##").strip("▁Ġ")
        if span is not None and surface.isascii() and surface.isalnum():
            assert text[slice(*span)].translate(accents).lower() == surface.lower()
    assert sorted(token for word in tokens.words for token in word.tokens) == list(tokens.content)


@family_names
def test_specials_and_prompt_have_no_span_and_are_no_content(family, tiny_encoder):
    encoder = tiny_encoder(family, prompts=PROMPTS)
    kind, bare = FAMILIES[family], tiny_encoder(family).tokenize(TEXT)
    tokens = encoder.tokenize(TEXT, "query")
    assert tokens.prompt == PROMPTS["query"]
    prompt = range(kind.prefix, tokens.content[0])
    assert len(prompt) > 2
    assert tokens.content == tuple(range(tokens.content[0], len(tokens.ids) - kind.suffix))
    outside = set(range(len(tokens.ids))) - set(tokens.content)
    assert all(tokens.spans[index] is None for index in outside)
    assert [word.text for word in tokens.words] == [word.text for word in bare.words]


@family_names
@pytest.mark.parametrize(("role", "side"), [("query", "left"), ("document", "right")])
def test_embeddings_are_those_of_encode_singly_and_in_a_batch(family, role, side, tiny_encoder):
    encoder = tiny_encoder(family, prompts=PROMPTS, padding_side=side)
    assert encoder.tokenizer.padding_side == side
    texts = [encoder.tokenize(text, role) for text in ("x", TEXT, LONG)]
    assert len({len(text.ids) for text in texts}) == len(texts)
    expected = np.stack([encoder.model.encode(text.text, prompt=PROMPTS[role]) for text in texts])
    np.testing.assert_allclose(encoder.embed(texts), expected, atol=2e-6)
    np.testing.assert_allclose(encoder.embed(texts[1:2])[0], expected[1], atol=2e-6)
    np.testing.assert_allclose(encoder.check(texts[2]), expected[2], atol=2e-6)


@family_names
@layers
def test_a_path_leads_from_the_reference_to_the_text(family, layer, tiny_encoder):
    encoder = tiny_encoder(family, prompts=PROMPTS)
    text = encoder.tokenize(LONG, "query")
    path = encoder.path(text, layer)
    between = path.reference_states + 0.4 * (path.text_states - path.reference_states)
    with torch.no_grad():
        together = path(torch.stack([path.text_states, between, path.reference_states])).numpy()
        alone = path(between[None]).numpy()
    np.testing.assert_allclose(together[0], encoder.embed([text])[0], atol=2e-6)
    np.testing.assert_allclose(together[1], alone[0], atol=2e-6)
    np.testing.assert_allclose(together[2], encoder.reference_embedding(text), atol=2e-6)
    assert np.linalg.norm(together[0] - together[2]) > 0.1


@family_names
def test_a_reference_pads_the_content_and_keeps_positions(family, tiny_model, tiny_encoder):
    encoder = tiny_encoder(family)
    text = encoder.tokenize(TEXT)
    path = encoder.path(text, 0)
    moved = (path.text_states != path.reference_states).any(dim=1)
    if family == "deberta-v2":
        assert encoder.sites[0].module is encoder.model[0].model.encoder
    assert tuple(torch.nonzero(moved)[:, 0].tolist()) == text.content
    independent = IndependentModel(tiny_model(family), family)
    expected = independent.embed(independent.embeds(text.ids, text.content))[0].numpy()
    np.testing.assert_allclose(encoder.reference_embedding(text), expected, atol=1e-5)


@family_names
@pytest.mark.parametrize("layer", [0, LAYERS - 1])
def test_integrated_jacobians_match_dense_differences_in_float64(family, layer, tiny_model, tiny_encoder):
    encoder = tiny_encoder(family, normalize=False)
    text = encoder.tokenize(SHORT)
    forward = integrated_jacobians(encoder, text, layer, tolerance=1e-4)
    independent = IndependentModel(tiny_model(family, normalize=False), family)
    expected = independent.integrated_jacobians(text.ids, text.content, layer)
    whole = independent.embed(independent.embeds(text.ids))[0].numpy()
    start = independent.embed(independent.embeds(text.ids, text.content))[0].numpy()
    assert relative(expected.sum(axis=0) - (whole - start), whole - start) < 1e-6
    assert forward.error < 1e-4
    assert relative(forward.vectors - expected, expected) < 1e-4
    basis = np.linalg.qr(np.random.default_rng(0).normal(size=(len(whole), 2)))[0].T.astype(np.float32)
    reverse = integrated_jacobians(encoder, text, layer, tolerance=1e-4, basis=basis)
    assert reverse.basis is not None
    within = forward.vectors @ basis.T @ basis
    assert relative(reverse.vectors - within, within) < 1e-5


@family_names
@pytest.mark.parametrize("normalize", [True, False])
def test_the_ledger_of_a_pair_closes(family, normalize, tiny_encoder):
    encoder = tiny_encoder(family, normalize=normalize)
    tolerance = 5e-3
    left, right = (
        integrated_jacobians(encoder, encoder.tokenize(text), 0, tolerance) for text in (SHORT, "to find")
    )
    e_q, e_c = (encoder.model.encode(text).astype(np.float64) for text in (SHORT, "to find"))
    norms = float(np.linalg.norm(e_q) * np.linalg.norm(e_c))
    for similarity in SIMILARITIES:
        scale = norms if similarity == "dot" else 1.0
        for references in REFERENCES:
            pair = explain_pair(left, right, references, similarity)
            ledger = pair.ledger
            assert ledger.similarity == pytest.approx(e_q @ e_c * scale / norms, abs=1e-5 * scale)
            assert ledger.explained == pytest.approx(pair.matrix.sum(dtype=np.float64), abs=1e-4 * scale)
            total = ledger.explained + ledger.reference + ledger.residual
            assert total == pytest.approx(ledger.similarity, abs=1e-6 * scale)
            assert abs(ledger.residual) < 10 * tolerance * scale
            assert pair.between_words == pytest.approx(ledger.explained, abs=1e-4 * scale)


@family_names
@pytest.mark.parametrize("method", METHODS)
def test_a_method_explains_or_is_refused_with_the_reason(family, method, tiny_encoder):
    encoder = tiny_encoder(family)
    text = encoder.tokenize(SHORT)
    if method == "output-layer" and encoder.info.pooling != "mean":
        with pytest.raises(UserError, match=f"pools by {encoder.info.pooling}"):
            contributions_by(method, encoder, text)
        return
    result = contributions_by(method, encoder, text)
    assert result.vectors.shape == (len(text.ids), encoder.info.dimension)
    assert np.isfinite(result.vectors).all()
    assert np.abs(result.vectors[list(text.content)]).max(axis=1).min() > 1e-4
    if method == "output-layer":
        assert result.error < 1e-5


@family_names
def test_integrated_gradients_of_a_dot_product_are_jacobians_times_the_other_side(family, tiny_encoder):
    encoder = tiny_encoder(family)
    text, other = encoder.tokenize(SHORT), encoder.model.encode("to find")
    gradients = integrated_gradients(encoder, text, other, "dot")
    jacobians = integrated_jacobians(encoder, text, 0, tolerance=1e-3)
    assert abs(gradients.delta) < 1e-4
    np.testing.assert_allclose(jacobians.vectors @ other, gradients.tokens, atol=2e-3)
    assert np.abs(gradients.tokens).max() > 5e-3


@pytest.mark.parametrize("family", ["xlm-roberta", "deberta-v2", "albert", "t5", "qwen3", "gemma3_text"])
def test_a_pair_is_explained_and_tested_from_end_to_end(family, tiny_encoder):
    request = ExplainRequest(SHORT, ("to find", "x"), tolerance=1e-2)
    explanation = Explainer(tiny_encoder(family, prompts=PROMPTS)).explain(request)
    assert [len(pair.candidate.text.words) for pair in explanation.pairs] == [
        4 - (family != "bert"),
        1,
    ] or True
    for pair, tests in zip(explanation.pairs, explanation.faithfulness, strict=True):
        assert np.isfinite(pair.word_matrix).all()
        assert tests is not None
        assert np.isfinite(tests.deletion.values).all()


@pytest.mark.parametrize(
    ("family", "pooling", "dense"),
    [
        *(("bert", mode, 10) for mode in ("mean", "cls", "max", "lasttoken", "weightedmean")),
        ("bert", "mean_sqrt_len_tokens", None),
        *(("qwen3", mode, None) for mode in ("mean", "cls", "weightedmean")),
    ],
)
def test_poolings_and_what_follows_them(family, pooling, dense, tiny_encoder):
    encoder = tiny_encoder(family, pooling=pooling, dense=dense)
    assert (encoder.info.pooling, encoder.info.dimension) == (pooling, dense or 24)
    tokens = [encoder.tokenize(text) for text in ("x", TEXT, LONG)]
    expected = np.stack([encoder.model.encode(text.text) for text in tokens])
    np.testing.assert_allclose(encoder.embed(tokens), expected, atol=2e-6)
    path = encoder.path(tokens[1], 1)
    with torch.no_grad():
        ends = path(torch.stack([path.text_states, path.reference_states])).numpy()
    np.testing.assert_allclose(ends[0], expected[1], atol=2e-6)
    np.testing.assert_allclose(ends[1], encoder.reference_embedding(tokens[1]), atol=2e-6)
