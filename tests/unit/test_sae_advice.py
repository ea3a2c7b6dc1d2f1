"""Advice before training: shapes of vectors that can be worked out, and warnings where they are due."""

import numpy as np
import pytest
import torch

from engine.errors import UserError
from engine.jobs import Cancelled, CancelToken, Job
from engine.sae.activation_store import ActivationStore
from engine.sae.advice import advise, suggested_size
from engine.sae.architectures import SAEConfig
from engine.sae.training_config import TrainingConfig


def store(rows, **settings):
    return ActivationStore(np.asarray(rows, dtype=np.float32), **settings)


def even(count=4000, dimension=8, offset=0.0):
    rows = np.random.default_rng(0).normal(size=(count, dimension))
    rows[:, 0] += offset
    return rows


@pytest.mark.parametrize(
    ("rows", "size"),
    [(1_000, (64, 8)), (10_000, (256, 32)), (100_000, (1024, 32)), (5, (16, 2)), (10**9, (3072, 32))],
)
def test_the_rule_of_thumb(rows, size):
    assert suggested_size(rows, 384) == size


def test_even_directions():
    advice = advise(store(even()), SAEConfig("topk", 8, 16, k=2), tried_steps=0)
    assert advice.mean_cosine == pytest.approx(0, abs=0.01)
    assert advice.mean_norm == pytest.approx(0, abs=0.03)
    assert advice.effective_dimension == pytest.approx(8, rel=0.02)
    assert (advice.rows, advice.rows_per_feature) == (3800, 237.5)


def test_a_common_direction_shows():
    advice = advise(store(even(offset=10.0)), SAEConfig("topk", 8, 16, k=2), tried_steps=0)
    # Of the mean square length 100 + 8, 100 are the mean's.
    assert advice.mean_norm == pytest.approx((100 / 108) ** 0.5, abs=0.005)
    assert advice.mean_cosine == pytest.approx(100 / 108, abs=0.01)
    assert advice.effective_dimension == pytest.approx(8, rel=0.02)
    assert any("point much the same way (cosine 0.93" in warning for warning in advice.warnings)


def test_mean_cosine_is_that_of_all_pairs():
    one = store(even(100, 3))
    unit = torch.nn.functional.normalize(one.training_sample(100).double())
    pairs = (unit @ unit.T)[~torch.eye(len(unit), dtype=torch.bool)]
    advice = advise(one, SAEConfig("topk", 3, 6, k=2), tried_steps=0)
    assert advice.mean_cosine == pytest.approx(float(pairs.mean()))


def test_the_effective_dimension_is_the_participation_ratio():
    # Variances 3, 1, 0 share (3 + 1)^2 / (9 + 1) directions.
    rows = even(40_000, 3) * np.sqrt([3.0, 1.0, 0.0])
    advice = advise(store(rows), SAEConfig("topk", 3, 6, k=2), tried_steps=0)
    assert advice.effective_dimension == pytest.approx(1.6, rel=0.03)


def test_nothing_to_warn_of():
    config = TrainingConfig(epochs=20)
    advice = advise(store(even(), batch_size=100), SAEConfig("batchtopk", 8, 64, k=8), config, tried_steps=0)
    assert (advice.steps, advice.warnings) == (760, ())


def test_the_suggested_size_is_not_warned_of():
    # 950 rows of 1,000 train: a little under 15 for each of the 64 features that the rule gives them.
    one = store(even(1_000), batch_size=10)
    assert advise(one, SAEConfig("topk", 8, 64, k=8), tried_steps=0).warnings == ()
    beyond = advise(one, SAEConfig("topk", 8, 65, k=8), tried_steps=0)
    assert [found.partition(" and ")[0] for found in beyond.warnings] == [
        "950 rows are 14.6 for each of 65 features,"
    ]


@pytest.mark.parametrize(
    ("features", "settings", "epochs", "warning"),
    [
        (127, {}, 20, "3,800 rows are 29.9 for each of 127 features, and 30 are wanted"),
        (136, {}, 20, "136 features are 17 times the 8 dimensions: many will be dead; choose at most 64"),
        (64, {"k": 17}, 20, "17 of 64 features active is not sparse; choose a k of at most 8"),
        (4, {"k": 2}, 20, "2 of 4 features active is not sparse; choose a k of at most 1"),
        (64, {"architecture": "jumprelu", "target_l0": 20.0}, 20, "20 of 64 features active"),
        (64, {}, 13, "494 steps of 100 rows are few"),
    ],
)
def test_warnings(features, settings, epochs, warning):
    config = SAEConfig(**{"architecture": "topk", "input_dim": 8, "features": features, "k": 2} | settings)
    advice = advise(store(even(), batch_size=100), config, TrainingConfig(epochs=epochs), tried_steps=0)
    assert any(warning in found for found in advice.warnings)


@pytest.mark.parametrize("architecture", ["vanilla", "jumprelu", "batchtopk"])
def test_the_time_is_that_of_the_steps(architecture):
    one = store(even(), batch_size=100)
    config = SAEConfig(architecture, 8, 64, k=8, target_l0=8)
    advice = advise(one, config, TrainingConfig(epochs=20), tried_steps=3)
    assert 0 < advice.seconds < 60
    # Twice the epochs take about twice as long; a busy machine may stretch either.
    longer = advise(one, config, TrainingConfig(epochs=20_000), tried_steps=3)
    assert longer.seconds > 20 * advice.seconds


def test_what_does_not_fit_and_cancelling():
    with pytest.raises(UserError, match="8 numbers each but the SAE reads 9"):
        advise(store(even()), SAEConfig("topk", 9, 16, k=2))
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        advise(store(even()), SAEConfig("topk", 8, 16, k=2), job=Job(token))
