"""Shifted-beta-geometric model against Fader & Hardie (2007), Journal of Interactive Marketing 21(1), 76-90."""

import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.value import ShiftedBetaGeometric, contracts_from_survivors, curve_projections, parameter_intervals

REGULAR = [100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1, 22.3, 20.7, 19.4, 18.3, 17.3]
HIGH_END = [100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1, 46.8, 44.5, 42.7, 40.9, 39.4]
CLOSED_FORM = 6.487274454073837


def fit(survivors: list[float]) -> ShiftedBetaGeometric:
    rows = contracts_from_survivors(np.array(survivors[:8]) * 10)
    return ShiftedBetaGeometric().fit(rows, sample_weight=rows["customers"])


def test_appendix_b_high_end() -> None:
    model = fit(HIGH_END)
    assert list(model.parameters_.values()) == pytest.approx([0.668, 3.806], abs=1e-3)
    assert model.log_likelihood_ / 1000 == pytest.approx(-1.611, abs=5e-4)
    assert model.log_likelihood_ / 1000 == pytest.approx(-1.611158, abs=1e-6)


def test_regular_parameters() -> None:
    model = fit(REGULAR)
    assert list(model.parameters_.values()) == pytest.approx([0.704, 1.182], abs=1e-3)
    assert model.log_likelihood_ / 1000 == pytest.approx(-1.680265, abs=1e-6)


@pytest.mark.parametrize(("survivors", "error"), [(HIGH_END, -0.0406), (REGULAR, -0.0171)])
def test_year_12_error(survivors: list[float], error: float) -> None:
    (share,) = fit(survivors).survival([12])
    assert 100 * share / survivors[12] - 1 == pytest.approx(error, abs=5e-4)


def test_section_2_curves_fit_well_and_project_badly() -> None:
    table = curve_projections(HIGH_END[:8], [12])
    assert table["r_squared"].tolist() == pytest.approx([0.922, 0.998, 0.964], abs=1e-3)
    assert (table[12] / HIGH_END[12] - 1).tolist() == pytest.approx([-0.812, 0.920, -0.299], abs=1e-3)


def test_retention_rate_is_the_ratio_of_survivors() -> None:
    model = fit(REGULAR)
    years = np.arange(1, 9)
    assert model.retention_rate(years) == pytest.approx(model.survival(years) / model.survival(years - 1), rel=1e-12)


def test_exact_gradient_agrees_with_finite_differences() -> None:
    likelihood, point = fit(REGULAR).likelihood_, np.array([0.3, -0.2])
    differences = [(likelihood(point + h).value - likelihood(point - h).value) / 2e-6 for h in 1e-6 * np.eye(2)]
    assert likelihood(point).gradient == pytest.approx(differences, rel=1e-6)


def test_truth_is_recovered_and_weighted_rows_equal_exploded_rows() -> None:
    truth = ShiftedBetaGeometric.from_parameters(alpha=0.7, beta=2.0)
    customers = truth.sample_contracts(np.full(20_000, 8), np.random.default_rng(1))
    model = ShiftedBetaGeometric().fit(customers)
    table = parameter_intervals(model)
    off = np.log(table["estimate"] / pd.Series(truth.parameters_)) / (table["standard_error"] / table["estimate"])
    assert off.abs().max() < 4
    counted = customers.value_counts().rename("customers").reset_index()
    weighted = ShiftedBetaGeometric().fit(counted, sample_weight=counted["customers"])
    assert weighted.parameters_ == pytest.approx(model.parameters_, rel=1e-8)


def test_remaining_periods_sum_the_survival_curve() -> None:
    model = fit(HIGH_END)
    ahead = np.arange(1, 11)
    for tenure in (0, 5):
        staying = model.survival(tenure + ahead) / model.survival([tenure])
        assert model.remaining_periods([tenure], 10, 0.1) == pytest.approx([(staying / 1.1**ahead).sum()], rel=1e-12)


def test_remaining_periods_for_ever_agree_with_the_closed_form() -> None:
    """E[(1 − θ) / (d + θ)] over the posterior of the chance θ, for a customer of five periods; 50-digit arithmetic."""
    model = ShiftedBetaGeometric.from_parameters(alpha=0.668, beta=3.806)
    assert model.remaining_periods([5], None, 0.1) == pytest.approx([CLOSED_FORM], rel=1e-10)
    assert model.remaining_periods([5], 5_000, 0.1) == pytest.approx([CLOSED_FORM], rel=1e-10)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"periods": [1, 2], "ended": [False, False]}, "nobody left"),
        ({"periods": [1, 1], "ended": [True, False]}, "nobody was observed beyond the first period"),
        ({"periods": [1, -2], "ended": [True, False]}, "periods is negative in 1 row: 1"),
        ({"periods": [1.5, 2], "ended": [True, False]}, "not a whole number in 1 row: 0"),
        ({"periods": [0, 2], "ended": [True, False]}, "ended in period 0 in 1 row: 0"),
        ({"periods": [1, 2], "ended": [True, None]}, "ended is missing in 1 row: 1"),
        ({"periods": [1, 2], "ended": ["yes", "no"]}, "ended is no flag in 2 rows"),
        ({"periods": [1, 2]}, "missing column 'ended'"),
        ({"tenure": [1, 2]}, "missing column 'periods'"),
    ],
)
def test_bad_contracts_are_refused(rows: dict[str, list[object]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        ShiftedBetaGeometric().fit(pd.DataFrame(rows))


def test_all_faults_of_contracts_and_weights_come_in_one_message() -> None:
    bad = pd.DataFrame(
        {"periods": [np.nan, -1, 1.5, 0, 2, 3], "ended": [True, False, None, True, "yes", True]},
        index=list("abcdef"),
    )
    with pytest.raises(InputError) as caught:
        ShiftedBetaGeometric().fit(bad, sample_weight=[1, 1, 1, 1, 1, -2])
    assert [fault.what for fault in caught.value.faults] == [
        "periods is missing or infinite in 1 row: 'a'",
        "ended is missing in 1 row: 'c'",
        "ended is no flag in 1 row: 'e'",
        "periods is negative in 1 row: 'b'",
        "periods is not a whole number in 1 row: 'c'",
        "ended in period 0 in 1 row: 'd'",
        "sample_weight is negative or missing in 1 row: 'f'",
    ]
    with pytest.raises(InputError, match=r"(?s)missing column 'ended'.*missing column 'periods'"):
        ShiftedBetaGeometric().fit(pd.DataFrame({"tenure": [1, 2]}))
    with pytest.raises(InputError, match="expected a data frame, got list"):
        ShiftedBetaGeometric().fit([1, 2])  # type: ignore[arg-type]


@pytest.mark.parametrize("survivors", [[100, 50], [100, 50, 60], [100, -1, -2], [100, 50, float("nan")]])
def test_survivors_never_rise(survivors: list[float]) -> None:
    with pytest.raises(InputError, match="three or more numbers"):
        contracts_from_survivors(survivors)


def test_projection_and_remaining_periods_refuse_what_has_no_meaning() -> None:
    with pytest.raises(InputError, match="end before the last left"):
        curve_projections([100, 50, 0], [5])
    with pytest.raises(InputError, match="a horizon, or a rate above 0"):
        fit(REGULAR).remaining_periods([0])
