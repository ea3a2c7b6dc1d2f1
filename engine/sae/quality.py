"""How good a trained autoencoder is, told without a language model, beside controls that must be worse."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from scipy.sparse import csc_array
from torch import Tensor

from engine.jobs import Job
from engine.sae.activation_store import ActivationStore
from engine.sae.architectures import SparseAutoencoder
from engine.sae.evaluation import (
    decoder_redundancy,
    evaluate,
    neighbour_agreement,
    principal_axes,
    principal_components,
    random_control,
    shared_neighbours,
    stability,
)
from engine.sae.probing import ProbeScore, probe, usable_rows

_RECALL_ROWS = 2_000
_CONTROL_ROWS = 2_048
_AXES_ROWS = 20_000
_PROBE_ROWS_EACH = 150
_REDUNDANT = 0.9


@dataclass(frozen=True)
class Control:
    """What something that learnt nothing sparse reaches on the same rows.

    Attributes:
        fvu: fraction of variance unexplained.
        recall_at_10: as in `Quality`.
    """

    fvu: float
    recall_at_10: float


@dataclass(frozen=True)
class CategoryProbes:
    """How well known categories are told apart by few dimensions, and by all.

    Attributes:
        column: the metadata column of the categories.
        features: of the autoencoder, with k = 1, 5 and all features.
        embeddings: of the vectors themselves, likewise.
        principal_components: of the vectors turned to their principal axes, with k = 1 and 5.
    """

    column: str
    features: tuple[ProbeScore, ...]
    embeddings: tuple[ProbeScore, ...]
    principal_components: tuple[ProbeScore, ...]


@dataclass(frozen=True)
class Quality:
    """Measures of an autoencoder on rows that were held out of its training.

    Attributes:
        rows: held-out rows.
        fvu: fraction of variance unexplained.
        cosine: mean cosine of a vector and its reconstruction.
        l0: active features a row.
        silent_fraction: share of the features that fire on none of these rows.
        recall_at_10: of nearest neighbours among up to 2,000 of the rows, before against after
            reconstruction.
        redundancy: mean over features that fire of the largest cosine with another one's decoder row.
        redundant_fraction: share of them for which it is above .9.
        stability: mean largest cosine of their decoder rows with those of an autoencoder trained from
            another seed; None if there is none.
        random: an untrained autoencoder of the same size with as many active features.
        principal_components: as many principal components as a row has active features.
        probes: None without categories.
        seconds: what measuring took.
    """

    rows: int
    fvu: float
    cosine: float
    l0: float
    silent_fraction: float
    recall_at_10: float
    redundancy: float
    redundant_fraction: float
    stability: float | None
    random: Control
    principal_components: Control
    probes: CategoryProbes | None
    seconds: float


def assess(
    sae: SparseAutoencoder,
    store: ActivationStore,
    job: Job | None = None,
    column: str = "",
    labels: Sequence[str | None] | None = None,
    twin: SparseAutoencoder | None = None,
) -> Quality:
    """Measure a trained autoencoder; a few thousand rows are sampled, so that it takes seconds.

    Args:
        sae: the autoencoder.
        store: the vectors that it was trained on, with the same rows held out.
        job: progress, and its cancel token.
        column: what `labels` are, for the report.
        labels: the category of each row of the store, None where it has none; no probes without.
        twin: an autoencoder trained on the same vectors from another seed.

    Raises:
        Cancelled: the job was cancelled.
    """
    job, started = job or Job(), time.monotonic()
    job.step("measuring the reconstruction", 0.0)
    held_out = store.held_out()
    whole = evaluate(sae, held_out)
    alive = torch.from_numpy(whole.fire_rate > 0)
    job.step("comparing neighbours", 0.1)
    sample = held_out[:_RECALL_ROWS]
    neighbours = min(10, len(sample) - 1)
    recall = neighbour_agreement(sae, sample, neighbours)
    job.step("measuring the controls", 0.2)
    untrained = random_control(sae, held_out[:_CONTROL_ROWS])
    random_fvu = evaluate(untrained, held_out).fvu
    job.step("measuring the controls", 0.3)
    random_recall = neighbour_agreement(untrained, sample, neighbours)
    training = store.training_sample(_AXES_ROWS)
    kept = max(1, round(whole.l0))
    components = principal_components(training, held_out, kept)
    mean, axes = principal_axes(training, kept)
    projected = ((sample.double() - mean) @ axes @ axes.T + mean).float()
    pca_recall = shared_neighbours(sample, projected, neighbours)
    job.step("comparing features", 0.4)
    cosines = decoder_redundancy(sae, alive) if int(alive.sum()) > 1 else np.zeros(1)
    return Quality(
        rows=len(held_out),
        fvu=whole.fvu,
        cosine=whole.cosine,
        l0=whole.l0,
        silent_fraction=whole.dead_fraction,
        recall_at_10=recall,
        redundancy=float(cosines.mean()),
        redundant_fraction=float((cosines > _REDUNDANT).mean()),
        stability=None if twin is None else float(stability(sae, twin, alive).mean()),
        random=Control(random_fvu, random_recall),
        principal_components=Control(components.fvu, pca_recall),
        probes=None if labels is None else _probes(sae, store, column, labels, job.part(0.5, 1.0)),
        seconds=time.monotonic() - started,
    )


def _probes(
    sae: SparseAutoencoder, store: ActivationStore, column: str, labels: Sequence[str | None], job: Job
) -> CategoryProbes | None:
    """Train probes on training rows, as many of each category, and measure them on the held-out rows."""
    known = np.array([label or "" for label in labels[: store.row_count]])
    rows, test_rows = store.training_rows, store.held_out_rows
    kept, test_kept = usable_rows(known[rows].tolist(), known[test_rows].tolist())
    rows, test_rows = _balanced(rows[kept], known), test_rows[test_kept]
    if len(np.unique(known[rows])) < 2:
        return None
    train, test = store.at(rows), store.at(test_rows)
    mean, axes = principal_axes(store.training_sample(_AXES_ROWS), train.shape[1])
    kinds = {
        "features": (_codes(sae, train), _codes(sae, test), (1, 5, None)),
        "embeddings": (train.numpy(), test.numpy(), (1, 5, None)),
        "principal_components": (
            ((train - mean) @ axes).numpy(),
            ((test - mean) @ axes).numpy(),
            (1, 5),
        ),
    }
    total = sum(len(ks) for _, _, ks in kinds.values())
    scores: dict[str, list[ProbeScore]] = {name: [] for name in kinds}
    done = 0
    for name, (left, right, ks) in kinds.items():
        for k in ks:
            part = job.part(done / total, (done + 1) / total)
            scores[name].append(probe(left, known[rows], right, known[test_rows], k, part))
            done += 1
    return CategoryProbes(column, *(tuple(scores[name]) for name in kinds))


def _balanced(rows: npt.NDArray[np.int64], known: npt.NDArray[np.str_]) -> npt.NDArray[np.int64]:
    """Return up to 150 of the rows of each category, evenly spread."""
    chosen = []
    for name in np.unique(known[rows]):
        inside = rows[known[rows] == name]
        chosen.append(inside[:: -(-len(inside) // _PROBE_ROWS_EACH)])
    return np.sort(np.concatenate([*chosen, rows[:0]]))


@torch.no_grad()
def _codes(sae: SparseAutoencoder, x: Tensor) -> csc_array:
    values, selection = sae.encode_sparse(x)
    return csc_array(
        (values.numpy(), (selection.rows.numpy(), selection.columns.numpy())), shape=selection.shape
    )
