"""Quadrature rules against closed forms, and the pilot's prediction against the error that comes true."""

import numpy as np
import pytest

from engine.attribution.quadrature import NODE_COUNTS, PILOT_SIZES, run_pilot, sinh_rule


def peak(alpha, centre, width):
    """A bell with poles at centre +- i width, as the derivative along a real path has."""
    return width / ((alpha - centre) ** 2 + width**2)


def peak_integral(alpha, centre, width):
    return np.arctan((alpha - centre) / width)


class Path:
    """A path in three dimensions whose derivative and end points are known."""

    def __init__(self, centre=0.42, width=0.06):
        self.centre, self.width = centre, width
        self.asked = []

    def __call__(self, alpha):
        self.asked.append(np.asarray(alpha))
        return np.stack(
            [peak_integral(alpha, self.centre, self.width), alpha**2, np.exp(alpha) + 3 * alpha], axis=1
        )

    def derivative(self, alpha):
        return np.stack([peak(alpha, self.centre, self.width), 2 * alpha, np.exp(alpha) + 3], axis=1)

    def real_error(self, rule):
        start, end = self(np.array([0.0, 1.0]))
        integral = rule.weights @ self.derivative(rule.nodes)
        return np.linalg.norm(integral - (end - start)) / np.linalg.norm(end - start)


@pytest.mark.parametrize(("centre", "width"), [(0.5, 2.0), (0.05, 0.5), (0.45, 0.2), (0.95, 0.3)])
@pytest.mark.parametrize("power", range(6))
def test_polynomials(centre, width, power):
    nodes, weights = sinh_rule(32, centre, width)
    assert weights @ nodes**power == pytest.approx(1 / (power + 1), rel=1e-9)


@pytest.mark.parametrize("count", [4, 17, 128])
def test_nodes_lie_on_the_path_in_order(count):
    nodes, weights = sinh_rule(count, 0.3, 0.05)
    assert nodes.shape == weights.shape == (count,)
    assert nodes[0] > 0
    assert nodes[-1] < 1
    assert np.all(np.diff(nodes) > 0)
    assert np.all(weights > 0)


@pytest.mark.parametrize(
    ("integrand", "integral", "centre", "width"),
    [
        # Runge's function, 1 / (1 + 25 x^2) on [-1, 1], brought to [0, 1].
        (lambda a: 1 / (1 + 25 * (2 * a - 1) ** 2), np.arctan(5) / 5, 0.5, 0.1),
        (lambda a: peak(a, 0.4, 0.04), peak_integral(1, 0.4, 0.04) - peak_integral(0, 0.4, 0.04), 0.4, 0.04),
    ],
)
def test_a_peak_needs_the_map(integrand, integral, centre, width):
    def error(rule):
        nodes, weights = rule
        return abs(weights @ integrand(nodes) / integral - 1)

    assert error(sinh_rule(16, centre, width)) < 1e-4
    assert error(sinh_rule(16, 0.5, 50.0)) > 1e-3  # so wide a map is plain Gauss-Legendre
    assert error(sinh_rule(16, 1 - centre + 0.3, width)) > 1e-3


@pytest.mark.parametrize("tolerance", [1e-1, 1e-2, 1e-3, 1e-4, 1e-5])
@pytest.mark.parametrize("path", [Path(), Path(0.5, 0.1), Path(0.3, 0.3)])
def test_predicted_error_is_the_real_one(path, tolerance):
    pilot = run_pilot(path, tolerance)
    rule = pilot.best_rule(tolerance)
    real = path.real_error(rule)
    assert rule.predicted_error <= tolerance
    assert real <= tolerance
    # The prediction may add what the pilot itself leaves unresolved, and nothing else.
    assert abs(rule.predicted_error - real) <= 2 * pilot.resolution + 1e-9


def test_prediction_of_a_rule_that_fails():
    path = Path(0.42, 0.01)
    pilot = run_pilot(path, 1e-4)
    rule = pilot.best_rule(tolerance=1.0)
    assert len(rule.nodes) == NODE_COUNTS[0]
    assert path.real_error(rule) > 1e-3
    assert rule.predicted_error == pytest.approx(path.real_error(rule), abs=2 * pilot.resolution)


def test_fewer_nodes_for_a_larger_tolerance():
    pilot = run_pilot(Path(), 1e-6)
    counts = [len(pilot.best_rule(tolerance).nodes) for tolerance in (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)]
    assert counts == sorted(counts)
    assert counts[2] < counts[3] < counts[4]


def test_the_pilot_knows_the_path():
    path = Path()
    pilot = run_pilot(path, 1e-6)
    np.testing.assert_allclose(pilot.start, path(np.array([0.0]))[0], atol=1e-12)
    np.testing.assert_allclose(pilot.end, path(np.array([1.0]))[0], atol=1e-12)
    # At the ends of the pilot's coordinate every Chebyshev polynomial is 1 or alternates.
    np.testing.assert_allclose(pilot.coefficients.sum(axis=0), pilot.end, atol=1e-9)
    signs = (-1.0) ** np.arange(len(pilot.coefficients))
    np.testing.assert_allclose(signs @ pilot.coefficients, pilot.start, atol=1e-9)


def test_the_pilot_samples_no_point_twice_and_no_more_than_it_needs():
    easy, hard = Path(0.45, 0.5), Path(0.45, 0.02)
    sampled = []
    for path in (easy, hard):
        pilot = run_pilot(path, 1e-3)
        points = np.concatenate(path.asked)
        assert len(np.unique(points.round(12))) == len(points) == len(pilot.coefficients)
        sampled.append(len(points))
    assert sampled[0] == PILOT_SIZES[0] + 1
    assert sampled[0] < sampled[1] <= PILOT_SIZES[-1] + 1


def test_a_step_is_not_said_to_be_integrated():
    path = Path(0.3, 1e-4)
    pilot = run_pilot(path, 1e-3)
    rule = pilot.best_rule(1e-3)
    assert pilot.resolution > 1e-3
    assert len(rule.nodes) <= NODE_COUNTS[-1]
    assert np.isfinite(rule.predicted_error)


def test_a_path_that_stands_still():
    pilot = run_pilot(lambda alpha: np.ones((len(alpha), 2)), 1e-3)
    rule = pilot.best_rule(1e-3)
    assert rule.weights.sum() == pytest.approx(1, abs=1e-6)
    assert np.all((rule.nodes > 0) & (rule.nodes < 1))


def test_beyond_its_own_rounding_the_pilot_extrapolates():
    noise, exact = np.random.default_rng(1), Path()
    pilot = run_pilot(lambda alpha: exact(alpha) + noise.normal(0, 1e-6, (len(alpha), 3)), 1e-6)
    for tolerance in (1e-5, 1e-7):
        assert pilot.resolution > tolerance
        rule = pilot.best_rule(tolerance)
        assert exact.real_error(rule) <= 3 * tolerance
        assert len(rule.nodes) < NODE_COUNTS[-1]
