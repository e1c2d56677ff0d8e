"""Phases by what is spent against what comes back: by hand, on noise, and on inputs that teach little."""

from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.core.periods import Period
from helpers.differentiation import (
    ACCOUNT_PHASES,
    LifeCycle,
    assign_account_phases,
    assign_phases_by_return,
    check_definitions,
    contribution_by_period,
    count_reasons,
    return_by_phase,
    transition_matrix,
)

# Ibis 12 still uses names that DuckDB 2 and pandas 3.1 are giving up.
pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning"),
]
BEFORE, AFTER = Period(date(2023, 1, 1), date(2024, 1, 1)), Period(date(2024, 1, 1), date(2025, 1, 1))


def lines_of(days: dict[str, list[str]], amount: float = 10.0, cost: float = 4.0) -> pd.DataFrame:
    rows = [(name, f"{name}{place}", pd.Timestamp(day)) for name, own in days.items() for place, day in enumerate(own)]
    frame = pd.DataFrame(rows, columns=["customer_id", "order_id", "time"])
    return frame.assign(amount=amount, cost=cost, product_id="p")


def contributions(lines: pd.DataFrame) -> pd.DataFrame:
    return contribution_by_period(ibis.memtable(lines), BEFORE, AFTER)


def random_lines(rates: np.ndarray, seed: int = 3) -> pd.DataFrame:
    """Purchases at random over two years from a first day of 2022 on, customers x (rate before, rate after) a year."""
    rng = np.random.default_rng(seed)
    days: dict[str, list[str]] = {}
    for place, (once, later) in enumerate(rates):
        own = [date(2022, 6, 1)]
        for start, rate in ((BEFORE.start, once), (AFTER.start, later)):
            own += [start + timedelta(days=int(day)) for day in rng.integers(0, 365, rng.poisson(rate))]
        days[f"C{place:04d}"] = [str(day) for day in own]
    return lines_of(days)


def phases_of(lines: pd.DataFrame, spent: float = 1.0, **more: object) -> LifeCycle:
    money = contributions(lines)
    summary = pd.DataFrame({"tenure_days": 900, "days_since_last": 5, "purchase_days": 20}, index=money.index)
    effort = pd.DataFrame({"effort_before": spent, "effort_after": spent}, index=money.index)
    return assign_phases_by_return(money, effort, summary, **{"silent": pd.Series(dtype=bool), **more})


class TestContribution:
    def test_by_hand_the_first_day_is_left_out_of_what_is_tested(self):
        lines = lines_of({"a": ["2022-05-01", "2023-03-01", "2023-03-01", "2024-02-01"], "b": ["2024-03-01"]})
        found = contributions(lines)
        assert found.loc["a", ["contribution_before", "contribution_after"]].tolist() == [12.0, 6.0]
        assert found.loc["a", ["squares_before", "squares_after"]].tolist() == [144.0, 36.0]
        assert found.loc["a", ["days_before", "days_after"]].tolist() == [365, 366]
        assert found.loc["b", ["contribution_after", "later_after", "days_before"]].tolist() == [6.0, 0.0, 0]
        assert found.loc["b", "days_after"] == (date(2025, 1, 1) - date(2024, 3, 1)).days - 1

    def test_what_came_back_is_set_off(self):
        lines = lines_of({"a": ["2023-03-01", "2023-05-01", "2024-02-01"]})
        back = lines.iloc[[1]].assign(time=pd.Timestamp("2023-06-01"), amount=-10.0, cost=-4.0)
        assert contributions(pd.concat([lines, back])).loc["a", "contribution_before"] == 6.0

    def test_a_line_without_cost_is_refused(self):
        lines = lines_of({"a": ["2023-03-01", "2024-02-01"]})
        lines.loc[0, "cost"] = np.nan
        with pytest.raises(InputError, match="1 lines have no cost of goods"):
            contributions(lines)

    def test_periods_that_leave_a_gap_are_refused(self):
        later = Period(date(2024, 2, 1), date(2025, 1, 1))
        with pytest.raises(InputError, match="do not follow each other"):
            contribution_by_period(ibis.memtable(lines_of({"a": ["2023-03-01"]})), BEFORE, later)


