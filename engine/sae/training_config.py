"""How an autoencoder is trained."""

from dataclasses import dataclass

from engine.errors import UserError


@dataclass(frozen=True)
class TrainingConfig:
    """How an autoencoder is trained. The batch size and the order belong to the activation store.

    Raises:
        UserError: a field is out of range.
    """

    epochs: int = 40
    """Passes over the training rows."""

    learning_rate: float = 0.001
    """Of Adam, after the warm-up; betas .9 and .999."""

    warmup: float = 0.05
    """Share of the steps in which the learning rate and the sparsity penalty rise from 0."""

    decay: float = 0.3
    """Share of the steps, the last, in which the learning rate falls to 0."""

    threshold_decay: float = 0.99
    """Of the running mean of batch thresholds, which serves as the threshold afterwards."""

    dead_after_rows: int = 20_000
    """A feature that has not fired on so many training rows is dead and learns the residual."""

    points: int = 50
    """Points on the curve, evenly spread over the steps."""

    patience: int | None = None
    """Stop after so many points without a better held-out FVU; None trains to the end."""

    save_every_seconds: float = 30.0
    """Least time between two saves of the resumable state."""

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.points < 1 or self.learning_rate <= 0:
            raise UserError("training needs at least one epoch, one point and a positive learning rate")
        if not (self.warmup >= 0 and self.decay >= 0 and self.warmup + self.decay <= 1):
            raise UserError("the warm-up and the decay are shares of the training and sum to at most 1")
