"""What the numbers of an explanation mean, in sentences for a reader who meets them first.

The window says them too, and starts before the engine is loaded: nothing heavy is imported here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from engine.report.numbers import percent, unsigned

if TYPE_CHECKING:
    from engine.attribution.faithfulness import Curve, Faithfulness
    from engine.attribution.pair import PairExplanation

NEAR_ZERO = 0.05
METHOD_NAMES = {
    "integrated-jacobians": "integrated Jacobians",
    "leave-one-out": "leave-one-out",
    "output-layer": "output-layer decomposition",
}
SIMILARITY_NAMES = {"cosine": "cosine similarity", "dot": "dot product"}
REFERENCE_NAMES = {"projected": "references projected out", "shared": "shared references"}

Grade = Literal["good", "fair", "poor", "unknown"]


@dataclass(frozen=True)
class Finding:
    """One test of an explanation.

    Attributes:
        name: of the test.
        value: the number that sums it up, as printed.
        grade: "good", "fair", "poor", or "unknown" where the texts are too short to tell.
        verdict: a few words.
        sentence: what was done and what came out.
    """

    name: str
    value: str
    grade: Grade
    verdict: str
    sentence: str


def findings(pair: PairExplanation, tests: Faithfulness, tolerance: float) -> list[Finding]:
    """Return what each test of an explanation says.

    Args:
        pair: what was explained.
        tests: of that explanation.
        tolerance: the relative error of the contributions that was asked for.
    """
    return [
        _curve_finding(
            "Deletion",
            tests.deletion,
            "Words of the candidate are taken away, the most important first, and the rest is encoded "
            "again each time. If the explanation is right, the similarity falls faster than in random order.",
        ),
        _curve_finding(
            "Insertion",
            tests.insertion,
            "Words of the candidate are put back into an empty text, the most important first. If the "
            "explanation is right, the similarity rises faster than in random order.",
        ),
        _agreement(tests),
        _completeness(pair, tests, tolerance),
    ]


def _curve_finding(name: str, curve: Curve, how: str) -> Finding:
    if len(curve.fractions) <= 2 or curve.z == 0:
        return Finding(name, "–", "unknown", "too few words to tell", how)
    grade: Grade = "good" if curve.z >= 2 else "fair" if curve.z >= 1 else "poor"
    if curve.z >= 3:
        verdict = "far better than chance"
    elif curve.z >= 2:
        verdict = "better than chance"
    elif curve.z >= 1:
        verdict = "a little better than chance"
    else:
        verdict = "no better than chance" if curve.z > -1 else "worse than chance"
    outcome = (
        f" Here it lies {unsigned(curve.z, 1)} standard deviations from the mean of {curve.orders} random "
        f"orders, on the {'right' if curve.z >= 0 else 'wrong'} side"
    )
    whole = abs(float(curve.values[0] if name == "Deletion" else curve.values[-1]))
    areas = (
        f" (area {unsigned(curve.area)} against {unsigned(curve.random_area)})" if whole > NEAR_ZERO else ""
    )
    return Finding(name, f"z = {unsigned(curve.z, 1)}", grade, verdict, how + outcome + areas + ".")


def _agreement(tests: Faithfulness) -> Finding:
    name = "Agreement"
    how = (
        "Each pair of words is removed from both texts and what the similarity loses beyond the two single "
        "losses is measured; then both lists of pairs are ranked. 1 is the same order, 0 is no relation."
    )
    if tests.spearman is None:
        return Finding(name, "–", "unknown", "too few word pairs to tell", how)
    rho = tests.spearman
    grade: Grade = "good" if rho >= 0.3 else "fair" if rho >= 0.1 else "poor"
    words = {"good": "clear agreement", "fair": "some agreement", "poor": "no agreement"}
    tested = f" Here {tests.leave_one_out.size} pairs were tested."
    return Finding(name, f"ρ = {unsigned(rho, 2)}", grade, f"{words[grade]} with removal", how + tested)


def _completeness(pair: PairExplanation, tests: Faithfulness, tolerance: float) -> Finding:
    worst = max(tests.query_error, tests.candidate_error)
    sentence = (
        "The contributions of all tokens should add up to the embedding. They miss it by "
        f"{percent(tests.query_error)} (query) and {percent(tests.candidate_error)} (candidate)"
    )
    if pair.query.nodes:
        met = worst <= tolerance
        verdict = "within the tolerance asked for" if met else "outside the tolerance asked for"
        return Finding(
            "Completeness",
            percent(worst),
            "good" if met else "poor",
            verdict,
            f"{sentence}; the tolerance was {percent(tolerance)}.",
        )
    grade: Grade = "good" if worst <= 0.01 else "fair" if worst <= 0.2 else "poor"
    verdict = "adds up" if grade == "good" else "does not add up: what words do together is missing"
    return Finding("Completeness", percent(worst), grade, verdict, sentence + ".")
