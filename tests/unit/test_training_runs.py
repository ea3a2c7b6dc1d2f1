"""Training runs of a workspace: begun, paused, ended early, gone on with, listed and deleted."""

import numpy as np
import pytest

from engine.concepts.run_settings import RunSettings, suggested_settings
from engine.concepts.saved_runs import delete_run, saved_run, training_runs
from engine.concepts.training_runs import train_run
from engine.corpus.lock import writing
from engine.errors import UserError
from engine.jobs import Cancelled, CancelToken, Job
from engine.sae.runs import run_folder

SETTINGS = RunSettings("topk", features=12, k=2, epochs=6, batch_size=20, seed=3, patience=40)
PROVENANCE = {"model": {"fingerprint": "f" * 64}}


@pytest.fixture(scope="module")
def vectors():
    rows = np.random.default_rng(0).normal(size=(120, 8)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def train(folder, name, vectors, settings=SETTINGS, **options):
    return train_run(run_folder(folder, name), vectors, settings, PROVENANCE, **options)


def pause_after(folder, name, vectors, points, **options):
    """Train until some points of the curve are there, then cancel."""
    cancel, seen = CancelToken(), []

    def on_point(point):
        seen.append(point)
        if len(seen) == points:
            cancel.cancel()

    with pytest.raises(Cancelled):
        train(folder, name, vectors, job=Job(cancel), on_point=on_point, **options)


def test_a_paused_run_says_what_it_was_asked_for_and_goes_on_to_the_same_end(tmp_path, vectors):
    whole = train(tmp_path, "whole", vectors)
    pause_after(tmp_path, "cut", vectors, 9)
    paused = saved_run(run_folder(tmp_path, "cut"))
    assert (paused.status, paused.step, paused.steps, len(paused.curve)) == ("paused", 9, 30, 9)
    assert paused.settings == SETTINGS
    assert paused.resumable
    assert paused.heldout.fvu == paused.curve[-1].heldout_fvu
    resumed = train(tmp_path, "cut", vectors, None, resume=True)
    assert resumed.curve == whole.curve
    assert resumed.heldout == whole.heldout
    ended = saved_run(run_folder(tmp_path, "cut"))
    assert (ended.status, ended.step, ended.settings) == ("finished", 30, SETTINGS)
    assert not ended.resumable


def test_a_run_that_is_ended_early_keeps_its_features_and_can_go_on(tmp_path, vectors):
    steps = []

    def finish():
        steps.append(1)
        return len(steps) == 12

    result = train(tmp_path, "early", vectors, finish=finish)
    assert (result.stopped_early, result.steps) == (True, 12)
    run = saved_run(run_folder(tmp_path, "early"))
    assert (run.status, run.step, run.steps, run.resumable) == ("stopped early", 12, 30, True)
    assert train(tmp_path, "early", vectors, None, resume=True).steps == 30
    assert saved_run(run_folder(tmp_path, "early")).status == "finished"


def test_runs_are_listed_newest_first_and_broken_ones_left_out(tmp_path, vectors):
    train(tmp_path, "first", vectors)
    pause_after(tmp_path, "second", vectors, 3)
    broken = run_folder(tmp_path, "broken")
    broken.mkdir()
    (broken / "training_state.safetensors").write_bytes(b"nothing")
    run_folder(tmp_path, "empty").mkdir()
    assert [(run.name, run.status) for run in training_runs(tmp_path)] == [
        ("second", "paused"),
        ("first", "finished"),
    ]
    with pytest.raises(UserError, match="cannot read the training state"):
        saved_run(broken)
    with pytest.raises(UserError, match="nothing to resume"):
        train(tmp_path, "empty", vectors, None, resume=True)


def test_a_deleted_run_is_gone_but_not_while_it_is_trained(tmp_path, vectors):
    train(tmp_path, "one", vectors)
    with writing(run_folder(tmp_path, "one")), pytest.raises(UserError, match="another task"):
        delete_run(tmp_path, "one")
    assert len(training_runs(tmp_path)) == 1
    delete_run(tmp_path, "one")
    assert training_runs(tmp_path) == ()
    assert [path.name for path in tmp_path.iterdir()] == ["saes"]
    with pytest.raises(UserError, match="no features called 'one'"):
        delete_run(tmp_path, "one")
    with pytest.raises(UserError, match="is no name"):
        delete_run(tmp_path, "../one")
    train(tmp_path, "one", vectors)


@pytest.mark.parametrize(("rows", "features", "k"), [(1_000, 64, 8), (10_000, 256, 32), (100_000, 1024, 32)])
def test_the_suggested_size_follows_the_rule_of_thumb(rows, features, k):
    suggested = suggested_settings(rows, 384)
    assert (suggested.features, suggested.k) == (features, k)
    assert suggested_settings(rows, 4).features <= 32


@pytest.mark.parametrize(
    ("rows", "size"), [(200, 16), (667, 32), (4_000, 256), (13_000, 512), (14_200, 1024), (10**6, 1024)]
)
def test_the_suggested_batches_make_steps_enough(rows, size):
    suggested = suggested_settings(rows, 384)
    assert suggested.batch_size == size
    steps = suggested.epochs * (rows * 19 // 20 // size)
    assert steps >= 500 or size == 16
    assert size == 1024 or suggested.epochs * (rows * 19 // 20 // (2 * size)) < 500
