"""Vectors from files: what they hold is what is read, and everything else is refused in one line."""

import json

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_torch

from engine.errors import UserError
from engine.sae.activation_store import ActivationStore
from engine.sae.vector_files import open_vectors

ROWS = np.random.default_rng(0).normal(size=(40, 5)).astype(np.float32)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("name", ["v.npy", "v.safetensors"])
def test_a_file_holds_its_rows(tmp_path, dtype, name):
    path, rows = tmp_path / name, ROWS.astype(dtype)
    if name == "v.npy":
        np.save(path, rows)
    else:
        save_file({"ids": np.arange(40), "embeddings": rows}, path)
    found = open_vectors(path)
    assert isinstance(found, np.memmap)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, rows)


def test_half_precision_trains_as_its_rows_in_single(tmp_path):
    half = ROWS.astype(np.float16)
    np.save(tmp_path / "v.npy", half)
    one = ActivationStore(open_vectors(tmp_path / "v.npy"), batch_size=8)
    other = ActivationStore(half.astype(np.float32), batch_size=8)
    assert (one.fingerprint, one.variance) == (other.fingerprint, other.variance)
    assert torch.equal(next(one.batches())[1], next(other.batches())[1])
    assert torch.equal(one.held_out(), other.held_out())
    assert next(one.batches())[1].dtype == torch.float32
    assert one.training_sample(10).dtype == torch.float32
    assert one.row_count == 40


def header_only(path, dtype="F32", shape=(4, 2), offsets=(0, 32), data=bytes(32)):
    header = json.dumps({"v": {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + data)


def test_a_hand_made_safetensors_file(tmp_path):
    numbers = np.arange(8, dtype="<f4").reshape(4, 2)
    header_only(tmp_path / "v.safetensors", data=numbers.tobytes())
    np.testing.assert_array_equal(open_vectors(tmp_path / "v.safetensors"), numbers)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: np.save(path, np.array([{"a": 1}], dtype=object)), "not a whole .npy file"),
        (lambda path: np.save(path, ROWS[0]), r"float32 of shape \(5,\)"),
        (lambda path: np.save(path, ROWS.astype(np.int64)), "int64 of shape"),
        (lambda path: path.write_bytes(b""), "not a whole .npy file"),
        (lambda path: path.write_bytes(b"\x80\x04garbage"), "not a whole .npy file"),
        (lambda path: None, "cannot read .*No such file"),
        (lambda path: path.mkdir(), "cannot read"),
    ],
)
def test_what_is_no_npy_of_vectors(tmp_path, make, message):
    make(tmp_path / "v.npy")
    with pytest.raises(UserError, match=message):
        open_vectors(tmp_path / "v.npy")


def test_a_cut_npy(tmp_path):
    np.save(tmp_path / "v.npy", ROWS)
    (tmp_path / "v.npy").write_bytes((tmp_path / "v.npy").read_bytes()[:-4])
    with pytest.raises(UserError, match="not a whole"):
        open_vectors(tmp_path / "v.npy")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: save_file({"a": ROWS, "b": ROWS}, path), "holds a, b; save a file with one matrix"),
        (lambda path: save_file({"a": ROWS[0]}, path), "holds a; save"),
        (lambda path: save_torch({"a": torch.zeros(3, 2, dtype=torch.bfloat16)}, path), "a is of type BF16"),
        (lambda path: header_only(path, data=bytes(31)), "not a whole"),
        (lambda path: header_only(path, offsets=(0, 28)), "not a whole"),
        (lambda path: header_only(path, shape=(-4, -2)), "not a whole"),
        (lambda path: path.write_bytes(b"\xff" * 20), "not a whole"),
        (lambda path: path.write_bytes(b"\x02" + bytes(7) + b"[]"), "not a whole"),
        (lambda path: path.write_bytes(b""), "not a whole"),
    ],
)
def test_what_is_no_safetensors_of_vectors(tmp_path, make, message):
    make(tmp_path / "v.safetensors")
    with pytest.raises(UserError, match=message):
        open_vectors(tmp_path / "v.safetensors")


def test_other_suffixes(tmp_path):
    with pytest.raises(UserError, match=r"\.npy or \.safetensors"):
        open_vectors(tmp_path / "v.pt")
