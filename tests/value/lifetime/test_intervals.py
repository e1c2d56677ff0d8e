"""Intervals: agreement of two methods, and known cases; `test_interval_coverage` counts how often they hold."""

import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.value import (
    BGNBD,
    FitWarning,
    GammaGamma,
    ParetoNBD,
    ShiftedBetaGeometric,
    ValueDefinition,
    draw_models,
    forecast_intervals,
    futures_needed,
    lifetime_value_intervals,
    parameter_intervals,
    profile_intervals,
    purchase_intervals,
)
from helpers.value.lifetime.resampling import parameters_not_identified, resampled_models
from helpers.value.likelihood.uncertainty import log_covariance


@pytest.fixture(scope="module")
def bg_nbd(cdnow: pd.DataFrame) -> BGNBD:
    return BGNBD().fit(cdnow)


def test_two_methods_agree_where_customers_are_many(bg_nbd: BGNBD) -> None:
    normal, profile = parameter_intervals(bg_nbd), profile_intervals(bg_nbd)
    for end in ("low", "high"):
        assert profile[end].to_numpy() == pytest.approx(normal[end].to_numpy(), rel=0.1)


def test_profile_ends_lie_on_the_chi_square_drop(bg_nbd: BGNBD) -> None:
    """At the lower end of r no choice of the others gets within less than 1.92 nats of the top."""
    low = np.log(profile_intervals(bg_nbd).loc["r", "low"])
    likelihood, top = bg_nbd.likelihood_, bg_nbd.fitting_point_ - bg_nbd.scale_shift_
    rng = np.random.default_rng(2)
    steps = rng.multivariate_normal(np.zeros(3), log_covariance(bg_nbd)[1:, 1:], 3000)
    drops = [likelihood(top).value - likelihood(np.append(low, top[1:] + step)).value for step in steps]
    assert min(drops) == pytest.approx(1.9207, abs=0.15)
    assert min(drops) > 1.9207 - 1e-3


def test_standard_error_of_a_known_case() -> None:
    """Everyone leaves with chance one half at first, one period watched, then more: error shrinks as the root of n."""
    truth = ShiftedBetaGeometric.from_parameters(alpha=1.0, beta=2.0)
    rng = np.random.default_rng(3)
    few, many = (ShiftedBetaGeometric().fit(truth.sample_contracts(np.full(n, 6), rng)) for n in (2_000, 32_000))
    ratio = parameter_intervals(few)["standard_error"] / parameter_intervals(many)["standard_error"]
    assert ratio.to_numpy() == pytest.approx(4, rel=0.25)


def test_wider_levels_give_wider_intervals(bg_nbd: BGNBD) -> None:
    narrow, wide = parameter_intervals(bg_nbd, 0.5), parameter_intervals(bg_nbd, 0.99)
    assert (wide["low"] < narrow["low"]).all()
    assert (wide["high"] > narrow["high"]).all()
    with pytest.raises(InputError, match=r"level: 1(.|\n)*between 0 and 1"):
        parameter_intervals(bg_nbd, 1)


def test_draws_have_the_covariance_of_the_fit(bg_nbd: BGNBD) -> None:
    points = [model.fitting_point_ for model in draw_models(bg_nbd, np.random.default_rng(4), 4000)]
    covariance = log_covariance(bg_nbd)
    error = np.sqrt(np.diag(covariance))
    assert np.cov(np.array(points).T / error[:, None]) == pytest.approx(covariance / np.outer(error, error), abs=0.07)


def test_forecast_intervals_agree_with_drawn_parameters(bg_nbd: BGNBD, cdnow: pd.DataFrame) -> None:
    few = cdnow.head(30)
    table = forecast_intervals(bg_nbd, few, 39)
    drawn = [model.forecast(few, 39) for model in draw_models(bg_nbd, np.random.default_rng(5), 600)]
    for name in ("probability_alive", "expected_purchases"):
        low, high = np.quantile([one[name] for one in drawn], [0.025, 0.975], axis=0)
        assert table[f"{name}_low"].to_numpy() == pytest.approx(low, rel=0.08, abs=0.01)
        assert table[f"{name}_high"].to_numpy() == pytest.approx(high, rel=0.08, abs=0.01)
    one_time = few["frequency"] == 0
    assert (table.loc[one_time, "probability_alive_low"] == 1).all()  # the BG/NBD has them alive for certain


