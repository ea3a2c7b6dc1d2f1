"""Steering against its formula in float64."""

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from engine.concepts.codes import Codes
from engine.concepts.dictionary import Dictionary
from engine.concepts.ledger import decompose
from engine.errors import UserError
from engine.retrieval.steering import check_weights, steer
from engine.sae.architectures import SAEConfig, SparseAutoencoder

DIMENSION, FEATURES = 8, 6


@pytest.fixture(params=[False, True], ids=["plain", "layer norm"])
def dictionary(request) -> Dictionary:
    sae = SparseAutoencoder(SAEConfig("batchtopk", DIMENSION, FEATURES, k=2, layer_norm=request.param))
    codes = np.zeros((200, FEATURES), dtype=np.float32)
    codes[:101, 1] = np.arange(100, 201) / 100  # 1.00 to 2.00: its 99th percentile is 1.99
    codes[:2, 4] = 0.5
    return Dictionary(
        "made up", Path("nowhere"), sae.requires_grad_(False), None, Codes(csr_array(codes)), {}
    )


@pytest.fixture
def vector() -> np.ndarray:
    return (2 * np.random.default_rng(0).normal(size=DIMENSION)).astype(np.float32)


def test_the_vector_is_that_of_the_formula(dictionary, vector):
    steered = steer(dictionary, vector, {4: -2.0, 1: 0.5})
    e = vector.astype(np.float64)
    scale = e.std(ddof=1) if dictionary.sae.config.layer_norm else 1.0
    moved = e + scale * (0.5 * 1.99 * dictionary.decoder[1] - 2.0 * 0.5 * dictionary.decoder[4])
    wanted = moved * np.linalg.norm(e) / np.linalg.norm(moved)
    assert steered.vector == pytest.approx(wanted, abs=1e-5)
    assert steered.drift == pytest.approx(e @ wanted / (e @ e), abs=1e-6)
    assert [(f.feature, f.weight) for f in steered.features] == [(1, 0.5), (4, -2.0)]
    assert [f.scale for f in steered.features] == pytest.approx([1.99, 0.5])


def test_no_weight_changes_nothing(dictionary, vector):
    for weights in ({}, {1: 0.0}):
        steered = steer(dictionary, vector, weights)
        assert steered.vector == pytest.approx(vector)
        assert steered.drift == pytest.approx(1)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({6: 1.0}, "there is no feature 6; there are 0 to 5"),
        ({-1: 1.0}, "there is no feature -1"),
        ({1: 5.01}, "weight 5.01 is out of range; choose one from -5 to 5"),
        ({1: float("nan")}, "weight nan is out of range"),
        ({1: float("-inf")}, "weight -inf is out of range"),
        ({2: 1.0}, "feature 2 is active on no document"),
    ],
)
def test_bad_weights_are_refused(dictionary, vector, weights, message):
    with pytest.raises(UserError, match=message):
        steer(dictionary, vector, weights)


def test_the_ends_of_the_range_are_allowed():
    check_weights({0: 5.0, 1: -5.0})


def test_nothing_left_of_the_query_is_said(dictionary):
    row = dictionary.decoder[1]
    (parts,) = decompose(dictionary.sae, row)
    with pytest.raises(UserError, match="leave nothing of the query"):
        steer(dictionary, row, {1: -1 / (1.99 * parts.scale)})
