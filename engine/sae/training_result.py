"""What comes of a training: the autoencoder, its quality on held-out rows, and the curve on the way there."""

from dataclasses import dataclass

from engine.sae.architectures import SparseAutoencoder
from engine.sae.quality import Quality
from engine.sae.training_config import TrainingConfig


@dataclass(frozen=True)
class CurvePoint:
    """One point of the training curve.

    Attributes:
        step: steps done.
        rows: training rows seen.
        loss: of the last batch, all terms.
        fvu: of the last batch, as trained.
        heldout_fvu: on up to 2,048 held-out rows, as used after training.
        heldout_cosine: mean cosine on the same rows.
        heldout_l0: active features a row on the same rows.
        dead_fraction: share of the features that are dead, counted in training rows.
    """

    step: int
    rows: int
    loss: float
    fvu: float
    heldout_fvu: float
    heldout_cosine: float
    heldout_l0: float
    dead_fraction: float


@dataclass(frozen=True)
class HeldOut:
    """Quality on all held-out rows.

    Attributes:
        fvu: fraction of variance unexplained.
        cosine: mean cosine.
        l0: active features a row.
        dead_fraction: share of the features that fired neither here nor on the last training rows.
    """

    fvu: float
    cosine: float
    l0: float
    dead_fraction: float


@dataclass(frozen=True)
class TrainingResult:
    """A trained autoencoder and how it got there.

    Attributes:
        sae: the autoencoder.
        config: how it was trained.
        heldout: its quality on rows that were not trained on.
        curve: points in order of their steps.
        rows: training rows seen, with repetition.
        steps: batches trained on.
        stopped_early: whether the held-out FVU stopped falling.
        data_fingerprint: of the store's vectors.
        seconds: spent training, over all runs if it was interrupted.
        quality: measured afterwards; None until then.
    """

    sae: SparseAutoencoder
    config: TrainingConfig
    heldout: HeldOut
    curve: tuple[CurvePoint, ...]
    rows: int
    steps: int
    stopped_early: bool
    data_fingerprint: str
    seconds: float
    quality: Quality | None = None

    @property
    def embeddings_per_second(self) -> float:
        """Training rows a second."""
        return self.rows / max(self.seconds, 1e-9)
