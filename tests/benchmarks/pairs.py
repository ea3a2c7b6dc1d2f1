"""Pairs of WordNet definitions that mean much the same: chosen by rule, never by hand."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tests.benchmarks.measuring import ROOT, Unavailable

if TYPE_CHECKING:
    from engine.encoder import Encoder, TokenizedText

SEED = 20260730
POOL = 10_000
TOKENS = (8, 25)
SIMILARITY = (0.5, 0.9)


@dataclass(frozen=True)
class Pair:
    """A definition and its nearest neighbour among the definitions of other synsets."""

    query: TokenizedText
    candidate: TokenizedText
    similarity: float


def choose_pairs(encoder: Encoder, count: int, pool_size: int = POOL) -> list[Pair]:
    """The first ``count`` pairs of a fixed random order of all definitions.

    A pool of ``pool_size`` definitions of 8 to 25 tokens (specials included), each text once, is drawn
    without replacement. In the order of the draw, each is paired with its nearest neighbour in the pool;
    the pair is taken if their similarity lies between .5 and .9 and neither was taken before.
    """
    pool = _draw(encoder, read_definitions(), pool_size)
    texts = [text for text, _ in pool]
    embeddings = encoder.embed(texts)
    synsets = np.array([synset for _, synset in pool])
    pairs = nearest_pairs(embeddings, synsets, count)
    return [Pair(texts[left], texts[right], similarity) for left, right, similarity in pairs]


def draw_definitions(encoder: Encoder, count: int) -> list[TokenizedText]:
    """The first ``count`` definitions of 8 to 25 tokens in the same fixed random order."""
    return [text for text, _ in _draw(encoder, read_definitions(), count)]


def nearest_pairs(
    embeddings: npt.NDArray[np.float32], synsets: npt.NDArray[np.str_], count: int
) -> list[tuple[int, int, float]]:
    """Indices and similarity of at most ``count`` disjoint pairs of nearest neighbours of unlike synset."""
    pairs: list[tuple[int, int, float]] = []
    taken: set[int] = set()
    for index, embedding in enumerate(embeddings):
        if len(pairs) == count:
            break
        similarities = np.where(synsets == synsets[index], -np.inf, embeddings @ embedding)
        nearest = int(np.argmax(similarities))
        similarity = float(similarities[nearest])
        if SIMILARITY[0] <= similarity <= SIMILARITY[1] and not taken & {index, nearest}:
            pairs.append((index, nearest, similarity))
            taken |= {index, nearest}
    return pairs


def read_definitions(folder: Path | None = None) -> list[tuple[str, str]]:
    """The id and the definition of every synset, read as the sample workspace's corpus is.

    Raises:
        Unavailable: a file is not there.
    """
    # The name of its folder is that of an installed package, so it can only be found by its path.
    sys.path.append(str(ROOT / "packaging"))
    try:
        import wordnet_corpus

        synsets = wordnet_corpus.read_synsets(folder or wordnet_corpus.FOLDER)
    except OSError as error:
        raise Unavailable(
            f"{error.filename} is not there; install the Debian package wordnet-base"
        ) from error
    finally:
        sys.path.pop()
    return [(synset.id, synset.text) for synset in synsets if synset.text]


def _draw(encoder: Encoder, definitions: list[tuple[str, str]], size: int) -> list[tuple[TokenizedText, str]]:
    pool: list[tuple[TokenizedText, str]] = []
    seen: set[str] = set()
    for index in np.random.default_rng(SEED).permutation(len(definitions)):
        synset, definition = definitions[index]
        if definition in seen:
            continue
        seen.add(definition)
        text = encoder.tokenize(definition)
        if TOKENS[0] <= len(text.ids) <= TOKENS[1]:
            pool.append((text, synset))
            if len(pool) == size:
                break
    return pool
