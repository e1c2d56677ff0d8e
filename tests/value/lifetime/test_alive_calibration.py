"""P(alive) calibrated on purchases held back: by a grid, against a truth, and refusals."""

import numpy as np
import pytest
from scipy.special import expit, logit

from helpers.core.errors import InputError
from helpers.value import fit_alive_shift, shift_alive


def held_back(shift: float, size: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Who bought, what a model off by a shift says of being alive, and of no purchase."""
    rng = np.random.default_rng(seed)
    alive, buys = rng.uniform(0.05, 0.95, size), rng.uniform(0.3, 0.95, size)
    truly = rng.random(size) < expit(logit(alive) + shift)
    return truly & (rng.random(size) < buys), alive, 1 - alive * buys


@pytest.mark.parametrize("shift", [-1.2, 0.0, 0.8])
def test_the_shift_of_the_truth_is_found(shift):
    assert fit_alive_shift(*held_back(shift, 20_000)) == pytest.approx(shift, abs=0.08)


def test_it_is_the_best_of_a_grid():
    bought, alive, away = held_back(-0.7, 60)
    grid = np.linspace(-3, 3, 1201)
    buys = (1 - away) / alive
    chance = buys * expit(logit(alive) + grid[:, None])
    posterior = np.log(np.where(bought, chance, 1 - chance)).sum(axis=1) - 0.5 * (grid / 0.5) ** 2
    assert fit_alive_shift(bought, alive, away) == pytest.approx(grid[posterior.argmax()], abs=0.006)


def test_few_customers_move_the_odds_little():
    few = fit_alive_shift(np.zeros(1, dtype=bool), np.array([0.8]), np.array([0.3]))
    many = fit_alive_shift(np.zeros(400, dtype=bool), np.full(400, 0.8), np.full(400, 0.3))
    assert many < -2 < few < 0


def test_who_is_certainly_alive_or_gone_stays_so():
    assert shift_alive(np.array([0.0, 1.0]), -3.0).tolist() == [0.0, 1.0]


def test_customers_the_model_has_gone_for_certain_do_no_harm():
    found = fit_alive_shift(np.array([True, False]), np.array([0.0, 0.5]), np.array([1.0, 0.6]))
    assert np.isfinite(found)


@pytest.mark.parametrize(
    ("alive", "away", "said"),
    [
        ([0.5], [0.5, 0.5], "2 outcomes, 1 chances of being alive, 2 of staying away"),
        ([0.5, 1.2], [0.5, 0.5], "1 chances are missing or out of range"),
        ([0.5, 0.2], [np.nan, 0.5], "1 chances are missing or out of range"),
    ],
)
def test_arguments_that_fit_nothing_are_refused(alive, away, said):
    with pytest.raises(InputError, match=said):
        fit_alive_shift(np.array([True, False]), np.array(alive), np.array(away))
