"""Which words bring each concept into a match: query words -> features -> candidate words."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from engine.attribution.contributions import TokenContributions
from engine.attribution.pair import orthonormal_rows
from engine.concepts.codes import FloatArray
from engine.concepts.dictionary import Dictionary
from engine.concepts.ledger import ConceptLedger, Float64Array, IntArray, norms_of
from engine.encoder import TokenizedText
from engine.text import Word

SHOWN_FEATURES, SHOWN_WORDS, LEAST_BAND = 8, 14, 0.02
_EPSILON = 1e-5  # of the autoencoder's layer normalisation


@dataclass(frozen=True)
class FlowSide:
    """What the tokens of one text bring to each feature of the flow.

    Attributes:
        text: the text.
        bands: (S, n) float64: how much of each feature's contribution each token brings, signed.
        activations: (S, n) float64: what each token adds to each feature's pre-activation,
            `G @ W_enc[:, f]`, in the autoencoder's units.
        contributions: (n,) the features' contributions, which the bands of words and `outside` sum to.
    """

    text: TokenizedText
    bands: Float64Array
    activations: Float64Array
    contributions: Float64Array

    @cached_property
    def word_bands(self) -> Float64Array:
        """(words, n): sums over each word's tokens."""
        return _word_sums(self.bands, self.text.words)

    @cached_property
    def word_activations(self) -> Float64Array:
        """(words, n): sums over each word's tokens."""
        return _word_sums(self.activations, self.text.words)

    @property
    def outside(self) -> Float64Array:
        """(n,) what no word brings: the empty text, the autoencoder's biases, special tokens."""
        outside: Float64Array = self.contributions - self.word_bands.sum(axis=0)
        return outside


@dataclass(frozen=True)
class ConceptFlow:
    """The flow through the features of a ledger.

    On either side the bands of a feature, over all words and `outside`, sum to its contribution.

    Attributes:
        features: (n,) the features that have bands, in the ledger's order.
        contributions: (n,) theirs.
        rest: what the features of the ledger that have no bands carry together, and
        rest_count: how many these are.
        query: what the query's tokens bring.
        candidate: what the candidate's tokens bring.
    """

    features: IntArray
    contributions: Float64Array
    rest: float
    rest_count: int
    query: FlowSide
    candidate: FlowSide

    def folded(self, ledger: ConceptLedger) -> "ConceptFlow":
        """Return the flow through the families of a folded ledger; bands of members are added up.

        A family none of whose members has bands has none, nor do the weaker ones after it. What members
        without bands carry in the others is no word's.

        Args:
            ledger: folded from the one that this flow goes through.
        """
        places = {int(feature): place for place, feature in enumerate(self.features)}
        groups = [[places[int(f)] for f in members if int(f) in places] for members in ledger.members]
        count = next((row for row, group in enumerate(groups) if not group), len(groups))
        contributions = ledger.contributions[:count]
        sums = np.zeros((len(self.features), count))
        for row, group in enumerate(groups[:count]):
            sums[group, row] = 1.0

        def side(one: FlowSide) -> FlowSide:
            return FlowSide(one.text, one.bands @ sums, one.activations @ sums, contributions)

        return ConceptFlow(
            ledger.features[:count],
            contributions,
            float(ledger.contributions[count:].sum()),
            len(ledger.features) - count,
            side(self.query),
            side(self.candidate),
        )


@dataclass(frozen=True)
class ShownSide:
    """The words of one text in a picture of a flow.

    Attributes:
        words: indices of the words that are drawn, in the order of the text.
        bands: (words + 2, features + 1): a row a word, then "other words", then "no word"; a column a
            feature that is drawn, then all others together. Columns sum to the contributions.
    """

    words: tuple[int, ...]
    bands: Float64Array


@dataclass(frozen=True)
class ShownFlow:
    """A flow thinned for a picture; what is too weak to be drawn is folded, never dropped.

    Attributes:
        features: numbers of the features that are drawn.
        contributions: (features + 1,) theirs, then that of all other features together.
        others: how many features that last one stands for.
        query: the query's words.
        candidate: the candidate's words.
    """

    features: tuple[int, ...]
    contributions: Float64Array
    others: int
    query: ShownSide
    candidate: ShownSide


def flow_directions(dictionary: Dictionary, features: IntArray) -> FloatArray:
    """Return an orthonormal basis (R, D) of what a flow must know of contributions to a text's embedding."""
    directions = [dictionary.encoder[:, features].T, dictionary.decoder[features]]
    if dictionary.sae.config.layer_norm:
        directions.append(np.ones((1, dictionary.decoder.shape[1]), dtype=np.float32))
    return orthonormal_rows(np.concatenate(directions)).astype(np.float32)


