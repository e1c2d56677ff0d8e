"""States, phases on any day, effort and the alarm: against truths made by hand, and inputs that teach nothing."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest
from tests.cases import shop, shop_and_leavers

from helpers.core.errors import InputError
from helpers.core.periods import Period
from helpers.value import (
    AlarmRule,
    gone_by_rhythm,
    learn_states,
    phases_on,
    score_alarm,
    score_call,
    score_states,
    states_on,
)
from helpers.value.lifetime.state_rules import FIXED_DAYS, LEARNED
from helpers.value.profitability import CostDrivers, kept_accounts, latest_spans, visited_in
from helpers.value.profitability.facts import CustomerFacts

# Ibis 12 still uses names that DuckDB 2 and pandas 3.1 are giving up.
pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning"),
]
AS_OF = date(2025, 1, 1)


@pytest.fixture(scope="module")
def leavers():
    lines, left = shop_and_leavers(seed=1)
    table = ibis.memtable(lines)
    return table, left, learn_states(table, AS_OF)


class TestStates:
    def test_who_is_gone_is_a_phase_of_its_own_and_silence_alone_no_decline(self, leavers):
        table, _, learning = leavers
        life = phases_on(table, AS_OF, learning)
        assert learning.rule == LEARNED
        assert (life.phase == "gone").sum() == (learning.customers["state"] == "lost").sum()
        assert not (life.customers["reason"] == "silent").any()

    def test_states_of_an_earlier_day_use_nothing_after_it(self, leavers):
        table, _, learning = leavers
        day = date(2024, 7, 1)
        before = states_on(table.filter(table["time"] < ibis.timestamp("2024-07-01")), day, learning)
        pd.testing.assert_frame_equal(states_on(table, day, learning), before)

    def test_states_are_scored_against_the_truth(self, leavers):
        table, left, learning = leavers
        states = learning.customers
        days = learning.history.set_index("customer_id")["days_since_last"]
        known = (~left).rename("alive").rename_axis("customer_id").reset_index()
        score = score_states(states.join(days), phases_on(table, AS_OF, learning).phase, known)
        lost = (states["state"] == "lost").to_numpy()
        assert score.alive_gone == score_call(lost, left.reindex(states.index).to_numpy())
        assert score.declining_too.living_called_gone_share <= 0.15 < score.by_days.living_called_gone_share
        named = {result.name: result.value for result in score.named_results()}
        assert named["states_balanced_accuracy"] >= 0.80
        assert {"states_living_called_gone_share", "states_calibration_error"} <= set(named)
        assert score.compared().shape == (3, 4)

    def test_a_truth_that_does_not_fit_is_one_message(self, leavers):
        _, left, learning = leavers
        states = learning.customers.assign(days_since_last=1)
        known = (~left).rename("alive").rename_axis("customer_id").reset_index()
        twice = pd.concat([known.iloc[1:], known.iloc[[5]]])
        with pytest.raises(InputError, match=r"(?s)no truth, or a second one, of 1 customer.*no truth of 1 customer"):
            score_states(states, pd.Series(dtype=str), twice)

    def test_states_that_were_not_learned_are_not_scored(self):
        learning = learn_states(ibis.memtable(shop(8)), AS_OF)
        states = learning.customers.assign(days_since_last=1)
        assert learning.rule == FIXED_DAYS
        with pytest.raises(InputError, match="no probability of being a customer still was learned"):
            score_states(states, pd.Series(dtype=str), pd.DataFrame({"customer_id": [], "alive": []}))

    def test_by_hand_the_shares_of_a_call(self):
        score = score_call(np.array([True, True, False, False]), np.array([True, False, False, True]))
        assert (score.living_called_gone_share, score.gone_missed_share, score.called_living_share) == (0.5, 0.5, 0.5)
        assert score.balanced_accuracy == 0.5
        with pytest.raises(InputError, match="every customer is living"):
            score_call(np.array([True]), np.array([False]))

    def test_slow_buyers_are_silent_by_days_and_not_gone(self, leavers):
        _, _, learning = leavers
        days = learning.history.set_index("customer_id")["days_since_last"]
        bands = gone_by_rhythm(learning.customers, days)
        assert bands["customers"].sum() == len(days)
        assert bands["silent_share"].iloc[-1] > bands["gone_share"].iloc[-1]


class TestBadInput:
    """One customer, one order, all equal, refunds, many orders: a rule that says so, nothing lost."""

    @pytest.mark.parametrize("customers", [1, 2])
    def test_hardly_a_customer_is_judged_by_days_and_says_so(self, customers):
        table = ibis.memtable(shop(customers))
        learning = learn_states(table, AS_OF)
        life = phases_on(table, AS_OF, learning)
        assert learning.rule == FIXED_DAYS
        assert learning.gone is None
        assert len(life.phase) == customers
        assert "gone" not in life.phase.cat.categories

    def test_one_order_each(self):
        lines = shop(40).drop_duplicates("customer_id")
        learning = learn_states(ibis.memtable(lines), AS_OF)
        assert learning.rule == FIXED_DAYS
        assert phases_on(ibis.memtable(lines), AS_OF, learning).tested == 0

    def test_all_customers_buy_on_the_same_days(self):
        days = pd.date_range("2023-01-02", "2024-12-30", freq="28D")
        lines = pd.DataFrame([(f"C{n}", f"{n}-{k}", day, 10.0) for n in range(80) for k, day in enumerate(days)],
                             columns=["customer_id", "order_id", "time", "amount"])  # fmt: skip
        learning = learn_states(ibis.memtable(lines), AS_OF)
        life = phases_on(ibis.memtable(lines), AS_OF, learning)
        assert not learning.learned
        assert life.phase.eq("stability").all()

    def test_a_refunded_purchase_is_no_purchase(self):
        lines = shop(300)
        last = lines.sort_values("time").groupby("customer_id").tail(1).iloc[:1]
        same = (lines["customer_id"] == last["customer_id"].item()) & (lines["order_id"] == last["order_id"].item())
        back = lines[same].assign(
            amount=-lines.loc[same, "amount"], time=lines.loc[same, "time"] + pd.Timedelta(minutes=1)
        )
        kept = learn_states(ibis.memtable(lines[~same]), AS_OF)
        undone = learn_states(ibis.memtable(pd.concat([lines, back])), AS_OF)
        pd.testing.assert_frame_equal(kept.customers, undone.customers)

    def test_amounts_in_two_currencies_change_no_state_and_no_phase(self):
        """States and phases by rhythm and trend go by days with a purchase, whatever was paid."""
        lines = shop(300)
        other = lines.assign(amount=lines["amount"].where(lines["customer_id"] < "C0150", 110 * lines["amount"]))
        one, two = (ibis.memtable(frame) for frame in (lines, other))
        learned = [learn_states(table, AS_OF) for table in (one, two)]
        pd.testing.assert_frame_equal(learned[0].customers, learned[1].customers)
        assert phases_on(one, AS_OF, learned[0]).phase.equals(phases_on(two, AS_OF, learned[1]).phase)

    def test_a_customer_with_an_order_every_hour_is_active(self):
        lines = shop(300)
        days = pd.date_range("2023-01-01", "2024-12-31 22:00", freq="h")
        many = pd.DataFrame({"customer_id": "big", "order_id": [f"b{n}" for n in range(len(days))], "time": days})
        learning = learn_states(ibis.memtable(pd.concat([lines, many.assign(amount=10.0)])), AS_OF)
        assert learning.customers.loc["big", "state"] == "active"


class TestAlarm:
    RULE = AlarmRule(least_gaps=5, alarm_share=0.10, volume_days=28)

    def lines(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Twenty who buy every week and twenty every sixty days; of each kind two leave on the first of July 2024."""
        rows, known = [], []
        for n in range(40):
            gap, leaves = (7 if n < 20 else 60), n % 20 < 2
            end = pd.Timestamp("2024-07-01" if leaves else AS_OF)
            days = pd.date_range(pd.Timestamp("2022-01-01") + pd.Timedelta(days=3 * n), end, freq=f"{gap}D")
            rows += [(f"C{n:02d}", f"{n}-{k}", day, 10.0) for k, day in enumerate(days)]
            known.append((f"C{n:02d}", end if leaves else pd.NaT))
        lines = pd.DataFrame(rows, columns=["customer_id", "order_id", "time", "amount"])
        return lines, pd.DataFrame(known, columns=["customer_id", "left_on"])

    def test_regular_customers_are_missed_sooner_by_their_own_rhythm(self):
        lines, known = self.lines()
        score = score_alarm(ibis.memtable(lines), AS_OF, self.RULE, known, months=12, follow_months=3, fixed_days=45)
        assert score.leavers == 4
        assert score.found_share == 1.0
        assert score.false_alarm_rate < score.fixed_false_alarm_rate
        assert score.lead_time_days > 0
        named = {result.name: result.value for result in score.named_results()}
        assert named["alarm_lead_time_days"] == score.lead_time_days
        assert len(score.compared()) == 3

    def test_nobody_left(self):
        lines, known = self.lines()
        with pytest.raises(InputError, match="0 regular customers left"):
            score_alarm(ibis.memtable(lines), AS_OF, self.RULE, known.assign(left_on=pd.NaT))

    def test_a_customer_without_a_truth_is_named(self):
        lines, known = self.lines()
        with pytest.raises(InputError, match=r"no truth of the customers .*C00"):
            score_alarm(ibis.memtable(lines), AS_OF, self.RULE, known.iloc[1:])


