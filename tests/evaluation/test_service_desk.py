"""The service desk: cases fit to be judged, groups, weeks with limits, steps of the work, and staying."""

from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pytest
from tests.drawn_cases import drawn_cases

from helpers import evaluation
from helpers.core.errors import InputError

AS_OF = date(2025, 1, 1)


def test_cases_without_end_future_due_dates_and_negative_durations_are_counted_and_not_judged():
    cases = drawn_cases(40)
    cases.loc[0, ["closed_time", "due_time"]] = [pd.NaT, pd.Timestamp("2025-01-03")]  # open, not due
    cases.loc[1, ["closed_time", "due_time"]] = [pd.NaT, cases.loc[1, "time"]]  # open, overdue
    cases.loc[2, "closed_time"] = cases.loc[2, "time"] - pd.Timedelta(days=1)
    cases.loc[3, "due_time"] = cases.loc[3, "time"] - pd.Timedelta(days=1)
    cases.loc[4, "due_time"] = pd.NaT
    cases.loc[5, "closed_time"] = pd.Timestamp("2025-02-01")  # after the analysis date: still open, overdue
    found = evaluation.prepare_cases(cases, AS_OF)
    judged = found.frame.set_index("case_id")
    assert (found.still_open, found.not_due) == (3, 1)
    assert (found.closed_before_opened, found.due_before_opened, found.without_promise) == (1, 1, 1)
    assert judged["in_time"].isna()[[0, 1, 2, 3, 4, 5]].tolist() == [True, False, True, True, True, False]
    assert not judged["in_time"][1]
    assert not judged["in_time"][5]
    assert not judged["answered"][0]  # in time so far: not
    assert judged["hours"].isna()[[0, 1, 2, 5]].all()
    assert (judged["hours"].dropna() >= 0).all()


def test_three_cases_are_not_enough_and_the_number_needed_is_named():
    with pytest.raises(InputError) as refused:
        evaluation.prepare_cases(drawn_cases(3), AS_OF)
    assert "3 cases" in refused.value.faults[0].what
    assert str(evaluation.LEAST_CASES) in refused.value.faults[0].allowed


def test_a_repeat_whose_days_are_not_over_is_not_known():
    cases = drawn_cases(40)
    cases["time"] = pd.Timestamp("2024-06-01")
    cases.loc[:1, "customer_id"] = "twice"
    cases.loc[1, "time"] = pd.Timestamp("2024-06-11")
    cases.loc[2, "time"] = pd.Timestamp("2024-12-20")
    repeated = evaluation.prepare_cases(cases, AS_OF, repeat_days=30).frame.set_index("case_id")["repeated"]
    assert repeated[0]
    assert not repeated[1]
    assert pd.isna(repeated[2])


def test_one_channel_leaves_nothing_to_compare():
    with pytest.raises(InputError) as refused:
        evaluation.compare_quality(evaluation.prepare_cases(drawn_cases(40), AS_OF).frame, "channel")
    assert "shop" in refused.value.faults[0].what


def test_a_group_of_few_cases_has_no_share():
    cases = drawn_cases(100)
    cases.loc[:4, "channel"] = "web"
    table = evaluation.compare_quality(evaluation.prepare_cases(cases, AS_OF).frame, "channel").set_index("channel")
    assert table.loc["web", ["first_contact_share", "first_contact_low", "cost_per_case"]].isna().all()
    assert table["enough"].tolist() == [True, False, True]
    assert table.loc["all", "cases"] == 100


def test_the_channel_of_the_order_stands_in_where_cases_name_none():
    cases = evaluation.prepare_cases(drawn_cases(40).drop(columns="channel"), AS_OF).frame.assign(order_id=range(40))
    lines = pd.DataFrame({"customer_id": "c", "order_id": range(39), "amount": 5.0, "channel": "web"})
    lines["time"] = pd.Timestamp("2024-01-05")
    orders = evaluation.placed_orders(ibis.memtable(lines), AS_OF)
    assert evaluation.with_channel(cases, orders)["channel"].notna().sum() == 39
    with pytest.raises(InputError):
        evaluation.with_channel(cases, orders.drop("channel"))


def weekly(hits: list[int], size: int = 20) -> tuple[pd.Series, pd.Series]:
    mondays = pd.date_range("2024-01-01", periods=len(hits), freq="7D")
    flags = np.concatenate([np.arange(size) < count for count in hits])
    return pd.Series(np.repeat(mondays, size)), pd.Series(flags, dtype="boolean")


def test_limits_are_those_of_laney_worked_out_by_hand():
    hits = [12, 14, 9, 11, 13, 12, 10, 15, 12, 11, 13, 9, 14, 12, 10, 11, 12, 13, 12, 11, 10, 2]
    chart = evaluation.control_chart(*weekly(hits), AS_OF)
    mean = sum(hits) / (20 * len(hits))
    sigma = np.sqrt(mean * (1 - mean) / 20)
    z = (np.array(hits) / 20 - mean) / sigma
    sigma_z = np.abs(np.diff(z)).mean() / 1.128
    assert chart.sigma_z == pytest.approx(sigma_z)
    assert chart.weeks["lower"].iloc[0] == pytest.approx(mean - 3 * sigma_z * sigma)
    assert chart.signals["week"].tolist() == [pd.Timestamp("2024-05-27")]


