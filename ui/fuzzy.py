"""How well a few letters fit a name."""

from __future__ import annotations


def match_score(pattern: str, text: str) -> float | None:
    """Return how well the letters of `pattern` occur in `text` in their order; None if they do not.

    Letters at the start of a word and letters that follow each other count more; shorter texts win ties.
    """
    wanted, there = pattern.casefold().replace(" ", ""), text.casefold()
    if not wanted:
        return 0.0
    starts = (start for start, letter in enumerate(there) if letter == wanted[0])
    scores = (_score_from(wanted, there, start) for start in starts)
    return max((score for score in scores if score is not None), default=None)


def _score_from(wanted: str, there: str, position: int) -> float | None:
    score, previous = 0.0, -2
    for letter in wanted:
        position = there.find(letter, position)
        if position < 0:
            return None
        starts_word = position == 0 or not there[position - 1].isalnum()
        score += 1 + (2 if position == previous + 1 else 0) + (1.5 if starts_word else 0)
        previous = position
        position += 1
    return score - 0.01 * len(there)