class TestEffort:
    def test_spans_need_a_purchase_in_the_first(self):
        lines = pd.DataFrame({"customer_id": ["a"], "order_id": [1], "time": [pd.Timestamp("2024-03-01")]})
        tables = {"transactions": ibis.memtable(lines.assign(amount=1.0))}
        drivers = CostDrivers("none", "", "", ())
        assert latest_spans(tables, drivers, AS_OF, months=6)[0] == Period(date(2024, 1, 1), date(2024, 7, 1))
        with pytest.raises(InputError, match="two spans of 12 months cannot be compared"):
            latest_spans(tables, drivers, AS_OF)

    def test_visited_or_under_contract_is_kept(self):
        customers = pd.DataFrame({"customer_id": ["a", "a", "b"], "period": [0, 1, 1]})
        facts = CustomerFacts(customers, pd.DataFrame({"visit": [0.0, 2.0, 0.0]}), pd.DataFrame(), ())
        visited = visited_in(facts)
        contracts = ibis.memtable(pd.DataFrame({"customer_id": ["c", "d"], "ended": [True, False]}))
        assert kept_accounts(visited, None).index.tolist() == ["a"]
        assert kept_accounts(visited, contracts).index.tolist() == ["a", "d"]
        assert kept_accounts(None, None).empty
        with pytest.raises(InputError, match="the activity 'call' was not counted"):
            visited_in(facts, activity="call")
