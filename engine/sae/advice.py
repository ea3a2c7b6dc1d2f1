"""What to know before training: whether so many features suit so many rows, and how long it will take."""

import math
from dataclasses import dataclass

import torch

from engine.jobs import Job
from engine.sae.activation_store import ActivationStore
from engine.sae.architectures import SAEConfig
from engine.sae.training import step_seconds
from engine.sae.training_config import TrainingConfig

ENOUGH_ROWS = 30
"""Rows a feature, below which features are learnt by heart or stay dead."""

_SAMPLE_ROWS = 4_096
_FEW_STEPS = 500
_SMALLEST_BATCH, _LARGEST_BATCH = 16, 1_024
_LARGEST_EXPANSION = 8
_ALIKE = 0.5


@dataclass(frozen=True)
class Advice:
    """What the vectors and the settings promise.

    Attributes:
        rows: to train on.
        rows_per_feature: the same for each feature.
        suggested_features: the size that a rule of thumb gives to so many rows.
        suggested_k: active features a row that go with it.
        mean_cosine: between two different rows, on average; 0 where directions are even.
        mean_norm: length of the mean vector over the root mean square length of the rows, 0 to 1. What it
            holds is common to all rows, and the decoder's bias takes it up.
        effective_dimension: participation ratio of the covariance, 1 to D: how many directions share the
            variance.
        steps: batches in the whole training.
        seconds: that it is expected to take, from a few steps tried here; 0 if none were tried.
        warnings: one sentence each, with what to do.
    """

    rows: int
    rows_per_feature: float
    suggested_features: int
    suggested_k: int
    mean_cosine: float
    mean_norm: float
    effective_dimension: float
    steps: int
    seconds: float
    warnings: tuple[str, ...]


def suggested_size(rows: int, dimension: int) -> tuple[int, int]:
    """Return the number of features that so many rows can fill, and how many of them to have active.

    A published rule of thumb, 64 features for 1,000 texts, 256 for 10,000 and 1,024 for 100,000, as a power
    of two from 16 up to eight times the dimension; an eighth of them is active, at most 32.
    """
    features = 64 * (max(rows, 1) / 1_000) ** 0.6
    features = min(max(2 ** round(math.log2(features)), 16), _LARGEST_EXPANSION * dimension)
    return features, max(1, min(32, features // 8))


def suggested_batch_size(rows: int, epochs: int) -> int:
    """Return the largest batch, of 16 to 1,024 rows, with which the training has steps enough."""
    size = _LARGEST_BATCH
    while size > _SMALLEST_BATCH and epochs * (rows // size) < _FEW_STEPS:
        size //= 2
    return size


def advise(
    store: ActivationStore,
    sae_config: SAEConfig,
    config: TrainingConfig | None = None,
    job: Job | None = None,
    tried_steps: int = 4,
) -> Advice:
    """Look at a sample of the training rows and try a few steps.

    Args:
        store: the vectors.
        sae_config: what is to be trained.
        config: how; the defaults of `TrainingConfig` if None.
        job: progress, and its cancel token.
        tried_steps: steps to time on an autoencoder that is thrown away; 0 to leave the time out.

    Raises:
        UserError: vectors and autoencoder do not fit.
        Cancelled: the job was cancelled.
    """
    config, job = config or TrainingConfig(), job or Job()
    job.step("looking at the vectors", 0.0)
    cosine, norm, dimension = _shape(store)
    steps = config.epochs * store.batches_per_epoch
    seconds = 0.0
    if tried_steps:
        seconds = steps * step_seconds(store, sae_config, config, job.part(0.2, 1.0), tried_steps)
    rows = store.training_count
    features, k = suggested_size(rows, store.dimension)
    return Advice(
        rows=rows,
        rows_per_feature=rows / sae_config.features,
        suggested_features=features,
        suggested_k=k,
        mean_cosine=cosine,
        mean_norm=norm,
        effective_dimension=dimension,
        steps=steps,
        seconds=seconds,
        warnings=_warnings(rows, store.batch_size, steps, sae_config, cosine),
    )


def _shape(store: ActivationStore) -> tuple[float, float, float]:
    """Return mean cosine, relative norm of the mean, and participation ratio, of a sample."""
    x = store.training_sample(_SAMPLE_ROWS).double()
    unit = torch.nn.functional.normalize(x)
    count = len(x)
    # The squared length of the sum holds all pairs, each row with itself included.
    own = float(unit.square().sum())
    cosine = (float(unit.sum(dim=0).square().sum()) - own) / (count * (count - 1)) if count > 1 else 0.0
    mean = x.mean(dim=0)
    norm = float(mean.norm()) / max(float(x.square().sum(dim=1).mean()) ** 0.5, 1e-30)
    covariance = (x - mean).T @ (x - mean)
    spread = float(covariance.square().sum())
    dimension = float(covariance.trace()) ** 2 / spread if spread > 0 else 1.0
    return cosine, norm, dimension


def _warnings(
    rows: int, batch_size: int, steps: int, sae_config: SAEConfig, cosine: float
) -> tuple[str, ...]:
    features, dimension = sae_config.features, sae_config.input_dim
    active = sae_config.k if sae_config.uses_k else sae_config.target_l0
    found = []
    best = suggested_size(rows, dimension)[0]
    # The rule of thumb gives small corpora fewer rows a feature; its own size is no reason to warn.
    if features > best and rows < ENOUGH_ROWS * features:
        found.append(
            f"{rows:,} rows are {rows / features:.1f} for each of {features:,} features, and {ENOUGH_ROWS}"
            f" are wanted: many will be noise or dead; choose about {best:,}, or add documents"
        )
    if features > 2 * _LARGEST_EXPANSION * dimension:
        found.append(
            f"{features:,} features are {features / dimension:.0f} times the {dimension} dimensions:"
            f" many will be dead; choose at most {_LARGEST_EXPANSION * dimension:,}"
        )
    if sae_config.architecture != "vanilla" and 4 * active > features:
        found.append(
            f"{active:g} of {features:,} features active is not sparse;"
            f" choose a k of at most {max(features // 8, 1)}"
        )
    if steps < _FEW_STEPS:
        found.append(
            f"{steps:,} steps of {batch_size:,} rows are few; choose a smaller batch size or more epochs, for"
            f" {_FEW_STEPS:,} steps or more"
        )
    if cosine > _ALIKE:
        found.append(
            f"the vectors point much the same way (cosine {cosine:.2f} between two of them, on average):"
            " their mean is taken off, but little else may be left to learn"
        )
    return tuple(found)
