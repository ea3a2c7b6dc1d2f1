"""How far different methods agree on which words of a candidate matter to a query."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from engine.attribution.captum_methods import feature_ablation, integrated_gradients, shapley_values
from engine.attribution.methods import word_importance_by
from engine.attribution.pair import PairExplanation
from engine.attribution.request import METHODS, Method
from engine.encoder import Encoder, FloatArray
from engine.errors import UserError
from engine.jobs import Job
from engine.memory import explained_shortage
from engine.text import Word

SHAPLEY_ORDERS = 25
# Shapley values re-encode the text once for every word and order; longer texts get fewer orders.
_SHAPLEY_TOKENS = 40_000
_FEWEST_ORDERS = 3


@dataclass(frozen=True)
class MethodAgreement:
    """Word importance by several methods side by side.

    Attributes:
        methods: names of the M methods that the model admits.
        words: the candidate's words.
        importances: (M, words), in units of the similarity.
        spearman: (M, M) rank correlations of the rows; NaN where a method tells no words apart.
        seconds: (M,) what each method took; of the pair's own contributions, what they took.
        left_out: name of each other method, and why this model does not admit it.
    """

    methods: tuple[str, ...]
    words: tuple[Word, ...]
    importances: FloatArray
    spearman: FloatArray
    seconds: FloatArray
    left_out: tuple[tuple[str, str], ...]


def compare_methods(encoder: Encoder, pair: PairExplanation, job: Job | None = None) -> MethodAgreement:
    """Return the importance of the candidate's words by every method, the query held fixed.

    Methods that fill contributions give the column sums of their matrix with the pair's query, under the
    pair's references. Captum's methods explain the similarity with the query's embedding.

    Args:
        encoder: the model.
        pair: the explanation to compare with; its contributions are used as they are.
        job: progress and cancellation.
    """
    job = job or Job()
    text, query, similarity = pair.candidate.text, pair.query.embedding, pair.similarity
    orders = max(
        min(SHAPLEY_ORDERS, 2 * _SHAPLEY_TOKENS // (len(text.words) * len(text.ids))), _FEWEST_ORDERS
    )

    def by_contributions(method: Method, job: Job) -> FloatArray:
        if method == pair.candidate.method:
            return pair.candidate_word_importance
        return word_importance_by(method, encoder, pair, job=job)

    runs: dict[str, Callable[[Job], FloatArray]] = {
        **{method: partial(by_contributions, method) for method in METHODS},
        "integrated-gradients": lambda job: (
            integrated_gradients(encoder, text, query, similarity, job=job).values
        ),
        "shapley-values": lambda job: (
            shapley_values(encoder, text, query, similarity, samples=orders, job=job).values
        ),
        "feature-ablation": lambda job: feature_ablation(encoder, text, query, similarity, job=job).values,
    }
    rows: dict[str, FloatArray] = {}
    seconds: list[float] = []
    left_out: list[tuple[str, str]] = []
    for index, (name, run) in enumerate(runs.items()):
        start = time.perf_counter()
        try:
            with explained_shortage(encoder.device):
                rows[name] = run(job.part(index / len(runs), (index + 1) / len(runs)))
        except UserError as error:
            left_out.append((name, str(error)))
        else:
            known = name == pair.candidate.method
            seconds.append(pair.candidate.seconds if known else time.perf_counter() - start)
    job.step("compared", 1)
    importances = np.stack(list(rows.values()))
    return MethodAgreement(
        methods=tuple(rows),
        words=text.words,
        importances=importances,
        spearman=rank_correlations(importances),
        seconds=np.array(seconds, dtype=np.float32),
        left_out=tuple(left_out),
    )


def rank_correlations(rows: npt.NDArray[np.floating]) -> FloatArray:
    """Return Spearman's correlations (M, M) of the rows (M, N); NaN for rows whose entries are all equal."""
    ranks = rankdata(rows, axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(ranks, axis=1)
    lengths[lengths == 0] = np.nan
    unit = ranks / lengths[:, None]
    return np.asarray(unit @ unit.T, dtype=np.float32)
