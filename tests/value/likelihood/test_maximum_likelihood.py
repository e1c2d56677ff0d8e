"""The search itself, on surfaces whose top is known."""

import numpy as np
import pytest

from helpers.core.arrays import FloatArray
from helpers.core.errors import Fault
from helpers.value.likelihood.maximum_likelihood import (
    Evaluation,
    FitWarning,
    flat_directions,
    maximise,
    observed_information,
    warn_of,
)

CURVATURE = np.array([[4.0, 1.0], [1.0, 0.5]])
TOP = np.array([1.0, -2.0])


def bowl(point: FloatArray) -> Evaluation:
    away = point - TOP
    return Evaluation(float(-0.5 * away @ CURVATURE @ away), -CURVATURE @ away, CURVATURE)


def two_hills(point: FloatArray) -> Evaluation:
    """A low hill at -3 and a high one at +3, one dimension."""
    heights = np.exp(-0.5 * (point[0] - np.array([-3.0, 3.0])) ** 2) * np.array([1.0, 5.0])
    slope = float(heights @ (np.array([-3.0, 3.0]) - point[0]) / heights.sum())
    return Evaluation(float(np.log(heights.sum())), np.array([slope]), np.array([[1.0]]))


def banana(point: FloatArray) -> Evaluation:
    x, y = point
    value = -((1 - x) ** 2) - 100 * (y - x**2) ** 2
    gradient = np.array([2 * (1 - x) + 400 * x * (y - x**2), -200 * (y - x**2)])
    return Evaluation(float(value), gradient, np.eye(2))


def test_one_step_climbs_a_quadratic_hill() -> None:
    best, spread = maximise(bowl, [np.zeros(2)])
    assert best.point == pytest.approx(TOP, abs=1e-4)
    assert best.converged
    assert spread == 0


def test_curved_ridges_are_followed() -> None:
    best, _ = maximise(banana, [np.array([-1.2, 1.0])])
    assert best.point == pytest.approx([1, 1], abs=1e-4)


def test_a_second_start_finds_the_higher_hill() -> None:
    low, _ = maximise(two_hills, [np.array([-4.0])])
    best, spread = maximise(two_hills, [np.array([-3.1]), np.array([6.0])])
    assert low.point[0] == pytest.approx(-3, abs=1e-3)
    assert best.point[0] == pytest.approx(3, abs=1e-3)
    assert spread == pytest.approx(np.log(5), abs=1e-3)


def test_a_start_without_likelihood_is_passed_over() -> None:
    def walled(point: FloatArray) -> Evaluation:
        return bowl(point) if point[0] < 5 else Evaluation(-np.inf, np.zeros(2), np.eye(2))

    best, _ = maximise(walled, [np.array([6.0, 0.0]), np.zeros(2)])
    assert best.point == pytest.approx(TOP, abs=1e-4)


def test_observed_information_is_the_curvature() -> None:
    assert observed_information(lambda point: bowl(point).gradient, TOP) == pytest.approx(CURVATURE, abs=1e-8)


def test_flat_directions_are_named() -> None:
    ridge = np.array([[1.0, -1.0, 0.0], [-1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    assert flat_directions(ridge, ["r", "alpha", "a"]) == ("r", "alpha")
    assert flat_directions(CURVATURE, ["r", "alpha"]) == ()


def test_notes_become_one_warning() -> None:
    with pytest.warns(FitWarning, match=r"first(.|\n)*do this\nsecond"):
        warn_of([Fault("first", remedy="do this"), Fault("second")])
    warn_of([])


def test_a_search_that_finds_no_way_up_is_stuck_and_one_that_climbs_is_not() -> None:
    """A slope without a rise: what rounding leaves of a sum that dwarfs it."""

    def level(point: FloatArray) -> Evaluation:
        return Evaluation(-1e17, np.ones(2) * 1e3, np.eye(2))

    stuck, _ = maximise(level, [np.zeros(2)])
    assert stuck.stuck
    assert stuck.gained == 0
    best, _ = maximise(two_hills, [np.array([-3.1]), np.array([6.0])])
    assert not best.stuck
    assert best.gained == pytest.approx(best.evaluation.value - two_hills(np.array([6.0])).value)


def test_a_search_before_a_small_cliff_ends_where_it_has_arrived() -> None:
    """An integral by fewer nodes jumps a little: each further step would be cut to nothing, and taken, 250 times."""
    edge, asked = 1 - 5e-4, []

    def hill(point: FloatArray) -> Evaluation:
        asked.append(point)
        off = float(point[0]) - 1
        return Evaluation(-1e3 - off**2 - 1e-5 * (point[0] > edge), np.array([-2 * off]), np.array([[2.0]]))

    best, _ = maximise(hill, [np.array([edge])])

    assert best.converged
    assert best.point[0] == edge
    assert len(asked) < 30
