"""A map of the features: decoder rows in two dimensions, and the clusters that show there.

t-SNE (L. van der Maaten and G. Hinton, Visualizing data using t-SNE, JMLR 9, 2008) of scikit-learn, as
UMAP would bring numba and with it a compiler of more than 100 MB into the executable. Clusters by HDBSCAN
(R. Campello, D. Moulavi and J. Sander, 2013) on the map itself, so that a cluster is what one sees.
"""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.concepts.codes import FloatArray
from engine.concepts.dictionary import Dictionary
from engine.concepts.kept import keep, load_kept, stamp_of
from engine.concepts.labels import MachineLabel
from engine.concepts.phrases import stop_words
from engine.corpus.workspace import Workspace
from engine.jobs import Job

MAP_FILE = "map.safetensors"
PERPLEXITY, SMALLEST_CLUSTER, SEED, ITERATIONS = 20, 12, 0, 500
_CORE = 3  # neighbours that make a point dense; with more, half of all features stay outside
_NAMING_WORDS = 3
_SMALLEST_MAP = 4  # fewer points have no neighbourhoods


@dataclass(frozen=True)
class FeatureMap:
    """Where each feature lies.

    Attributes:
        positions: (F, 2) float32, centred; only distances between neighbours mean something.
        cluster: (F,) number of the cluster of each feature, largest first; -1 for none.
    """

    positions: FloatArray
    cluster: npt.NDArray[np.int64]

    @property
    def clusters(self) -> int:
        """How many clusters there are."""
        return int(self.cluster.max(initial=-1)) + 1


def feature_map(decoder: FloatArray, job: Job | None = None) -> FeatureMap:
    """Lay decoder rows (F, D) out by their cosines; the same rows always give the same map.

    3,072 rows of 384 numbers take 9 s on one core.

    Args:
        decoder: rows of the features.
        job: progress and cancellation.
    """
    job = job or Job()
    positions = _meanwhile(lambda: _positions(decoder), job.part(0, 0.95))
    job.step("clusters", 0.95)
    cluster = _clusters(positions)
    job.step("clusters", 1)
    return FeatureMap(positions, cluster)


def open_map(workspace: Workspace, dictionary: Dictionary, job: Job | None = None) -> FeatureMap:
    """Return the map of a dictionary, from its folder if it is kept there."""
    path = dictionary.folder / MAP_FILE
    stamp = stamp_of(
        workspace,
        dictionary,
        perplexity=PERPLEXITY,
        iterations=ITERATIONS,
        smallest=SMALLEST_CLUSTER,
        core=_CORE,
        seed=SEED,
    )
    kept = load_kept(path, stamp)
    if kept is not None:
        return FeatureMap(**kept)
    found = feature_map(dictionary.decoder, job)
    keep(path, {"positions": found.positions, "cluster": found.cluster}, stamp)
    return found


def cluster_names(found: FeatureMap, labels: Sequence[MachineLabel]) -> tuple[str, ...]:
    """Return a name for each cluster: the three commonest words of its keywords, counted against the others.

    Phrases are taken apart, as two features seldom share a whole one. A word counts as often as features
    of the cluster have it, times the share of all features with it that lie there, so that words that
    stand everywhere name nothing. Words of one feature alone speak for a cluster only if no others do. A
    cluster without keywords is called by its number.
    """
    everywhere: Counter[str] = Counter()
    inside: list[Counter[str]] = [Counter() for _ in range(found.clusters)]
    for label in labels:
        words = {word for keyword in label.keywords for word in keyword.text.split()}
        words = {word for word in words - stop_words() if not word.isdigit()}
        everywhere.update(words)
        if found.cluster[label.feature] >= 0:
            inside[found.cluster[label.feature]].update(words)
    names = []
    for number, counts in enumerate(inside):
        shared = [word for word in counts if counts[word] > 1]
        best = sorted(shared or counts, key=lambda word: (-(counts[word] ** 2) / everywhere[word], word))
        names.append(", ".join(best[:_NAMING_WORDS]) or f"cluster {number + 1}")
    return tuple(names)


def _meanwhile(work: Callable[[], FloatArray], job: Job) -> FloatArray:
    """Return what `work` returns. It cannot be stopped: on cancellation it is left to end by itself."""
    outcome: list[FloatArray | Exception] = []

    def run() -> None:
        try:
            outcome.append(work())
        except Exception as error:
            outcome.append(error)

    thread = threading.Thread(target=run, name="map of the features", daemon=True)
    thread.start()
    while thread.is_alive():
        job.step("map of the features", 0.5)
        thread.join(0.05)
    (found,) = outcome
    if isinstance(found, Exception):
        raise found
    return found


def _positions(decoder: FloatArray) -> FloatArray:
    from sklearn.manifold import TSNE

    count = len(decoder)
    norms = np.linalg.norm(decoder, axis=1, keepdims=True)
    rows = decoder / np.where(norms > 0, norms, 1)
    if count < _SMALLEST_MAP:
        return np.stack([np.arange(count), np.zeros(count)], axis=1).astype(np.float32)
    # Euclidean distances of unit vectors are in the order of their cosines.
    layout = TSNE(
        n_components=2,
        perplexity=min(PERPLEXITY, (count - 1) / 3),
        max_iter=ITERATIONS,
        init="pca",
        learning_rate="auto",
        random_state=SEED,
        n_jobs=1,
    )
    placed = layout.fit_transform(rows)
    centred: FloatArray = (placed - placed.mean(axis=0)).astype(np.float32)
    return centred


def _clusters(positions: FloatArray) -> npt.NDArray[np.int64]:
    from sklearn.cluster import HDBSCAN

    if len(positions) < 2 * SMALLEST_CLUSTER:
        return np.full(len(positions), -1, dtype=np.int64)
    clustering = HDBSCAN(
        min_cluster_size=SMALLEST_CLUSTER, min_samples=_CORE, cluster_selection_method="leaf", copy=True
    )
    found = clustering.fit_predict(positions.astype(np.float64))
    numbers, sizes = np.unique(found[found >= 0], return_counts=True)
    order = {int(number): place for place, number in enumerate(numbers[np.argsort(-sizes, kind="stable")])}
    return np.array([order.get(int(number), -1) for number in found], dtype=np.int64)
