"""What if the query or a text read otherwise: similarity and rank, by encoding the edited text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from engine.attribution.explainer import Explainer
from engine.corpus.vectors import FloatArray
from engine.encoder import Encoder
from engine.errors import UserError
from engine.jobs import Job
from engine.retrieval.explain_hits import explain_one, quick_request
from engine.retrieval.index import SearchIndex
from engine.retrieval.probes import ChangedText, changed_texts, without_spans
from engine.retrieval.search import Query, check_count, embed_query, embed_texts
from engine.text import Word

Side = Literal["query", "candidate"]
# More words than this are tried some at a time: evenly spaced, or so many deletions at once.
MOST_DELETIONS = 24
_AT_ONCE = 8


@dataclass(frozen=True)
class Pinned:
    """A text in its place, which edits are compared with.

    Attributes:
        query: what was searched for.
        text: of the document, or candidate.
        row: its row of the index.
        scores: (N,) of all texts of the index with the query.
        similarity: of the text.
        rank: of the text, from 1.
    """

    query: Query
    text: str
    row: int
    scores: FloatArray
    similarity: float
    rank: int


@dataclass(frozen=True)
class Outcome:
    """What became of an edit.

    Attributes:
        query: the query's text, and
        text: the candidate's, one or both edited.
        similarity: of the two.
        change: how much more that is than before.
        rank: the place that the text has now; nothing else in the index is edited.
    """

    query: str
    text: str
    similarity: float
    change: float
    rank: int


@dataclass(frozen=True)
class Deletion:
    """The words whose deletion drops a text below a rank.

    Attributes:
        side: whose words: "query" or "candidate".
        words: in the order of the text; none if the text is below the rank as it is.
        outcome: without them, encoded anew.
        k: the rank.
        below: whether the text is below it; if not, no deletion in the order of contributions does it,
            and these are the words of the one that comes closest.
    """

    side: Side
    words: tuple[Word, ...]
    outcome: Outcome
    k: int
    below: bool


@dataclass(frozen=True)
class Probe:
    """A change of meaning, and what the model makes of it.

    Attributes:
        change: what was changed.
        outcome: similarity and rank with it.
        unmoved: whether the similarity moved less than by deleting a middling word: a warning that the
            model hardly reads what was changed.
    """

    change: ChangedText
    outcome: Outcome
    unmoved: bool


@dataclass(frozen=True)
class Probes:
    """All changes of meaning tried on one side.

    Attributes:
        side: whose text was changed.
        threshold: the median, over the words of that text, of how far deleting one word moves the
            similarity either way; what moves it less is called unmoved.
        probes: as far as the text offers them.
    """

    side: Side
    threshold: float
    probes: tuple[Probe, ...]


def pin(index: SearchIndex, query: Query, row: int, text: str, job: Job | None = None) -> Pinned:
    """Return a text of an index in its place for a query.

    Args:
        index: documents, or what `index_of_texts` gave.
        query: embedded by the model of the index.
        row: of the text, its document's id less one.
        text: as it stands there.
        job: progress and cancellation.

    Raises:
        UserError: there is no such row.
    """
    if not 0 <= row < len(index):
        raise UserError(f"there is no document {row + 1}; there are 1 to {len(index):,}")
    scores = index.scores(query.vector, job)
    similarity = float(index.exact(query.vector, np.array([row]))[0])
    rank = index.rank(query.vector, similarity, row, scores)
    return Pinned(query, text, row, scores, similarity, rank)


def what_if(
    encoder: Encoder,
    index: SearchIndex,
    pinned: Pinned,
    query: str | None = None,
    text: str | None = None,
    job: Job | None = None,
) -> Outcome:
    """Return similarity and rank with the query, the text, or both in other words.

    Args:
        encoder: the model of the index.
        index: what the text is ranked among.
        pinned: the text in its place.
        query: the edited query; as it was by default.
        text: the edited text; as it was by default.
        job: progress and cancellation.

    Raises:
        UserError: an edited text is empty.
    """
    if query is None or query == pinned.query.text.text:
        return tried(encoder, index, pinned, "candidate", [pinned.text if text is None else text], job)[0]
    asked = embed_query(encoder, query)
    other = pin(index, asked, pinned.row, pinned.text, job)
    if text is None or text == pinned.text:
        return Outcome(query, pinned.text, other.similarity, other.similarity - pinned.similarity, other.rank)
    outcome = tried(encoder, index, other, "candidate", [text], job)[0]
    change = outcome.similarity - pinned.similarity
    return Outcome(query, text, outcome.similarity, change, outcome.rank)


def tried(
    encoder: Encoder,
    index: SearchIndex,
    pinned: Pinned,
    side: Side,
    texts: Sequence[str],
    job: Job | None = None,
) -> list[Outcome]:
    """Return what becomes of each of several texts in place of one side's.

    An edited query is compared with all texts of the index anew; an edited candidate takes the place of
    its own row only.

    Raises:
        UserError: a text is empty.
    """
    job = job or Job()
    if side == "query":
        outcomes = []
        for number, text in enumerate(texts):
            part = job.part(number / len(texts), (number + 1) / len(texts))
            other = pin(index, embed_query(encoder, text), pinned.row, pinned.text, part)
            change = other.similarity - pinned.similarity
            outcomes.append(Outcome(text, pinned.text, other.similarity, change, other.rank))
        return outcomes
    vector = pinned.query.vector
    found = index.similarities_of(vector, embed_texts(encoder, texts, job))
    return [
        Outcome(
            pinned.query.text.text,
            text,
            float(similarity),
            float(similarity) - pinned.similarity,
            index.rank(vector, float(similarity), pinned.row, pinned.scores),
        )
        for text, similarity in zip(texts, found, strict=True)
    ]


def smallest_deletion(
    explainer: Explainer,
    index: SearchIndex,
    pinned: Pinned,
    side: Side = "candidate",
    k: int = 10,
    job: Job | None = None,
) -> Deletion:
    """Return few words whose deletion drops a text below rank k, found greedily and encoded anew.

    Words are deleted in the order of their contributions until the text falls below k; then each is put
    back, least important first, if the text stays below with it. Another choice of words might still be
    smaller.

    Args:
        explainer: the model of the index.
        index: what the text is ranked among.
        pinned: the text in its place.
        side: whose words are deleted, "candidate" (default) or "query".
        k: the rank, 1 to 1,000.
        job: progress and cancellation.

    Raises:
        UserError: `k` is out of range.
    """
    check_count(k, "k")
    job = job or Job()
    as_it_is = Outcome(pinned.query.text.text, pinned.text, pinned.similarity, 0.0, pinned.rank)
    if pinned.rank > k:
        return Deletion(side, (), as_it_is, k, True)
    text, order = _by_contribution(explainer, index, pinned, side, job.part(0, 0.4))
    encoder, rest, chosen, outcome = explainer.encoder, job.part(0.4, 1), [], as_it_is

    def without(deletions: Sequence[Sequence[Word]]) -> list[Outcome]:
        edited = [without_spans(text, [word.span for word in words]) for words in deletions]
        rest.step("deleting words", 0)
        return tried(encoder, index, pinned, side, edited, Job(rest.cancel))

    # One word is always left: a text of none cannot be encoded.
    for start in range(1, len(order), _AT_ONCE):
        sizes = range(start, min(start + _AT_ONCE, len(order)))
        for size, found in zip(sizes, without([order[:size] for size in sizes]), strict=True):
            if found.rank > outcome.rank:
                chosen, outcome = order[:size], found
            if found.rank > k:
                break
        if outcome.rank > k:
            break
    if outcome.rank > k:
        for word in reversed(chosen[:-1]):
            fewer = [other for other in chosen if other is not word]
            (found,) = without([fewer])
            if found.rank > k:
                chosen, outcome = fewer, found
    words = tuple(sorted(chosen, key=lambda word: word.span))
    return Deletion(side, words, outcome, k, outcome.rank > k)


def probe(
    encoder: Encoder, index: SearchIndex, pinned: Pinned, side: Side = "candidate", job: Job | None = None
) -> Probes:
    """Return what changes of meaning do to the similarity: negation, numbers, names.

    Args:
        encoder: the model of the index.
        index: what the text is ranked among.
        pinned: the text in its place.
        side: whose text is changed, "candidate" (default) or "query".
        job: progress and cancellation.
    """
    job = job or Job()
    text = pinned.text if side == "candidate" else pinned.query.text.text
    words = encoder.tokenize(text, "document" if side == "candidate" else "query").words
    count = min(len(words), MOST_DELETIONS) if len(words) > 1 else 0
    places = np.unique(np.linspace(0, len(words) - 1, count).round().astype(int))
    shortened = [without_spans(text, [words[place].span]) for place in places]
    changes = changed_texts(text)
    outcomes = tried(encoder, index, pinned, side, [*shortened, *(one.text for one in changes)], job)
    moves = [abs(outcome.change) for outcome in outcomes[: len(shortened)]]
    threshold = float(np.median(moves)) if moves else 0.0
    probes = tuple(
        Probe(change, outcome, abs(outcome.change) < threshold)
        for change, outcome in zip(changes, outcomes[len(shortened) :], strict=True)
    )
    return Probes(side, threshold, probes)


def _by_contribution(
    explainer: Explainer, index: SearchIndex, pinned: Pinned, side: Side, job: Job
) -> tuple[str, list[Word]]:
    """Return the text of one side and its words, the one that carries most of the similarity first."""
    query = pinned.query.text.text
    request = quick_request(explainer, query, (pinned.text,), index.similarity)
    pair = explain_one(explainer, request, pinned.text, job)
    if side == "query":
        text, importance = pair.query.text, pair.query_word_importance
    else:
        text, importance = pair.candidate.text, pair.candidate_word_importance
    return text.text, [text.words[i] for i in np.argsort(-importance, kind="stable")]