def test_a_missing_week_keeps_its_place_and_no_range_is_taken_across_it():
    hits = [12, 14] * 11
    time, flags = weekly(hits)
    gap = (time == pd.Timestamp("2024-02-05")).to_numpy()
    whole, without = (
        evaluation.control_chart(time, flags, AS_OF),
        evaluation.control_chart(time[~gap], flags[~gap], AS_OF),
    )
    assert without.missing == (date(2024, 2, 5),)
    assert len(without.weeks) == len(whole.weeks) == 22
    assert without.weeks["share"].isna().sum() == 1
    assert without.sigma_z == pytest.approx(whole.sigma_z, rel=0.01)  # a range from 14 to 14 would have lowered it


def test_cases_of_chance_alone_scatter_by_about_one_and_seldom_signal():
    rng = np.random.default_rng(1)
    found = [evaluation.control_chart(*weekly(rng.binomial(60, 0.6, 100).tolist(), 60), AS_OF) for _ in range(20)]
    assert np.mean([chart.sigma_z for chart in found]) == pytest.approx(1, abs=0.05)
    assert sum(len(chart.signals) for chart in found) < 20  # of 2,000 weeks


def test_the_cases_needed_bring_both_limits_inside():
    chart = evaluation.control_chart(*weekly([12, 14] * 11), AS_OF)
    odds = chart.centre * (1 - chart.centre)
    reach = [3 * chart.sigma_z * np.sqrt(odds / (chart.cases_needed - less)) for less in (0, 1)]
    room = min(chart.centre, 1 - chart.centre)
    assert reach[0] < room <= reach[1]


@pytest.mark.parametrize(("hits", "what"), [([12] * 5, "5 weeks"), ([20] * 22, "440 of 440"), ([0] * 22, "0 of 440")])
def test_weeks_too_few_or_all_alike_draw_no_limits(hits, what):
    with pytest.raises(InputError) as refused:
        evaluation.control_chart(*weekly(hits), AS_OF)
    assert what in refused.value.faults[0].what


def test_a_channel_of_few_weeks_is_named_without_figures():
    time, flags = weekly([12, 14] * 11)
    cases = pd.DataFrame({"time": time, "solved": flags, "channel": "web"})
    cases.loc[:5, "channel"] = "shop"
    table = evaluation.charts_by_group(cases, "channel", "solved", AS_OF).set_index("channel")
    assert table["enough"].tolist() == [False, True]
    assert pd.isna(table.loc["shop", "weeks_below"])


def test_complaints_add_up_over_the_steps_of_the_work():
    cases = evaluation.prepare_cases(drawn_cases(200), AS_OF).frame
    steps = evaluation.parse_steps("late=dispatch; lost=dispatch")
    table = evaluation.complaints_by_step(cases, steps, orders=1000)
    complaints = cases[cases["complaint"]]
    assert table["complaints"].sum() == len(complaints)
    assert table["cost"].sum() == pytest.approx(complaints["cost"].sum())
    assert table["cost_so_far_share"].iloc[-1] == pytest.approx(1)
    assert table.set_index("step").loc["dispatch", "causes"] == "late, lost"
    assert set(table["step"]) == {"dispatch", "broken"}


def test_all_faults_of_the_steps_are_named_at_once():
    with pytest.raises(InputError) as refused:
        evaluation.parse_steps("late; lost=a; lost=b; =c")
    assert len(refused.value.faults) == 3


def orders_after(cases: pd.DataFrame, buys: "pd.Series[bool]") -> ir.Table:
    kept = cases[buys.to_numpy()]
    return ibis.memtable(
        pd.DataFrame({"customer_id": kept["customer_id"], "time": kept["time"] + pd.Timedelta(days=60)})
    )


def test_without_an_effect_the_interval_holds_zero_about_as_often_as_it_says():
    held = 0
    for seed in range(40):
        cases = evaluation.prepare_cases(drawn_cases(400, seed=seed, until="2024-06-01"), AS_OF).frame
        buys = pd.Series(np.random.default_rng(seed).random(400) < 0.7)
        held += evaluation.effect_on_staying(cases, orders_after(cases, buys), AS_OF).status == "not shown"
    assert held >= 34


def test_an_effect_that_is_there_is_found_and_one_of_the_cause_is_not_taken_for_it():
    cases = evaluation.prepare_cases(drawn_cases(2000, until="2024-06-01"), AS_OF).frame
    chance = np.random.default_rng(3).random(2000)
    by_solution = pd.Series(chance < np.where(cases["solved"], 0.8, 0.6))
    by_cause = pd.Series(chance < cases["cause"].map({"late": 0.9, "lost": 0.6, "broken": 0.3}).astype(float))
    found = evaluation.effect_on_staying(cases, orders_after(cases, by_solution), AS_OF)
    assert found.status == "worse"
    assert found.difference.low < -0.2 < found.difference.high
    confused = evaluation.effect_on_staying(cases, orders_after(cases, by_cause), AS_OF)
    assert confused.status == "not shown"
    assert confused.solved_share - confused.unsolved_share > 0.1


def test_staying_is_not_judged_of_few_cases():
    cases = evaluation.prepare_cases(drawn_cases(40), AS_OF).frame
    with pytest.raises(InputError) as refused:
        evaluation.effect_on_staying(cases, orders_after(cases, pd.Series([True] * 40)), AS_OF)
    assert "at least" in refused.value.faults[0].allowed