def test_purchase_intervals_hold_the_holdout(bg_nbd: BGNBD, cdnow: pd.DataFrame) -> None:
    drawn = purchase_intervals(bg_nbd, cdnow, 39, np.random.default_rng(6), draws=200)
    actual = cdnow["holdout_purchases"]
    inside = actual.between(drawn.customers["low"], drawn.customers["high"])
    assert inside.mean() > 0.95
    assert drawn.total == pytest.approx(bg_nbd.expected_purchases(cdnow, 39).sum())
    assert (drawn.total_low + drawn.total_high) / 2 == pytest.approx(drawn.total, rel=0.03)
    assert 0.15 < (drawn.total_high - drawn.total_low) / drawn.total < 0.35
    assert drawn.meaning == "purchases in the next 39 weeks"
    assert drawn.customers["customer_id"].tolist() == cdnow["customer_id"].tolist()


def test_ends_of_single_customers_are_drawn_futures_themselves(
    bg_nbd: BGNBD, cdnow: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody buys 2.45 times: the ends are counts, the smallest that at least that share of futures does not exceed."""
    futures = iter(range(50))
    monkeypatch.setattr(BGNBD, "draw_purchases", lambda _model, _rows, _times, _rng: np.array([[next(futures)], [7.0]]))
    drawn = purchase_intervals(bg_nbd, cdnow.head(2), 39, np.random.default_rng(6), draws=50, level=0.9)
    assert drawn.customers["low"].tolist() == [2, 7]
    assert drawn.customers["high"].tolist() == [47, 7]
    assert (drawn.total_low, drawn.total_high) == pytest.approx((2.45 + 7, 46.55 + 7))


def test_blocks_of_customers_change_nothing_but_the_draws(
    bg_nbd: BGNBD, cdnow: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = purchase_intervals(bg_nbd, cdnow, 39, np.random.default_rng(7), draws=200)
    monkeypatch.setattr("helpers.value.lifetime.intervals.CELLS_AT_ONCE", 200 * 300)
    blocks = purchase_intervals(bg_nbd, cdnow, 39, np.random.default_rng(7), draws=200)
    assert blocks.total == whole.total
    assert blocks.total_low == pytest.approx(whole.total_low, rel=0.05)
    assert blocks.customers["high"].mean() == pytest.approx(whole.customers["high"].mean(), rel=0.03)


def test_histories_prepared_once_give_the_same_draws(bg_nbd: BGNBD, cdnow: pd.DataFrame) -> None:
    anew = bg_nbd.draw_purchases(cdnow, [0.0, 10.0, 39.0], np.random.default_rng(4))
    once = bg_nbd.draw_purchases(bg_nbd.prepare(cdnow), [0.0, 10.0, 39.0], np.random.default_rng(4))
    assert anew.shape == (len(cdnow), 2)
    assert (anew == once).all()


def test_lifetime_value_intervals_surround_the_estimate(bg_nbd: BGNBD, cdnow: pd.DataFrame) -> None:
    spend, definition = GammaGamma().fit(cdnow), ValueDefinition(52, 0.15, margin_share=0.3, currency="USD")
    drawn = lifetime_value_intervals(cdnow.head(300), bg_nbd, spend, definition, np.random.default_rng(8), draws=200)
    assert drawn.total_low < drawn.total < drawn.total_high
    assert drawn.meaning == str(definition)
    assert (drawn.customers["low"] <= drawn.customers["high"]).all()
    assert ((drawn.customers["mean"] <= drawn.customers["high"]) | (drawn.customers["high"] == 0)).all()


def test_a_fit_that_tells_nothing_has_no_standard_errors() -> None:
    same = pd.DataFrame({"frequency": 2, "age_at_last_purchase": 20.0, "age": 30.0}, index=range(80))
    with pytest.warns(FitWarning):
        model = BGNBD().fit(same)
    with pytest.raises(InputError, match=r"no standard errors(.|\n)*notes_"):
        parameter_intervals(model)


@pytest.fixture(scope="module")
def one_rate() -> tuple[pd.DataFrame, ParetoNBD]:
    """Customers who all drop out at one rate: of the Pareto/NBD only the ratio of s and beta can be known."""
    truth = ParetoNBD.from_parameters(r=0.8, alpha=3.0, s=1e6, beta=5e7)
    rng = np.random.default_rng(9)
    history = truth.sample_histories(rng.uniform(30, 80, 700), rng)
    repeats = (history["frequency"] > 0).to_numpy()
    history["mean_repeat_spend"] = np.where(repeats, rng.gamma(4.0, 5.0, len(history)), 0.0)
    with pytest.warns(FitWarning, match="drop out at one rate"):
        return history, ParetoNBD().fit(history)


def test_parameters_at_the_edge_are_refitted_to_resampled_customers(one_rate: tuple[pd.DataFrame, ParetoNBD]) -> None:
    """The wrong way to the right answer: the BG/NBD, which identifies each parameter, gives as wide an interval."""
    history, model = one_rate
    assert parameters_not_identified(model) == ("s", "beta")
    drawn = purchase_intervals(model, history, 52, np.random.default_rng(1), draws=200)
    assert drawn.not_identified == ("s", "beta")
    assert drawn.total_low < drawn.total < drawn.total_high
    said = purchase_intervals(BGNBD().fit(history), history, 52, np.random.default_rng(1), draws=200)
    assert said.not_identified == ()
    assert drawn.total_high - drawn.total_low == pytest.approx(said.total_high - said.total_low, rel=0.35)
    again = purchase_intervals(model, history, 52, np.random.default_rng(1), draws=200)
    assert (again.total_low, again.total_high) == (drawn.total_low, drawn.total_high)


def test_refits_are_bounded_and_used_over_again(one_rate: tuple[pd.DataFrame, ParetoNBD]) -> None:
    _, model = one_rate
    points = np.array([one.fitting_point_ for one in resampled_models(model, np.random.default_rng(2), 150)])
    assert len(np.unique(points, axis=0)) == 100
    assert (points[100:] == points[:50]).all()
    said = np.sqrt(np.diag(np.linalg.inv(model.information_[:2, :2])))
    assert points[:, :2].std(axis=0) == pytest.approx(said, rel=0.25)


@pytest.mark.filterwarnings("ignore::helpers.value.FitWarning")
def test_thirty_customers_of_one_day_who_always_pay_the_same_have_intervals() -> None:
    rng = np.random.default_rng(3)
    x = rng.poisson(1.5, 30)
    last = np.where(x > 0, rng.uniform(1, 39, 30).round(), 0.0)
    history = pd.DataFrame({"frequency": x, "age_at_last_purchase": last, "age": 40.0})
    history["mean_repeat_spend"] = np.where(x > 0, 12.5, 0.0)
    buying, spend = BGNBD().fit(history), GammaGamma().fit(history)
    assert parameters_not_identified(spend)
    found = lifetime_value_intervals(history, buying, spend, ValueDefinition(52, 0.1), np.random.default_rng(4))
    assert set(parameters_not_identified(spend)) <= set(found.not_identified)
    assert np.isfinite(found.customers[["mean", "low", "high"]]).all(axis=None)
    assert 0 < found.total_low < found.total < found.total_high < 10 * found.total


def test_a_level_close_to_one_draws_the_futures_it_needs(bg_nbd: BGNBD, cdnow: pd.DataFrame) -> None:
    assert [futures_needed(level) for level in (0.5, 0.95, 0.99)] == [400] * 3
    few = cdnow.head(50)
    usual = purchase_intervals(bg_nbd, few, 39, np.random.default_rng(5))
    wide = purchase_intervals(bg_nbd, few, 39, np.random.default_rng(5), futures_needed(0.999), 0.999)
    assert wide.total_low < usual.total_low
    assert wide.total_high > usual.total_high
    with pytest.raises(InputError, match="level: 1"):
        futures_needed(1)
