"""The worked pair at layer 0 with shared references, beside retrivex 0.1.0 with its defaults."""

from __future__ import annotations

from typing import Any

from engine.encoder.loading import default_model_folder
from tests.benchmarks.measuring import alone, median_seconds, peak_memory, timed
from tests.benchmarks.peers import RETRIVEX_DEFAULT_STEPS
from tests.benchmarks.table import Row, gigabytes, seconds
from tests.benchmarks.texts import CANDIDATE, QUERY

QUICK_STEPS = (5, 15)
# The peer runs as its users run it: without the setting for OpenMP that the engine makes for itself.
PEER_ENVIRONMENT = {"OMP_WAIT_POLICY": None}


def ours(repeats: int) -> dict[str, Any]:
    """Seconds cold and warm, matrix and peak memory of a process that explains the pair."""
    from engine.attribution.explainer import Explainer
    from engine.attribution.request import ExplainRequest
    from engine.encoder import Encoder

    encoder = Encoder(device="cpu")
    request = ExplainRequest(QUERY, (CANDIDATE,), references="shared", faithfulness=False)
    found = []

    def run() -> None:
        # A new explainer remembers nothing: both texts are checked, integrated and multiplied anew.
        found.append(Explainer(encoder).explain(request).pairs[0])

    cold = timed(run)
    warm = median_seconds(run, repeats)
    pair = found[-1]
    return {
        "cold": cold,
        "seconds": warm,
        "matrix": pair.matrix.tolist(),
        "nodes": [pair.query.nodes, pair.candidate.nodes],
        "tolerance": request.tolerance,
        "peak": peak_memory(),
    }


def retrivex(quick: bool) -> tuple[dict[str, Any], str]:
    """What retrivex needs with its default steps, and how that was found."""
    texts = {"folder": str(default_model_folder()), "query": QUERY, "candidate": CANDIDATE}
    if not quick:
        steps = RETRIVEX_DEFAULT_STEPS
        return alone("peers:retrivex", {**texts, "steps": steps}, PEER_ENVIRONMENT), f"{steps} steps"
    few, more = (
        alone("peers:retrivex", {**texts, "steps": steps}, PEER_ENVIRONMENT) for steps in QUICK_STEPS
    )
    beyond = (RETRIVEX_DEFAULT_STEPS - QUICK_STEPS[1]) / (QUICK_STEPS[1] - QUICK_STEPS[0])
    grown = {name: more[name] + beyond * (more[name] - few[name]) for name in ("seconds", "peak")}
    return {**more, **grown}, f"extrapolated from {QUICK_STEPS[0]} and {QUICK_STEPS[1]} steps"


def measure(quick: bool = False) -> list[Row]:
    from tests.benchmarks.reference import converged, matrix, relative_error

    folder = str(default_model_folder())
    true = matrix(converged(folder, QUERY, quick), converged(folder, CANDIDATE, quick))
    mine = alone("worked_pair:ours", {"repeats": 3 if quick else 9})
    theirs, how = retrivex(quick)
    my_error = relative_error(mine["matrix"], true)
    their_error = relative_error(theirs["matrix"], true)
    speed = theirs["seconds"] / mine["seconds"]
    nodes = " and ".join(map(str, mine["nodes"]))
    their_steps = f"{QUICK_STEPS[1]} steps, not extrapolated" if quick else how
    return [
        Row(
            "worked pair, layer 0, shared references: time",
            f"{seconds(mine['seconds'])} warm ({seconds(mine['cold'])} the first time)",
            f"retrivex {seconds(theirs['seconds'])} ({how})",
            f"{speed:.0f} times faster ({theirs['seconds'] / mine['cold']:.0f} the first time)",
            "400 times faster",
            speed >= 400,
        ),
        Row(
            "its token matrix: relative Frobenius error against converged float64",
            f"{my_error:.1e} (tolerance {mine['tolerance']:g}, {nodes} nodes)",
            f"retrivex {their_error:.1e} ({their_steps})",
            f"{my_error / their_error:.2f} of it",
            "no larger",
            None if quick else my_error <= their_error,
        ),
        Row(
            "its peak memory, the whole process",
            gigabytes(mine["peak"]),
            f"retrivex {gigabytes(theirs['peak'])} ({how})",
            f"{theirs['peak'] / mine['peak']:.1f} times less",
            "at most 1.2 GB",
            mine["peak"] <= 1.2e9,
        ),
    ]
