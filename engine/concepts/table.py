"""All features of an autoencoder in one table, and the rows that hold what somebody types."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from engine.concepts.dictionary import Dictionary
from engine.concepts.families import Families
from engine.concepts.labels import MachineLabel
from engine.corpus.journal import Annotations

DoubleArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class FeatureTable:
    """One row a feature; row f is feature f.

    Attributes:
        labels: F names: the analyst's, else the machine's, else empty.
        machine: F labels of the machine; None without one.
        score: (F,) Pearson correlation of the machine's label on held-out documents; NaN without.
        fire_rate: (F,) share of documents on which each is active.
        coherence: (F,) how much more alike its strongest documents are than random ones; NaN without.
        family: (F,) the head of its family, -1 for none.
        groups: F names of the groups that an analyst merged features into, empty for none.
        starred: (F,) what an analyst marked.
        notes: F notes of an analyst.
        searched: F texts in which words are looked for, in lower case.
    """

    labels: tuple[str, ...]
    machine: tuple[MachineLabel | None, ...]
    score: DoubleArray
    fire_rate: DoubleArray
    coherence: DoubleArray
    family: IntArray
    groups: tuple[str, ...]
    starred: Mask
    notes: tuple[str, ...]
    searched: tuple[str, ...] = field(repr=False)

    @property
    def labelled(self) -> bool:
        """Whether the machine has looked for names."""
        return any(label is not None for label in self.machine)

    def holding(self, text: str) -> Mask:
        """Return (F,) which rows hold every word of a text, in any case, as part of a word or whole.

        Looked for in names, keywords, groups and notes; a text without words is held by all.
        """
        words = text.casefold().split()
        return np.fromiter(
            (all(word in row for word in words) for row in self.searched),
            dtype=bool,
            count=len(self.searched),
        )

    def best_first(self) -> IntArray:
        """Return the features by the score of their names, those without one behind, by their fire rate."""
        score = np.where(np.isnan(self.score), -np.inf, self.score)
        return np.lexsort((np.arange(len(score)), -self.fire_rate, -score)).astype(np.int64)


def feature_table(
    dictionary: Dictionary,
    labels: Sequence[MachineLabel],
    annotations: Annotations,
    families: Families | None = None,
) -> FeatureTable:
    """Return the table of a dictionary.

    Args:
        dictionary: the features.
        labels: the machine's, none or some or all of them.
        annotations: the analyst's.
        families: None: the table says nothing of them.
    """
    count = dictionary.features
    by_feature = {label.feature: label for label in labels}
    machine = tuple(by_feature.get(feature) for feature in range(count))
    said = [annotations.of(feature) for feature in range(count)]
    names = tuple(
        one.name or (label.label if label is not None else None) or ""
        for one, label in zip(said, machine, strict=True)
    )
    scores = [label.score if label is not None else None for label in machine]
    searched = []
    for one, label, name in zip(said, machine, names, strict=True):
        found = () if label is None else (label.label or "", *(keyword.text for keyword in label.keywords))
        searched.append("\n".join((name, *found, one.group or "", one.note)).casefold())
    return FeatureTable(
        names,
        machine,
        np.array([np.nan if score is None else score.pearson for score in scores], dtype=np.float64),
        dictionary.codes.fire_rate,
        np.array([np.nan if score is None else score.coherence for score in scores], dtype=np.float64),
        np.full(count, -1, dtype=np.int64) if families is None else families.family,
        tuple(one.group or "" for one in said),
        np.array([one.starred for one in said], dtype=bool),
        tuple(one.note for one in said),
        tuple(searched),
    )
