"""Batches from a memory map: every row once an epoch, any position, and bad vectors refused."""

import itertools

import numpy as np
import pytest
import torch

from engine.errors import UserError
from engine.jobs import Cancelled, CancelToken, Job
from engine.sae.activation_store import ActivationStore, Position


def numbered(count=200):
    """Rows that can be told apart by their first number."""
    rows = np.random.default_rng(0).normal(size=(count, 3)).astype(np.float32)
    rows[:, 0] = np.arange(count)
    return rows


def store(vectors=None, **settings):
    defaults = {"batch_size": 16, "held_out": 0.1, "block_rows": 8, "buffer_blocks": 3}
    return ActivationStore(numbered() if vectors is None else vectors, **defaults | settings)


def take(batches, count):
    return [(position, batch[:, 0].tolist()) for position, batch in itertools.islice(batches, count)]


def test_every_training_row_once_an_epoch():
    one = store(batch_size=10)
    assert (one.training_count, one.batches_per_epoch) == (180, 18)
    first, second = take(one.batches(), 18), take(one.batches(Position(1, 0)), 18)
    rows = [row for _, batch in first for row in batch]
    expected = sorted(set(range(200)) - set(one.held_out_rows.tolist()))
    assert sorted(rows) == expected
    assert sorted(row for _, batch in second for row in batch) == expected
    assert rows != [row for _, batch in second for row in batch]
    assert first[-1][0] == Position(1, 0)
    # Rows of a batch come from several blocks.
    assert len({int(row) // 8 for row in first[0][1]}) > 2


def test_going_on_from_any_position():
    batches = take(store().batches(), 30)
    for done in range(len(batches)):
        position = batches[done][0]
        assert take(store().batches(position), 3) == take(
            itertools.islice(store().batches(), done + 1, None), 3
        )


def test_seed_decides_the_order():
    assert take(store(seed=1).batches(), 5) == take(store(seed=1).batches(), 5)
    assert take(store(seed=1).batches(), 5) != take(store(seed=2).batches(), 5)
    assert store(seed=1).held_out_rows.tolist() == store(seed=2).held_out_rows.tolist()


def test_equal_vectors_fall_on_the_same_side():
    vectors = np.repeat(numbered(40), 5, axis=0)
    held = store(vectors).held_out()[:, 0].tolist()
    assert len(held) % 5 == 0
    assert all(held.count(row) == 5 for row in held)


def test_two_different_rows_are_held_out_at_least():
    assert len(set(store(numbered(20), held_out=0.01).held_out()[:, 0].tolist())) == 2
    held = store(np.repeat(numbered(20), 3, axis=0), held_out=0.01).held_out()[:, 0].tolist()
    assert (len(held), len(set(held))) == (6, 2)


def test_statistics_and_memory_map(tmp_path):
    path = tmp_path / "vectors.npy"
    np.save(path, numbered())
    one = store(np.load(path, mmap_mode="r"))
    training = np.delete(numbered().astype(np.float64), one.held_out_rows, axis=0)
    np.testing.assert_allclose(one.mean, training.mean(axis=0))
    assert one.variance == pytest.approx(training.var(axis=0).sum())
    assert torch.equal(one.held_out(4), torch.from_numpy(numbered()[one.held_out_rows[:4]]))
    assert len(one.held_out()) == 20
    assert len(one.training_sample(50)) == 45
    assert one.fingerprint == store().fingerprint
    changed = numbered()
    changed[7, 1] += 1
    assert one.fingerprint != store(changed).fingerprint


def test_fewer_rows_than_a_batch():
    one = store(batch_size=1000)
    assert (one.batch_size, one.batches_per_epoch) == (180, 1)
    assert len(take(one.batches(), 1)[0][1]) == 180


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_rows_that_are_not_finite(value):
    vectors = numbered()
    vectors[137, 2] = value
    with pytest.raises(UserError, match=r"vector 137 .* not finite"):
        store(vectors)


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        (np.zeros((30, 4), dtype=np.float64), "32-bit floats"),
        (np.zeros(30, dtype=np.float32), "32-bit floats"),
        (numbered(5), "5 vectors are too few"),
        (np.ones((30, 4), dtype=np.float32), "all vectors are equal"),
    ],
)
def test_bad_vectors(vectors, message):
    with pytest.raises(UserError, match=message):
        store(vectors)


def test_cancelled_scan():
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        store(job=Job(token))
