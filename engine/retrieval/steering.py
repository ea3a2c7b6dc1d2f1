"""Turning features of a query up or down: a vector moved along the features' own directions."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.concepts.dictionary import Dictionary
from engine.concepts.ledger import decompose
from engine.corpus.vectors import FloatArray
from engine.errors import UserError

LARGEST_WEIGHT = 5.0
UNIT_QUANTILE = 0.99


@dataclass(frozen=True)
class SteeredFeature:
    """One feature that was turned.

    Attributes:
        feature: its number.
        weight: in units of
        scale: its 99th percentile among the documents on which it is active: a weight of 1 adds as much
            of it as a document has that is all about it.
        before: its activation on the query as it was.
    """

    feature: int
    weight: float
    scale: float
    before: float


@dataclass(frozen=True)
class Steered:
    """A steered query.

    Attributes:
        vector: (D,) the new vector, as long as the old one.
        drift: cosine of new and old: 1 for no change, lower the further it went.
        features: what was turned, in ascending order.
    """

    vector: FloatArray
    drift: float
    features: tuple[SteeredFeature, ...]


def check_weights(weights: Mapping[int, float], features: int | None = None) -> None:
    """Refuse weights that cannot be used.

    Args:
        weights: feature to weight.
        features: how many features there are, where that is known.

    Raises:
        UserError: there is no such feature, or a weight is no number from -5 to 5.
    """
    for feature, weight in weights.items():
        if feature < 0 or (features is not None and feature >= features):
            there = "features count from 0" if features is None else f"there are 0 to {features - 1}"
            raise UserError(f"there is no feature {feature}; {there}")
        if not (math.isfinite(weight) and abs(weight) <= LARGEST_WEIGHT):
            raise UserError(
                f"feature {feature}: the weight {weight:g} is out of range; choose one from "
                f"{-LARGEST_WEIGHT:g} to {LARGEST_WEIGHT:g}"
            )


def steer(dictionary: Dictionary, vector: FloatArray, weights: Mapping[int, float]) -> Steered:
    """Return a query vector with features turned up or down.

    The new vector is e + sum over f of w_f scale_f d_f, brought back to the length of e: d_f is the
    feature's row of the decoder, scale_f its 99th percentile among the documents on which it is active.

    Args:
        dictionary: the features, trained on vectors of the query's model.
        vector: e (D,).
        weights: w_f by feature, each from -5 to 5; 0 leaves a feature as it is.

    Raises:
        UserError: there is no such feature, it is active on no document, a weight is out of range, or
            nothing is left of the query.
    """
    check_weights(weights, dictionary.features)
    (parts,) = decompose(dictionary.sae, vector)
    active = dict(zip(parts.features.tolist(), parts.activations.tolist(), strict=True))
    wide = vector.astype(np.float64)
    moved, turned = wide.copy(), []
    for feature in sorted(weights):
        scale = unit_of(dictionary, feature)
        turned.append(SteeredFeature(feature, weights[feature], scale, active.get(feature, 0.0)))
        # What the autoencoder's layer normalisation divided the vector by is put back; 1 without.
        moved += weights[feature] * scale * parts.scale * dictionary.decoder[feature].astype(np.float64)
    length, before = float(np.linalg.norm(moved)), float(np.linalg.norm(wide))
    if length < 1e-6 * before or before == 0:
        raise UserError("these weights leave nothing of the query; choose smaller ones")
    drift = float(moved @ wide) / (length * before)
    return Steered((moved * (before / length)).astype(np.float32), drift, tuple(turned))


def unit_of(dictionary: Dictionary, feature: int) -> float:
    """Return the 99th percentile of a feature's activations on the documents on which it is active.

    Raises:
        UserError: it is active on none.
    """
    _, values = dictionary.codes.feature(feature)
    if not len(values):
        raise UserError(f"feature {feature} is active on no document, so it has no scale; choose another")
    return float(np.quantile(values, UNIT_QUANTILE))
