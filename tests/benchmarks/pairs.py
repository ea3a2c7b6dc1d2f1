"""Pairs of WordNet definitions that mean much the same: chosen by rule, never by hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.encoder import Encoder, TokenizedText
from tests.benchmarks.wordnet import Definition, read_definitions

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
    synsets = np.array([definition.synset for _, definition in pool])
    pairs = nearest_pairs(embeddings, synsets, count)
    return [Pair(texts[left], texts[right], similarity) for left, right, similarity in pairs]


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


def _draw(
    encoder: Encoder, definitions: list[Definition], size: int
) -> list[tuple[TokenizedText, Definition]]:
    pool: list[tuple[TokenizedText, Definition]] = []
    seen: set[str] = set()
    for index in np.random.default_rng(SEED).permutation(len(definitions)):
        definition = definitions[index]
        if definition.text in seen:
            continue
        seen.add(definition.text)
        text = encoder.tokenize(definition.text)
        if TOKENS[0] <= len(text.ids) <= TOKENS[1]:
            pool.append((text, definition))
            if len(pool) == size:
                break
    return pool
