"""What the tray of a report asks of the engine, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ui.rank.requests import SearchRequest

if TYPE_CHECKING:
    from engine.attribution.explainer import Explanation
    from engine.concepts.explanation import ConceptExplanation
    from engine.evidence.evidence import Evidence

Format = Literal["html", "pdf", "semareport"]
ItemKind = Literal["explanation", "ranking", "feature"]


@dataclass(frozen=True)
class ShownExplanation:
    """An explanation that is on the screen.

    Attributes:
        explanation: the result.
        concepts: the concepts of its pairs, with their places in the explanation.
        layer_path: dotted path to the layers of its model, if one was given.
    """

    explanation: Explanation
    concepts: tuple[tuple[int, ConceptExplanation], ...] = ()
    layer_path: str | None = None


@dataclass(frozen=True)
class ShownRanking:
    """A ranking that is on the screen.

    Attributes:
        search: what was asked for.
        percentiles: whether given texts were held against random pairs of the workspace's documents.
    """

    search: SearchRequest
    percentiles: bool = False


@dataclass(frozen=True)
class ShownFeature:
    """A feature that is on the screen."""

    dictionary: str
    feature: int


Shown = ShownExplanation | ShownRanking | ShownFeature


@dataclass(frozen=True)
class TrayItem:
    """One item of the report.

    Attributes:
        kind: what it is.
        title: one line.
        item: the item as JSON: all that is needed to compute it.
        model: fingerprint of the model that answered it.
        model_name: what that is called.
        workspace: folder of the workspace that it is of, empty if it is of none.
        evidence: the item with its result, None until it is computed.
    """

    kind: ItemKind
    title: str
    item: str
    model: str
    model_name: str
    workspace: str = ""
    evidence: Evidence | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class TakeItem:
    """Make what is on the screen an item of the report; answered by a `TrayItem`."""

    shown: Shown
    kind: str = "report"


@dataclass(frozen=True)
class WriteReport:
    """Compute what is not computed yet, and write a report; answered by `ReportWritten`.

    Attributes:
        title: empty for that of the only item.
        items: in their order.
        format: what is written.
        path: where.
    """

    title: str
    items: tuple[TrayItem, ...]
    format: Format
    path: str
    kind: str = "report"


@dataclass(frozen=True)
class ReportWritten:
    """A report lies in a file; `items` are those that were asked for, with their results."""

    path: str
    items: tuple[TrayItem, ...]


@dataclass(frozen=True)
class VerifyReport:
    """Recompute every figure of a report; answered by a `Verification`.

    Attributes:
        path: an HTML report, a bundle, or the JSON of either.
        model, workspace: folders to be used in place of those that the report names; None for those.
    """

    path: str
    model: str | None = None
    workspace: str | None = None
    kind: str = "verify"

    @property
    def title(self) -> str:
        """What is being done, for those who wait for it."""
        return f"Verifying {Path(self.path).name}"
