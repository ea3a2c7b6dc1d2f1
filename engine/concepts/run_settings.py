"""What a person chooses about a training run, and what fits so many documents."""

from dataclasses import dataclass
from typing import Literal

from engine.sae.advice import suggested_batch_size, suggested_size
from engine.sae.architectures import SAEConfig
from engine.sae.training_config import TrainingConfig


@dataclass(frozen=True)
class RunSettings:
    """What a person chooses about a training run.

    Attributes:
        architecture: one of `engine.sae.architectures.ARCHITECTURES`.
        features: F.
        k: active features of a document, on average; vanilla has none.
        epochs: passes over the documents.
        batch_size: documents a step.
        seed: of the first weights and of the order.
        patience: stop after so many points of the curve without a better held-out FVU; None for never.
    """

    architecture: Literal["vanilla", "topk", "batchtopk", "matryoshka", "jumprelu"] = "batchtopk"
    features: int = 1024
    k: int = 32
    epochs: int = 40
    batch_size: int = 1024
    seed: int = 0
    patience: int | None = None

    def sae_config(self, dimension: int) -> SAEConfig:
        """Return the autoencoder of these settings, for vectors of length `dimension`."""
        return SAEConfig(
            self.architecture, dimension, self.features, k=self.k, target_l0=self.k, seed=self.seed
        )

    def training_config(self) -> TrainingConfig:
        """Return how it is trained."""
        return TrainingConfig(epochs=self.epochs, patience=self.patience)


def suggested_settings(rows: int, dimension: int) -> RunSettings:
    """Return the size that so many documents can fill, and batches small enough for steps enough.

    See `engine.sae.advice` for both. A twentieth of the documents is held out.
    """
    features, k = suggested_size(rows, dimension)
    batch_size = suggested_batch_size(rows - round(rows / 20), RunSettings.epochs)
    return RunSettings(features=features, k=k, batch_size=batch_size)
