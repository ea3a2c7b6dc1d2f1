"""Candidate keywords of features: phrases of their top documents that documents near them lack.

Embedding is what costs. So phrases are counted first, only the most telling ones of each feature are
embedded, each distinct phrase once for all features, and KeyBERT (Grootendorst 2020) ranks a feature's
phrases by their similarity to the centroid of its top documents.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from engine.concepts.codes import Codes
from engine.concepts.moments import DoubleArray, FloatArray, IntArray, unit
from engine.concepts.phrases import phrase_matrix
from engine.corpus.embedding import Embed
from engine.jobs import Job

TOP = 80  # documents of a feature whose phrases are proposed
EXAMPLES = 20  # of them, those that its centroid and its coherence are taken from
NEAR = 40
COUNTED = 24  # phrases of a feature that are embedded for its sake
PROPOSED = 150  # phrases of its documents that KeyBERT passes on, of all that were embedded
_POOL = 50_000
_BLOCK = 128
_PRIOR = 10.0  # documents' worth of the corpus in a phrase's rate among near documents
_MENTIONS = 2.0  # mentions without activation that every phrase is taken to have


@dataclass(frozen=True)
class Examples:
    """The documents that features are named after.

    Attributes:
        features: (n,) which.
        top: for each, the rows of its strongest documents, at most 80, strongest first.
        near: for each, rows of the documents nearest to the centroid on which it does not fire.
        centroids: (n, D) unit mean of the 20 strongest.
        contrast: (n, D) unit mean of the near ones.
    """

    features: IntArray
    top: tuple[IntArray, ...]
    near: tuple[IntArray, ...]
    centroids: FloatArray
    contrast: FloatArray


@dataclass(frozen=True)
class Candidates:
    """Phrases proposed for features, as pairs of a feature and a phrase, in the order of the features.

    Attributes:
        phrases: V distinct phrases.
        vectors: (V, D) their embeddings, as the model gives them.
        feature: (P,) position of the feature in `Examples.features`.
        phrase: (P,) index of the phrase.
        relevance: (P,) KeyBERT's score, the cosine with the centroid.
        share: (P,) of the feature's top documents, how many hold the phrase.
    """

    phrases: tuple[str, ...]
    vectors: FloatArray
    feature: IntArray
    phrase: IntArray
    relevance: DoubleArray
    share: DoubleArray


def find_examples(
    vectors: FloatArray, codes: Codes, features: IntArray, making: npt.NDArray[np.bool_], job: Job
) -> Examples:
    """Find top and near documents of features among those that may make labels.

    Args:
        vectors: (N, D), may be mapped from a file.
        codes: activations of the N documents.
        features: (n,) which; each fires on at least one document of `making`.
        making: (N,) bool, the documents that may be used.
        job: progress and cancellation.
    """
    # Evenly spaced, so that a corpus in order of subject is met as a whole.
    usable = np.flatnonzero(making)
    pool = usable[np.unique(np.linspace(0, len(usable) - 1, min(_POOL, len(usable))).astype(np.int64))]
    among = unit(vectors[pool])
    fired = codes.by_document[pool].tocsc()
    top, near = [], []
    centroids = np.zeros((len(features), vectors.shape[1]), np.float32)
    contrast = np.zeros_like(centroids)
    for start in range(0, len(features), _BLOCK):
        job.step("finding documents", start / len(features))
        block = features[start : start + _BLOCK]
        rows = [_strongest(codes, int(feature), making) for feature in block]
        top += rows
        here = slice(start, start + len(block))
        centroids[here] = unit(np.stack([unit(vectors[own[:EXAMPLES]]).mean(axis=0) for own in rows]))
        job.cancel.check()
        similar = centroids[here] @ among.T
        for own, feature in zip(similar, block, strict=True):
            own[fired.indices[fired.indptr[feature] : fired.indptr[feature + 1]]] = -np.inf
        count = min(NEAR, len(pool))
        job.cancel.check()
        nearest = np.argpartition(-similar, count - 1, axis=1)[:, :count]
        for position, own in enumerate(nearest):
            kept = own[np.isfinite(similar[position, own])]
            near.append(pool[kept])
            if len(kept):
                contrast[start + position] = among[kept].mean(axis=0)
    return Examples(features, tuple(top), tuple(near), centroids, unit(contrast))


def _strongest(codes: Codes, feature: int, making: npt.NDArray[np.bool_]) -> IntArray:
    rows, _ = codes.feature(feature)
    strongest: IntArray = rows[making[rows]][:TOP]
    return strongest


def propose(
    examples: Examples,
    codes: Codes,
    texts: Callable[[IntArray], Sequence[str]],
    embed: Embed,
    job: Job,
) -> Candidates:
    """Propose phrases for every feature: counted, embedded once, ranked by KeyBERT.

    Args:
        examples: of the features.
        codes: activations of all documents.
        texts: returns the texts of rows.
        embed: returns the vectors of texts.
        job: progress and cancellation.
    """
    rows = np.unique(np.concatenate([np.zeros(0, np.int64), *examples.top, *examples.near]))
    matrix, phrases = phrase_matrix(texts(rows), job.part(0, 0.1))
    counted = list(_count(examples, codes.by_document[rows], rows, matrix, job.part(0.1, 0.2)))
    used = np.unique(np.concatenate([np.zeros(0, np.int64), *(one.telling for one in counted)]))
    vocabulary = [phrases[number] for number in used]
    embedded = embed(vocabulary, job.part(0.2, 0.9)) if vocabulary else np.zeros((0, 1), np.float32)
    # What was embedded for one feature may name another whose documents hold it too.
    own = [np.flatnonzero(np.isin(used, one.held, assume_unique=True)) for one in counted]
    shares = [one.share[np.isin(one.held, used, assume_unique=True)] for one in counted]
    ranked = _keybert(vocabulary, unit(embedded), own, examples.centroids, job.part(0.9, 1))
    pairs = [
        (position, number, relevance, shares[position][np.searchsorted(own[position], number)])
        for position, found in enumerate(ranked)
        for number, relevance in found
    ]
    columns = np.array(pairs, dtype=np.float64).reshape(-1, 4)
    return Candidates(
        tuple(vocabulary),
        embedded,
        columns[:, 0].astype(np.int64),
        columns[:, 1].astype(np.int64),
        columns[:, 2],
        columns[:, 3],
    )


@dataclass(frozen=True)
class _Counted:
    """The phrases of one feature: all that its top documents hold (ascending), the share of them that hold
    each, and the most telling ones."""

    held: IntArray
    share: DoubleArray
    telling: IntArray


def _count(
    examples: Examples, codes: csr_array, rows: IntArray, matrix: csr_array, job: Job
) -> Iterator[_Counted]:
    """Yield for each feature the phrases of its top documents, and which of them are the most telling.

    One half is what counts tell: the phrase's part in the divergence of the top documents from the near
    ones (Kullback-Leibler). The other half is what activations tell: the mean activation of the documents
    that mention it.
    """
    frequency = np.asarray(matrix.sum(axis=0)).ravel()
    rate = frequency / max(len(rows), 1)
    # A phrase that stands in one document only is a turn of that document.
    usual = frequency >= (2 if len(rows) > 1_000 else 1)
    activations = codes.tocsc()
    for start in range(0, len(examples.features), _BLOCK // 4):
        job.step("counting phrases", start / len(examples.features))
        block = range(start, min(start + _BLOCK // 4, len(examples.features)))
        top = _sums(matrix, rows, [examples.top[i] for i in block])
        near = _sums(matrix, rows, [examples.near[i] for i in block])
        fired = (activations[:, examples.features[list(block)]].T @ matrix).tocsr()
        for number, position in enumerate(block):
            held, count = _row(top, number)
            share = count / len(examples.top[position])
            beside = _at(near, number, held)
            expected = (beside + _PRIOR * rate[held]) / (len(examples.near[position]) + _PRIOR)
            divergence = share * np.log(share / expected)
            mention = _at(fired, number, held) / (frequency[held] + _MENTIONS)
            allowed = usual[held] & (divergence > 0)
            if not allowed.any():
                allowed = divergence > -np.inf
            held, share = held[allowed], share[allowed]
            picked = _alternate(-divergence[allowed], -mention[allowed])[:COUNTED]
            yield _Counted(held, share, held[picked])


def _sums(matrix: csr_array, rows: IntArray, groups: Sequence[IntArray]) -> csr_array:
    """Return how many documents of each group hold each phrase, (groups, V)."""
    columns = np.searchsorted(rows, np.concatenate([np.zeros(0, np.int64), *groups]))
    offsets = np.cumsum([0, *map(len, groups)])
    members = csr_array(
        (np.ones(len(columns), np.float32), columns, offsets), shape=(len(groups), matrix.shape[0])
    )
    return (members @ matrix).tocsr()


def _row(matrix: csr_array, number: int) -> tuple[IntArray, DoubleArray]:
    here = slice(matrix.indptr[number], matrix.indptr[number + 1])
    order = np.argsort(matrix.indices[here])
    return matrix.indices[here][order].astype(np.int64), matrix.data[here][order].astype(np.float64)


def _at(matrix: csr_array, number: int, columns: IntArray) -> DoubleArray:
    """Return the entries of one row at ascending columns."""
    held, values = _row(matrix, number)
    found = np.zeros(len(columns))
    if len(held):
        places = np.minimum(np.searchsorted(held, columns), len(held) - 1)
        same = held[places] == columns
        found[same] = values[places[same]]
    return found


def _alternate(first: DoubleArray, second: DoubleArray) -> IntArray:
    """Return indices in the order of two rankings taken in turns, each index once."""
    turns = np.stack([np.argsort(first, kind="stable"), np.argsort(second, kind="stable")], axis=1).ravel()
    _, places = np.unique(turns, return_index=True)
    order: IntArray = turns[np.sort(places)].astype(np.int64)
    return order


def _keybert(
    phrases: Sequence[str],
    vectors: FloatArray,
    own: Sequence[IntArray],
    centroids: FloatArray,
    job: Job,
) -> Iterator[list[tuple[int, float]]]:
    """Yield for each feature its phrases and their relevance, as KeyBERT ranks them."""
    from keybert import KeyBERT
    from keybert.backend import BaseEmbedder
    from sklearn.feature_extraction.text import CountVectorizer

    # With embeddings given for documents and phrases its own model is never asked.
    model = KeyBERT(BaseEmbedder())
    for position, numbers in enumerate(own):
        job.step("ranking phrases", position / len(own))
        if len(numbers) == 0:
            yield []
            continue
        by_text = {phrases[number]: int(number) for number in numbers}
        words = list(by_text)
        found = model.extract_keywords(
            docs=[words],
            vectorizer=CountVectorizer(analyzer=list, vocabulary=words),
            doc_embeddings=centroids[position : position + 1],
            word_embeddings=vectors[[by_text[word] for word in words]],
            top_n=PROPOSED,
        )
        yield [(by_text[word], relevance) for word, relevance in found]
