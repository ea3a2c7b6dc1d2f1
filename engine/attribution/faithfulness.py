"""How far an explanation can be trusted: tests that re-encode the text, never the explanation itself.

Deletion and insertion curves follow Petsiuk et al. 2018 (RISE, arXiv:1806.07421) with words in place of
pixels: a faithful order makes the similarity fall fast when its words are removed, and rise fast when
they are put back. Random orders of the same words say what chance would do. Pair leave-one-out is the
second difference of the similarity itself, so it knows nothing of gradients or references.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import spearmanr

from engine.attribution.pair import PairExplanation, Similarity
from engine.encoder import Encoder, FloatArray, TokenizedText
from engine.jobs import Job
from engine.text import Word

RANDOM_ORDERS = 20
RANDOM_ORDERS_LONG = 10
MAX_STEPS = 16
LONG_TOKENS = 48
MAX_LEAVE_ONE_OUT_TOKENS = 6144
_SEED = 0


@dataclass(frozen=True)
class Curve:
    """Similarity while words are taken out (or put back) in the order of their importance.

    Attributes:
        fractions: (P,) share of the candidate's words removed (or restored) at each point, 0 to 1.
        values: (P,) similarity at each point.
        random_mean: (P,) mean over random orders, and
        random_low, random_high: (P,) their 5th and 95th percentiles.
        area: area under `values` divided by the undisturbed similarity.
        random_area: mean of the same over the random orders.
        z: how many standard deviations of random orders the area lies on the faithful side.
        orders: number of random orders.
    """

    fractions: FloatArray
    values: FloatArray
    random_mean: FloatArray
    random_low: FloatArray
    random_high: FloatArray
    area: float
    random_area: float
    z: float
    orders: int


@dataclass(frozen=True)
class Faithfulness:
    """The tests of one explanation.

    Attributes:
        deletion: candidate words removed, most important first; a small area is good.
        insertion: words put back into an empty candidate, most important first; a large area is good.
        query_error: completeness error of the query's contributions.
        candidate_error: the same of the candidate's.
        leave_one_out: (query words tested, candidate words tested) second differences
            s(q,c) - s(q\\i,c) - s(q,c\\j) + s(q\\i,c\\j), and
        tested_words: indices of these query and candidate words (all, unless the texts are long).
        spearman: rank correlation of the word matrix with `leave_one_out`; None for fewer than 4 cells.
    """

    deletion: Curve
    insertion: Curve
    query_error: float
    candidate_error: float
    leave_one_out: FloatArray
    tested_words: tuple[tuple[int, ...], tuple[int, ...]]
    spearman: float | None


def check_faithfulness(encoder: Encoder, pair: PairExplanation, job: Job | None = None) -> Faithfulness:
    """Run all tests of one explanation; takes about as long as the explanation of a short pair."""
    job = job or Job()
    deletion, insertion = word_curves(
        encoder,
        pair.query.embedding,
        pair.candidate.text,
        pair.candidate_word_importance,
        pair.similarity,
        job.part(0, 0.7),
    )
    left, right = _words_to_test(pair.query.text), _words_to_test(pair.candidate.text)
    second = pair_leave_one_out(encoder, pair, left, right, job.part(0.7, 1))
    return Faithfulness(
        deletion=deletion,
        insertion=insertion,
        query_error=pair.query.error,
        candidate_error=pair.candidate.error,
        leave_one_out=second,
        tested_words=(tuple(left), tuple(right)),
        spearman=_spearman(pair.word_matrix[np.ix_(left, right)], second),
    )


def word_curves(
    encoder: Encoder,
    query: FloatArray,
    candidate: TokenizedText,
    importance: FloatArray,
    similarity: Similarity,
    job: Job | None = None,
) -> tuple[Curve, Curve]:
    """Return the deletion and the insertion curve of a candidate's words.

    Args:
        encoder: re-encodes the candidate without the tokens of the removed words.
        query: (D,) embedding that stays fixed.
        candidate: the text whose words are removed.
        importance: (words,) larger is more important.
        similarity: "cosine" or "dot".
        job: progress and cancellation.
    """
    words = candidate.words
    steps = np.unique(np.linspace(0, len(words), min(len(words), MAX_STEPS) + 1).round().astype(int))
    count = RANDOM_ORDERS if len(candidate.ids) <= LONG_TOKENS else RANDOM_ORDERS_LONG
    generator = np.random.default_rng(_SEED)
    best_first = np.argsort(-importance, kind="stable")
    # Inserting the best words first is deleting the worst ones first, read backwards.
    orders = [best_first, best_first[::-1], *(generator.permutation(len(words)) for _ in range(count))]
    sequences = [without_words(candidate, [words[i] for i in order[:k]]) for order in orders for k in steps]
    embedded = encoder.embed_ids(sequences, candidate, job)
    values = similarities(query, embedded, similarity).reshape(len(orders), len(steps))
    fractions = steps / len(words)
    whole = values[0, 0]
    return (
        _curve(fractions, values[0], values[2:], whole, lower_is_better=True),
        _curve(fractions, values[1][::-1], values[2:, ::-1], whole, lower_is_better=False),
    )


def pair_leave_one_out(
    encoder: Encoder,
    pair: PairExplanation,
    query_words: Sequence[int],
    candidate_words: Sequence[int],
    job: Job | None = None,
) -> FloatArray:
    """Return s(q,c) - s(q\\i,c) - s(q,c\\j) + s(q\\i,c\\j) for the words i and j named, by re-encoding."""
    job = job or Job()
    sides = []
    for index, (text, words) in enumerate(
        ((pair.query.text, query_words), (pair.candidate.text, candidate_words))
    ):
        sequences = [text.ids, *(without_words(text, [text.words[w]]) for w in words)]
        embedded = encoder.embed_ids(sequences, text, job.part(index / 2, (index + 1) / 2))
        sides.append(embedded.astype(np.float64))
    if pair.similarity == "cosine":
        sides = [e / np.maximum(np.linalg.norm(e, axis=1, keepdims=True), 1e-12) for e in sides]
    s = sides[0] @ sides[1].T
    return np.asarray(s[0, 0] - s[1:, :1] - s[:1, 1:] + s[1:, 1:], dtype=np.float32)


def without_words(text: TokenizedText, words: Sequence[Word]) -> npt.NDArray[np.int64]:
    """Return the token ids of a text without the tokens of some of its words."""
    return np.delete(text.ids, [token for word in words for token in word.tokens])


def similarities(query: FloatArray, others: FloatArray, similarity: Similarity) -> npt.NDArray[np.float64]:
    """Return the similarities (N,) of an embedding (D,) with others (N, D)."""
    products: npt.NDArray[np.float64] = others.astype(np.float64) @ query
    if similarity == "cosine":
        products /= np.maximum(np.linalg.norm(others, axis=1) * np.linalg.norm(query), 1e-12)
    return products


def _curve(
    fractions: npt.NDArray[np.float64],
    values: npt.NDArray[np.float64],
    random: npt.NDArray[np.float64],
    whole: float,
    *,
    lower_is_better: bool,
) -> Curve:
    scale = max(abs(float(whole)), 1e-12)
    area = float(np.trapezoid(values, fractions)) / scale
    random_areas = np.trapezoid(random, fractions, axis=1) / scale
    spread = float(random_areas.std())
    gain = (float(random_areas.mean()) - area) * (1 if lower_is_better else -1)
    low, high = np.percentile(random, [5, 95], axis=0)
    return Curve(
        fractions=fractions.astype(np.float32),
        values=values.astype(np.float32),
        random_mean=random.mean(axis=0).astype(np.float32),
        random_low=low.astype(np.float32),
        random_high=high.astype(np.float32),
        area=area,
        random_area=float(random_areas.mean()),
        # With one or two words every order is the same order, and nothing can be said.
        z=gain / spread if spread > 1e-6 else 0.0,
        orders=len(random),
    )


def _words_to_test(text: TokenizedText) -> list[int]:
    """Return the indices of all words, or of evenly spaced ones where re-encoding all would take long."""
    affordable = max(MAX_LEAVE_ONE_OUT_TOKENS // len(text.ids), 2)
    chosen = np.linspace(0, len(text.words) - 1, min(affordable, len(text.words))).round().astype(int)
    return [int(i) for i in np.unique(chosen)]


def _spearman(explained: FloatArray, measured: FloatArray) -> float | None:
    if explained.size < 4 or np.ptp(explained) == 0 or np.ptp(measured) == 0:
        return None
    return float(spearmanr(explained.ravel(), measured.ravel()).statistic)