def concept_flow(
    dictionary: Dictionary,
    ledger: ConceptLedger,
    query: TokenContributions,
    candidate: TokenContributions,
    features: int | None = None,
) -> ConceptFlow:
    """Return what each token of both texts brings to the contributions of a ledger's features.

    A feature's contribution is c_f = (z_f(q) d_f.e_c + z_f(c) d_f.e_q) / 2 (see `concept_ledger`). With
    the candidate held fixed and the active features as they are, it is linear in the query's embedding:
    an active z_f is `(e_q - b) W_enc[:, f] + b_enc[f]`. As e_q is a sum of token contributions G[i],
    token i brings

        (G[i] W_enc[:, f] d_f.e_c + z_f(c) d_f.G[i]) / 2

    over |e_q| |e_c| for a cosine; the first term only if the feature is active on the query. It switches
    the feature on, and it lies along the feature where the candidate switches it on. What remains of c_f
    is constant: the empty text that contributions start from, and the biases. That, the special tokens,
    and what the integration left are in `outside`. Bands are signed: a word may speak against a feature
    that is on all the same, and the others then bring more than there is. The candidate's side is the
    same with the roles exchanged. Under layer normalisation G[i] loses its mean before W_enc, and the
    text's own scale is held fixed.

    Args:
        dictionary: the features.
        ledger: not folded.
        query: contributions of the query's tokens, whole or within a span that holds `flow_directions`.
        candidate: the same of the candidate's.
        features: how many, strongest first; all by default.
    """
    e_q, e_c = query.embedding.astype(np.float64), candidate.embedding.astype(np.float64)
    halved = 2 * norms_of(e_q, e_c, ledger.kind)
    z_q, z_c = ledger.query_activations[:features], ledger.candidate_activations[:features]
    kept, contributions = ledger.features[:features], ledger.contributions[:features]
    return ConceptFlow(
        kept,
        contributions,
        float(ledger.contributions[len(kept) :].sum()),
        len(ledger.features) - len(kept),
        _side(dictionary, kept, query, z_q, e_c, z_c * _scale(dictionary, e_c), contributions, halved),
        _side(dictionary, kept, candidate, z_c, e_q, z_q * _scale(dictionary, e_q), contributions, halved),
    )


def shown_flow(
    flow: ConceptFlow,
    features: int = SHOWN_FEATURES,
    words: int = SHOWN_WORDS,
    least: float = LEAST_BAND,
) -> ShownFlow:
    """Return a flow thin enough to be drawn.

    Args:
        flow: the whole.
        features: at most this many, the strongest.
        words: at most this many a side, those whose bands are widest together.
        least: a band narrower than this share of the strongest feature goes to "other words".
    """
    count = min(features, len(flow.features))
    hidden = float(flow.contributions[count:].sum()) + flow.rest
    contributions = np.append(flow.contributions[:count], hidden)
    narrow = least * max(float(np.abs(contributions[:count]).max(initial=0.0)), 1e-12)

    def side(one: FlowSide) -> ShownSide:
        bands = one.word_bands
        strength = np.abs(bands[:, :count]).sum(axis=1)
        chosen = np.sort(np.argsort(-strength, kind="stable")[:words])
        # The features that are not drawn share one column, and what has no bands there is nobody's word.
        columns = np.column_stack([bands[:, :count], bands[:, count:].sum(axis=1)])
        outside = np.append(one.outside[:count], one.outside[count:].sum() + flow.rest)
        drawn = np.where(np.abs(columns[chosen]) >= narrow, columns[chosen], 0.0)
        drawn_words = tuple(int(word) for word, row in zip(chosen, drawn, strict=True) if row.any())
        drawn = drawn[drawn.any(axis=1)]
        other = columns.sum(axis=0) - drawn.sum(axis=0)
        return ShownSide(drawn_words, np.vstack([drawn, other, outside]))

    return ShownFlow(
        tuple(int(feature) for feature in flow.features[:count]),
        contributions,
        len(flow.features) - count + flow.rest_count,
        side(flow.query),
        side(flow.candidate),
    )


def _side(
    dictionary: Dictionary,
    features: IntArray,
    own: TokenContributions,
    active: Float64Array,
    other_embedding: Float64Array,
    other_activations: Float64Array,
    contributions: Float64Array,
    divisor: float,
) -> FlowSide:
    vectors = own.vectors.astype(np.float64)  # (S, D)
    inputs, scale = vectors, 1.0
    if dictionary.sae.config.layer_norm:
        scale = _scale(dictionary, own.embedding.astype(np.float64))
        inputs = (vectors - vectors.mean(axis=1, keepdims=True)) / (scale + _EPSILON)
    activations = inputs @ dictionary.encoder[:, features].astype(np.float64)  # (S, n)
    directions = dictionary.decoder[features].astype(np.float64)  # (n, D)
    switched_on = np.where(active != 0, activations * scale * (directions @ other_embedding), 0.0)
    bands = (switched_on + other_activations * (vectors @ directions.T)) / divisor
    return FlowSide(own.text, bands, activations, contributions)


def _scale(dictionary: Dictionary, embedding: Float64Array) -> float:
    return float(embedding.std(ddof=1)) if dictionary.sae.config.layer_norm else 1.0


def _word_sums(values: Float64Array, words: Sequence[Word]) -> Float64Array:
    sums = np.zeros((len(words), values.shape[1]))
    for row, word in enumerate(words):
        sums[row] = values[list(word.tokens)].sum(axis=0)
    return sums
