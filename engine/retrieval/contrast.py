"""Why one text ranks above another: the margin of two similarities, word by word and concept by concept."""

from dataclasses import dataclass

import numpy as np

from engine.attribution.explainer import Explainer
from engine.attribution.pair import Ledger, PairExplanation
from engine.attribution.request import Similarity
from engine.concepts.dictionary import Dictionary
from engine.concepts.ledger import ConceptLedger, concept_ledgers
from engine.jobs import Job
from engine.retrieval.explain_hits import WordShare, explain_one, quick_request, word_shares
from engine.retrieval.index import Float64Array, IntArray


@dataclass(frozen=True)
class ContrastedWord:
    """A word of the query, and what it does for either text.

    Attributes:
        word: with its share of the margin, `for_a - for_b`.
        for_a: what it carries of the first similarity, and
        for_b: of the second.
    """

    word: WordShare
    for_a: float
    for_b: float


@dataclass(frozen=True)
class ContrastedConcepts:
    """The margin over features: `margin = sum of differences + bias + residual`.

    Rows are the features of either ledger, strongest difference (by absolute value) first.

    Attributes:
        features: (n,) their numbers.
        differences: (n,) what each adds to the margin, `for_a - for_b`.
        for_a: (n,) what it carries of the first similarity, 0 where it is active on neither text, and
        for_b: (n,) of the second.
        bias: of the first ledger less that of the second.
        residual: likewise.
        a: the ledger of the query and the first text, and
        b: of the query and the second.
    """

    features: IntArray
    differences: Float64Array
    for_a: Float64Array
    for_b: Float64Array
    bias: float
    residual: float
    a: ConceptLedger
    b: ConceptLedger


@dataclass(frozen=True)
class Contrast:
    """Two candidates of one query on one scale.

    The margin is the difference of two ledgers, each of which is exact, so both accounts are:

        margin = sum of the query words' shares      + specials + reference + residual
               = sum of A's words - sum of B's words + specials + reference + residual

    Attributes:
        a: explanation of the query and the first text.
        b: explanation of the query and the second.
        margin: s(q, A) - s(q, B).
        query_words: in the order of the query.
        words_a: words of A; their shares speak for A.
        words_b: words of B; their shares speak for B, and count negatively in the margin.
        query_specials: what special tokens of the query carry of the margin; nothing at layer 0.
        candidate_specials: the same of the candidates' special tokens.
        reference: what the references carry of the margin.
        residual: what the quadrature left of it.
        concepts: the margin over features, None where no features were given.
    """

    a: PairExplanation
    b: PairExplanation
    margin: float
    query_words: tuple[ContrastedWord, ...]
    words_a: tuple[WordShare, ...]
    words_b: tuple[WordShare, ...]
    query_specials: float
    candidate_specials: float
    reference: float
    residual: float
    concepts: ContrastedConcepts | None

    @property
    def ledgers(self) -> tuple[Ledger, Ledger]:
        """The ledgers of the two similarities."""
        return self.a.ledger, self.b.ledger


def contrast(
    explainer: Explainer,
    query: str,
    a: str,
    b: str,
    similarity: Similarity = "cosine",
    layer: int | None = None,
    dictionary: Dictionary | None = None,
    job: Job | None = None,
) -> Contrast:
    """Return why a text A is more similar to a query than a text B, or less.

    With G the contributions of the query's tokens and g(c) the sum of those of a candidate, references
    projected out for each pair, a token of the query adds G_i . (g(A) - g(B)) to the margin; a token of A
    adds what it adds to s(q, A), and one of B takes away what it adds to s(q, B).

    Args:
        explainer: the model; it remembers texts that it has explained at this layer.
        query: what was searched for.
        a: the text that ranks higher.
        b: the other.
        similarity: "cosine" (default) or "dot".
        layer: the layer whose inputs are varied; by default that of quick answers, two thirds up.
        dictionary: features over which the margin is split too.
        job: progress and cancellation.

    Raises:
        UserError: an empty text, a layer that is not there, or features of another model.
    """
    job = job or Job()
    if dictionary is not None:
        dictionary.check_model(explainer.encoder.info.fingerprint)
    request = quick_request(explainer, query, (a, b), similarity, layer)
    first = explain_one(explainer, request, a, job.part(0, 0.5))
    second = explain_one(explainer, request, b, job.part(0.5, 1))
    job.step("contrasted", 1)
    return contrast_pairs(first, second, dictionary)


def contrast_pairs(a: PairExplanation, b: PairExplanation, dictionary: Dictionary | None = None) -> Contrast:
    """Return the contrast of two explanations of one query, made alike.

    Args:
        a: of the query and one text.
        b: of the query and another, by the same method and similarity.
        dictionary: features of the same model.
    """
    if a.query.text.key != b.query.text.key or a.similarity != b.similarity:
        raise ValueError("two explanations of one query and one kind of similarity expected")
    for_a, for_b = (word_sums(pair, axis=1) for pair in (a, b))
    of_a, of_b = word_sums(a, axis=0), word_sums(b, axis=0)
    explained = a.ledger.explained - b.ledger.explained
    words = word_shares(a.query.text, for_a - for_b)
    return Contrast(
        a=a,
        b=b,
        margin=a.ledger.similarity - b.ledger.similarity,
        query_words=tuple(
            ContrastedWord(word, float(left), float(right))
            for word, left, right in zip(words, for_a, for_b, strict=True)
        ),
        words_a=word_shares(a.candidate.text, of_a),
        words_b=word_shares(b.candidate.text, of_b),
        query_specials=explained - float((for_a - for_b).sum()),
        candidate_specials=explained - float(of_a.sum() - of_b.sum()),
        reference=a.ledger.reference - b.ledger.reference,
        residual=a.ledger.residual - b.ledger.residual,
        concepts=None if dictionary is None else _concepts(a, b, dictionary),
    )


def word_sums(pair: PairExplanation, axis: int) -> Float64Array:
    """Return what each word carries of a similarity, (words,) in float64.

    Args:
        pair: an explanation.
        axis: 1 for words of the query, whose rows are summed; 0 for words of the candidate.
    """
    totals = pair.matrix.sum(axis=axis, dtype=np.float64)
    text = pair.query.text if axis == 1 else pair.candidate.text
    return np.array([totals[list(word.tokens)].sum() for word in text.words])


def _concepts(a: PairExplanation, b: PairExplanation, dictionary: Dictionary) -> ContrastedConcepts:
    query = a.query.embedding
    candidates = np.stack([a.candidate.embedding, b.candidate.embedding])
    first, second = concept_ledgers(dictionary, np.stack([query, query]), candidates, a.similarity)
    features = np.union1d(first.features, second.features)
    shares = np.zeros((2, len(features)))
    for row, ledger in enumerate((first, second)):
        shares[row, np.searchsorted(features, ledger.features)] = ledger.contributions
    differences = shares[0] - shares[1]
    order = np.argsort(-np.abs(differences), kind="stable")
    return ContrastedConcepts(
        features[order],
        differences[order],
        shares[0, order],
        shares[1, order],
        first.bias - second.bias,
        first.residual - second.residual,
        first,
        second,
    )
