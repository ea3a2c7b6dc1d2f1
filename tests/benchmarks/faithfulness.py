"""Which method finds the words that matter: held-out pairs of WordNet definitions, judged by re-encoding.

Deletion area: the candidate's words are removed in the order of their importance, and the area under the
similarity is taken relative to the whole one; lower is better. Spearman: rank correlation, over all pairs
of words, of a method's word matrix with the second differences that leave one word out on either side.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import spearmanr

from tests.benchmarks.bootstrap import bootstrap_mean
from tests.benchmarks.pairs import POOL, Pair, choose_pairs
from tests.benchmarks.table import Row, interval

PAIRS = 100
SEED = 0
OURS = "projected"
OTHERS = ("shared", "output layer", "leave-one-out", "Captum IG", "random")
# Its matrix holds the judge's own second differences, exactly so for words of one token.
JUDGE = "leave-one-out"

Scores = dict[str, list[float]]


class Remembering:
    """An encoder's ``embed_ids`` that encodes a sequence once, however many methods ask for it."""

    def __init__(self, encoder: Any) -> None:
        self._encoder = encoder
        self._known: dict[bytes, npt.NDArray[np.float32]] = {}

    def embed_ids(
        self, sequences: Sequence[npt.NDArray[np.int64]], like: Any, job: Any = None
    ) -> npt.NDArray[np.float32]:
        new = {ids.tobytes(): ids for ids in sequences if ids.tobytes() not in self._known}
        if new:
            embedded = self._encoder.embed_ids(list(new.values()), like, job)
            self._known.update(zip(new, embedded, strict=True))
        return np.stack([self._known[ids.tobytes()] for ids in sequences])


def score(encoder: Any, pair: Pair, areas: Scores, correlations: Scores) -> None:
    """Add one pair's deletion area and Spearman by every method."""
    from engine.attribution.captum_methods import integrated_gradients
    from engine.attribution.faithfulness import pair_leave_one_out, similarities, without_words, word_curves
    from engine.attribution.integrated_jacobians import integrated_jacobians
    from engine.attribution.leave_one_out import leave_one_out
    from engine.attribution.output_layer import output_layer
    from engine.attribution.pair import explain_pair

    sides: Any = (pair.query, pair.candidate)
    remembering: Any = Remembering(encoder)
    jacobians = [integrated_jacobians(encoder, text) for text in sides]
    explained = {
        "projected": explain_pair(*jacobians, references="projected"),
        "shared": explain_pair(*jacobians, references="shared"),
        "output layer": explain_pair(*(output_layer(encoder, text) for text in sides), references="shared"),
        "leave-one-out": explain_pair(*(leave_one_out(encoder, text) for text in sides), references="shared"),
    }
    query = jacobians[0].embedding
    words = pair.candidate.words
    one_less = [pair.candidate.ids, *(without_words(pair.candidate, [word]) for word in words)]
    left = similarities(query, remembering.embed_ids(one_less, pair.candidate), "cosine")
    importance = {method: each.candidate_word_importance for method, each in explained.items()}
    # What a word's removal takes from the similarity itself orders words better than the sums of its matrix.
    importance["leave-one-out"] = (left[0] - left[1:]).astype(np.float32)
    importance["Captum IG"] = integrated_gradients(encoder, pair.candidate, query).values
    for method, values in importance.items():
        deletion, _ = word_curves(remembering, query, pair.candidate, values, "cosine")
        areas[method].append(deletion.area)
    areas["random"].append(deletion.random_area)

    first = explained["projected"]
    judge = pair_leave_one_out(remembering, first, range(len(pair.query.words)), range(len(words)))
    matrices = {method: each.word_matrix for method, each in explained.items()}
    matrices["random"] = np.random.default_rng(SEED).standard_normal(judge.shape).astype(np.float32)
    for method, cells in matrices.items():
        correlations[method].append(float(spearmanr(cells.ravel(), judge.ravel()).statistic))


def measure(quick: bool = False) -> list[Row]:
    from engine.encoder import Encoder

    encoder = Encoder(device="cpu")
    pairs = choose_pairs(encoder, 8 if quick else PAIRS, 1500 if quick else POOL)
    areas: Scores = defaultdict(list)
    correlations: Scores = defaultdict(list)
    for index, pair in enumerate(pairs):
        score(encoder, pair, areas, correlations)
        print(f"\r  pair {index + 1} of {len(pairs)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    tokens = np.mean([len(text.ids) for pair in pairs for text in (pair.query, pair.candidate)])
    mean_similarity = np.mean([pair.similarity for pair in pairs])
    about = f"{len(pairs)} pairs, on average {tokens:.1f} tokens a text and similarity {mean_similarity:.3f}"
    return [
        Row(f"deletion area, {OURS} (lower is better; {about})", interval(*bootstrap_mean(areas[OURS]))),
        *(beside(areas, "deletion area", other, lower_is_better=True) for other in OTHERS),
        Row(
            f"Spearman of word cells with pair leave-one-out, {OURS} (higher is better; the same pairs)",
            interval(*bootstrap_mean(correlations[OURS])),
        ),
        *(
            beside(correlations, "Spearman", other, lower_is_better=False)
            for other in OTHERS
            if other in correlations
        ),
    ]


def beside(scores: Scores, what: str, other: str, *, lower_is_better: bool) -> Row:
    """Projected against another method, with the interval of the paired differences."""
    mean, low, high = bootstrap_mean(np.subtract(scores[OURS], scores[other]))
    is_judge = other == JUDGE and not lower_is_better
    side = "below" if lower_is_better else "above"
    return Row(
        f"{what}: {OURS} less {other}",
        interval(mean, low, high, signed=True),
        f"{other} {interval(*bootstrap_mean(scores[other]))}" + (" (the measure itself)" if is_judge else ""),
        target="" if is_judge else f"interval {side} 0",
        reached=None if is_judge else (high < 0 if lower_is_better else low > 0),
    )
