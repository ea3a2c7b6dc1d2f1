"""The phrases of documents: runs of up to three words, as they stand in the text."""

import re
from array import array
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import numpy as np
from scipy.sparse import csr_array

from engine.jobs import Job

LONGEST = 3
_WORDS_OF_TEXT = 256  # further than most models read
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_GAP = re.compile(r"[^\S\n]{1,2}")
_TEXTS_A_STEP = 512
# In scikit-learn's list, but names of things, states and numbers all the same.
_CONTENT = frozenset({
    "amount", "bill", "bottom", "cry", "describe", "detail", "eight", "eleven", "empty", "fifteen", "fifty",
    "fill", "find", "fire", "five", "forty", "four", "front", "full", "hundred", "interest", "mill", "mine",
    "move", "name", "nine", "one", "part", "serious", "show", "side", "sincere", "six", "sixty", "system",
    "ten", "thick", "thin", "third", "three", "top", "twelve", "twenty", "two",
})  # fmt: skip

# Verbs and adverbs that tie the parts of a sentence together and name nothing.
_TIES = frozenset({
    "applied", "based", "belonging", "called", "caused", "causing", "characterized", "composed", "concerned",
    "consisting", "consists", "containing", "contains", "designed", "done", "especially", "etc", "formed",
    "forming", "founded", "generally", "given", "having", "held", "including", "intended", "involving",
    "known", "located", "made", "making", "obtained", "occurring", "often", "originating", "produced",
    "provided", "related", "relating", "resembling", "resulting", "similar", "spoken", "typically", "used",
    "using", "usually", "various", "whose",
})  # fmt: skip


@cache
def stop_words() -> frozenset[str]:
    """Return the words that no phrase begins or ends with: scikit-learn's English list, mended.

    A stop word may stand inside a phrase.
    """
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return (frozenset(ENGLISH_STOP_WORDS) - _CONTENT) | _TIES


def phrases_of(text: str) -> Iterator[str]:
    """Yield the phrases of a text in lower case, each as often as it stands there.

    A phrase is one to three words with nothing but a space between them; it neither begins nor ends with
    a stop word, so that "birds of prey" is one and "of prey" is none. A word of one letter or of digits
    alone is no phrase, but may stand inside one. Only the first 256 words are read.
    """
    stops = stop_words()
    run: list[str] = []
    end = -1
    for number, found in enumerate(_WORD.finditer(text)):
        if number == _WORDS_OF_TEXT:
            break
        if end >= 0 and not _GAP.fullmatch(text, end, found.start()):
            run.clear()
        end = found.end()
        run.append(found.group().lower())
        last = run[-1]
        if last in stops or (len(last) == 1 and last.isascii()):
            continue
        if not last.isdigit():
            yield last
        for length in range(2, min(LONGEST, len(run)) + 1):
            if run[-length] not in stops:
                yield " ".join(run[-length:])


def phrase_matrix(
    texts: Sequence[str], job: Job, vocabulary: Mapping[str, int] | None = None
) -> tuple[csr_array, list[str]]:
    """Return which phrases stand in which texts, and the phrases.

    Args:
        texts: N documents.
        job: progress and cancellation.
        vocabulary: the columns of the phrases to look for; by default all that are found.

    Returns:
        (N, V) float32 of ones, and the V phrases in the order of the columns.
    """
    columns: dict[str, int] = {} if vocabulary is None else dict(vocabulary)
    indices, offsets = array("i"), array("q", [0])
    for number, text in enumerate(texts):
        if number % _TEXTS_A_STEP == 0:
            job.step("reading phrases", number / len(texts))
        if vocabulary is None:
            row = {columns.setdefault(phrase, len(columns)) for phrase in phrases_of(text)}
        else:
            row = {columns[phrase] for phrase in phrases_of(text) if phrase in columns}
        indices.extend(sorted(row))
        offsets.append(len(indices))
    held = np.frombuffer(indices, dtype=np.int32) if indices else np.zeros(0, np.int32)
    matrix = csr_array(
        (np.ones(len(held), np.float32), held, np.frombuffer(offsets, dtype=np.int64)),
        shape=(len(texts), len(columns)),
    )
    return matrix, list(columns)
