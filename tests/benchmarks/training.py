"""Training on WordNet: quality, speed beside the plain dense loop, what features tell of categories."""

from __future__ import annotations

import os
import statistics
import tempfile
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.concepts import VARIABLE
from tests.benchmarks.measuring import Unavailable, alone, peak_memory, timed
from tests.benchmarks.table import Row, gigabytes, seconds

FEATURES, K, EPOCHS, BATCH = 3072, 32, 40, 1024
MOST_FVU, MOST_DEAD, LEAST_SPEED, L0_WITHIN, MOST_MEMORY = 0.21, 0.01, 3.0, 0.1, 4e9
COMPARED_STEPS, TIMED_STEPS, TIMED_BLOCKS = 400, 10, 5
FVU_WITHIN = 0.01
MILLION, DIMENSION, FEW_STEPS = 1_000_000, 384, 30
PROBE_ROWS_EACH = 400


def measure(quick: bool = False) -> list[Row]:
    folder = os.environ.get(VARIABLE, "")
    if not folder:
        raise Unavailable(f"set {VARIABLE} to a workspace of WordNet")
    vectors, labels = _wordnet(folder)
    if quick:
        vectors, labels = vectors[:20_000], labels[:20_000]
    from engine.sae.activation_store import ActivationStore

    store = ActivationStore(vectors, BATCH)
    rows, batchtopk = _architectures(store, quick)
    rows += _beside_the_dense_loop(store, quick)
    rows += _probes(batchtopk, vectors, labels)
    million = alone("training:million", {"count": MILLION // (10 if quick else 1)})
    rows.append(
        Row(
            f"peak memory of the process: {million['count']:,} random vectors of {DIMENSION} dimensions"
            f" indexed, {FEW_STEPS} steps of training, all activations",
            gigabytes(million["peak"]),
            f"the vectors alone {gigabytes(million['count'] * DIMENSION * 4)}",
            target="under 4 GB",
            reached=None if quick else million["peak"] < MOST_MEMORY,
        )
    )
    return rows


def _wordnet(folder: str) -> tuple[Any, Any]:
    """The vectors of a workspace and the category of each document."""
    from engine.corpus.workspace import Workspace
    from engine.errors import UserError

    try:
        with Workspace.open(folder) as workspace:
            vectors = workspace.active_vectors().vectors
            labels = [row.get("category") for row in workspace.metadata(len(vectors))]
    except UserError as error:
        raise Unavailable(str(error)) from error
    if None in labels:
        raise Unavailable(f"{folder} is no workspace of WordNet: its documents have no category")
    return vectors, np.array(labels)


def _architectures(store: Any, quick: bool) -> tuple[list[Row], Any]:
    """Train the three architectures to the end; return rows and the batch top-k autoencoder."""
    from engine.jobs import Job
    from engine.sae.architectures import SAEConfig
    from engine.sae.training import train
    from engine.sae.training_config import TrainingConfig

    config = TrainingConfig(epochs=2 if quick else EPOCHS, points=1)
    results = {
        name: train(store, SAEConfig(name, store.dimension, FEATURES, k=K, target_l0=K), Job(), config)
        for name in ("batchtopk", "topk", "jumprelu")
    }
    batchtopk, topk, jumprelu = (one.heldout for one in results.values())
    taken = results["batchtopk"]
    what = f"{store.dimension} -> {FEATURES:,}, k = {K}"
    shown = f"{store.row_count:,} vectors, {taken.steps:,} steps of {store.batch_size:,}"
    shown += f", {seconds(taken.seconds)}"
    return [
        Row(
            f"BatchTopK {what}: held-out FVU ({shown})",
            f"{batchtopk.fvu:.4f} (L0 {batchtopk.l0:.1f})",
            target=f"at most {MOST_FVU}",
            reached=None if quick else batchtopk.fvu <= MOST_FVU,
        ),
        Row(
            f"BatchTopK {what}: dead features",
            f"{batchtopk.dead_fraction:.2%}",
            target=f"at most {MOST_DEAD:.0%}",
            reached=None if quick else batchtopk.dead_fraction <= MOST_DEAD,
        ),
        Row(
            f"JumpReLU with target L0 {K}: held-out L0",
            f"{jumprelu.l0:.1f} (dead {jumprelu.dead_fraction:.2%})",
            target="within 10 %",
            reached=None if quick else abs(jumprelu.l0 / K - 1) <= L0_WITHIN,
        ),
        Row(
            f"JumpReLU with target L0 {K}: held-out FVU",
            f"{jumprelu.fvu:.4f}",
            f"TopK at k = {K}: {topk.fvu:.4f}",
            f"{jumprelu.fvu - topk.fvu:+.4f}",
            "no worse",
            None if quick else jumprelu.fvu <= topk.fvu,
        ),
    ], taken.sae


def _beside_the_dense_loop(store: Any, quick: bool) -> list[Row]:
    """The same steps by both, from the same weights on the same batches; then blocks of steps in turns."""
    import torch

    from engine.jobs import Job
    from engine.sae.architectures import SAEConfig, SparseAutoencoder
    from engine.sae.training import step_seconds, train
    from engine.sae.training_config import TrainingConfig
    from tests.benchmarks.dense_loop import DenseBatchTopK, train_dense

    steps = 20 if quick else COMPARED_STEPS
    epochs = -(-steps // store.batches_per_epoch)
    steps = epochs * store.batches_per_epoch
    config = TrainingConfig(epochs=epochs, points=1)
    sae_config = SAEConfig("batchtopk", store.dimension, FEATURES, k=K)
    mean = torch.from_numpy(store.mean).float()
    first = SparseAutoencoder(sae_config, mean)
    dense = DenseBatchTopK(first.encoder.detach(), mean, K, config.dead_after_rows)
    rates = [
        config.learning_rate
        * min(
            1.0,
            (step + 1) / max(1.0, config.warmup * steps),
            (steps - step) / max(1.0, config.decay * steps),
        )
        for step in range(steps)
    ]
    ours = train(store, sae_config, Job(), config).sae
    train_dense(dense, (batch for _, batch in islice(store.batches(), steps)), store.variance, rates)
    other = SparseAutoencoder(sae_config)
    with torch.no_grad():
        other.encoder.copy_(dense.W_enc.T)
        for name in ("W_dec", "b_enc", "b_dec"):
            getattr(other, name).copy_(getattr(dense, name))
    our_fvu, their_fvu = (_fvu_of_batches(sae, store) for sae in (ours, other))

    batches = [batch for _, batch in islice(store.batches(), TIMED_STEPS)]
    blocks = 1 if quick else TIMED_BLOCKS
    both = [
        (
            step_seconds(store, sae_config, config, Job(), TIMED_STEPS),
            timed(lambda: train_dense(dense, batches, store.variance, [1e-5] * TIMED_STEPS)) / TIMED_STEPS,
        )
        for _ in range(blocks)
    ]
    mine, theirs = (statistics.median(one[side] for one in both) for side in (0, 1))
    return [
        Row(
            f"training BatchTopK {store.dimension} -> {FEATURES:,}, batch {store.batch_size:,}: embeddings"
            " a second",
            f"{store.batch_size / mine:,.0f} ({seconds(mine)} a step)",
            f"dense loop {store.batch_size / theirs:,.0f} ({seconds(theirs)} a step)",
            f"{theirs / mine:.2f} times",
            f"{LEAST_SPEED:.0f} times",
            None if quick else theirs / mine >= LEAST_SPEED,
        ),
        Row(
            f"FVU after the same {steps:,} steps from the same weights (held out, cut as in training)",
            f"{our_fvu:.4f}",
            f"dense loop {their_fvu:.4f}",
            f"{our_fvu - their_fvu:+.4f}",
            f"the same (within {FVU_WITHIN})",
            None if quick else our_fvu <= their_fvu + FVU_WITHIN,
        ),
    ]


def _fvu_of_batches(sae: Any, store: Any) -> float:
    """Held-out FVU with the k B largest of each batch, which needs no threshold: the loop keeps none."""
    import torch

    from engine.sae.architectures import largest_of_batch
    from engine.sae.sparse import sparse_decode

    errors, spread = 0.0, 0.0
    x = store.held_out()
    with torch.no_grad():
        for rows in x.split(store.batch_size):
            pre = sae.pre_activations(rows)
            selection, _ = largest_of_batch(pre, K)
            rebuilt = sparse_decode(pre[selection.rows, selection.columns], sae.W_dec, selection) + sae.b_dec
            errors += float((rows - rebuilt).square().sum())
            spread += float((rows - x.mean(dim=0)).square().sum())
    return errors / spread


def _probes(sae: Any, vectors: Any, labels: Any) -> list[Row]:
    """Probes of the categories by k dimensions of features, raw embeddings and principal components."""
    import torch

    from engine.concepts.codes import encode
    from engine.sae.evaluation import principal_axes
    from engine.sae.probing import probe, usable_rows

    rows = np.arange(len(labels))
    test = rows[rows % 5 == 0]
    train = np.concatenate(
        [(rows[(labels == name) & (rows % 5 != 0)])[:: _every(labels, name)] for name in np.unique(labels)]
    )
    kept, kept_test = usable_rows(list(labels[train]), list(labels[test]))
    train, test = train[kept], test[kept_test]
    left, right = (torch.from_numpy(np.array(vectors[some])) for some in (train, test))
    mean, axes = principal_axes(left, left.shape[1])
    found = []
    for k in (1, 5):
        scores = {
            name: probe(inside, labels[train], outside, labels[test], k)
            for name, inside, outside in (
                ("features", encode(sae, left.numpy()).tocsc(), encode(sae, right.numpy()).tocsc()),
                ("raw", left.numpy(), right.numpy()),
                ("pca", ((left - mean) @ axes).numpy(), ((right - mean) @ axes).numpy()),
            )
        }
        features, raw, components = scores["features"], scores["raw"], scores["pca"]
        found.append(
            Row(
                f"sparse probe of {features.categories} WordNet categories, k = {k}: macro-F1 and AUC",
                f"{features.f1:.3f}, {features.auc:.3f}",
                f"raw embeddings {raw.f1:.3f}, {raw.auc:.3f}; PCA {components.f1:.3f}, {components.auc:.3f}",
                f"{features.f1 / raw.f1:.2f} and {features.f1 / components.f1:.2f} times the F1",
            )
        )
    return found


def _every(labels: Any, name: str) -> int:
    return max(1, -(-int((labels == name).sum()) * 4 // 5 // PROBE_ROWS_EACH))


def million(count: int) -> dict[str, Any]:
    """Index random vectors, train a few steps on them and encode them all; the peak memory of the process."""
    from engine.concepts.codes import Codes, encode, save_codes
    from engine.corpus.vectors import IndexModel, VectorStore
    from engine.jobs import Job
    from engine.sae.activation_store import ActivationStore
    from engine.sae.architectures import SAEConfig
    from engine.sae.training import train
    from engine.sae.training_config import TrainingConfig

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = IndexModel("random", "0" * 64, "mean", "", DIMENSION, True, 256)
        index = VectorStore(folder / "index", model, "benchmark")
        generator = np.random.default_rng(0)
        for start in range(0, count, 50_000):
            block = generator.standard_normal((min(50_000, count - start), DIMENSION), dtype=np.float32)
            index.append(block / np.linalg.norm(block, axis=1, keepdims=True))
        # Mapped once: pages of a file that is mapped twice are counted twice.
        vectors = index.vectors
        store = ActivationStore(vectors, BATCH)
        steps: list[int] = []

        def enough() -> bool:
            steps.append(1)
            return len(steps) >= FEW_STEPS

        config = SAEConfig("batchtopk", DIMENSION, FEATURES, k=K)
        sae = train(store, config, Job(), TrainingConfig(epochs=1, points=1), folder, finish=enough).sae
        codes = Codes(encode(sae, vectors))
        save_codes(folder, codes, {})
    return {"count": count, "peak": peak_memory()}
