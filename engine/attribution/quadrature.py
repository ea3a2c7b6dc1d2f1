"""Nodes and weights for an integral along the path from a reference to a text.

The integrand of integrated Jacobians is sharply peaked in the middle of the path. A sinh map with
centre `a` and width `b` (the usual remedy for a nearby complex pole, Johnston and Elliott 2005,
doi:10.1002/nme.1208) stretches the peak so that few Gauss-Legendre nodes integrate it well. Where the
peak lies is read off a pilot: forward passes only, which give the embedding along the path and with it
the derivative of the whole path, from which the error of any rule can be predicted before it is used.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

NODE_COUNTS = (4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 22, 24, 28, 32, 40, 48, 64, 96, 128)
PILOT_SIZES = (12, 24, 48, 96, 192)
# The pilot samples through a map of its own: measured peaks lie at .4 to .5 of the path, .04 to .12 wide.
_PILOT_CENTRE, _PILOT_WIDTH = 0.45, 0.1
# How many node counts back the rate of convergence is measured.
_RATE_OVER = 4
_BLIND_NODES = 48
_CENTRES = tuple(np.linspace(0.05, 0.95, 19))
_WIDTHS = tuple(np.geomspace(0.02, 2.0, 14))


@dataclass(frozen=True)
class Rule:
    """A quadrature rule on [0, 1].

    Attributes:
        nodes: (n,) positions on the path, 0 at the reference and 1 at the text.
        weights: (n,) their weights.
        predicted_error: of the integral of the whole path's derivative, relative to its norm.
    """

    nodes: Array
    weights: Array
    predicted_error: float


def sinh_rule(count: int, centre: float, width: float) -> tuple[Array, Array]:
    """Return nodes and weights (count,) of Gauss-Legendre under `alpha = centre + width sinh(u)`."""
    x, w = _gauss_legendre(count)
    low, high = np.arcsinh(-centre / width), np.arcsinh((1 - centre) / width)
    u = low + (high - low) * (x + 1) / 2
    return centre + width * np.sinh(u), w / 2 * (high - low) * width * np.cosh(u)


@functools.cache
def _gauss_legendre(count: int) -> tuple[Array, Array]:
    return np.polynomial.legendre.leggauss(count)


def _pilot_nodes(size: int) -> Array:
    """Return (size + 1,) Chebyshev points of the second kind, mapped; doubling the size keeps the old."""
    t = np.cos(np.pi * np.arange(size + 1) / size)
    return _from_pilot_coordinate(t)


def _from_pilot_coordinate(t: Array) -> Array:
    low, high = _pilot_limits()
    return _PILOT_CENTRE + _PILOT_WIDTH * np.sinh(low + (high - low) * (t + 1) / 2)


def _pilot_limits() -> tuple[float, float]:
    return (
        float(np.arcsinh(-_PILOT_CENTRE / _PILOT_WIDTH)),
        float(np.arcsinh((1 - _PILOT_CENTRE) / _PILOT_WIDTH)),
    )


@functools.lru_cache(maxsize=64)
def _rule_responses(count: int, size: int) -> tuple[Array, Array, Array]:
    """Return how every candidate rule of `count` nodes integrates the derivative of each basis function.

    Returns:
        centres and widths (R,) of the candidates, and responses (R, size + 1): entry [r, m] is the
        rule's integral of d/d alpha of the m-th Chebyshev polynomial in the pilot's coordinate.
    """
    low, high = _pilot_limits()
    centres, widths = (grid.ravel() for grid in np.meshgrid(_CENTRES, _WIDTHS, indexing="ij"))
    rules = [sinh_rule(count, a, b) for a, b in zip(centres, widths, strict=True)]
    nodes, weights = (np.array(part) for part in zip(*rules, strict=True))  # (R, count) each
    u = np.arcsinh((nodes - _PILOT_CENTRE) / _PILOT_WIDTH)
    angle = np.arccos(np.clip(2 * (u - low) / (high - low) - 1, -1 + 1e-12, 1 - 1e-12))
    dt_dalpha = 2 / ((high - low) * _PILOT_WIDTH * np.cosh(u))
    order = np.arange(size + 1)
    # d/dt of T_m(t) is m sin(m angle) / sin(angle) at t = cos(angle).
    slopes = order * np.sin(order * angle[..., None]) / np.sin(angle)[..., None]  # (R, count, size + 1)
    return centres, widths, np.einsum("rc,rcm->rm", weights * dt_dalpha, slopes)


@dataclass(frozen=True)
class Pilot:
    """The embedding along the path, as a Chebyshev series in the pilot's coordinate.

    Attributes:
        coefficients: (N, D) of the series, in float64.
        start: (D,) embedding of the reference.
        end: (D,) embedding of the text.
        resolution: norm of what the series leaves out, relative to the length of the path.
    """

    coefficients: Array
    start: Array
    end: Array
    resolution: float

    def best_rule(self, tolerance: float) -> Rule:
        """Return the smallest rule whose predicted relative error is within `tolerance`.

        The error falls geometrically with the number of nodes. Where `tolerance` lies below what the
        pilot's own rounding lets it see, the rest of the way is extrapolated.
        """
        delta = self.end - self.start
        scale = max(float(np.linalg.norm(delta)), 1e-12)
        size = len(self.coefficients) - 1
        seen: list[tuple[int, float, float, float]] = []  # nodes, log of what is missed, centre, width
        for count in NODE_COUNTS:
            centres, widths, responses = _rule_responses(count, size)
            misses = np.linalg.norm(responses @ self.coefficients - delta, axis=1) / scale
            pick = int(np.argmin(misses))
            # What the series leaves out adds to what the rule misses.
            error = float(np.hypot(misses[pick], self.resolution))
            if error <= tolerance:
                return Rule(*sinh_rule(count, centres[pick], widths[pick]), error)
            if misses[pick] <= self.resolution:
                break
            seen.append((count, float(np.log(misses[pick])), centres[pick], widths[pick]))
        if len(seen) <= _RATE_OVER:
            # A path that hardly moves says nothing of where its tokens do.
            return Rule(*sinh_rule(_BLIND_NODES, _PILOT_CENTRE, _PILOT_WIDTH), self.resolution)
        last, before = seen[-1], seen[-1 - _RATE_OVER]
        rate = max((before[1] - last[1]) / (last[0] - before[0]), 1e-3)  # per node
        wanted = last[0] + (last[1] - np.log(tolerance)) / rate
        count = next((n for n in NODE_COUNTS if n >= wanted), NODE_COUNTS[-1])
        predicted = float(np.exp(last[1] - rate * (count - last[0])))
        return Rule(*sinh_rule(count, last[2], last[3]), predicted)


def run_pilot(path: Callable[[Array], Array], tolerance: float) -> Pilot:
    """Sample the embedding along the path until its series is resolved well below `tolerance`.

    Args:
        path: maps positions (n,) on the path to embeddings (n, D).
        tolerance: relative error that the quadrature is to reach.
    """
    values = path(_pilot_nodes(PILOT_SIZES[0]))
    for size in PILOT_SIZES:
        if size > PILOT_SIZES[0]:
            refined = np.empty((size + 1, values.shape[1]))
            refined[::2] = values
            refined[1::2] = path(_pilot_nodes(size)[1::2])
            values = refined
        coefficients = _series(values)
        scale = max(float(np.linalg.norm(values[0] - values[-1])), 1e-12)
        # A tail of the series times its order bounds what the tail does to the derivative.
        tail = float(np.linalg.norm(coefficients[-(size // 6) :])) * size / scale
        if tail <= tolerance / 2:
            break
    return Pilot(coefficients, values[-1], values[0], tail)


def _series(values: Array) -> Array:
    """Return Chebyshev coefficients (N + 1, D) of the interpolant through second-kind points."""
    size = len(values) - 1
    k = np.arange(size + 1)
    halves = np.where((k == 0) | (k == size), 0.5, 1.0)
    cosines = np.cos(np.pi * np.outer(k, k) / size)
    coefficients: Array = (2 / size) * halves[:, None] * (cosines @ (halves[:, None] * values))
    return coefficients
