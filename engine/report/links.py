"""The word pairs worth drawing: the strongest cells of a word matrix and the words they join."""

from dataclasses import dataclass

import numpy as np

from engine.encoder import FloatArray


@dataclass(frozen=True)
class Link:
    """One cell of a word matrix.

    Attributes:
        query: index of the query's word.
        candidate: index of the candidate's word.
        value: the cell, signed.
    """

    query: int
    candidate: int
    value: float


@dataclass(frozen=True)
class LinkChoice:
    """The links to draw, strongest first, and the words of both sides in the order of their texts."""

    links: tuple[Link, ...]
    query_words: tuple[int, ...]
    candidate_words: tuple[int, ...]


def strongest_links(matrix: FloatArray, count: int) -> list[Link]:
    """Return the `count` cells of largest absolute value, strongest first, without zeros."""
    flat = np.abs(matrix).ravel()
    kept = np.argsort(-flat, kind="stable")[:count]
    rows, columns = np.unravel_index(kept, matrix.shape)
    return [
        Link(int(i), int(j), float(matrix[i, j]))
        for i, j in zip(rows, columns, strict=True)
        if matrix[i, j] != 0
    ]


def choose_links(matrix: FloatArray, count: int, words_a_side: int) -> LinkChoice:
    """Return the strongest links that fit into a plot, and its words.

    Args:
        matrix: (query words, candidate words).
        count: at most this many links.
        words_a_side: a text with more words is thinned to those with the strongest links.
    """
    chosen = [
        range(size) if size <= words_a_side else np.sort(np.argsort(-strength, kind="stable")[:words_a_side])
        for size, strength in zip(
            matrix.shape, (np.abs(matrix).max(axis=1), np.abs(matrix).max(axis=0)), strict=True
        )
    ]
    rows, columns = (tuple(int(i) for i in side) for side in chosen)
    inside = strongest_links(matrix[np.ix_(rows, columns)], count)
    return LinkChoice(
        tuple(Link(rows[link.query], columns[link.candidate], link.value) for link in inside), rows, columns
    )