class TestPhases:
    def test_a_fall_is_decline_a_rise_growth_and_noise_neither(self):
        rates = np.vstack([np.full((300, 2), 20.0), np.tile([6.0, 60.0], (20, 1)), np.tile([60.0, 6.0], (20, 1))])
        phase = phases_of(random_lines(rates)).phase.to_numpy()
        assert (phase[300:320] == "growth").mean() > 0.9
        assert (phase[320:] == "decline").mean() > 0.9
        assert np.isin(phase[:300], ["growth", "decline"]).mean() < 0.02

    def test_who_costs_more_than_comes_back_is_in_exploration(self):
        life = phases_of(random_lines(np.full((50, 2), 20.0)), spent=1e6)
        assert life.customers["reason"].eq("more spent than comes back").all()
        assert life.phase.eq("exploration").all()

    def test_gone_is_a_phase_only_where_it_is_known(self):
        lines = random_lines(np.full((50, 2), 20.0))
        life = phases_of(lines, gone=pd.Series(data=True, index=["C0000", "C0001"]))
        assert life.phase.value_counts()["gone"] == 2
        assert "gone" not in phases_of(lines).phase.cat.categories

    def test_the_return_is_that_of_the_sums_and_definitions_are_checked(self):
        rates = np.vstack([np.full((60, 2), 20.0), np.tile([6.0, 60.0], (20, 1)), np.tile([60.0, 6.0], (20, 1))])
        life = phases_of(random_lines(rates), spent=10.0)
        table = return_by_phase(life, np.random.default_rng(1), resamples=99)
        stable = life.customers[life.phase == "stability"]
        assert table.loc["stability", "return_after"] == pytest.approx(
            stable["contribution_after"].sum() / (10 * len(stable))
        )
        assert table.loc["stability", "low"] < table.loc["stability", "return_after"] < table.loc["stability", "high"]
        checked = check_definitions(table)["holds"]
        assert checked["growth"]
        assert checked["decline"]
        assert not checked["stability"]  # here growth brings more

    @pytest.mark.parametrize("size", [1, 9])
    def test_few_customers_have_a_return_without_an_interval(self, size):
        table = return_by_phase(phases_of(random_lines(np.full((size, 2), 20.0))), np.random.default_rng(1))
        assert table["low"].isna().all()
        assert table["return_after"].notna().all()
        assert check_definitions(table).empty  # two customers who grow show nothing of what growth is


class TestBadInput:
    def test_one_customer_with_one_order_is_judged_by_nothing(self):
        life = phases_of(lines_of({"a": ["2024-02-01"]}))
        assert life.tested == 0
        assert life.phase.tolist() == ["stability"]

    def test_all_equal_and_all_ties_are_stable(self):
        days = [f"2023-{month:02d}-05" for month in range(1, 13)] + [f"2024-{month:02d}-05" for month in range(1, 13)]
        life = phases_of(lines_of({f"C{place}": ["2022-06-01", *days] for place in range(30)}))
        assert life.phase.eq("stability").all()

    def test_nothing_comes_back_at_all(self):
        lines = random_lines(np.full((20, 2), 20.0)).assign(amount=0.0, cost=0.0)
        life = phases_of(lines, spent=0.0)
        assert life.tested == 0
        assert return_by_phase(life, np.random.default_rng(1))["return_after"].isna().all()

    def test_a_customer_with_very_many_orders_changes_nothing_for_the_others(self):
        lines = random_lines(np.full((40, 2), 20.0))
        many = lines_of({"big": [str(day) for day in pd.date_range("2022-01-01", "2024-12-31", freq="h")]})
        alone, beside = phases_of(lines), phases_of(pd.concat([lines, many], ignore_index=True))
        assert beside.customers.loc[alone.customers.index, "trend_z"].equals(alone.customers["trend_z"])
        assert beside.phase["big"] == "stability"

    def test_two_currencies_are_not_added_up(self):
        lines = lines_of({"a": ["2023-03-01", "2024-02-01"]}).assign(currency=["EUR", "CHF"])
        with pytest.raises(InputError, match=r"the lines are in 2 currencies: .*CHF.*EUR"):
            contributions(lines)

    def test_customers_without_a_contribution_are_named(self):
        money = contributions(lines_of({"a": ["2023-03-01"]}))
        summary = pd.DataFrame({"tenure_days": 9, "days_since_last": 5, "purchase_days": 2}, index=["a", "b"])
        effort = pd.DataFrame(columns=["effort_before", "effort_after"], dtype=float)
        with pytest.raises(InputError, match=r"customers without a contribution: .*b"):
            assign_phases_by_return(money, effort, summary)


