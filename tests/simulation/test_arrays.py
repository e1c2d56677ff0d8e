"""The vectorised idioms of the simulated company, on numbers counted by hand and on many draws."""

import numpy as np
import pytest

from helpers.simulation.arrays import (
    DAYS_PER_YEAR,
    Coded,
    choose,
    choose_by_row,
    gamma,
    scramble,
    shares,
    sigmoid,
    totals,
    within,
)


class _Stated:
    """A source of the numbers given, in place of random ones."""

    def __init__(self, *numbers: float) -> None:
        self.numbers = np.array(numbers)

    def random(self, size: int) -> np.ndarray:
        assert size == len(self.numbers)
        return self.numbers

    def standard_gamma(self, shape: np.ndarray) -> np.ndarray:
        assert len(shape) == len(self.numbers)
        return self.numbers


def test_a_year_has_a_leap_day_every_four_years() -> None:
    assert 4 * DAYS_PER_YEAR == 365 + 365 + 365 + 366


def test_a_coded_column_is_read_as_its_names_and_missing_ones() -> None:
    column = Coded(np.array([1, 0, -1, 1]), ("web", "shop"))
    assert len(column) == 4
    assert column.to_arrow().to_pylist() == ["shop", "web", None, "shop"]
    assert column.take(np.array([2, 1, 1])).to_arrow().to_pylist() == [None, "web", "web"]


def test_shares_add_up_to_one() -> None:
    assert shares(iter([2, 3, 5])).tolist() == [0.2, 0.3, 0.5]


def test_a_draw_falls_into_the_stretch_of_its_weight() -> None:
    """Weights of 1, 2 and 1: below .25, up to .75, beyond; an edge belongs to the stretch above it."""
    drawn = choose(_Stated(0.0, 0.24, 0.25, 0.74, 0.75, 0.99), [1, 2, 1], 6)
    assert drawn.tolist() == [0, 0, 1, 1, 2, 2]
    assert choose(_Stated(0.0, 0.99), [5.0], 2).tolist() == [0, 0]


def test_each_row_draws_with_its_own_weights() -> None:
    weights = np.array([[1.0, 2.0, 1.0], [0.0, 0.0, 3.0], [4.0, 4.0, 0.0]])
    rows = np.array([0, 0, 0, 0, 1, 2, 2, 2])
    drawn = choose_by_row(_Stated(0.0, 0.25, 0.74, 0.75, 0.0, 0.49, 0.5, 0.99), weights, rows)
    assert drawn.tolist() == [0, 1, 1, 2, 2, 0, 1, 1]


def test_many_draws_have_the_shares_of_their_weights() -> None:
    rng = np.random.default_rng(1)
    found = np.bincount(choose(rng, [1, 2, 5], 40_000)) / 40_000
    np.testing.assert_allclose(found, [0.125, 0.25, 0.625], atol=0.01)
    weights = np.array([[1.0, 1.0], [1.0, 3.0]])
    rows = np.repeat([0, 1], 20_000)
    second = choose_by_row(rng, weights, rows)
    assert second[:20_000].mean() == pytest.approx(0.5, abs=0.015)
    assert second[20_000:].mean() == pytest.approx(0.75, abs=0.015)


def test_places_within_groups_begin_anew() -> None:
    assert within(np.array([1, 3, 0, 2])).tolist() == [0, 0, 1, 2, 0, 1]
    assert within(np.array([0, 0])).tolist() == []


def test_totals_have_a_place_for_every_group() -> None:
    assert totals(np.array([1, 1, 0]), np.array([True, True, False]), 4).tolist() == [0, 2, 0, 0]
    nothing = totals(np.array([], dtype=np.int64), np.array([]), 2)
    assert (nothing.tolist(), nothing.dtype) == ([0, 0], np.float64)


def test_gamma_has_the_mean_and_the_shape_stated() -> None:
    assert gamma(_Stated(4.0, 3.0), np.array([2.0, 6.0]), np.array([10.0, 8.0])).tolist() == [20.0, 4.0]
    drawn = gamma(np.random.default_rng(2), np.full(50_000, 4.0), 10.0)
    assert drawn.mean() == pytest.approx(10.0, rel=0.02)
    assert drawn.std() == pytest.approx(10.0 / 2, rel=0.03)  # mean over the root of the shape


def test_the_logistic_function_turns_log_odds_into_chances() -> None:
    np.testing.assert_allclose(sigmoid(np.array([0.0, np.log(3), -np.log(3), 40.0])), [0.5, 0.75, 0.25, 1.0])


@pytest.mark.parametrize(
    ("key", "mixed"),
    [
        (7, [617_778_035, 779_676_537, 750_428_060, 552_449_102, 1_063_291_026]),
        (2**31 + 5, [750_428_060, 548_326_168, 617_778_035, 702_388_313, 640_480_427]),
    ],
)
def test_numbers_of_records_stay_what_they_were(key: int, mixed: list[int]) -> None:
    """Identifiers of a simulated company are the same in every version, or a seed would stand for another company."""
    assert scramble(np.array([0, 1, 2, 2**15, 2**30 - 1]), key).tolist() == mixed


def test_the_upper_half_of_a_number_and_of_a_key_matter_and_what_lies_beyond_does_not() -> None:
    numbers = np.arange(4)
    assert scramble(numbers + 2**30, 3).tolist() == scramble(numbers, 3).tolist()
    assert scramble(numbers, 3 + 2**30).tolist() == scramble(numbers, 3).tolist()
    assert scramble(numbers, 3 + 2**29).tolist() != scramble(numbers, 3).tolist()


def test_all_numbers_of_a_stretch_are_mapped_apart_and_neighbours_do_not_stay_so() -> None:
    mixed = scramble(np.arange(2**16) + 2**20, 11)
    assert len(np.unique(mixed)) == 2**16
    assert (mixed.min() >= 0, mixed.max() < 2**30) == (True, True)
    assert np.median(np.abs(np.diff(mixed))) > 2**27
