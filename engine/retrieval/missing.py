"""Why a document does not come up: its place, what in the query it lacks, and what it would need."""

from dataclasses import dataclass

import numpy as np

from engine.attribution.explainer import Explainer
from engine.attribution.pair import PairExplanation
from engine.corpus.vectors import FloatArray
from engine.corpus.workspace import Workspace
from engine.jobs import Job
from engine.retrieval.contrast import word_sums
from engine.retrieval.explain_hits import WordShare, explain_one, quick_request
from engine.retrieval.index import SearchIndex
from engine.retrieval.search import Query, check_count, documents_of, embed_texts

# A word of the query is unsupported by a text that gives it less than this share of what the best hit does.
LEAST_SUPPORT = 0.25
# A word that the best hit itself gives less than this share of all that is explained is not missed.
LEAST_SHARE = 0.05
_LENT_WORDS = 3


@dataclass(frozen=True)
class UnsupportedWord:
    """A word of the query that the document does little or nothing for.

    Attributes:
        word: with what the document gives it: the sum of its tokens' rows of the matrix.
        by_best: what the best hit gives it.
        lacking: words of the best hit that give it most, which the document does not have.
    """

    word: WordShare
    by_best: float
    lacking: tuple[WordShare, ...]


@dataclass(frozen=True)
class Remedy:
    """The document with words of the best hit before its own, encoded anew.

    Attributes:
        words: what was added.
        similarity: of the text with them, and
        rank: the place that it would have.
    """

    words: tuple[str, ...]
    similarity: float
    rank: int


@dataclass(frozen=True)
class Missing:
    """Where a document is, and why it is not higher.

    Attributes:
        document: its id.
        rank: its place among all documents, from 1.
        similarity: with the query.
        percentile: share, in percent, of random pairs of documents that are less similar.
        k: the place that it is measured against.
        needed: what it lacks to that place: the similarity of the k-th document less its own; 0 or less
            where it is among the first k.
        pair: the explanation of the query and the document.
        best: the explanation of the query and the best hit other than the document.
        best_document: the id of that hit.
        unsupported: words of the query that the document gives less than a quarter of what the best hit
            gives, most wanted first.
        remedy: the document with the lacking words, None where none lack.
    """

    document: int
    rank: int
    similarity: float
    percentile: float | None
    k: int
    needed: float
    pair: PairExplanation
    best: PairExplanation
    best_document: int
    unsupported: tuple[UnsupportedWord, ...]
    remedy: Remedy | None


def why_missing(
    explainer: Explainer,
    workspace: Workspace,
    index: SearchIndex,
    query: Query,
    document: int,
    k: int = 10,
    layer: int | None = None,
    job: Job | None = None,
) -> Missing:
    """Return the place of any document for a query, and what keeps it from being among the first k.

    Args:
        explainer: the model of the index.
        workspace: the documents; two at least.
        index: its vectors.
        query: embedded by that model.
        document: an id.
        k: the place to be measured against, 1 to 1,000.
        layer: the layer whose inputs are varied; by default that of quick answers, two thirds up.
        job: progress and cancellation.

    Raises:
        UserError: there is no such document, or `k` is out of range.
    """
    check_count(k, "k")
    job = job or Job()
    (found,) = documents_of(workspace, [document])
    row = found.id - 1
    scores = index.scores(query.vector, job.part(0, 0.1))
    similarity = float(index.exact(query.vector, np.array([row]))[0])
    hits = index.best(query.vector, max(k, 2), scores)
    percentiles = index.percentiles(np.array([similarity]))
    # A document that is the best itself is held against the next.
    best_row = next((int(hit) for hit in hits.rows if hit != row), row)
    (best,) = documents_of(workspace, [best_row + 1])
    request = quick_request(explainer, query.text.text, (found.text, best.text), index.similarity, layer)
    pair = explain_one(explainer, request, found.text, job.part(0.1, 0.5))
    rival = explain_one(explainer, request, best.text, job.part(0.5, 0.9))
    unsupported = unsupported_words(pair, rival)
    return Missing(
        document=found.id,
        rank=index.rank(query.vector, similarity, row, scores),
        similarity=similarity,
        percentile=None if percentiles is None else float(percentiles[0]),
        k=k,
        needed=float(hits.similarities[min(k, len(hits.rows)) - 1]) - similarity,
        pair=pair,
        best=rival,
        best_document=best.id,
        unsupported=unsupported,
        remedy=_remedy(explainer, index, query, row, found.text, unsupported, scores, job.part(0.9, 1)),
    )


def unsupported_words(pair: PairExplanation, best: PairExplanation) -> tuple[UnsupportedWord, ...]:
    """Return the words of the query that one text gives less than a quarter of what another gives them.

    The support of a word is the sum of its tokens' rows of the matrix. Words to which the other gives less
    than a twentieth of all that it explains are not missed.

    Args:
        pair: the query and the text in question.
        best: the query and the other text.
    """
    own, other = word_sums(pair, axis=1), word_sums(best, axis=1)
    has = {word.text.casefold() for word in pair.candidate.text.words}
    least = LEAST_SHARE * max(best.ledger.explained, 0.0)
    wanted = np.flatnonzero((other > least) & (own < LEAST_SUPPORT * other))
    found = []
    for i in wanted[np.argsort(own[wanted] - other[wanted], kind="stable")]:
        word, cells = pair.query.text.words[i], best.word_matrix[i]
        lacking: dict[str, WordShare] = {}
        for j in np.argsort(-cells, kind="stable"):
            lent = best.candidate.text.words[j]
            if cells[j] > 0 and lent.text.casefold() not in has and len(lacking) < _LENT_WORDS:
                lacking.setdefault(lent.text.casefold(), WordShare(lent.text, lent.span, float(cells[j])))
        found.append(
            UnsupportedWord(
                WordShare(word.text, word.span, float(own[i])), float(other[i]), tuple(lacking.values())
            )
        )
    return tuple(found)


def _remedy(
    explainer: Explainer,
    index: SearchIndex,
    query: Query,
    row: int,
    text: str,
    unsupported: tuple[UnsupportedWord, ...],
    scores: FloatArray,
    job: Job,
) -> Remedy | None:
    # In front, where the model reads them however long the document is.
    words = tuple(dict.fromkeys(lent.text for word in unsupported for lent in word.lacking))
    if not words:
        return None
    vectors = embed_texts(explainer.encoder, [f"{' '.join(words)} {text}"], job)
    similarity = float(index.similarities_of(query.vector, vectors)[0])
    return Remedy(words, similarity, index.rank(query.vector, similarity, row, scores))