class TestTransitions:
    KINDS = pd.CategoricalDtype(["growth", "stability", "decline"])

    def test_shares_of_a_phase_add_up_and_follow_the_counts(self):
        rng = np.random.default_rng(2)
        before, after = (
            pd.Series(rng.choice(self.KINDS.categories, 500), index=range(500), dtype=self.KINDS) for _ in range(2)
        )
        matrix = transition_matrix(before, after)
        assert matrix.groupby("before")["share"].sum().tolist() == pytest.approx([1.0, 1.0, 1.0])
        assert matrix["customers"].sum() == 500
        expected = ((before == "growth") & (after == "decline")).sum() / (before == "growth").sum()
        row = matrix[(matrix["before"] == "growth") & (matrix["after"] == "decline")].iloc[0]
        assert row["share"] == pytest.approx(expected)
        assert row["low"] < expected < row["high"]

    def test_customers_won_in_between_are_in_no_row(self):
        before = pd.Series(["growth"], index=["a"], dtype=self.KINDS)
        after = pd.Series(["growth", "decline"], index=["a", "new"], dtype=self.KINDS)
        assert transition_matrix(before, after)["customers"].sum() == 1

    def test_nobody_before_is_refused(self):
        none = pd.Series([], dtype=self.KINDS)
        with pytest.raises(InputError, match="no customer had a phase before"):
            transition_matrix(none, none)


class TestAccounts:
    REASONS = ("few purchases", "more spent than comes back", "rising", "no clear trend", "falling", "x", "x", "x", "x")
    STATES = ("new", "active", "active", "active", "active", "lapsing", "lapsing", "lost", "lost")
    KEPT = (False, True, True, True, True, True, False, True, False)
    EXPECTED = ("break-through", "consolidation", "growth", "harvest", "defence", "defence", "hibernation",
                "hibernation", "suspension")  # fmt: skip

    def life(self) -> LifeCycle:
        index = pd.RangeIndex(len(self.REASONS))
        return LifeCycle(pd.DataFrame({"reason": self.REASONS, "phase": "stability"}, index=index), 1.0, 0)

    def test_every_rule_of_the_seven_phases(self):
        life = self.life()
        index = life.customers.index
        found = assign_account_phases(life, pd.Series(self.STATES, index), pd.Series(self.KEPT, index), index)
        assert found.tolist() == list(self.EXPECTED)
        assert set(found) == set(ACCOUNT_PHASES)

    def test_without_accounts_there_is_nothing_to_say(self):
        life = self.life()
        with pytest.raises(InputError, match="there is no business account"):
            assign_account_phases(life, pd.Series(self.STATES), pd.Series(dtype=bool), life.customers.index[:0])

    def test_reasons_are_counted(self):
        assert count_reasons(self.life())["customers"].sum() == len(self.REASONS)
