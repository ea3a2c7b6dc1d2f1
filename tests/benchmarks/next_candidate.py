"""One more candidate for a query that is known already, beside one text by itself."""

from __future__ import annotations

import statistics

from tests.benchmarks.measuring import timed
from tests.benchmarks.table import Row, seconds
from tests.benchmarks.texts import CANDIDATE, QUERY


def measure(quick: bool = False) -> list[Row]:
    from engine.attribution.explainer import Explainer
    from engine.attribution.request import ExplainRequest
    from engine.encoder import Encoder

    encoder = Encoder(device="cpu")
    request = ExplainRequest(QUERY, (CANDIDATE,), faithfulness=False)
    query, candidate = encoder.tokenize(QUERY, "query"), encoder.tokenize(CANDIDATE, "document")
    alone, added = [], []
    # Taken in turns, so that whatever else the machine does falls on both. The first turn warms up.
    for _ in range(4 if quick else 12):
        fresh, knows_query = Explainer(encoder), Explainer(encoder)
        knows_query.contributions(query, request)
        alone.append(timed(lambda explainer=fresh: explainer.contributions(candidate, request)))
        added.append(timed(lambda explainer=knows_query: explainer.explain(request)))
    one_text, one_more = statistics.median(alone[1:]), statistics.median(added[1:])
    return [
        Row(
            "one more candidate for a cached query: time",
            seconds(one_more),
            f"one text by itself {seconds(one_text)}",
            f"{one_more / one_text:.2f}",
            "the cost of one text (at most 1.1)",
            one_more <= 1.1 * one_text,
        )
    ]
