"""The words that drove each hit of a ranking, computed one hit after another, best first."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from engine.attribution.explainer import Explainer
from engine.attribution.methods import contributions_by
from engine.attribution.pair import PairExplanation, orthonormal_rows, sum_over
from engine.attribution.request import ExplainRequest, Similarity
from engine.encoder import FloatArray, TokenizedText
from engine.jobs import Job
from engine.text import Span

_TOLERANCE = 1e-2
_TINY = 1e-12
DRIVERS = 5


@dataclass(frozen=True)
class WordShare:
    """A word and what it carries of a similarity.

    Attributes:
        text: as the user wrote it.
        span: [start, end) in characters of its text.
        share: signed, in units of the similarity.
    """

    text: str
    span: Span
    share: float


@dataclass(frozen=True)
class ExplainedHit:
    """Why one hit is where it is.

    Attributes:
        place: of the hit in the list, from 0.
        pair: the whole explanation.
        query_words: all words of the query, in their order, and
        words: those of the hit; each list adds up to what the matrix explains of the similarity, but
            for what lies with special tokens. Of a steered query, they speak for the similarity with
            that; `pair` and `query_words` are of the query as it was written.
        seconds: since the explanation of the list began.
    """

    place: int
    pair: PairExplanation
    query_words: tuple[WordShare, ...]
    words: tuple[WordShare, ...]
    seconds: float

    def drivers(self, count: int = DRIVERS) -> tuple[WordShare, ...]:
        """Return the at most `count` words of the hit that speak most for it, strongest first."""
        return strongest(self.words, count)


def explain_hits(
    explainer: Explainer,
    query: str,
    texts: Sequence[str],
    found: Callable[[ExplainedHit], None],
    similarity: Similarity = "cosine",
    layer: int | None = None,
    vector: FloatArray | None = None,
    job: Job | None = None,
) -> None:
    """Explain the hits of a list in its order and hand each over as soon as it is known.

    Args:
        explainer: of the model that made the list; it remembers the texts.
        query: what was searched for.
        texts: of the hits, best first.
        found: called with each explained hit, in the thread of the caller.
        similarity: "cosine" (default) or "dot".
        layer: the layer whose inputs are varied; by default that of quick answers, two thirds up.
        vector: (D,) of the steered query, if the list was made with one.
        job: progress and cancellation; what was handed over before a cancellation holds.

    Raises:
        UserError: an empty text, or no memory left.
    """
    job, start = job or Job(), time.perf_counter()
    request = quick_request(explainer, query, tuple(texts), similarity, layer)
    for place, text in enumerate(texts):
        one = job.part(place / len(texts), (place + 1) / len(texts))
        one.step(f"words of hit {place + 1} of {len(texts)}", 0)
        pair = explain_one(explainer, request, text, one)
        importance = pair.candidate_word_importance
        if vector is not None:
            importance = _importance_for(explainer, request, pair, vector, one)
        found(
            ExplainedHit(
                place,
                pair,
                word_shares(pair.query.text, pair.query_word_importance),
                word_shares(pair.candidate.text, importance),
                time.perf_counter() - start,
            )
        )
    job.step("explained", 1)


def quick_request(
    explainer: Explainer,
    query: str,
    texts: tuple[str, ...],
    similarity: Similarity = "cosine",
    layer: int | None = None,
) -> ExplainRequest:
    """Return a request for words only: no tests, and unless a layer is named that of quick answers.

    Raises:
        UserError: an empty text.
    """
    return ExplainRequest(
        query,
        texts,
        layer=explainer.preview_layer if layer is None else layer,
        similarity=similarity,
        tolerance=_TOLERANCE,
        faithfulness=False,
    )


def explain_one(
    explainer: Explainer, request: ExplainRequest, text: str, job: Job | None = None
) -> PairExplanation:
    """Return the explanation of the request's query and one text, from what the explainer remembers."""
    return explainer.explain(replace(request, candidates=(text,)), job).pairs[0]


def word_shares(text: TokenizedText, importance: npt.NDArray[np.floating]) -> tuple[WordShare, ...]:
    """Return the words of a text with their importance (words,), in the order of the text."""
    return tuple(
        WordShare(word.text, word.span, float(share))
        for word, share in zip(text.words, importance, strict=True)
    )


def strongest(words: Sequence[WordShare], count: int) -> tuple[WordShare, ...]:
    """Return the at most `count` words with the largest positive shares, strongest first."""
    order = np.argsort([-word.share for word in words], kind="stable")
    return tuple(words[i] for i in order[:count] if words[i].share > 0)


def _importance_for(
    explainer: Explainer, request: ExplainRequest, pair: PairExplanation, vector: FloatArray, job: Job
) -> FloatArray:
    """Return what the candidate's words weigh (words,) for a query that is only a vector (D,)."""
    direction = vector.astype(np.float64)
    if pair.similarity == "cosine":
        direction /= max(float(np.linalg.norm(direction)), _TINY)
    span = orthonormal_rows(np.stack([pair.query.padding, pair.candidate.padding]))
    direction -= (span @ direction) @ span
    if pair.candidate.basis is None:
        return sum_over(pair.candidate_vectors @ direction.astype(np.float32), pair.candidate.text.words)
    # Known only as far as the written query sees it; one direction more is one backward pass a node.
    basis = (direction / max(float(np.linalg.norm(direction)), _TINY)).astype(np.float32)[None]
    contributions = contributions_by(
        request.method,
        explainer.encoder,
        pair.candidate.text,
        request.layer,
        request.tolerance,
        basis=basis,
        job=Job(job.cancel),
    )
    columns = contributions.vectors @ direction.astype(np.float32)
    if pair.similarity == "cosine":
        columns /= max(float(np.linalg.norm(contributions.embedding)), _TINY)
    return sum_over(columns, pair.candidate.text.words)
