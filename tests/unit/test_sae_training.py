"""Training on vectors made from a known dictionary, and stopping and going on."""

import subprocess
import sys
import time
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from engine.errors import UserError
from engine.jobs import Cancelled, CancelToken, Job
from engine.sae.activation_store import ActivationStore
from engine.sae.architectures import ARCHITECTURES, SAEConfig
from engine.sae.training import train
from engine.sae.training_config import TrainingConfig
from engine.sae.training_state import STATE_FILE

DIMENSION, DIRECTIONS = 12, 16


def dictionary():
    rows = np.random.default_rng(5).normal(size=(DIRECTIONS, DIMENSION))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def sparse_vectors(count=4000):
    """Sums of two or so directions of the dictionary, a common offset and a little noise."""
    generator = np.random.default_rng(6)
    active = generator.random((count, DIRECTIONS)) < 1 / DIRECTIONS
    active[np.arange(count), generator.integers(DIRECTIONS, size=count)] = True
    codes = active * generator.uniform(0.5, 1.5, active.shape)
    noise = generator.normal(size=(count, DIMENSION)) * 0.01
    return (codes @ dictionary() + noise + 0.2).astype(np.float32)


def small_store():
    return ActivationStore(sparse_vectors(400), batch_size=40, block_rows=16, buffer_blocks=4)


SMALL = SAEConfig("batchtopk", DIMENSION, DIRECTIONS, k=2)
# Features that miss two batches learn the residual, so that resuming has that to restore too.
SHORT = TrainingConfig(epochs=16, points=8, dead_after_rows=80)


@pytest.fixture(scope="module")
def store():
    return ActivationStore(sparse_vectors(), batch_size=100, held_out=0.2)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_recovers_the_dictionary(store, architecture):
    config = SAEConfig(architecture, DIMENSION, 24, k=2, target_l0=2, groups=(12, 12))
    settings = TrainingConfig(epochs=10, learning_rate=0.01, points=4, dead_after_rows=3000)
    result = train(store, config, Job(), settings)
    cosines = dictionary() @ result.sae.W_dec.detach().numpy().T
    recovered = (cosines.max(axis=1) > 0.9).mean()
    assert recovered > {"vanilla": 0.9, "topk": 0.9, "batchtopk": 0.8}.get(architecture, 0.6)
    assert result.heldout.fvu < 0.2
    assert result.curve[-1].heldout_fvu < result.curve[0].heldout_fvu
    if architecture != "vanilla":
        assert result.heldout.l0 == pytest.approx(2, rel=0.1)
    torch.testing.assert_close(result.sae.W_dec.norm(dim=1), torch.ones(24))
    assert result.steps == 10 * store.batches_per_epoch
    assert result.embeddings_per_second > 0


@pytest.mark.parametrize("target", [1.5, 3.0])
def test_jumprelu_reaches_its_target(store, target):
    config = SAEConfig("jumprelu", DIMENSION, 24, target_l0=target)
    result = train(store, config, Job(), TrainingConfig(epochs=8, learning_rate=0.01, points=1))
    assert result.heldout.l0 == pytest.approx(target, rel=0.1)
    thresholds = result.sae.threshold.detach()
    assert thresholds.dtype == torch.float32
    assert thresholds.std() > 1e-3


def assert_same(one, other):
    assert all(torch.equal(one.sae.state_dict()[key], value) for key, value in other.sae.state_dict().items())
    assert one.curve == other.curve
    assert one.heldout == other.heldout
    assert (one.steps, one.rows) == (other.steps, other.rows)


class _CancelAt(CancelToken):
    """Cancels itself at the n-th check."""

    def __init__(self, checks):
        super().__init__()
        self._left = checks

    def check(self):
        self._left -= 1
        if self._left < 0:
            self.cancel()
        super().check()


@pytest.mark.parametrize("architecture", ["batchtopk", "jumprelu"])
def test_resumed_runs_end_the_same(tmp_path, architecture):
    config = replace(SMALL, architecture=architecture, target_l0=2.0)
    whole = train(small_store(), config, Job(), SHORT)
    resume = False
    for checks in (1, 37, 70):
        with pytest.raises(Cancelled):
            train(small_store(), config, Job(_CancelAt(checks)), SHORT, tmp_path, resume)
        resume = True
    points = []
    result = train(small_store(), config, Job(), SHORT, tmp_path, resume=True, on_point=points.append)
    assert_same(result, whole)
    assert points == list(whole.curve[-len(points) :])
    assert 0 < len(points) < 8
    # A finished run can be resumed too, and is left as it is.
    assert_same(train(small_store(), config, Job(), SHORT, tmp_path, resume=True), whole)


