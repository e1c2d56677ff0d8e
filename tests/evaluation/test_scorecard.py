"""The scorecard: leads by source, seller and region, what contacts returned, indicators, and before and after."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from helpers import evaluation
from helpers.core.errors import InputError
from helpers.core.periods import periods_before
from helpers.narrative.scorecard import in_words, what_to_adjust

AS_OF = date(2026, 1, 1)


def leads_of(counts: dict[str, tuple[int, int]], by: str = "source") -> pd.DataFrame:
    """Closed leads, of which so many of each group were won."""
    rows = [(group, number < won) for group, (closed, won) in counts.items() for number in range(closed)]
    return pd.DataFrame(rows, columns=[by, "won"]).assign(closed=True)


def test_a_lead_closed_after_the_analysis_date_is_open():
    leads = pd.DataFrame({"lead_id": [1, 2], "stage": ["won", "Won "], "closed_date": ["2025-12-31", "2026-01-01"]})
    found = evaluation.closed_leads(ibis.memtable(leads.astype({"closed_date": "datetime64[us]"})), AS_OF)
    assert found["won"].tolist() == [True, False]
    assert found["closed"].tolist() == [True, False]


def test_without_stages_a_lead_that_became_a_customer_was_won():
    leads = pd.DataFrame({"lead_id": [1, 2, 3], "customer_id": ["a", None, None]})
    leads["closed_date"] = pd.to_datetime(["2025-01-01", "2025-01-01", None])
    found = evaluation.closed_leads(ibis.memtable(leads), AS_OF)
    assert found[["closed", "won"]].sum().tolist() == [2, 1]


def test_no_leads_closed_is_not_enough_to_say():
    with pytest.raises(InputError, match="none of 3 leads is won or lost; 5 of one group are needed"):
        evaluation.shares_won(leads_of({"web": (3, 0)}).assign(closed=False), "source")


def test_one_source_has_no_order():
    with pytest.raises(InputError, match="1 group with closed leads; 2 are needed"):
        evaluation.rank_groups(evaluation.shares_won(leads_of({"web": (30, 5)}), "source"), np.random.default_rng(1))


def test_a_seller_with_one_lead_does_not_win_by_luck():
    counts = {"lucky": (1, 1), **{f"s{n}": (200, 20 + 20 * n) for n in range(6)}}
    by_seller = evaluation.shares_won(leads_of(counts, "seller_id"), "seller_id")
    assert np.isnan(by_seller.set_index("group").loc["lucky", "share"])
    ranked = evaluation.rank_groups(by_seller, np.random.default_rng(1)).set_index("group")
    assert ranked.loc["lucky", "shrunken"] < 0.6
    assert ranked.loc["lucky", "worst_place"] >= 6
    assert ranked.loc["lucky", "chance_best"] < 0.5
    assert ranked.loc["s5", "worst_place"] < ranked.loc["s0", "best_place"]


def test_equal_groups_are_not_put_in_order():
    ranked = evaluation.rank_groups(
        evaluation.shares_won(leads_of({f"s{n}": (50, 10) for n in range(5)}), "source"), np.random.default_rng(1)
    )
    assert (ranked["best_place"] == 1).all()
    assert (ranked["worst_place"] == 5).all()


def test_intervals_of_shrunken_shares_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(5)
    held = []
    for _ in range(60):
        true = rng.beta(6, 18, 12)
        closed = rng.integers(1, 80, 12)
        counts = pd.DataFrame({"group": range(12), "closed": closed, "won": rng.binomial(closed, true)})
        ranked = evaluation.rank_groups(counts, rng, draws=800).set_index("group").sort_index()
        held.append(((ranked["low"] <= true) & (true <= ranked["high"])).mean())
    assert 0.92 < np.mean(held) < 0.98


def pairs_of(gain: float, *, size: int = 200, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    pairs = pd.DataFrame({"customer_id": range(size), "campaign_id": 1, "treated": np.arange(size) % 2 == 0})
    pairs["contribution"] = rng.gamma(2, 5, size) + gain * pairs["treated"]
    return pairs.assign(cost=pairs["treated"] * 1.0)


@pytest.mark.parametrize(
    ("gain", "status"),
    [(8, "earned more than it cost"), (-8, "cost more than it brought"), (1, "these data cannot say")],
)
def test_the_return_says_only_what_its_interval_allows(gain, status):
    found = evaluation.measure_return(pairs_of(gain))
    assert found.status == status
    assert (found.contacts_needed == found.contacts_needed) == (status == "these data cannot say")


def test_without_customers_held_back_no_return_is_given():
    with pytest.raises(InputError, match="0 customers held back in campaigns that have both; 30 are needed"):
        evaluation.measure_return(pairs_of(5).assign(treated=True))


def test_without_costs_no_return_is_given():
    with pytest.raises(InputError, match="all contacts together cost nothing"):
        evaluation.measure_return(pairs_of(5).assign(cost=0.0))
    with pytest.raises(InputError, match="contacts without a cost"):
        evaluation.measure_return(pairs_of(5).assign(cost=np.nan))


def test_intervals_of_the_return_hold_the_true_gain_as_often_as_they_say():
    found = [evaluation.measure_return(pairs_of(3.0, seed=seed)) for seed in range(150)]
    assert 0.90 < np.mean([one.gain_low <= 300 <= one.gain_high for one in found]) < 0.99


def activity_of(stay: list[int], size: int = 100) -> pd.DataFrame:
    """The same customers in every period, of whom only the first so many buy."""
    parts = [
        pd.DataFrame({"customer_id": range(n), "period": at, "orders": 1, "revenue": 10.0}) for at, n in enumerate(stay)
    ]
    return pd.concat(parts, ignore_index=True)


def test_churn_that_rises_beyond_chance_is_worse_and_service_is_adjusted():
    indicators = evaluation.customer_indicators(activity_of([100, 100, 95, 95, 50]))
    weighed = evaluation.weigh(indicators, "growth").set_index("indicator")
    assert weighed.loc["churn", "status"] == "worse"
    assert what_to_adjust(weighed.reset_index().query("ability == 'service'")) == "adjust_service"
    assert weighed["weight"].sum() == pytest.approx(1)
    assert in_words(weighed.reset_index())["now"].tolist()[1] == "47.4 %"


def test_one_period_is_not_enough_to_say():
    indicators = evaluation.customer_indicators(activity_of([0, 0, 0, 0, 100]))
    assert {one.status for one in indicators} == {"not enough to say"}
    with pytest.raises(InputError, match="5 periods with 30 customers or leads are needed"):
        evaluation.balances(indicators)


def test_the_balance_turns_with_the_phase_of_the_market():
    fell = evaluation.Indicator("churn", "service", (0.2, 0.1, 0.3), 0.4, (-0.2, -0.3, -0.1), 50, 50, True)
    fewer = evaluation.Indicator("leads gained", "prospecting", (50, 40, 60), 90, (-0.4, -0.6, -0.2), 50, 90)
    balance = evaluation.balances([fell, fewer])
    assert balance["introduction"] < 0 < balance["maturity"]


def test_periods_that_began_before_the_data_are_not_counted():
    days = pd.date_range("2024-08-15", "2025-12-31", freq="D")
    lines = pd.DataFrame({"customer_id": np.arange(len(days)) % 40, "order_id": range(len(days)), "time": days})
    spans = periods_before(AS_OF, months=6, count=evaluation.PERIODS)
    found = evaluation.whole_periods(ibis.memtable(lines.assign(amount=1.0)), spans)
    assert sorted(found["period"].unique()) == [3, 4]


@pytest.mark.parametrize(("begin", "known"), [("2024-07-01", True), ("2025-01-10", False)])
def test_leads_are_compared_only_where_they_were_on_record_before(begin, known):
    times = pd.date_range(begin, periods=200, freq="4D")
    leads = leads_of({"web": (200, 50)}).assign(time=times, closed_date=times)
    spans = periods_before(date(2026, 7, 1), months=6, count=evaluation.PERIODS)
    found = evaluation.lead_indicators(leads, spans)
    assert [one.status != "not enough to say" for one in found] == [known, known]


@pytest.mark.parametrize(("months", "at"), [(12, "2024-06-01"), (20, "2022-03-01")])
def test_too_few_months_on_a_side_are_named(months, at):
    series = pd.Series(100.0, index=pd.date_range("2022-01-01", periods=months, freq="MS"))
    with pytest.raises(InputError, match="8 each are needed"):
        evaluation.measure_step(series, date.fromisoformat(at))


def test_a_step_in_a_trend_is_found_and_rare_elsewhere():
    rng = np.random.default_rng(2)
    at = np.arange(40)
    series = pd.Series(
        100 * 1.01**at * np.where(at < 20, 1, 1.3) * np.exp(rng.normal(0, 0.02, 40)),
        index=pd.date_range("2022-01-01", periods=40, freq="MS"),
    )
    found = evaluation.measure_step(series, date(2023, 9, 1))
    assert found.low < 0.3 < found.high
    assert found.placebo_share == 0


def test_worth_is_of_customers_followed_long_enough():
    leads = leads_of({"web": (4, 4)}).assign(lead_id=range(4), customer_id=list("abcd"))
    leads["closed_date"] = pd.to_datetime(["2024-01-01", "2024-02-01", "2025-06-01", "2024-03-01"])
    leads = pd.concat([leads, leads_of({"web": (4, 0)})], ignore_index=True)
    lines = pd.DataFrame({"customer_id": list("aabcd"), "amount": [10.0, 5.0, 20.0, 99.0, 30.0]})
    lines["time"] = pd.to_datetime(["2024-01-05", "2025-02-01", "2024-02-02", "2025-06-02", "2024-04-01"])
    found = evaluation.worth_of_customers(leads, ibis.memtable(lines), AS_OF, months=12)
    assert found[["customers", "worth", "lead_worth"]].to_numpy().tolist() == [[3, 20.0, 10.0]]
