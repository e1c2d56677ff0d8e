"""States by the own rhythm: against the truth of made customers, by hand, and where nothing can be learned."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import ibis
import numpy as np
import pandas as pd
import pytest
from scipy import stats
from tests.cases import shop, shop_and_leavers
from tests.state_scores import score_lost

from helpers.core.errors import InputError
from helpers.core.kept_results import keep_results_with
from helpers.value import RhythmRule, StateLearning, follow_states, learn_states
from helpers.value.lifetime import customer_states
from helpers.value.lifetime.return_forecast import ALL_ALIKE, NO_BETTER
from helpers.value.lifetime.state_rules import FIXED_DAYS, LEARNED, OWN_RHYTHM

# Ibis 12 still uses names that DuckDB 2 and pandas 3.1 are giving up.
pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning"),
]
AS_OF = date(2025, 1, 1)
LONGEST_LIVING_CALLED_LOST = 0.15


def learn(lines: pd.DataFrame, as_of: date = AS_OF) -> StateLearning:
    return learn_states(ibis.memtable(lines), as_of)


def lines_of(days: dict[str, list[float]], begin: str = "2021-01-01") -> pd.DataFrame:
    """One line of 10 for each day, counted from `begin`, on which a customer buys."""
    rows = [(name, place, pd.Timestamp(begin) + pd.Timedelta(days=int(day))) for name, own in days.items()
            for place, day in enumerate(own)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["customer_id", "order", "time"])
    return frame.assign(order_id=frame["customer_id"] + frame["order"].astype(str), amount=10.0)


def buy(random: np.random.Generator, gap: float, first: float, end: float, spread: float = 1.0) -> list[float]:
    """Days of purchases from the first one to the end, at random moments or with gaps of a given relative spread."""
    days = [first]
    while True:
        step = random.exponential(gap) if spread == 1 else gap * max(random.normal(1, spread), 0.05)
        if days[-1] + step >= end:
            return days
        days.append(days[-1] + step)


def chinook(spread: float = 0.2) -> pd.DataFrame:
    """Fifty-nine customers who buy every 233 days for four years, and none of whom has left."""
    random = np.random.default_rng(5)
    return lines_of({f"C{n:02d}": buy(random, 233, random.uniform(0, 233), 1461, spread) for n in range(59)})


def b2b() -> tuple[pd.DataFrame, "pd.Series[bool]"]:
    """Accounts of a maker won in one winter, of very different rates, more than half of whom have left."""
    random = np.random.default_rng(11)
    days, left = {}, {}
    for n in range(140):
        leaves = random.exponential(900)
        days[f"A{n:03d}"] = buy(random, 7 / random.gamma(1.4, 1 / 6.5), first := random.uniform(0, 150),
                                max(min(1461.0, first + leaves), first + 0.5))  # fmt: skip
        left[f"A{n:03d}"] = first + leaves < 1461
    return lines_of(days), pd.Series(left)


class TestAgainstTheTruth:
    @pytest.mark.parametrize("seed", [1, 2])
    def test_retail_order_lines_at_most_15_percent_of_living_customers_of_a_shop_are_lost(self, seed):
        lines, left = shop_and_leavers(seed=seed)
        learning = learn(lines)
        gone = left.reindex(learning.history["customer_id"]).to_numpy()
        score = score_lost((learning.customers["state"] == "lost").to_numpy(), gone)
        fixed = score_lost((learning.history["days_since_last"] > 90).to_numpy(), gone)
        assert learning.rule == LEARNED
        assert score["living_called_lost_share"] <= LONGEST_LIVING_CALLED_LOST < fixed["living_called_lost_share"]
        assert score["balanced_accuracy"] >= max(0.80, fixed["balanced_accuracy"])
        _, low, high = learning.living_customers()
        assert low <= (~gone).sum() <= high

    def test_b2b_workbook_at_most_15_percent_of_living_accounts_are_lost(self):
        lines, left = b2b()
        learning = learn(lines)
        gone = left.reindex(learning.history["customer_id"]).to_numpy()
        score = score_lost((learning.customers["state"] == "lost").to_numpy(), gone)
        fixed = score_lost((learning.history["days_since_last"] > 90).to_numpy(), gone)
        assert learning.rule == LEARNED
        assert score["living_called_lost_share"] <= LONGEST_LIVING_CALLED_LOST < fixed["living_called_lost_share"]
        assert score["balanced_accuracy"] >= 0.80


class TestWithoutDropOut:
    @pytest.mark.parametrize("spread", [0.2, pytest.param(1.0, marks=pytest.mark.slow)])
    def test_chinook_rhythm_nobody_who_buys_every_233_days_is_lost_after_90(self, spread):
        learning = learn(chinook(spread))
        silent = learning.history["days_since_last"] > 90
        assert silent.mean() > 0.3
        assert learning.rule == OWN_RHYTHM
        assert learning.why in (ALL_ALIKE, NO_BETTER)
        assert "lost" not in learning.states
        assert not (learning.customers["state"] == "lost").any()
        assert (learning.customers["state"] == "lapsing").mean() <= 0.2
        assert learning.customers["expected_gap_days"].median() == pytest.approx(233, rel=0.15)
        assert follow_states(ibis.memtable(chinook(spread)), AS_OF, learning)["lost"].eq(0).all()

    def test_living_customers_are_not_counted_where_they_cannot_be(self):
        with pytest.raises(InputError, match="cannot be counted by the rule 'own rhythm'"):
            learn(chinook()).living_customers()


class TestKeptForTheRun:
    """Chapters that learned the same of the same customers count the living once."""

    @pytest.fixture
    def counted(self, monkeypatch):
        shelf: dict[str, str] = {}
        counted = []
        keep_results_with(SimpleNamespace(read=shelf.get, write=shelf.__setitem__))

        def count(of: pd.DataFrame, *_: object) -> tuple[float, float]:
            counted.append(of)
            return 1.0, 1.0 + len(counted) / 100

        monkeypatch.setattr(customer_states, "living_by_other_assumptions", count)
        yield counted
        keep_results_with(None)

    def test_the_same_customers_are_counted_once(self, counted):
        lines, _ = shop_and_leavers(seed=1)
        found = [learn(lines).living_customers() for _ in range(2)]

        assert found == [found[0]] * 2
        assert len(counted) == 1

    def test_other_customers_spend_and_draws_are_counted_anew(self, counted):
        lines, _ = shop_and_leavers(seed=1)
        learning = learn(lines)
        spend = learning.history.assign(spend_to_date=learning.history["spend_to_date"] + 1)
        others = [learning, learn(lines.iloc[:-40]), replace(learning, history=spend)]

        for one in others:
            one.living_customers()
        assert len(counted) == 3
        for drawn in ({"draws": 100}, {"seed": 2}, {"confidence": 0.9}):
            learning.living_customers(**drawn)
        assert len(counted) == 6
        assert learning.living_customers() == learning.living_customers()
        assert len(counted) == 6


class TestFixedDays:
    def test_fixed_90_days_remain_only_where_hardly_anybody_bought_again_and_say_so(self):
        learning = learn(shop(8))
        assert learning.rule == FIXED_DAYS
        assert learning.silent is None
        expected = pd.cut(learning.history["days_since_last"] - 1, [-1, 30, 90, 10_000], labels=False)
        assert learning.customers["state"].map({"active": 0, "lapsing": 1, "lost": 2}).tolist() == expected.tolist()
        named = {result.name: result.value for result in learning.named_results()}
        assert named["state_rule"] == "fixed days (30 and 90)"
        assert (named["state_lapsing_days"], named["state_lost_days"]) == (30, 90)
        assert named["states_not_learned_because"] == "too few customers bought again"
        assert "living_customers" not in named

    def test_nobody_before_the_analysis_date(self):
        assert learn(shop(8), date(2020, 1, 1)).rule == FIXED_DAYS


@pytest.fixture(scope="module")
def learning() -> StateLearning:
    return learn(shop())


class TestByHand:
    def test_the_gap_is_drawn_towards_that_of_all(self, learning):
        r, alpha = (learning.model.parameters_[name] for name in ("r", "alpha"))
        row = pd.DataFrame({"frequency": [4], "age_at_last_purchase": [40.0], "age": [60.0]})
        found = learning.measure(row).iloc[0]
        assert found["expected_gap_days"] == pytest.approx(7 * (alpha + 40) / (r + 4))
        assert found["silence_in_gaps"] == pytest.approx(20 * (r + 4) / (alpha + 40))
        assert found["silence_chance"] == pytest.approx(stats.lomax(c=r + 4, scale=alpha + 40).sf(20))
        assert min(alpha / r, 10) < found["expected_gap_days"] / 7 < max(alpha / r, 10)

    def test_the_limit_keeps_the_expected_share_of_living_called_lost(self, learning):
        alive = learning.customers["probability_alive"]
        assert learning.lost_below <= RhythmRule().lost_below
        assert alive[alive < learning.lost_below].sum() <= RhythmRule().living_lost_share * alive.sum()
        assert ((learning.customers["state"] == "lost") == (alive < learning.lost_below)).all()

    def test_the_last_month_is_judged_as_the_analysis_date_that_follows(self, learning):
        months = follow_states(ibis.memtable(shop()), AS_OF, learning)
        assert months.iloc[-1]["lost"] == (learning.customers["state"] == "lost").sum()
        assert (months[["new", "active", "lapsing", "lost"]].sum(axis=1) == months["known"]).all()

    def test_limits_that_mean_nothing_are_refused_together(self):
        with pytest.raises(InputError, match=r"(?s)lost_below.*unusual_silence"):
            RhythmRule(lost_below=1.5, unusual_silence=0)
