"""The worked example: the texts that the program opens on, and what must hold when they are explained.

Only the texts are needed to show a window or to set up, so nothing outside Python is imported with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.attribution.request import ExplainRequest

if TYPE_CHECKING:
    from engine.attribution.explainer import Explainer
    from engine.jobs import Job

QUERY = "Carbs are broken down into sugar in your body"
CANDIDATE = "Carbohydrates are metabolized into glucose"
CANDIDATES = (
    CANDIDATE,
    "Your body turns starch into sugar while you digest bread and pasta.",
    "Sugar prices broke down after the harvest.",
)
SIMILARITY_TOLERANCE = 1e-4
LEAST_DELETION_Z = 1.0
LEAST_SPEARMAN = 0.1


@dataclass(frozen=True)
class Check:
    """One thing that must hold.

    Attributes:
        name: what was measured.
        value: what came out.
        limit: what it is held against.
        at_least: True if the value must reach the limit, False if it must not pass it.
    """

    name: str
    value: float
    limit: float
    at_least: bool = False

    @property
    def passed(self) -> bool:
        """Whether it holds; a value that is no number never does."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        return f"{self.name} {self.value:.2g} ({'at least' if self.at_least else 'at most'} {self.limit:g})"


def check_worked_example(explainer: Explainer, job: Job | None = None) -> tuple[float, list[Check]]:
    """Explain the worked pair; return its similarity and what was checked.

    Every number is held against one that is computed another way: the similarity against
    `SentenceTransformer.encode`, the sum of the matrix against that similarity, the sums of the
    contributions against the embeddings, and the order of words and pairs against removing them.

    Args:
        explainer: of the embedded model.
        job: progress and cancellation.
    """
    import numpy as np

    request = ExplainRequest(QUERY, (CANDIDATE,))
    explanation = explainer.explain(request, job)
    pair, tests = explanation.pairs[0], explanation.faithfulness[0]
    assert tests is not None
    query, candidate = explainer.encoder.model.encode([QUERY, CANDIDATE], show_progress_bar=False)
    encoded = float(query @ candidate / (np.linalg.norm(query) * np.linalg.norm(candidate)))
    summed = float(pair.matrix.sum(dtype=np.float64)) + pair.ledger.reference
    checks = [
        Check("similarity off encode() by", abs(pair.ledger.similarity - encoded), SIMILARITY_TOLERANCE),
        Check("matrix and reference off it by", abs(summed - encoded), request.tolerance),
        Check("completeness error", max(pair.query.error, pair.candidate.error), request.tolerance),
        Check("deletion z", tests.deletion.z, LEAST_DELETION_Z, at_least=True),
        Check("agreement with leave-one-out", tests.spearman or 0.0, LEAST_SPEARMAN, at_least=True),
    ]
    return pair.ledger.similarity, checks
