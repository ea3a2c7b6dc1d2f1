"""What Explain asks of the engine about the concepts of a pair, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.attribution.pair import PairExplanation
    from engine.concepts.explanation import ConceptExplanation
    from engine.concepts.flow import ShownFlow
    from engine.report.concept_wording import LedgerRow


@dataclass(frozen=True)
class ConceptsRequest:
    """Take the similarity of a pair apart into concepts.

    Attributes:
        pair: the pair on screen.
        fingerprint: of the model that explained it; another model in use is refused.
        tolerance: that the pair was explained with.
        dictionary: name of the autoencoder.
    """

    pair: PairExplanation
    fingerprint: str
    tolerance: float
    dictionary: str
    kind: str = "concepts of a pair"


@dataclass(frozen=True)
class FoldRequest:
    """Fold the concepts of a pair into families; answered by `PairConcepts`.

    Attributes:
        concepts: of single features.
        dictionary: name of the autoencoder.
    """

    concepts: PairConcepts
    dictionary: str
    kind: str = "families of a pair"


@dataclass(frozen=True)
class PairConcepts:
    """The concepts of a pair, ready to be shown.

    Attributes:
        explanation: all of it.
        flow: thinned for a picture.
        ledger: the terms of the ledger, rounded so that they add up.
        erasure: sentences on the erase and keep test.
    """

    explanation: ConceptExplanation
    flow: ShownFlow
    ledger: tuple[LedgerRow, ...]
    erasure: tuple[str, ...]
