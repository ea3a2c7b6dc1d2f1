"""Shuffled batches of vectors from a memory map, in bounded memory and in an order fixed by a seed.

Each epoch shuffles blocks of neighbouring rows, reads a few blocks at a time into a buffer, and shuffles
the rows of the buffer. So the disk is read in long runs, yet the rows of a batch come from all over. The
order depends on the seed and the epoch alone: the position is two numbers, and going on from a position
gives the very batches that an uninterrupted pass would have given.
"""

import hashlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.errors import UserError
from engine.jobs import Job

Vectors = npt.NDArray[np.float32]

MINIMUM_ROWS = 20
_SCAN_ROWS = 8192


class Position(NamedTuple):
    """Which batch comes next: `batch` (from 0) of `epoch` (from 0)."""

    epoch: int
    batch: int


START = Position(0, 0)


class ActivationStore:
    """Vectors split into rows to train on and rows held out.

    Rows are held out by a hash of their content, so equal vectors fall on the same side, whatever their
    order. One scan at the start refuses bad rows and takes the statistics.

    Attributes:
        held_out_rows: (H,) int64, ascending.
        training_count: number of rows to train on.
        mean: (D,) float64, of the training rows.
        variance: mean squared distance of the training rows to `mean`.
        fingerprint: SHA-256 of all rows' hashes, hexadecimal: the same vectors give the same one.

    Args:
        vectors: (N, D) float32 or float16, an array or a memory map, at least 20 rows.
        batch_size: rows a batch; all training rows if there are fewer.
        seed: of the order of the batches.
        held_out: share of the rows held out, at most `max_held_out` rows and at least two
            that differ.
        max_held_out: see `held_out`.
        block_rows: rows read in one run.
        buffer_blocks: blocks shuffled together; memory is `block_rows * buffer_blocks` rows, twice.
        job: progress of the scan, and its cancel token.

    Raises:
        UserError: the shape or type is wrong, there are too few rows, a row has NaN or infinite numbers,
            or all rows are equal.
        Cancelled: the job was cancelled.
    """

    def __init__(
        self,
        vectors: npt.NDArray[np.floating[Any]],
        batch_size: int = 1024,
        seed: int = 0,
        held_out: float = 0.05,
        max_held_out: int = 20_000,
        block_rows: int = 512,
        buffer_blocks: int = 64,
        job: Job | None = None,
    ) -> None:
        if vectors.ndim != 2 or vectors.dtype not in (np.float32, np.float16):
            raise UserError(
                f"vectors must be a table of 16- or 32-bit floats, not {vectors.dtype} of shape"
                f" {vectors.shape}"
            )
        if len(vectors) < MINIMUM_ROWS or vectors.shape[1] == 0:
            raise UserError(
                f"{len(vectors)} vectors are too few to train on; add documents, {MINIMUM_ROWS} at least"
            )
        if batch_size < 1 or not 0 < held_out < 1:
            raise UserError(f"a batch of {batch_size} rows with {held_out} held out cannot be made")
        self._vectors, self._seed = vectors, seed
        self._block_rows, self._buffer_blocks = block_rows, buffer_blocks
        hashes = self._scan(job or Job())
        count = min(max(1, round(held_out * len(vectors))), max_held_out)
        limit = np.partition(hashes, count - 1)[count - 1]
        # Two different rows are the least that have a spread to measure errors against.
        others = hashes[hashes > hashes.min()]
        is_held_out = hashes <= (max(limit, others.min()) if len(others) else limit)
        if is_held_out.all():
            raise UserError("all vectors are equal; there is nothing to learn from them")
        self.held_out_rows = np.flatnonzero(is_held_out)
        self._is_training = ~is_held_out
        self.training_count = int(self._is_training.sum())
        self.batch_size = min(batch_size, self.training_count)
        self.fingerprint = hashlib.sha256(hashes.tobytes()).hexdigest()
        self.mean, self.variance = self._statistics()
        if not self.variance > 0:
            raise UserError("all vectors are equal; there is nothing to learn from them")

    @property
    def dimension(self) -> int:
        """Length of a vector, D."""
        return int(self._vectors.shape[1])

    @property
    def row_count(self) -> int:
        """How many vectors there are, N, those held out included."""
        return len(self._vectors)

    @property
    def order_key(self) -> list[int]:
        """What the order of the batches depends on besides the vectors."""
        return [self._seed, self.batch_size, self._block_rows, self._buffer_blocks, len(self.held_out_rows)]

    @property
    def batches_per_epoch(self) -> int:
        """Whole batches in an epoch; up to one batch of rows, other ones each time, is left out."""
        return self.training_count // self.batch_size

    def held_out(self, limit: int | None = None) -> Tensor:
        """Return the first `limit` held-out vectors, (H, D); all of them by default."""
        return torch.from_numpy(self._read(self.held_out_rows[:limit]))

    @property
    def training_rows(self) -> npt.NDArray[np.int64]:
        """The rows to train on, ascending."""
        return np.flatnonzero(self._is_training)

    def at(self, rows: npt.NDArray[np.int64]) -> Tensor:
        """Return the vectors of some rows, (n, D)."""
        return torch.from_numpy(self._read(rows))

    def training_sample(self, limit: int) -> Tensor:
        """Return up to `limit` training vectors, (n, D), evenly spread over the store."""
        rows = self.training_rows
        return torch.from_numpy(self._read(rows[:: -(-len(rows) // limit)]))

    def batches(self, position: Position = START) -> Iterator[tuple[Position, Tensor]]:
        """Yield batches (batch_size, D) without end from `position`, each with the position after it."""
        epoch, first = position
        while True:
            for number, batch in self._epoch(epoch, first):
                after = Position(epoch, number + 1)
                yield (Position(epoch + 1, 0) if after.batch == self.batches_per_epoch else after), batch
            epoch, first = epoch + 1, 0

    def _epoch(self, epoch: int, first: int) -> Iterator[tuple[int, Tensor]]:
        size = self.batch_size
        skip, number = first * size, first
        rest = np.empty((0, self.dimension), dtype=np.float32)
        for rows in self._buffers(epoch):
            if skip >= len(rows):
                skip -= len(rows)
                continue
            # Sorted reading is sequential on disk; the shuffle then happens in memory.
            order = np.argsort(rows[skip:])
            buffer = np.empty((len(order), self.dimension), dtype=np.float32)
            buffer[order] = self._vectors[rows[skip:][order]]
            skip = 0
            rest = np.concatenate([rest, buffer])
            while len(rest) >= size and number < self.batches_per_epoch:
                # torch's own memory is aligned alike in every run, so products give the same bits.
                batch = torch.empty(size, self.dimension)
                batch.copy_(torch.from_numpy(rest[:size]))
                yield number, batch
                rest, number = rest[size:], number + 1

    def _buffers(self, epoch: int) -> Iterator[npt.NDArray[np.int64]]:
        """Yield the training rows of each buffer of an epoch, in their shuffled order."""
        generator = np.random.default_rng([self._seed, epoch])
        starts = generator.permutation(np.arange(0, len(self._vectors), self._block_rows))
        for at in range(0, len(starts), self._buffer_blocks):
            blocks = starts[at : at + self._buffer_blocks, None] + np.arange(self._block_rows)
            rows = blocks[blocks < len(self._vectors)]
            yield generator.permutation(rows[self._is_training[rows]])

    def _read(self, rows: slice | npt.NDArray[np.int64]) -> Vectors:
        return np.asarray(self._vectors[rows], dtype=np.float32)

    def _scan(self, job: Job) -> npt.NDArray[np.uint64]:
        """Return a hash (N,) of every row, and refuse rows that are not finite."""
        generator = np.random.default_rng(0)
        factors = generator.integers(0, 2**63, self.dimension, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
        hashes = np.empty(len(self._vectors), dtype=np.uint64)
        for start in range(0, len(self._vectors), _SCAN_ROWS):
            job.step("checking the vectors", start / len(self._vectors))
            rows = np.ascontiguousarray(self._read(slice(start, start + _SCAN_ROWS)))
            finite = np.isfinite(rows).all(axis=1)
            if not finite.all():
                row = start + int(np.argmin(finite))
                raise UserError(f"vector {row} has numbers that are not finite; make the vectors anew")
            mixed = (rows.view(np.uint32) * factors).sum(axis=1, dtype=np.uint64)
            mixed ^= mixed >> np.uint64(32)
            mixed *= np.uint64(0x9E3779B97F4A7C15)
            hashes[start : start + len(rows)] = mixed ^ (mixed >> np.uint64(29))
        return hashes

    def _statistics(self) -> tuple[npt.NDArray[np.float64], float]:
        total = np.zeros(self.dimension)
        for rows in self._training_chunks():
            total += rows.sum(axis=0, dtype=np.float64)
        mean = total / self.training_count
        squares = 0.0
        for rows in self._training_chunks():
            squares += float(np.square(rows - mean).sum())
        return mean, squares / self.training_count

    def _training_chunks(self) -> Iterator[Vectors]:
        for start in range(0, len(self._vectors), _SCAN_ROWS):
            kept = self._is_training[start : start + _SCAN_ROWS]
            yield self._read(slice(start, start + _SCAN_ROWS))[kept]
