"""What the page Concepts asks of the engine, and what comes back, in the words of the page."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Span = tuple[int, int]
Change = Literal["rename", "note", "star", "group", "undo", "redo"]
ExampleKind = Literal["top", "quantile", "near"]


@dataclass(frozen=True)
class OpenFeatures:
    """Open the features of an autoencoder of the open workspace; answered by `FeatureRows`."""

    dictionary: str
    kind: str = "features"


@dataclass(frozen=True)
class SearchFeatures:
    """Find features by what they mean; answered by `FoundFeatures`."""

    dictionary: str
    text: str
    kind: str = "feature search"


@dataclass(frozen=True)
class OpenFeature:
    """Everything about one feature; answered by `FeatureDetail`."""

    dictionary: str
    feature: int
    kind: str = "feature"


@dataclass(frozen=True)
class ColourExamples:
    """Which words fire a feature; answered by `WordValues`, text by text.

    Attributes:
        texts: the examples, in the order in which they are read.
    """

    dictionary: str
    feature: int
    texts: tuple[str, ...]
    kind: str = "feature words"


@dataclass(frozen=True)
class ReadAlignment:
    """Which metadata a feature goes with; answered by a tuple of `Aligned`, surest first."""

    dictionary: str
    feature: int
    kind: str = "alignment"


@dataclass(frozen=True)
class ReadText:
    """Which features a text switches on; answered by `ActiveFeatures`."""

    dictionary: str
    text: str
    kind: str = "active features"


@dataclass(frozen=True)
class ReadStructure:
    """Families, map and clusters of all features, which take a while; answered by `Structure`, part by part.

    Attributes:
        folder: of the workspace: the thread that answers has its own.
    """

    folder: str
    dictionary: str
    kind: str = "structure"


@dataclass(frozen=True)
class ReadCoactivation:
    """How often some features fire together; answered by `Coactivation`.

    Attributes:
        title: what they are, such as the name of their cluster.
    """

    dictionary: str
    features: tuple[int, ...]
    title: str
    kind: str = "co-activation"


@dataclass(frozen=True)
class Annotate:
    """Change what people say about features, or take a change back; answered by new `FeatureRows`.

    Attributes:
        change: what is done.
        features: which features; none to undo and redo, several only to group.
        value: the new name, note or group; "1" and "" for a star. An empty name gives the machine's back.
        entry: the change that is meant to be taken back or done again.
    """

    dictionary: str
    change: Change
    features: tuple[int, ...] = ()
    value: str = ""
    entry: int | None = None
    kind: str = "annotate"


@dataclass(frozen=True)
class Histogram:
    """Counts (B,) between edges (B + 1,)."""

    edges: FloatArray
    counts: npt.NDArray[np.int64]


@dataclass(frozen=True)
class FeatureRow:
    """A feature in the table.

    Attributes:
        feature: its id.
        label: its name, empty if it has none.
        machine_label: the name that was found for it, empty if there is none.
        reason: why it has no name.
        keywords: what else describes it, best first.
        score: Pearson correlation of the label's similarity with the activation, held out; nan without.
        fire_rate: share of the documents on which it is active.
        coherence: mean cosine between its strongest examples; nan without.
        group: the group that somebody put it into.
        starred: whether somebody starred it.
        note: what somebody wrote about it.
    """

    feature: int
    label: str
    machine_label: str
    reason: str
    keywords: tuple[str, ...]
    score: float
    fire_rate: float
    coherence: float
    group: str = ""
    starred: bool = False
    note: str = ""

    @property
    def alive(self) -> bool:
        """Whether any document fires it."""
        return self.fire_rate > 0

    @property
    def log_rate(self) -> float:
        """log10 of the fire rate of a living feature."""
        return math.log10(self.fire_rate)

    @property
    def name(self) -> str:
        """What it is called where a name must stand."""
        return self.label or f"feature {self.feature}"


@dataclass(frozen=True)
class Step:
    """A change that can be taken back or done again.

    Attributes:
        entry: its id in the journal.
        what: in a few words, "rename of feature 12".
    """

    entry: int
    what: str


@dataclass(frozen=True)
class FeatureRows:
    """All features of an autoencoder; row f is feature f.

    Attributes:
        labelled: whether names have been looked for.
        fire_rates: log10 of the fire rates of the living.
        thresholds: of the features; None if they have none.
        undo, redo: the change that would be taken back, or done again; None if there is none.
    """

    dictionary: str
    documents: int
    rows: tuple[FeatureRow, ...]
    labelled: bool
    fire_rates: Histogram
    thresholds: Histogram | None = None
    undo: Step | None = None
    redo: Step | None = None


@dataclass(frozen=True)
class FoundFeatures:
    """Features nearest in meaning to a text, nearest first, and how near (cosine)."""

    dictionary: str
    text: str
    features: tuple[int, ...]
    similarity: tuple[float, ...]


@dataclass(frozen=True)
class Example:
    """A document beside a feature.

    Attributes:
        kind: one of the strongest, one from the middle of the activations, or a near miss: close in
            meaning to the strongest, but silent.
        activation: of the feature.
    """

    kind: ExampleKind
    name: str
    text: str
    activation: float


@dataclass(frozen=True)
class Related:
    """Another feature, and how close it is by some measure."""

    feature: int
    value: float


@dataclass(frozen=True)
class Aligned:
    """A value of a metadata column among the documents that fire a feature.

    Attributes:
        inside: how many of those documents have it.
        active: how many documents fire the feature and have the column.
        total: how many documents of all have the value.
        lift: share inside over share in all documents.
        p_value: corrected for the number of values that were tested.
    """

    column: str
    value: str
    inside: int
    active: int
    total: int
    lift: float
    p_value: float


@dataclass(frozen=True)
class FeatureDetail:
    """Everything about one feature.

    Attributes:
        keywords: with the share of the largest activation that each fires the feature with, or its score.
        scores: name of a measure, its value as text, and what it is.
        activations: of the documents that fire it.
        threshold: above which it is active; None if it has none of its own.
        coactive: features that fire on the same documents (phi).
        similar: features whose decoder rows point the same way (cosine).
    """

    dictionary: str
    feature: int
    keywords: tuple[tuple[str, float], ...]
    scores: tuple[tuple[str, str, str], ...]
    examples: tuple[Example, ...]
    activations: Histogram
    threshold: float | None
    coactive: tuple[Related, ...]
    similar: tuple[Related, ...]


@dataclass(frozen=True)
class WordValues:
    """The words of examples and what each adds to the pre-activation of a feature, as far as they are read.

    Attributes:
        spans: words of each text, [start, end) characters.
        values: (words,) of each text.
    """

    dictionary: str
    feature: int
    spans: tuple[tuple[Span, ...], ...]
    values: tuple[FloatArray, ...]


@dataclass(frozen=True)
class ActiveFeature:
    """A feature that a text switches on."""

    feature: int
    activation: float


@dataclass(frozen=True)
class ActiveFeatures:
    """The features that a text switches on, strongest first."""

    dictionary: str
    text: str
    features: tuple[ActiveFeature, ...]


@dataclass(frozen=True)
class Cluster:
    """Features that lie together on the map.

    Attributes:
        name: its commonest keywords.
        features: its members.
    """

    name: str
    features: tuple[int, ...]


@dataclass(frozen=True)
class Family:
    """A feature and the narrower ones below it.

    Attributes:
        feature: the densest, at the root.
        parents: of each other member, its parent: (child, parent).
        ratio: mean co-activation inside the family over that with all other features.
    """

    feature: int
    parents: tuple[tuple[int, int], ...]
    ratio: float


@dataclass(frozen=True)
class Structure:
    """How all features lie.

    Attributes:
        positions: (F, 2) places on the map; nan for features that are not on it. None until it is drawn.
        clusters: largest first.
        families: largest first.
    """

    dictionary: str
    families: tuple[Family, ...] = ()
    positions: FloatArray | None = None
    clusters: tuple[Cluster, ...] = ()


@dataclass(frozen=True)
class Coactivation:
    """How often features fire together.

    Attributes:
        features: (n,) in the order of the matrix.
        matrix: (n, n) 0 to 1; the diagonal is 1.
        measure: what the numbers are.
    """

    dictionary: str
    title: str
    features: tuple[int, ...]
    matrix: FloatArray
    measure: str
