"""Life-cycle phases: the trend test against an independent computation, calibration on noise, and each rule by hand."""

from datetime import date, datetime, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import statsmodels.api as sm

from helpers.core.errors import InputError
from helpers.differentiation import LifeCycle, PhaseRule, assign_phases, count_moves, count_purchases, count_reasons

# Ibis 12 still uses names that DuckDB 2 and pandas 3.1 are giving up.
pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning"),
]
RULE = PhaseRule(window_days=112, period_days=28)  # four periods


def old_customers(counts: np.ndarray, **columns: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Customers of long standing with these counts per period, seen a day ago unless reported otherwise."""
    index = pd.RangeIndex(len(counts), name="customer_id")
    summary = {"tenure_days": 1000, "days_since_last": 1, "purchase_days": counts.sum(axis=1) + 10} | columns
    return pd.DataFrame(counts, index=index), pd.DataFrame(summary, index=index)


def phases(counts: list[list[int]], rule: PhaseRule = RULE, **columns: object) -> LifeCycle:
    return assign_phases(*old_customers(np.array(counts), **columns), rule)


class TestCounts:
    LINES = ibis.memtable(
        pa.table(
            {
                "customer_id": [2, 2, 2, 1, 1, 3],
                "time": [
                    datetime(2024, 3, 1, 8),
                    datetime(2024, 3, 1, 20),
                    datetime(2024, 3, 28, 23, 59),
                    datetime(2024, 6, 20),
                    datetime(2024, 6, 21),
                    datetime(2024, 2, 29, 23),
                ],
            }
        )
    )

    def test_days_per_period(self) -> None:
        counts = count_purchases(self.LINES, date(2024, 6, 21), RULE)  # from 1 March; the last day is left out
        assert counts.index.tolist() == [1, 2]
        assert counts.to_numpy().tolist() == [[0, 0, 0, 1], [2, 0, 0, 0]]

    def test_all_purchase_days_of_the_complete_journey(self, journey: ir.Table, journey_summary: pd.DataFrame) -> None:
        counts = count_purchases(journey, date(2018, 1, 1), PhaseRule(window_days=371, period_days=7))
        pd.testing.assert_series_equal(
            counts.sum(axis=1), journey_summary["purchase_days"], check_names=False, check_dtype=False
        )


class TestTrend:
    @pytest.mark.parametrize("tenure", [1000, 100, 60])
    def test_equals_the_score_test_of_statsmodels(self, tenure: int) -> None:
        """With a dispersion of one: score test of one more covariate in a Poisson regression with exposure."""
        at_risk = np.clip(tenure - 1 - 28 * np.array([3, 2, 1, 0]), 0, 28)
        purchases = np.array([2, 5, 3, 9]) * (at_risk > 0)
        first = np.zeros(4, dtype=int)
        first[(112 - tenure) // 28 if tenure <= 112 else 0] = 1 if tenure <= 112 else 0
        life = phases([(purchases + first).tolist()], PhaseRule(112, 28, exploration_days=30), tenure_days=tenure)
        seen = at_risk > 0
        kind = {"family": sm.families.Poisson(), "exposure": at_risk[seen]}
        place = np.arange(4.0)[seen]
        flat = sm.GLM(purchases[seen], np.ones(seen.sum()), **kind).fit()
        sloped = sm.GLM(purchases[seen], sm.add_constant(place), **kind).fit()
        statistic, p_value = flat.score_test(exog_extra=place[:, None])
        row = life.customers.iloc[0]
        assert row["trend_z"] ** 2 * life.dispersion == pytest.approx(statistic)
        assert np.sign(row["trend_z"]) == np.sign(sloped.params[1])
        if life.dispersion == 1.0:
            assert row["p_value"] == pytest.approx(p_value)

    def test_noise_is_not_called_growth(self) -> None:
        """Constant rates, very different customers: each test keeps its level, and almost nobody is named."""
        rng = np.random.default_rng(20240101)
        rate = rng.gamma(2.0, 1.5, size=3000)
        life = assign_phases(*old_customers(rng.poisson(rate[:, None], size=(3000, 13))))
        tested = life.customers.dropna(subset=["p_value"])
        assert (tested["p_value"] < 0.05).mean() == pytest.approx(0.05, abs=0.012)
        assert (tested["reason"] != "no clear trend").mean() < 0.003

    def test_irregular_buying_is_not_called_growth(self) -> None:
        rng = np.random.default_rng(7)
        bursts = rng.negative_binomial(0.5, 0.1, size=(2000, 13))  # variance ten times the mean
        life = assign_phases(*old_customers(bursts))
        assert life.dispersion > 5
        assert life.customers["reason"].isin(["rising", "falling"]).mean() < 0.01

    def test_real_growth_and_decline_are_found(self) -> None:
        rng = np.random.default_rng(5)
        steady = rng.poisson(4.0, size=(800, 13))
        rising = rng.poisson(np.linspace(1, 9, 13), size=(100, 13))
        falling = rng.poisson(np.linspace(9, 1, 13), size=(100, 13))
        life = assign_phases(*old_customers(np.vstack([steady, rising, falling])))
        phase = life.phase.to_numpy()
        assert (phase[800:900] == "growth").mean() > 0.9
        assert (phase[900:] == "decline").mean() > 0.9
        named = np.isin(phase[:800], ["growth", "decline"]).sum()
        assert named / (named + 200) < 0.10  # the share of false alarms the rule allows

    def test_a_season_of_all_is_no_trend_against_the_base(self) -> None:
        rng = np.random.default_rng(11)
        counts = rng.poisson(np.linspace(2, 8, 13), size=(500, 13))
        own = assign_phases(*old_customers(counts))
        base = assign_phases(*old_customers(counts), PhaseRule(relative_to_base=True))
        assert (own.phase == "growth").mean() > 0.5
        assert (base.phase == "stability").mean() > 0.99

    def test_rates_of_the_halves(self) -> None:
        row = phases([[1, 3, 5, 7]]).customers.iloc[0]
        assert (row["rate_before"], row["rate_after"]) == (2.0, 6.0)
        young = phases([[0, 0, 3, 5]], tenure_days=56).customers.iloc[0]
        assert np.isnan(young["rate_before"])
        assert young["purchases"] == 7  # the first purchase is what made a customer of them
        assert young["rate_after"] == pytest.approx(28 * 7 / 55)


STEADY = [3, 3, 3, 3]


class TestRules:
    @pytest.mark.parametrize(
        ("columns", "reason", "phase"),
        [
            ({"days_since_last": 90}, "no clear trend", "stability"),
            ({"days_since_last": 91}, "silent", "decline"),
            ({"days_since_last": 91, "tenure_days": 91, "purchase_days": 1}, "silent", "decline"),
            ({"tenure_days": 90}, "short history", "exploration"),
            ({"tenure_days": 91}, "no clear trend", "stability"),
            ({"purchase_days": 3}, "few purchases", "exploration"),
        ],
    )
    def test_first_rule_that_fits(self, columns: dict[str, int], reason: str, phase: str) -> None:
        row = phases([STEADY], **columns).customers.iloc[0]
        assert (row["reason"], row["phase"]) == (reason, phase)

    def test_a_customer_without_purchases_in_the_window_is_kept(self) -> None:
        counts, summary = old_customers(np.array([STEADY, STEADY]), days_since_last=[1, 200])
        life = assign_phases(counts.iloc[:1], summary, RULE)
        assert life.customers["purchases"].tolist() == [12, 0]
        assert life.phase.tolist() == ["stability", "decline"]
        assert life.tested == 1

    def test_nobody_to_judge(self) -> None:
        life = phases([STEADY], tenure_days=10)
        assert (life.tested, life.dispersion) == (0, 1.0)
        assert life.customers["q_value"].isna().all()

    def test_reasons_add_up(self) -> None:
        reasons = count_reasons(phases([STEADY] * 4, days_since_last=[1, 1, 91, 1], tenure_days=[99, 9, 99, 99]))
        assert reasons["phase"].tolist() == ["exploration", "stability", "decline"]
        assert reasons["customers"].tolist() == [1, 2, 1]
        assert reasons["customer_share"].sum() == 1.0

    def test_counts_of_another_rule_or_of_strangers(self) -> None:
        counts, summary = old_customers(np.array([STEADY] * 2))
        with pytest.raises(InputError, match=r"4 periods were counted(.|\n)*missing in the summary: 1"):
            assign_phases(counts, summary.iloc[:1], PhaseRule())

    def test_all_bad_limits_at_once(self) -> None:
        with pytest.raises(InputError, match=r"silent_after_days: 0(.|\n)*false_share: 1(.|\n)*a window of 100 days"):
            PhaseRule(window_days=100, silent_after_days=0, false_share=1)


def test_phases_and_moves_on_the_complete_journey(journey: ir.Table, journey_summary: pd.DataFrame) -> None:
    as_of = date(2018, 1, 1)
    life = assign_phases(count_purchases(journey, as_of), journey_summary)
    assert life.phase.value_counts().to_dict() == {"stability": 2013, "decline": 274, "growth": 133, "exploration": 49}
    assert life.dispersion == pytest.approx(1.12, abs=0.005)
    half = PhaseRule(window_days=182, period_days=14)
    later = assign_phases(count_purchases(journey, as_of, half), journey_summary, half)
    moves = count_moves(life.phase, later.phase)
    assert moves.to_numpy().sum() == 2469
    assert as_of - timedelta(days=half.window_days) == date(2017, 7, 3)


def test_silence_by_the_own_rhythm_goes_before_the_days():
    """Ninety fixed days call nobody silent who is known to buy twice a year."""
    counts, summary = old_customers(np.array([[0, 1, 0, 0], [3, 3, 3, 3]]), days_since_last=[120, 40])
    assert assign_phases(counts, summary, RULE).customers["reason"].tolist()[0] == "silent"
    silent = pd.Series({1: True})  # who is not listed is not silent
    reasons = assign_phases(counts, summary, RULE, silent=silent).customers["reason"]
    assert (reasons == "silent").tolist() == [False, True]
