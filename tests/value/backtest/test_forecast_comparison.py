"""Error measures against independent computations, and verdicts on forecasts whose quality is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from tests.skewed_profit import compare_of, ends_of_means
from tests.skewed_spend import lognormal

from helpers.core.errors import InputError
from helpers.core.intervals import drawn_misses
from helpers.narrative.phrases import ADVICE, OUTCOMES
from helpers.value.backtest.comparison import calibration_by_group, compare_forecasts


def forecasts(size=400, seed=3):
    rng = np.random.default_rng(seed)
    level = rng.gamma(1.2, 50, size)
    actual = rng.poisson(level).astype(float)
    return pd.DataFrame(
        {
            "customer_id": np.arange(size),
            "actual": actual,
            "good": level,
            "noisy": level * rng.gamma(4, 0.25, size),
            "mean": np.full(size, level.mean()),
            "twin": level + 1e-9,
        }
    )


def compare(table, model, naive, **more):
    return compare_forecasts(table, model=model, naive=naive, rng=np.random.default_rng(1), resamples=200, **more)


def value(comparison, forecast, measure, column="estimate"):
    rows = comparison.errors.set_index(["forecast", "measure"])
    return float(rows.loc[(forecast, measure), column])


def test_measures_match_their_definitions():
    table = forecasts()
    found = compare(table, "noisy", ["mean"])
    off = table["noisy"] - table["actual"]
    assert value(found, "noisy", "mae") == pytest.approx(off.abs().mean())
    assert value(found, "noisy", "rmse") == pytest.approx(np.sqrt((off**2).mean()))
    assert value(found, "noisy", "bias") == pytest.approx(off.mean())
    assert value(found, "noisy", "spearman") == pytest.approx(
        stats.spearmanr(table["noisy"], table["actual"]).statistic
    )
    best, picked = table["actual"].nlargest(40).sum(), table.nlargest(40, "noisy")["actual"].sum()
    assert value(found, "noisy", "top_decile_capture") == pytest.approx(picked / best)


def test_ranks_with_ties_are_averaged():
    table = pd.DataFrame({"actual": [1.0, 2, 2, 3, 3, 3, 9, 9, 4, 0], "model": [1.0, 1, 2, 2, 5, 3, 3, 3, 3, 3]})
    found = compare(table.assign(flat=1.0), "model", ["flat"])
    assert value(found, "model", "spearman") == pytest.approx(
        stats.spearmanr(table["model"], table["actual"]).statistic
    )


def test_a_constant_forecast_has_no_rank_correlation_and_captures_what_chance_does():
    table = forecasts()
    found = compare(table, "good", ["mean"])
    assert np.isnan(value(found, "mean", "spearman"))
    expected = 0.1 * table["actual"].sum() / table["actual"].nlargest(40).sum()
    assert value(found, "mean", "top_decile_capture") == pytest.approx(expected)
    verdicts = found.differences.set_index("measure")["verdict"]
    assert verdicts["spearman"] == "undefined"
    assert verdicts["top_decile_capture"] == "better"


def test_rounding_does_not_turn_a_constant_into_a_correlation():
    """The mean rank of 300 equal forecasts is not exact in binary."""
    found = compare(forecasts(300), "good", ["mean"])
    assert np.isnan(value(found, "mean", "spearman"))
    assert np.isnan(value(found, "mean", "spearman", "low"))


def test_weighted_ranks_are_those_of_the_exploded_rows():
    """A resample in which row i occurs w times must rank as if the row stood there w times."""
    from helpers.value.backtest.comparison import _Ordered

    values, weights = np.array([3.0, 1.0, 3.0, 2.0]), np.array([2.0, 1.0, 0.0, 3.0])
    exploded = np.repeat(values, weights.astype(int))
    expected = stats.rankdata(exploded)
    ordered = _Ordered(values)
    assert np.repeat(ordered.ranks(ordered.counts(weights)), weights.astype(int)).tolist() == expected.tolist()


@pytest.mark.parametrize(
    ("model", "naive", "verdict", "against"),
    [
        ("good", ["noisy", "mean"], "better", ("noisy", "mean")),
        ("noisy", ["good", "mean"], "worse", ("good",)),
        ("good", ["twin", "mean"], "not distinguishable", ("twin",)),
    ],
)
def test_verdict_on_forecasts_of_known_quality(model, naive, verdict, against):
    found = compare(forecasts(), model, naive)
    assert (found.verdict, found.ground) == (verdict, "errors")
    assert found.naive_by_verdict(verdict) == against
    assert found.beats_naive == (verdict == "better")


@pytest.mark.parametrize(
    ("changed", "ground"),
    [
        ({"actual": 0.0}, "nothing happened"),
        ({"good": 0.0}, "same for everybody"),
        ({"good": 50.0}, "same for everybody"),
        ({"good": lambda table: -table["good"]}, "nothing expected"),
    ],
)
def test_what_tells_nothing_is_untested_however_small_its_errors(changed, ground):
    found = compare(forecasts().assign(worst=1e6).assign(**changed), "good", ["worst"])
    assert (found.verdict, found.beats_naive) == ("untested", False)
    assert found.ground == ground


def test_forecasts_of_losses_are_tested():
    table = forecasts()
    losses = -table[["actual", "good", "mean"]]
    assert compare(losses, "good", ["mean"]).verdict == "better"
    assert compare(losses, "good", ["mean"]).naive == ("mean",)


def test_intervals_hold_their_estimates_and_widen_with_confidence():
    table = forecasts()
    usual, sure = compare(table, "noisy", ["mean"]), compare(table, "noisy", ["mean"], confidence=0.99)
    rows = usual.errors.dropna()
    assert ((rows["low"] <= rows["estimate"]) & (rows["estimate"] <= rows["high"])).all()
    assert value(sure, "noisy", "mae", "high") > value(usual, "noisy", "mae", "high")


def test_interval_of_the_mean_error_is_near_student_s():
    table = forecasts()
    off = (table["noisy"] - table["actual"]).abs()
    fewer = float(drawn_misses((off - off.mean()).to_numpy()[:, None] ** 2, np.ones(400))[0])
    half = stats.t.ppf(1 - fewer * 0.05 / 2, 399) * off.std(ddof=1) / 20
    found = compare_forecasts(table, model="noisy", naive=["mean"], rng=np.random.default_rng(1), resamples=1000)
    assert value(found, "noisy", "mae", "high") - value(found, "noisy", "mae") == pytest.approx(half, rel=0.15)


def test_no_interval_is_given_where_none_was_found_that_holds():
    """Of the mean square error and the bias; the size of a bias is still compared with that of another."""
    found = compare(forecasts(), "good", ["mean"])
    without = found.errors.query("forecast == 'good'").set_index("measure")[["low", "high"]].isna().all(axis=1)
    assert set(without.index[without]) == {"rmse", "bias"}
    verdicts = found.differences.set_index("measure")["verdict"]
    assert verdicts["rmse"] == "undefined" != verdicts["bias"]
    beside = found.differences.set_index("measure")[["low", "high"]].isna().all(axis=1)
    assert set(beside.index[beside]) == {"rmse", "bias", "spearman"}  # the mean puts nobody before another


def test_a_bias_is_called_smaller_or_larger_wrongly_in_few_samples_of_skewed_spend():
    """An interval of the difference of sizes, with the signs as found, missed zero in 11 of 100 such samples."""
    rng, wrong = np.random.default_rng(3), 0
    for _ in range(100):
        spend = rng.lognormal(0, 1.5, 200)
        table = pd.DataFrame({"actual": spend * rng.lognormal(-0.125, 0.5, 200)})
        table["above"], table["below"] = spend + 0.3, spend - 0.3  # biases of the same size
        found = compare_forecasts(table, model="above", naive=["below"], rng=rng, resamples=199)
        wrong += found.differences.set_index("measure").loc["bias", "verdict"] != "not distinguishable"
    assert wrong <= 8


def test_what_coverage_is_measured_of_is_what_is_compared():
    spent = lognormal(1.0).draw(300, np.random.default_rng(4))
    measured = ends_of_means(spent, np.random.default_rng(5), 999)
    compared = compare_of(spent, np.random.default_rng(6), 999)
    own = compared.errors.query("forecast == 'model' and measure == 'mae'")
    differences = compared.differences.query("measure == 'mae'")
    columns = ["estimate", "low", "high"]
    expected = pd.concat([own[columns], differences[columns]])
    assert measured.loc[
        ["error mae", "difference to unchanged mae", "difference to same mae"], columns
    ].to_numpy() == pytest.approx(expected.to_numpy(), abs=0.05)


def test_the_same_generator_gives_the_same_intervals():
    one, two = (compare(forecasts(), "good", ["mean"]) for _ in range(2))
    pd.testing.assert_frame_equal(one.errors, two.errors, check_exact=True)
    pd.testing.assert_frame_equal(one.differences, two.differences, check_exact=True)


def test_size_of_bias_counts_not_its_sign():
    table = pd.DataFrame({"actual": np.arange(20.0)})
    table = table.assign(below=table["actual"] - 1, above=table["actual"] + 3)
    found = compare(table, "below", ["above"]).differences.set_index("measure").loc["bias"]
    assert (found["estimate"], found["verdict"]) == (-2.0, "better")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (forecasts().head(9), "9 customers, 0 missing values"),
        (forecasts().assign(good=[None] + [1.0] * 399), "400 customers, 1 missing values"),
        (forecasts().drop(columns="good"), "column 'good' is missing"),
    ],
)
def test_what_cannot_be_compared_is_refused(table, message):
    with pytest.raises(InputError, match=message):
        compare(table, "good", ["mean"])


def test_calibration_groups_follow_the_forecast():
    found = calibration_by_group(forecasts(), model="good")
    assert found["customers"].tolist() == [40] * 10
    assert found["forecast"].is_monotonic_decreasing
    assert found["as_forecast"].sum() >= 8  # an honest forecast is inside most intervals
    assert (
        calibration_by_group(forecasts().assign(double=lambda t: 2 * t["good"]), model="double")["as_forecast"].sum()
        == 0
    )


def test_calibration_interval_is_student_s():
    table = forecasts(40)
    first = calibration_by_group(table, model="good", n_groups=2).iloc[0]
    top = table.nlargest(20, "good")["actual"]
    reach = stats.t.ppf(0.975, 19) * top.std(ddof=1) / np.sqrt(20)
    assert (first["low"], first["high"]) == pytest.approx((top.mean() - reach, top.mean() + reach))


def test_a_forecast_that_is_no_better_and_gives_no_order_may_not_rank():
    """Reported apart from one that is no better on error, but puts customers in the right order."""
    table = forecasts()
    shuffled = table["good"].to_numpy()[np.random.default_rng(7).permutation(len(table))]
    table = table.assign(order=table["mean"] + 0.01 * table["good"], none=table["mean"] + 0.01 * shuffled)
    ranks, none = compare(table, "order", ["mean"]), compare(table, "none", ["mean"])
    assert replace(ranks, verdict="not distinguishable").status == "not distinguishable"
    assert replace(none, verdict="not distinguishable").status == "no order"
    assert {"no order"} <= set(ADVICE) & set(OUTCOMES)
