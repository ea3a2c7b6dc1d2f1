"""Train a sparse autoencoder so that it can be stopped at any step and gone on with, bit for bit."""

import math
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor

from engine.errors import UserError
from engine.jobs import Cancelled, Job
from engine.memory import explained_shortage
from engine.sae.activation_store import START, ActivationStore, Position
from engine.sae.architectures import SAEConfig, SparseAutoencoder
from engine.sae.evaluation import evaluate
from engine.sae.objective import StepLoss, training_loss
from engine.sae.sparse import kth_largest
from engine.sae.training_config import TrainingConfig
from engine.sae.training_result import CurvePoint, HeldOut, TrainingResult
from engine.sae.training_state import STATE_FILE, load_state, save_state

_CURVE_ROWS = 2048
_CALIBRATION_ROWS = 4096


def train(
    store: ActivationStore,
    sae_config: SAEConfig,
    job: Job,
    config: TrainingConfig | None = None,
    folder: Path | None = None,
    resume: bool = False,
    on_point: Callable[[CurvePoint], None] | None = None,
    finish: Callable[[], bool] | None = None,
) -> TrainingResult:
    """Train an autoencoder on the store's vectors.

    Cancelling the job is a pause: the state is saved and `Cancelled` raised. A killed process loses what
    came after the last save. Either way a resumed run ends with the same numbers, bit for bit, as one
    that was never stopped, on the same machine with the same number of threads.

    Args:
        store: vectors, split and shuffled.
        sae_config: the autoencoder.
        job: progress, and the cancel token, polled at every step.
        config: how to train; the defaults of `TrainingConfig` if None.
        folder: where the resumable state is kept (`training_state.safetensors`); nowhere if None.
        resume: go on from the state in `folder`.
        on_point: called with each new point of the curve.
        finish: asked after every step; once True, the run ends there and counts as stopped early.

    Raises:
        UserError: vectors and autoencoder do not fit, or there is nothing to resume or it was made from
            other vectors or settings.
        Cancelled: the job was cancelled.
    """
    _check_fit(store, sae_config)
    with explained_shortage(torch.device("cpu")):
        trainer = _Trainer(store, sae_config, config or TrainingConfig(), folder)
        if resume:
            trainer.restore()
        return trainer.run(job, on_point, finish)


def step_seconds(
    store: ActivationStore, sae_config: SAEConfig, config: TrainingConfig, job: Job, steps: int
) -> float:
    """Return the median time of some training steps on an autoencoder that is thrown away.

    Raises:
        UserError: vectors and autoencoder do not fit.
        Cancelled: the job was cancelled.
    """
    _check_fit(store, sae_config)
    trainer = _Trainer(store, sae_config, config, None)
    taken = []
    # The first step also pays for memory and set-up that the later ones find ready.
    for number, (_, batch) in enumerate(islice(store.batches(), steps + 1)):
        job.step("trying a few steps", number / (steps + 1))
        started = time.monotonic()
        trainer.train_step(batch)
        taken.append(time.monotonic() - started)
    return statistics.median(taken[1:])


def _check_fit(store: ActivationStore, sae_config: SAEConfig) -> None:
    if store.dimension != sae_config.input_dim:
        raise UserError(
            f"the vectors have {store.dimension} numbers each but the SAE reads {sae_config.input_dim}"
        )
    if sae_config.layer_norm:
        raise UserError("an SAE with a layer norm of its inputs can be used but not trained here")
    if sae_config.features > store.training_count:
        raise UserError(
            f"{sae_config.features:,} features cannot be learnt from {store.training_count:,} rows; choose "
            f"at most {store.training_count:,}"
        )


