"""A query of 13 tokens and a candidate of 256: how long until the first answer, and until the whole."""

from __future__ import annotations

import statistics
import time
from typing import Any

from tests.benchmarks.measuring import alone, peak_memory
from tests.benchmarks.peers import RETRIVEX_DEFAULT_STEPS
from tests.benchmarks.table import Row, gigabytes, seconds
from tests.benchmarks.texts import CANDIDATE, LONG_CANDIDATE, LONG_QUERY, QUERY

TOLERANCE = 1e-2
TIGHT = 2e-4


def ours(repeats: int, check: bool) -> dict[str, Any]:
    """Seconds to the first and to the whole answer, and peak memory, after the worked pair was shown."""
    from dataclasses import replace

    from engine.attribution.explainer import Explainer
    from engine.attribution.request import ExplainRequest
    from engine.encoder import Encoder
    from tests.benchmarks.reference import relative_error

    encoder = Encoder(device="cpu")
    Explainer(encoder).explain(ExplainRequest(QUERY, (CANDIDATE,), faithfulness=False))
    request = ExplainRequest(
        LONG_QUERY, (LONG_CANDIDATE,), tolerance=TOLERANCE, faithfulness=False, preview=True
    )
    firsts, wholes, previews = [], [], []
    for _ in range(repeats):
        start = time.perf_counter()

        def first(explanation: Any, start: float = start) -> None:
            _ = explanation.pairs[0].sentence_matrix
            firsts.append(time.perf_counter() - start)
            previews.append(explanation)

        result = Explainer(encoder).explain(request, partial=first)
        wholes.append(time.perf_counter() - start)
    pair, peak = result.pairs[0], peak_memory()
    error = None
    if check:
        tight = Explainer(encoder).explain(replace(request, tolerance=TIGHT, preview=False)).pairs[0]
        error = relative_error(pair.matrix, tight.matrix.astype("float64"))
    return {
        "first": statistics.median(firsts) if firsts else None,
        "whole": statistics.median(wholes),
        "tokens": [len(pair.query.text.ids), len(pair.candidate.text.ids)],
        "sentences": len(pair.candidate.text.sentences),
        "nodes": [pair.query.nodes, pair.candidate.nodes],
        "layer": previews[0].request.layer if previews else None,
        "error": error,
        "peak": peak,
    }


def measure(quick: bool = False) -> list[Row]:
    found = alone("long_candidate:ours", {"repeats": 1 if quick else 3, "check": not quick})
    query, candidate = found["tokens"]
    what = f"{query} tokens and {candidate}"
    # retrivex keeps one gradient of the path's inputs for each of the 384 dimensions.
    gradients = 384 * (RETRIVEX_DEFAULT_STEPS + 1) * candidate * 384 * 4
    first, error = found["first"], found["error"]
    how_good = f", matrix within {error:.1e} of tolerance {TIGHT:g}" if error is not None else ""
    return [
        Row(
            f"{what}: first answer, {found['sentences']} sentences",
            f"{seconds(first)} (layer {found['layer']})" if first is not None else "none came",
            target="2 s",
            reached=first is not None and first <= 2,
        ),
        Row(
            f"{what}: the whole at tolerance {TOLERANCE:g}",
            f"{seconds(found['whole'])} ({' and '.join(map(str, found['nodes']))} nodes{how_good})",
            target="12 s",
            reached=found["whole"] <= 12,
        ),
        Row(
            f"{what}: peak memory, the whole process",
            gigabytes(found["peak"]),
            f"retrivex {gigabytes(gradients)} for its gradients alone (by arithmetic, not run)",
            f"{gradients / found['peak']:.0f} times less",
            "under 2 GB",
            found["peak"] < 2e9,
        ),
    ]
