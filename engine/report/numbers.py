"""Numbers as a reader sees them: signed, with fitting digits, and sums that add up as printed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from engine.attribution.explainer import Explanation

MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Scale:
    """The one symmetric colour scale of an explanation, for sums over words and for single cells.

    Attributes:
        words: largest absolute importance of a word, in any text of the explanation.
        pairs: largest absolute cell of any word matrix.
        unit: what the numbers are shares of ("cosine" or "dot product").
    """

    words: float
    pairs: float
    unit: str

    @property
    def word_digits(self) -> int:
        """Decimals with which words are printed: three significant digits of the largest."""
        return digits_for(self.words)

    @property
    def pair_digits(self) -> int:
        """Decimals with which pairs of words are printed."""
        return digits_for(self.pairs)


def scale_of(explanation: Explanation) -> Scale:
    """Return the scale that all texts and all matrices of an explanation share."""
    words = [
        float(np.abs(values).max())
        for pair in explanation.pairs
        for values in (pair.query_word_importance, pair.candidate_word_importance)
    ]
    cells = [float(np.abs(pair.word_matrix).max()) for pair in explanation.pairs]
    unit = "cosine" if explanation.request.similarity == "cosine" else "dot product"
    return Scale(max(words), max(cells), unit)


def digits_for(largest: float, significant: int = 3) -> int:
    """Return how many decimals show `significant` digits of the largest number, 0 to 6."""
    if largest <= 0:
        return significant
    return min(max(significant - 1 - math.floor(math.log10(largest)), 0), 6)


def signed(value: float, digits: int = 3) -> str:
    """Return a number with its sign; what rounds to zero has none."""
    text = f"{value:+.{digits}f}"
    return text[1:] if float(text) == 0 else text.replace("-", MINUS)


def unsigned(value: float, digits: int = 3) -> str:
    """Return a number with a sign only if it is negative."""
    return signed(value, digits).removeprefix("+")


def percent(share: float) -> str:
    """Return a share as percent with two significant digits: "0.043%", "28%"."""
    value = 100 * share
    digits = max(digits_for(abs(value), 2), 0) if abs(value) < 10 else 0
    return f"{unsigned(value, digits)}%"


def add_up(terms: Sequence[float], digits: int, total: str | None = None) -> tuple[list[str], str]:
    """Return terms and their sum as printed, so that the printed terms give the printed sum.

    Each term is rounded up or down; those with the largest remainders are rounded up, as many as the
    printed sum needs. No printed term is off by a whole unit of its last digit.

    Args:
        terms: what adds up.
        digits: decimals to print.
        total: the sum as it is printed elsewhere; by default the rounded sum.
    """
    unit = 10.0**-digits
    exact = [term / unit for term in terms]
    units = [math.floor(value) for value in exact]
    wanted = round(sum(exact) if total is None else float(total.replace(MINUS, "-")) / unit)
    largest_remainder_first = sorted(range(len(exact)), key=lambda i: units[i] - exact[i])
    for index in largest_remainder_first[: wanted - sum(units)]:
        units[index] += 1
    return [signed(value * unit, digits) for value in units], signed(wanted * unit, digits)
