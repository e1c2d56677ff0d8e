"""The Gamma-Gamma spend model against note 025 and the JMR paper, its own consistency, and its input checks."""

import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.value import FitWarning, GammaGamma, parameter_intervals

PUBLISHED = {"p": 6.25, "q": 3.74, "gamma": 15.44}


@pytest.fixture(scope="module")
def fitted(cdnow: pd.DataFrame) -> GammaGamma:
    return GammaGamma(currency="USD").fit(cdnow)


def drawn(customers: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frequency = rng.poisson(3, customers)
    spend = GammaGamma.from_parameters(**PUBLISHED).sample_spend(frequency, rng)
    return pd.DataFrame({"frequency": frequency, "mean_repeat_spend": spend})


def test_note_025_parameters(fitted: GammaGamma) -> None:
    assert fitted.n_customers_ == 946
    assert list(fitted.parameters_.values()) == pytest.approx([6.25, 3.74, 15.44], abs=0.01)
    assert list(fitted.parameters_.values()) == pytest.approx([6.24957, 3.74422, 15.44352], abs=1e-5)
    assert fitted.notes_ == ()


def test_clvtools_log_likelihood(fitted: GammaGamma) -> None:
    assert fitted.log_likelihood_ == pytest.approx(-4055.917695, abs=1e-5)


def test_jmr_2005_log_likelihood_of_total_spend(fitted: GammaGamma, cdnow: pd.DataFrame) -> None:
    """The paper gives the density of a customer's total, not of the mean: less the logarithm of each count."""
    repeats = cdnow.loc[cdnow["frequency"] > 0, "frequency"]
    assert fitted.log_likelihood_ - np.log(repeats).sum() == pytest.approx(-4659, abs=0.5)


def test_jmr_2005_cross_check_at_78_week_parameters(cdnow: pd.DataFrame, cdnow_78_weeks: pd.DataFrame) -> None:
    later, first = GammaGamma().fit(cdnow_78_weeks), GammaGamma().fit(cdnow)
    moved = first.likelihood_(later.fitting_point_ - first.scale_shift_).value
    at_first = first.likelihood_(first.fitting_point_ - first.scale_shift_).value
    repeats = cdnow.loc[cdnow["frequency"] > 0, "frequency"]
    total = moved - at_first + first.log_likelihood_ - np.log(repeats).sum()
    assert total == pytest.approx(-4661, abs=0.6)
    assert total == pytest.approx(-4661.41, abs=0.01)


def test_note_025_means_and_correlation(fitted: GammaGamma, cdnow: pd.DataFrame) -> None:
    assert fitted.population_mean_ == pytest.approx(35.17, abs=0.02)
    assert cdnow.loc[cdnow["frequency"] > 0, "mean_repeat_spend"].mean() == pytest.approx(35.08, abs=0.02)
    assert fitted.frequency_spend_correlation_ == pytest.approx(0.11, abs=5e-3)


def test_hardie_spreadsheet_first_ten_customers(cdnow: pd.DataFrame) -> None:
    """The first ten rows of the published sheet: the sample in its own order."""
    published = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]
    spend = [22.35, 11.77, 0, 0, 0, 73.74, 11.77, 0, 25.55, 0]
    frequency = [2, 1, 0, 0, 0, 7, 1, 0, 2, 0]
    first = cdnow.sort_values("customer_id").set_index("customer_id").loc[["00004", "00021", "00111"]]
    assert first["mean_repeat_spend"].round(2).tolist() == [22.34, 11.77, 73.74]  # 22.345, as a sum of cents
    sheet = pd.DataFrame({"frequency": frequency, "mean_repeat_spend": spend})
    assert GammaGamma.from_parameters(**PUBLISHED).expected_spend(sheet) == pytest.approx(published, abs=0.1)


def test_exact_gradient_agrees_with_finite_differences(fitted: GammaGamma) -> None:
    likelihood, point = fitted.likelihood_, np.array([0.5, 1.1, -0.4])
    differences = [(likelihood(point + h).value - likelihood(point - h).value) / 2e-6 for h in 1e-6 * np.eye(3)]
    assert likelihood(point).gradient == pytest.approx(differences, rel=1e-6)


def test_truth_is_recovered() -> None:
    table = parameter_intervals(GammaGamma().fit(drawn(8000, seed=1)))
    off = np.log(table["estimate"] / pd.Series(PUBLISHED)) / (table["standard_error"] / table["estimate"])
    assert off.abs().max() < 4