def test_killed_run_ends_the_same(tmp_path):
    code = (
        "import torch, sys; from pathlib import Path; from dataclasses import replace\n"
        "from tests.unit.test_sae_training import SMALL, SHORT, Job, small_store, train\n"
        f"torch.set_num_threads({torch.get_num_threads()})\n"
        "train(small_store(), SMALL, Job(), replace(SHORT, save_every_seconds=0), Path(sys.argv[1]))"
    )
    child = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)])
    deadline = time.monotonic() + 100
    while not (tmp_path / STATE_FILE).exists() and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.1)
    child.kill()
    assert child.wait() != 0
    result = train(small_store(), SMALL, Job(), SHORT, tmp_path, resume=True)
    assert_same(result, train(small_store(), SMALL, Job(), SHORT))


def test_threshold_serves_from_the_first_batches():
    # A running mean that started at 0 would let far more than k features through after nine batches.
    result = train(small_store(), SMALL, Job(), replace(SHORT, epochs=1, points=1))
    assert result.steps == 9
    assert result.heldout.l0 == pytest.approx(2, rel=0.3)


def test_stops_early():
    settings = replace(SHORT, epochs=100, points=100, patience=3)
    result = train(small_store(), SMALL, Job(), settings)
    assert result.stopped_early
    assert result.steps < 100 * small_store().batches_per_epoch
    best = min(point.heldout_fvu for point in result.curve[:-3])
    assert all(point.heldout_fvu >= best for point in result.curve[-3:])
    assert not train(small_store(), SMALL, Job(), SHORT).stopped_early


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"k": 3}, "k changed"),
        ({"epochs": 17}, "epochs changed"),
        ({"seed": 2, "batch_size": 41}, "seed, the batch size or order changed|batch size or order, seed"),
        ({"vectors": 401}, "vectors"),
    ],
)
def test_resuming_another_run_is_refused(tmp_path, change, message):
    with pytest.raises(Cancelled):
        train(small_store(), SMALL, Job(_CancelAt(3)), SHORT, tmp_path)
    config = replace(SMALL, **{key: change[key] for key in ("k", "seed") if key in change})
    settings = replace(SHORT, epochs=change.get("epochs", 16))
    other = ActivationStore(
        sparse_vectors(change.get("vectors", 400)),
        batch_size=change.get("batch_size", 40),
        block_rows=16,
        buffer_blocks=4,
    )
    with pytest.raises(UserError, match=message):
        train(other, config, Job(), settings, tmp_path, resume=True)


def test_nothing_to_resume(tmp_path):
    with pytest.raises(UserError, match="nothing to resume"):
        train(small_store(), SMALL, Job(), SHORT, tmp_path, resume=True)
    with pytest.raises(UserError, match="nothing to resume"):
        train(small_store(), SMALL, Job(), SHORT, resume=True)
    (tmp_path / STATE_FILE).write_bytes(b"\x80\x04garbage that is no state")
    with pytest.raises(UserError, match="cannot read the training state"):
        train(small_store(), SMALL, Job(), SHORT, tmp_path, resume=True)


def test_bad_settings():
    with pytest.raises(UserError, match="12 numbers each"):
        train(small_store(), replace(SMALL, input_dim=13), Job())
    with pytest.raises(UserError, match="layer norm"):
        train(small_store(), replace(SMALL, layer_norm=True), Job())
    with pytest.raises(UserError, match="diverged"):
        train(small_store(), SMALL, Job(), replace(SHORT, learning_rate=1e30))
    for settings in ({"epochs": 0}, {"points": 0}, {"learning_rate": 0.0}, {"warmup": 0.8, "decay": 0.3}):
        with pytest.raises(UserError):
            TrainingConfig(**settings)


def test_a_point_holds_numbers_only():
    result = train(small_store(), SMALL, Job(), replace(SHORT, epochs=2, points=2))
    for point in result.curve:
        assert all(type(value) in {int, float} for value in asdict(point).values())


def test_more_features_than_rows_are_refused():
    store = ActivationStore(np.random.default_rng(0).normal(size=(40, 6)).astype(np.float32), 8)
    with pytest.raises(UserError, match=f"choose at most {store.training_count}"):
        train(store, SAEConfig("topk", 6, store.training_count + 1, k=2), Job(), TrainingConfig(epochs=1))
