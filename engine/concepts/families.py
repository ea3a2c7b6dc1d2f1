"""Families of features: broad ones with the narrower ones that fire inside them.

After C. O'Neill et al., Disentangling dense embeddings with sparse autoencoders (arXiv:2408.00657, 2024):
a maximum spanning tree over normalised co-activation, in which the features that fire more often are the
parents. Normalised is Cole's coefficient (see `engine.concepts.coactivation`), which takes off what two
fire rates give by chance.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import minimum_spanning_tree

from engine.concepts.coactivation import all_counts, containment, phi
from engine.concepts.codes import Codes, FloatArray
from engine.concepts.dictionary import Dictionary
from engine.concepts.kept import keep, load_kept, stamp_of
from engine.corpus.workspace import Workspace
from engine.jobs import Job

IntArray = npt.NDArray[np.int64]
FAMILIES_FILE = "families.safetensors"
LEAST_TOGETHER, LEAST_WEIGHT = 10, 0.25
_SPECIFIC = 0.05


@dataclass(frozen=True)
class Families:
    """A forest over the features.

    Attributes:
        parent: (F,) the parent of each feature, which fires more often; -1 for the head of a family and
            for a feature that has none.
        family: (F,) the head of the family that each feature belongs to; -1 for a feature without one.
        weight: (F,) float32 normalised co-activation with the parent, 0 to 1; 0 without a parent.
        heads: (n,) the heads, largest family first.
        sizes: (n,) members of each family, its head included.
        ratios: (n,) float64 mean normalised co-activation of two members over that of a member and a live
            feature outside; infinite where nothing outside meets it.
    """

    parent: IntArray
    family: IntArray
    weight: FloatArray
    heads: IntArray
    sizes: IntArray
    ratios: npt.NDArray[np.float64]

    @cached_property
    def children(self) -> dict[int, tuple[int, ...]]:
        """The children of each feature that has some, closest first."""
        found: dict[int, list[int]] = {}
        for child in np.lexsort((np.arange(len(self.parent)), -self.weight)):
            if self.parent[child] >= 0:
                found.setdefault(int(self.parent[child]), []).append(int(child))
        return {feature: tuple(children) for feature, children in found.items()}

    def members(self, head: int) -> IntArray:
        """Return the features of a family, in ascending order."""
        found: IntArray = np.flatnonzero(self.family == head).astype(np.int64)
        return found


def feature_families(codes: Codes, job: Job | None = None) -> Families:
    """Return the families of features that fire together.

    Two features are joined if at least 10 documents have both, and the coefficient is 0.25 or more. For a
    feature within a feature within a feature it is 1 with the parent and the grandparent alike, so a
    twentieth of phi is added, which prefers the narrower. In the maximum spanning tree of these joints
    every feature then keeps the strongest joint to one that fires more often, so that a parent is always
    the denser; a feature that fires more often than all it is joined to is the head of a family.

    Args:
        codes: activations of all documents.
        job: progress and cancellation.
    """
    job = job or Job()
    counts = all_counts(codes, job.part(0, 0.8))
    fired = np.array(counts.diagonal())
    weights = containment(counts, fired[:, None], fired, codes.by_document.shape[0])
    np.fill_diagonal(weights, 0.0)
    job.step("families", 0.85)
    parent, weight = _forest(counts, weights, fired, codes.by_document.shape[0])
    family = _heads(parent)
    job.step("families", 0.95)
    heads, sizes = np.unique(family[family >= 0], return_counts=True)
    order = np.lexsort((heads, -sizes))
    heads, sizes = heads[order], sizes[order]
    alive = fired > 0
    ratios = np.array([_ratio(weights, family == head, alive) for head in heads], dtype=np.float64)
    job.step("families", 1)
    return Families(parent, family, weight, heads.astype(np.int64), sizes.astype(np.int64), ratios)


def open_families(workspace: Workspace, dictionary: Dictionary, job: Job | None = None) -> Families:
    """Return the families of a dictionary, from its folder if they are kept there."""
    path = dictionary.folder / FAMILIES_FILE
    stamp = stamp_of(workspace, dictionary, together=LEAST_TOGETHER, weight=LEAST_WEIGHT)
    kept = load_kept(path, stamp)
    if kept is not None:
        return Families(**kept)
    families = feature_families(dictionary.codes, job)
    names = ("parent", "family", "weight", "heads", "sizes", "ratios")
    keep(path, {name: getattr(families, name) for name in names}, stamp)
    return families


def _forest(
    counts: FloatArray, weights: FloatArray, fired: FloatArray, total: int
) -> tuple[IntArray, FloatArray]:
    """Return each feature's parent, or -1, and its joint to it."""
    joined = (counts >= LEAST_TOGETHER) & (weights >= LEAST_WEIGHT)
    one, other = np.nonzero(np.triu(joined, 1))
    strength = weights[one, other].astype(np.float64)
    strength += _SPECIFIC * phi(counts[one, other], fired[one], fired[other], total)
    # The largest sum is the smallest of 3 - strength, which is never 0, as no edge would be.
    graph = csr_array((3 - strength, (one, other)), shape=weights.shape)
    tree = minimum_spanning_tree(graph).tocoo()
    left, right = tree.row.astype(np.int64), tree.col.astype(np.int64)
    # Of two that fire equally often the lower number counts as the denser; left is lower.
    swapped = fired[right] > fired[left]
    child, above = np.where(swapped, left, right), np.where(swapped, right, left)
    parent = np.full(len(fired), -1, dtype=np.int64)
    order = np.lexsort((-above, -tree.data))  # the strongest is written last
    parent[child[order]] = above[order]
    weight = np.where(parent >= 0, weights[np.arange(len(fired)), parent], 0).astype(np.float32)
    return parent, weight


def _heads(parent: IntArray) -> IntArray:
    """Return the head of each feature's family, -1 for those without parent and children."""
    head = np.where(parent >= 0, parent, np.arange(len(parent)))
    while True:
        above = head[head]
        if np.array_equal(above, head):
            break
        head = above
    alone = np.bincount(head, minlength=len(head))[head] == 1
    return np.where(alone, -1, head).astype(np.int64)


def _ratio(weights: FloatArray, members: npt.NDArray[np.bool_], alive: npt.NDArray[np.bool_]) -> float:
    inside, outside = np.flatnonzero(members), np.flatnonzero(alive & ~members)
    rows = weights[inside]
    block = float(rows[:, inside].sum(dtype=np.float64)) / (len(inside) * (len(inside) - 1))
    off = float(rows[:, outside].sum(dtype=np.float64)) / max(len(inside) * len(outside), 1)
    return block / off if off > 0 else float("inf")