class _Trainer:
    """The state of a run: parameters, Adam's moments, rows since each feature fired, position, curve."""

    def __init__(
        self, store: ActivationStore, sae_config: SAEConfig, config: TrainingConfig, folder: Path | None
    ) -> None:
        self.store, self.config, self.folder = store, config, folder
        self.sae = SparseAutoencoder(sae_config, torch.from_numpy(store.mean))
        if sae_config.architecture == "jumprelu":
            self._calibrate()
        self.optimizer = torch.optim.Adam(self.sae.parameters(), lr=config.learning_rate, fused=True)
        self.since_fired = torch.zeros(sae_config.features, dtype=torch.int64)
        self.position = START
        self.step = 0
        self.seconds = 0.0
        self.curve: list[CurvePoint] = []
        self.total_steps = config.epochs * store.batches_per_epoch
        self._point_steps = {
            math.ceil(self.total_steps * (point + 1) / config.points) for point in range(config.points)
        }

    @torch.no_grad()
    def _calibrate(self) -> None:
        """Start every threshold where the features together reach the target L0."""
        rows = self.store.training_sample(_CALIBRATION_ROWS)
        pre = self.sae.pre_activations(rows).reshape(-1)
        count = max(1, round(self.sae.config.target_l0 * len(rows)))
        self.sae.threshold.fill_(max(0.0, float(kth_largest(pre, min(count, pre.numel())))))

    def run(
        self,
        job: Job,
        on_point: Callable[[CurvePoint], None] | None,
        finish: Callable[[], bool] | None = None,
    ) -> TrainingResult:
        started, before = time.monotonic(), self.seconds
        saved = started
        stopped_early = self._is_stuck()
        batches = self.store.batches(self.position)
        try:
            while self.step < self.total_steps and not stopped_early:
                job.step(f"step {self.step + 1} of {self.total_steps}", self.step / self.total_steps)
                after, batch = next(batches)
                output = self.train_step(batch)
                self.position, self.step = after, self.step + 1
                now = time.monotonic()
                self.seconds = before + now - started
                if self.step in self._point_steps:
                    self._add_point(output, on_point)
                    stopped_early = self._is_stuck()
                if finish is not None and finish() and self.step < self.total_steps:
                    stopped_early = True
                if now - saved >= self.config.save_every_seconds:
                    self.save()
                    saved = time.monotonic()
        except Cancelled:
            self.save()
            raise
        self.save()
        job.step("trained", 1.0)
        return self._result(stopped_early)

    def train_step(self, batch: Tensor) -> StepLoss:
        """Learn from one batch (B, D)."""
        config = self.config
        rise = min(1.0, (self.step + 1) / max(1.0, config.warmup * self.total_steps))
        fall = min(1.0, (self.total_steps - self.step) / max(1.0, config.decay * self.total_steps))
        for group in self.optimizer.param_groups:
            group["lr"] = config.learning_rate * min(rise, fall)
        output = training_loss(self.sae, batch, self.store.variance, self._dead(), rise)
        if not torch.isfinite(output.loss):
            raise UserError("training diverged: the loss is not finite; choose a smaller learning rate")
        self.optimizer.zero_grad()
        output.loss.backward()
        self.sae.remove_parallel_gradient()
        self.optimizer.step()
        self.sae.normalise_decoder()
        with torch.no_grad():
            if self.sae.config.architecture == "jumprelu":
                self.sae.threshold.clamp_(min=0.0)
            elif output.cut is not None:
                weight = 1 - config.threshold_decay if self.step else 1.0
                self.sae.threshold.lerp_(output.cut.expand_as(self.sae.threshold), weight)
        self.since_fired += len(batch)
        self.since_fired[output.fired] = 0
        return output

    def _dead(self) -> Tensor:
        return self.since_fired >= self.config.dead_after_rows

    def _add_point(self, output: StepLoss, on_point: Callable[[CurvePoint], None] | None) -> None:
        quality = evaluate(self.sae, self.store.held_out(_CURVE_ROWS))
        point = CurvePoint(
            step=self.step,
            rows=self.step * self.store.batch_size,
            loss=float(output.loss.detach()),
            fvu=float(output.fvu),
            heldout_fvu=quality.fvu,
            heldout_cosine=quality.cosine,
            heldout_l0=quality.l0,
            dead_fraction=float(self._dead().double().mean()),
        )
        self.curve.append(point)
        if on_point is not None:
            on_point(point)

    def _is_stuck(self) -> bool:
        patience = self.config.patience
        if patience is None or len(self.curve) <= patience:
            return False
        best = min(point.heldout_fvu for point in self.curve[:-patience])
        return min(point.heldout_fvu for point in self.curve[-patience:]) >= best

    def _result(self, stopped_early: bool) -> TrainingResult:
        quality = evaluate(self.sae, self.store.held_out())
        silent = torch.from_numpy(quality.fire_rate == 0)
        return TrainingResult(
            sae=self.sae,
            config=self.config,
            heldout=HeldOut(
                quality.fvu,
                quality.cosine,
                quality.l0,
                float((silent & self._dead_for_good()).float().mean()),
            ),
            curve=tuple(self.curve),
            rows=self.step * self.store.batch_size,
            steps=self.step,
            stopped_early=stopped_early,
            data_fingerprint=self.store.fingerprint,
            seconds=self.seconds,
        )

    def _dead_for_good(self) -> Tensor:
        """Return which features have not fired for long, however short the training was."""
        return self.since_fired >= min(self.config.dead_after_rows, self.step * self.store.batch_size)

    def _identity(self) -> dict[str, object]:
        """Return what must be the same for a state to be gone on with."""
        settings = asdict(replace(self.config, save_every_seconds=0.0))
        return {
            "sae": asdict(self.sae.config),
            "training": settings,
            "data": self.store.fingerprint,
            "order": self.store.order_key,
        }

    def save(self) -> None:
        """Write the whole state to one file, or do nothing without a folder."""
        if self.folder is None:
            return
        tensors = {f"sae.{name}": value for name, value in self.sae.state_dict().items()}
        for name, parameter in self.sae.named_parameters():
            for key, value in self.optimizer.state[parameter].items():
                tensors[f"adam.{key}.{name}"] = value
        tensors["since_fired"] = self.since_fired
        progress = {
            "position": list(self.position),
            "step": self.step,
            "total_steps": self.total_steps,
            "vectors": self.store.row_count,
            "seconds": self.seconds,
            "curve": [asdict(point) for point in self.curve],
        }
        save_state(self.folder / STATE_FILE, tensors, self._identity(), progress)

    def restore(self) -> None:
        """Take up the state that `save` wrote.

        Raises:
            UserError: there is none, or it belongs to another run.
        """
        if self.folder is None:
            raise UserError("there is nothing to resume: no folder was given")
        tensors, progress = load_state(self.folder / STATE_FILE, self._identity())
        own = self.sae.state_dict()
        self.sae.load_state_dict({name: tensors[f"sae.{name}"] for name in own})
        for name, parameter in self.sae.named_parameters():
            prefix, suffix = "adam.", f".{name}"
            self.optimizer.state[parameter] = {
                key[len(prefix) : -len(suffix)]: value
                for key, value in tensors.items()
                if key.startswith(prefix) and key.endswith(suffix)
            }
        self.since_fired = tensors["since_fired"]
        self.position = Position(*progress["position"])
        self.step, self.seconds = progress["step"], progress["seconds"]
        self.curve = [CurvePoint(**point) for point in progress["curve"]]
