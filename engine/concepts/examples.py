"""The documents that show what a feature is: where it fires, where it nearly does, and on which words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import torch

from engine.attribution.explainer import Explainer
from engine.attribution.request import ExplainRequest
from engine.concepts.codes import FloatArray
from engine.concepts.dictionary import Dictionary
from engine.corpus.workspace import Document, Workspace
from engine.encoder import Encoder
from engine.errors import UserError
from engine.jobs import Job
from engine.text import Span

TOP, BANDS, NEAR_MISSES = 20, 10, 10
_ROWS = 16_384
_TOLERANCE = 1e-2  # of the integration: colours of words need no more


@dataclass(frozen=True)
class Example:
    """A document, and what a feature makes of it.

    Attributes:
        document: with its text and metadata.
        activation: of the feature; of a near miss, the pre-activation that did not reach the threshold.
        band: of a quantile example, 1 (weakest tenth of the activations) to 10; else None.
    """

    document: Document
    activation: float
    band: int | None = None


@dataclass(frozen=True)
class FeatureExamples:
    """Documents that show what a feature is.

    Attributes:
        top: the strongest activations, strongest first.
        quantiles: the middle document of each tenth of the active ones, strongest tenth first; fewer if
            fewer documents are active.
        near_misses: documents on which the feature is not active, highest pre-activation first.
    """

    top: tuple[Example, ...]
    quantiles: tuple[Example, ...]
    near_misses: tuple[Example, ...]


@dataclass(frozen=True)
class WordActivations:
    """What the words of a text add to a feature's pre-activation.

    Attributes:
        text: the text.
        words: its words as they are written.
        spans: [start, end) of each word, in characters of the text.
        values: (words,) float64, `G @ W_enc[:, f]` summed over each word's tokens, signed.
        outside: what no word brings: the empty text, the biases, special tokens, what the integration
            left. Values and `outside` sum to the pre-activation of the whole text.
        active: whether the feature fires on the text.
        layer: the layer of the model whose inputs were varied.
    """

    text: str
    words: tuple[str, ...]
    spans: tuple[Span, ...]
    values: npt.NDArray[np.float64]
    outside: float
    active: bool
    layer: int


def check_feature(dictionary: Dictionary, feature: int) -> None:
    """Refuse the number of a feature that is not there.

    Raises:
        UserError: there is no such feature.
    """
    if not 0 <= feature < dictionary.features:
        raise UserError(
            f"there is no feature {feature}: {dictionary.name} has 0 to {dictionary.features - 1}; choose"
            " one of those"
        )


def feature_examples(
    workspace: Workspace,
    dictionary: Dictionary,
    feature: int,
    top: int = TOP,
    near_misses: int = NEAR_MISSES,
    job: Job | None = None,
) -> FeatureExamples:
    """Return documents of a feature.

    Args:
        workspace: where the documents are.
        dictionary: the features.
        feature: which.
        top: how many of the strongest documents.
        near_misses: how many of the nearest that are not active.
        job: progress and cancellation.

    Raises:
        UserError: there is no such feature.
    """
    check_feature(dictionary, feature)
    rows, values = dictionary.codes.feature(feature)
    bands = _bands(len(rows))
    missed, nearly = _near_misses(dictionary, feature, rows, near_misses, job or Job())
    wanted = [*rows[:top], *rows[[place for _, place in bands]], *missed]
    found = {document.id - 1: document for document in workspace.documents([row + 1 for row in wanted])}
    return FeatureExamples(
        tuple(Example(found[r], float(v)) for r, v in zip(rows[:top], values[:top], strict=True)),
        tuple(Example(found[rows[place]], float(values[place]), band) for band, place in bands),
        tuple(Example(found[r], float(v)) for r, v in zip(missed, nearly, strict=True)),
    )


def pre_activations(dictionary: Dictionary, feature: int, job: Job | None = None) -> FloatArray:
    """Return the pre-activations (N,) of one feature on all documents, a block of documents at a time."""
    sae, vectors, job = dictionary.sae, dictionary.index.vectors, job or Job()
    weights = dictionary.encoder[:, feature]
    shift = float(sae.b_enc[feature]) - float(sae.b_dec.detach().numpy() @ weights)
    found = np.empty(len(vectors), dtype=np.float32)
    for start in range(0, len(vectors), _ROWS):
        job.step("near misses", start / len(vectors))
        block = np.asarray(vectors[start : start + _ROWS])
        if sae.config.layer_norm:
            block = sae.prepare(torch.from_numpy(np.array(block)))[0].numpy()
        found[start : start + _ROWS] = block @ weights
    found += np.float32(shift)
    return found


def word_activations(
    explainer: Explainer,
    dictionary: Dictionary,
    feature: int,
    texts: Sequence[str],
    job: Job | None = None,
    found: Callable[[int, WordActivations], None] | None = None,
    layer: int | None = None,
) -> list[WordActivations]:
    """Return which words of texts fire a feature.

    A pre-activation is linear in the embedding, and the embedding a sum of token contributions G, so the
    tokens' shares are `G @ W_enc[:, f]`. A new text takes some tenths of a second, one that the explainer
    remembers next to nothing, for whichever feature. Under layer normalisation G loses its mean before
    W_enc, and the text's own scale is held fixed.

    Args:
        explainer: of the model whose vectors the features read.
        dictionary: the features.
        feature: which.
        texts: the examples that can be seen.
        job: progress and cancellation.
        found: called with the place of each text and its words as soon as they are there.
        layer: the layer whose inputs are varied; by default that of quick answers, two thirds up.

    Raises:
        UserError: there is no such feature, or the explainer's model is another one.
    """
    check_feature(dictionary, feature)
    dictionary.check_model(explainer.encoder.info.fingerprint)
    job = job or Job()
    depth = explainer.preview_layer if layer is None else layer
    results = []
    for place, text in enumerate(texts):
        part = job.part(place / len(texts), (place + 1) / len(texts))
        part.step("words", 0)
        words = _words_of(explainer, dictionary, feature, text, depth, part)
        results.append(words)
        if found is not None:
            found(place, words)
    job.step("words", 1)
    return results


def active_features(
    dictionary: Dictionary, encoder: Encoder, text: str, job: Job | None = None
) -> list[tuple[int, float]]:
    """Return the features that are active on a text, with their activations, strongest first.

    Raises:
        UserError: the text is empty, or the encoder is another model than the one of the features.
    """
    dictionary.check_model(encoder.info.fingerprint)
    row = dictionary.activations(encoder.embed([encoder.tokenize(text)], job))
    order = np.lexsort((row.indices, -row.data))
    return [(int(row.indices[place]), float(row.data[place])) for place in order]


def _bands(active: int) -> list[tuple[int, int]]:
    """Return bands, strongest first, and the place of the middle document of each among the active ones."""
    edges = np.linspace(0, active, BANDS + 1).round().astype(int)
    return [
        (BANDS - number, int(start + end) // 2)
        for number, (start, end) in enumerate(pairwise(edges))
        if end > start
    ]


def _near_misses(
    dictionary: Dictionary, feature: int, active: npt.NDArray[np.int64], count: int, job: Job
) -> tuple[npt.NDArray[np.int64], FloatArray]:
    pre = pre_activations(dictionary, feature, job)
    pre[active] = -np.inf
    count = min(count, len(pre) - len(active))
    nearest = np.argpartition(-pre, count - 1)[:count] if count > 0 else np.zeros(0, np.int64)
    nearest = nearest[np.lexsort((nearest, -pre[nearest]))]
    return nearest.astype(np.int64), pre[nearest]


def _words_of(
    explainer: Explainer, dictionary: Dictionary, feature: int, text: str, layer: int, job: Job
) -> WordActivations:
    tokenized = explainer.encoder.tokenize(text)
    request = ExplainRequest(text, (text,), layer=layer, tolerance=_TOLERANCE)
    contributions = explainer.contributions(tokenized, request, job=job)
    vectors = contributions.vectors.astype(np.float64)
    if dictionary.sae.config.layer_norm:
        scale = float(contributions.embedding.std(ddof=1)) + 1e-5
        vectors = (vectors - vectors.mean(axis=1, keepdims=True)) / scale
    tokens = vectors @ dictionary.encoder[:, feature]
    values = np.array([tokens[list(word.tokens)].sum() for word in tokenized.words], dtype=np.float64)
    with torch.no_grad():
        embedding = torch.from_numpy(np.array(contributions.embedding, dtype=np.float32))[None]
        pre = float(dictionary.sae.pre_activations(dictionary.sae.prepare(embedding)[0])[0, feature])
    return WordActivations(
        text,
        tuple(word.text for word in tokenized.words),
        tuple(word.span for word in tokenized.words),
        values,
        pre - float(values.sum()),
        bool(dictionary.activations(contributions.embedding)[0, feature] > 0),
        layer,
    )
