"""Is it true? The match without its shared concepts, and the shared concepts without the rest."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.attribution.pair import orthonormal_rows
from engine.concepts.dictionary import Dictionary
from engine.concepts.ledger import ConceptLedger, Float64Array, IntArray, norms_of, strongest_shared

ERASED, DRAWS = 5, 20
_SEED = 0


@dataclass(frozen=True)
class Spread:
    """What random draws gave: their mean, and the bounds between which 95 % of them lie."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class ErasureTest:
    """What erasing, or keeping only, the strongest shared concepts does to a similarity.

    Attributes:
        features: (k,) the shared features put to the test, strongest first; none if nothing is shared.
        similarity: of the two texts.
        erased: the similarity of the two embeddings without these features.
        kept: the part of the similarity that these features alone keep.
        random_erased: (draws,) and
        random_kept: (draws,) the same with as many random active features instead.
    """

    features: IntArray
    similarity: float
    erased: float
    kept: float
    random_erased: Float64Array
    random_kept: Float64Array

    @property
    def drop(self) -> float:
        """How far the similarity falls without the features."""
        return self.similarity - self.erased

    @property
    def random_drop(self) -> Spread | None:
        """How far it falls without random ones; None if no others are active."""
        return _spread(self.similarity - self.random_erased)

    @property
    def random_survival(self) -> Spread | None:
        """How much of it random ones keep; None if no others are active."""
        return _spread(self.random_kept)


def erase_and_keep(
    dictionary: Dictionary,
    ledger: ConceptLedger,
    query: npt.NDArray[np.floating],
    candidate: npt.NDArray[np.floating],
    count: int = ERASED,
    draws: int = DRAWS,
) -> ErasureTest:
    """Project the strongest shared concepts out of both embeddings, or all but them, and compare again.

    With Q an orthonormal basis of the span of k decoder directions, an embedding is the sum of its part
    inside the span, e Q'Q, and the rest.

    * erased: the cosine (or the dot product) of the rests, as a search would see them. A cosine is taken
      anew, over the norms of the rests.
    * kept: the dot product of the parts inside, over the norms of the whole embeddings for a cosine: how
      much of the similarity lies in the span. A cosine taken anew would be high in any few dimensions.

    The yardstick is drawn many times: k features at random, without replacement, among the others that
    are active on at least one of the two texts, so that they too are what the texts are about.

    Args:
        dictionary: the features.
        ledger: of the two texts, not folded.
        query: e_q (D,), as the model gives it.
        candidate: e_c (D,).
        count: k, 5 by default; fewer if fewer are shared.
        draws: how many random sets, 20 by default.
    """
    e_q, e_c = query.astype(np.float64), candidate.astype(np.float64)
    norms = norms_of(e_q, e_c, ledger.kind)

    def without_and_with(features: IntArray) -> tuple[float, float]:
        span = orthonormal_rows(dictionary.decoder[features].astype(np.float64))
        in_q, in_c = span @ e_q, span @ e_c
        rest_q, rest_c = e_q - in_q @ span, e_c - in_c @ span
        return float(rest_q @ rest_c) / norms_of(rest_q, rest_c, ledger.kind), float(in_q @ in_c) / norms

    top = strongest_shared(ledger, count)
    pool = np.setdiff1d(ledger.features, top)
    size = min(len(top), len(pool))
    generator = np.random.default_rng(_SEED)
    random = [
        without_and_with(generator.choice(pool, size, replace=False)) for _ in range(draws if size else 0)
    ]
    erased, kept = without_and_with(top) if len(top) else (ledger.similarity, 0.0)
    return ErasureTest(
        top,
        ledger.similarity,
        erased,
        kept,
        np.array([one[0] for one in random], dtype=np.float64),
        np.array([one[1] for one in random], dtype=np.float64),
    )


def _spread(values: Float64Array) -> Spread | None:
    if not len(values):
        return None
    low, high = np.quantile(values, [0.025, 0.975])
    return Spread(float(values.mean()), float(low), float(high))
