"""What the features of an autoencoder carry of a similarity, and what erasing them costs."""

from __future__ import annotations

import os

import numpy as np

from tests.benchmarks.bootstrap import bootstrap_mean
from tests.benchmarks.measuring import Unavailable
from tests.benchmarks.pairs import SEED, nearest_pairs
from tests.benchmarks.table import Row, interval

VARIABLE, FEATURES = "SEMASCOPE_WORDNET", "main"
POOL, PAIRS, ERASURES = 20_000, 1_000, 200
QUICK = 10
CLOSES, LEAST_SHARE, MOST_RESIDUAL, LEAST_RATIO = 1e-5, 0.75, 0.1, 20.0


def measure(quick: bool = False) -> list[Row]:
    from engine.concepts.dictionary import open_dictionary
    from engine.concepts.erasure import DRAWS, ERASED, erase_and_keep
    from engine.concepts.ledger import concept_ledgers
    from engine.corpus.workspace import Workspace
    from engine.errors import UserError

    folder = os.environ.get(VARIABLE, "")
    if not folder:
        raise Unavailable(f"set {VARIABLE} to a workspace of WordNet with features called {FEATURES}")
    try:
        with Workspace.open(folder) as workspace:
            dictionary = open_dictionary(workspace, FEATURES)
    except UserError as error:
        raise Unavailable(str(error)) from error

    vectors = dictionary.index.vectors
    random = np.random.default_rng(SEED)
    parts = QUICK if quick else 1
    pool = np.array(vectors[random.permutation(len(vectors))[: POOL // parts]], dtype=np.float32)
    left, right = random.integers(len(vectors), size=(2, PAIRS // parts))
    found = nearest_pairs(pool, np.arange(len(pool)).astype(str), PAIRS // parts)
    query, candidate = pool[[pair[0] for pair in found]], pool[[pair[1] for pair in found]]
    ledgers = concept_ledgers(dictionary, query, candidate)
    by_chance = concept_ledgers(dictionary, vectors[left], vectors[right])
    misses = max(
        abs(one.shared + one.one_sided + one.bias + one.residual - one.similarity)
        for one in (*ledgers, *by_chance)
    )
    similarity = np.array([one.similarity for one in ledgers])
    terms = {
        name: np.array([getattr(one, name) for one in ledgers])
        for name in ("shared", "one_sided", "bias", "residual")
    }
    tests = [
        erase_and_keep(dictionary, *each)
        for each in zip(ledgers[: ERASURES // parts], query, candidate, strict=False)
    ]
    drops = np.array([test.drop for test in tests])
    random_drops = np.array([np.mean(test.similarity - test.random_erased) for test in tests])
    kept = np.array([test.kept for test in tests])
    random_kept = np.array([test.random_kept.mean() for test in tests])

    def share(values: np.ndarray) -> tuple[float, float, float]:
        """The share of the mean similarity, in percent, with its interval over pairs."""
        return bootstrap_mean(100 * values / similarity.mean())

    features = share(terms["shared"] + terms["one_sided"])
    residual = share(terms["residual"])
    ratio = drops.mean() / random_drops.mean()
    size = f"{dictionary.features:,} features, FVU {dictionary.training['heldout']['fvu']:.3f}"

    def judged(reached: bool) -> bool | None:
        return None if quick else reached

    return [
        Row(
            f"largest gap between a ledger and its similarity, {len(ledgers):,} matching pairs and "
            f"{len(by_chance):,} random ones ({size})",
            f"{misses:.1e}",
            target="at most 1e-5",
            reached=judged(misses <= CLOSES),
        ),
        Row(
            f"features carry, of the similarity of matching pairs ({similarity.mean():.3f} on average), in %",
            interval(*features),
            target="at least 75",
            reached=judged(features[0] >= 100 * LEAST_SHARE),
        ),
        Row("of this, features active on both texts, in %", interval(*share(terms["shared"]))),
        Row("the bias carries, in %", interval(*share(terms["bias"]))),
        Row(
            "the residual carries, in %",
            interval(*residual),
            target="under 10",
            reached=judged(residual[0] < 100 * MOST_RESIDUAL),
        ),
        Row(
            f"the cosine falls by, with the {ERASED} strongest shared concepts erased ({len(tests)} pairs)",
            interval(*bootstrap_mean(drops)),
            f"{ERASED} random active ones ({DRAWS} draws): {interval(*bootstrap_mean(random_drops))}",
            f"{ratio:.0f}x",
            "at least 20x",
            judged(bool(ratio >= LEAST_RATIO)),
        ),
        Row(
            f"of the cosine is kept, by the {ERASED} strongest shared concepts alone",
            interval(*bootstrap_mean(kept)),
            f"{ERASED} random active ones: {interval(*bootstrap_mean(random_kept))}",
            f"{kept.mean() / random_kept.mean():.1f}x",
        ),
    ]