def test_weighted_rows_equal_exploded_rows_and_money_may_be_rescaled() -> None:
    customers = drawn(600, seed=2).round(1)
    weights = np.random.default_rng(3).integers(0, 4, len(customers))
    customers.loc[(customers["frequency"] > 0) & (customers["mean_repeat_spend"] == 0), "mean_repeat_spend"] = 0.1
    weighted = GammaGamma().fit(customers, sample_weight=weights)
    exploded = GammaGamma().fit(customers.loc[customers.index.repeat(weights)])
    assert weighted.parameters_ == pytest.approx(exploded.parameters_, rel=1e-4)
    cents = GammaGamma().fit(customers.assign(mean_repeat_spend=customers["mean_repeat_spend"] * 100), None, weights)
    assert cents.parameters_["gamma"] == pytest.approx(100 * weighted.parameters_["gamma"], rel=1e-5)
    assert cents.log_likelihood_ == pytest.approx(weighted.log_likelihood_ - weighted.n_customers_ * np.log(100))


def test_drawn_spend_agrees_with_the_expectation() -> None:
    model, draws = GammaGamma.from_parameters(**PUBLISHED), 50_000
    customer = pd.DataFrame({"frequency": [3] * draws, "mean_repeat_spend": [50.0] * draws})
    spend = model.draw_spend(customer, np.tile([2.0, 0.0], (draws, 1)), np.random.default_rng(4))
    expected = 2 * model.expected_spend(customer)[0]
    assert spend[:, 0].mean() == pytest.approx(expected, abs=4.5 * spend[:, 0].std() / np.sqrt(draws))
    assert (spend[:, 1] == 0).all()


def test_spend_that_depends_on_frequency_is_named() -> None:
    customers = drawn(2000, seed=5)
    customers["mean_repeat_spend"] *= 1 + customers["frequency"]
    with pytest.warns(FitWarning, match=r"spend depends on frequency \(correlation 0\.\d+\)(.|\n)*fit groups"):
        GammaGamma().fit(customers)


def test_infinite_mean_is_named() -> None:
    rng = np.random.default_rng(6)
    heavy = GammaGamma.from_parameters(p=6, q=0.6, gamma=5).sample_spend(np.full(800, 3), rng)
    with pytest.warns(FitWarning, match="mean spend over all customers is infinite"):
        model = GammaGamma().fit(pd.DataFrame({"frequency": 3, "mean_repeat_spend": heavy}))
    assert model.population_mean_ == np.inf


def test_bad_spend_is_refused_all_faults_at_once() -> None:
    bad = pd.DataFrame(
        {"customer_id": list("abcd"), "frequency": [1, 0, -1, 1.5], "mean_repeat_spend": [-5.0, 3.0, 0.0, 2.0]}
    )
    with pytest.raises(InputError) as caught:
        GammaGamma().fit(bad)
    for message in (
        "mean_repeat_spend is negative in 1 row: 'a'",
        "frequency is 0 but mean_repeat_spend is above 0 in 1 row: 'b'",
        "frequency is negative in 1 row: 'c'",
        "not a whole number in 1 row: 'd'",
    ):
        assert caught.match(message)


def test_missing_spend_does_not_hide_negative_spend() -> None:
    bad = pd.DataFrame({"frequency": [1, 2, np.nan, 0], "mean_repeat_spend": [-3.0, np.nan, 4.0, 5.0]})
    with pytest.raises(InputError) as caught:
        GammaGamma().fit(bad)
    assert [fault.what for fault in caught.value.faults] == [
        "frequency is missing or infinite in 1 row: 2",
        "mean_repeat_spend is missing or infinite in 1 row: 1",
        "mean_repeat_spend is negative in 1 row: 0",
        "frequency is 0 but mean_repeat_spend is above 0 in 1 row: 3",
    ]


def test_free_repeats_are_refused_in_a_fit_but_not_in_a_forecast() -> None:
    free = drawn(100, seed=7).assign(mean_repeat_spend=0.0)
    with pytest.raises(InputError, match="is 0 for a repeat buyer in"):
        GammaGamma().fit(free)
    assert GammaGamma.from_parameters(**PUBLISHED).expected_spend(free).min() > 0


def test_one_time_buyers_only_are_refused() -> None:
    with pytest.raises(InputError, match="all 3 customers are one-time buyers"):
        GammaGamma().fit(pd.DataFrame({"frequency": [0, 0, 0], "mean_repeat_spend": [0.0, 0.0, 0.0]}))


def test_a_search_by_way_of_samples_ends_where_the_full_search_does(
    cdnow: pd.DataFrame, fitted: GammaGamma, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helpers.value.likelihood.thinning.MANY_ROWS", 10)
    monkeypatch.setattr("helpers.value.lifetime.gamma_gamma.THINNED_TO", (100, 400))
    by_samples = GammaGamma().fit(cdnow)
    assert by_samples.log_likelihood_ == pytest.approx(fitted.log_likelihood_, abs=1e-6)
    assert by_samples.parameters_ == pytest.approx(fitted.parameters_, rel=1e-3)


def test_amounts_beyond_all_others_are_named_by_customer() -> None:
    spend = pd.DataFrame({"frequency": [0, 2, 3, 1], "mean_repeat_spend": [0.0, 20.0, 21.0, 4e9]}, index=list("abcd"))
    with pytest.raises(InputError, match=r"more than a million times its median, 21, in 1 row: 'd'"):
        GammaGamma().fit(spend)
