"""What the page Rank asks of the engine, and what comes back that no engine type says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from engine.retrieval.search import Ranking
    from engine.retrieval.steering import Steered
    from engine.retrieval.whatif import Outcome, Pinned, Side


@dataclass(frozen=True)
class SearchRequest:
    """Rank the documents of the open workspace, or some texts, by a query; answered by a `Found`.

    Attributes:
        query: as written.
        top: how many hits.
        words, column, value: only documents that hold the words, and have the value; empty for all.
        dictionary: the autoencoder whose features are steered.
        weights: pairs of a feature and its weight; none leaves the query as it is.
        among: texts to rank in place of the workspace's documents; none by default.
    """

    query: str
    top: int
    words: str = ""
    column: str = ""
    value: str = ""
    dictionary: str = ""
    weights: tuple[tuple[int, float], ...] = ()
    among: tuple[str, ...] = ()
    kind: str = "search"


@dataclass(frozen=True)
class Found:
    """A ranking.

    Attributes:
        ranking: the hits.
        steered: how the query was turned, None if it was not.
    """

    ranking: Ranking
    steered: Steered | None


@dataclass(frozen=True)
class HitsRequest:
    """Explain the hits of a list in the background, best first; answered by `ExplainedHit`s one by one.

    Attributes:
        query: what was searched for.
        texts: of the hits, best first.
        first: the place of the first one that is still to be explained.
        vector: (D,) of the steered query, None if it was not steered.
    """

    query: str
    texts: tuple[str, ...]
    first: int = 0
    vector: np.ndarray | None = field(default=None, compare=False)
    kind: str = "hits"


@dataclass(frozen=True)
class FeatureNames:
    """Look up what the features of an autoencoder are called; answered by a tuple with one name a feature."""

    dictionary: str
    kind: str = "names"


@dataclass(frozen=True)
class ContrastRequest:
    """Say why one text is more similar to the query than another; answered by a `Contrast`.

    Attributes:
        query: what was searched for.
        a, b: the texts.
        rank_a, rank_b: their ranks, to be shown.
        dictionary: the autoencoder over whose features the margin is split too; empty for none.
    """

    query: str
    a: str
    b: str
    rank_a: int
    rank_b: int
    dictionary: str
    kind: str = "contrast"


@dataclass(frozen=True)
class FindRequest:
    """Find documents by their words or their id; answered by a tuple of `Document`s."""

    words: str
    kind: str = "find"


@dataclass(frozen=True)
class MissingRequest:
    """Say where a document ranks, and why it is not higher; answered by a `Missing`."""

    query: str
    document: int
    top: int
    kind: str = "missing"


@dataclass(frozen=True)
class EditRequest:
    """Rank a document with query or text in other words; answered by an `Edited`.

    Attributes:
        query, document, text: what was searched for, and the hit as it is.
        new_query, new_text: the edited texts.
        among: the texts that were ranked in place of the workspace's documents, as in `SearchRequest`.
    """

    query: str
    document: int
    text: str
    new_query: str
    new_text: str
    among: tuple[str, ...]
    kind: str = "edit"


@dataclass(frozen=True)
class Edited:
    """The document in its place, and what has become of it."""

    pinned: Pinned
    outcome: Outcome


@dataclass(frozen=True)
class DeletionRequest:
    """Find the smallest deletion that drops a document below rank `k`; answered by a `Deletion`.

    `side` says whose words are deleted; the rest is as in `EditRequest`.
    """

    query: str
    document: int
    text: str
    side: Side
    k: int
    among: tuple[str, ...]
    kind: str = "deletion"


@dataclass(frozen=True)
class ProbesRequest:
    """Try changes of meaning on one side; answered by `Probes`. The rest is as in `EditRequest`."""

    query: str
    document: int
    text: str
    side: Side
    among: tuple[str, ...]
    kind: str = "probes"
