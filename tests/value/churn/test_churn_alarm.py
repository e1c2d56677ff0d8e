"""The alarm compares customers with their own history; worked by hand on a few customers, then put to the test."""

from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from helpers.core.errors import InputError
from helpers.narrative.churn import ALARM_ADVICE, ALIVE_BY_MODEL
from helpers.value import (
    AlarmCheck,
    AlarmRule,
    ParetoNBD,
    check_alarms,
    compare_alarms,
    count_alive_by_model,
    outcomes_afterwards,
    purchase_history,
    purchase_rhythm,
    raise_alarms,
)
from helpers.value.churn.alarm import BOTH, SHRINKING, STEADY, STRETCHING, TOO_YOUNG

AS_OF = date(2024, 7, 1)
START = date(2023, 1, 1)


def lines_of(days: dict[str, list[int]], amounts: dict[str, float] | None = None) -> ibis.Table:
    """Transaction lines from days before the analysis date on which each customer bought."""
    rows = [(who, ago) for who, listed in days.items() for ago in listed]
    return ibis.memtable(
        pa.table(
            {
                "customer_id": [who for who, _ in rows],
                "time": [AS_OF - timedelta(days=ago) for _, ago in rows],
                "amount": [(amounts or {}).get(who, 10.0) for who, _ in rows],
            }
        )
    )


def rhythm_of(lines: ibis.Table, **options: object) -> pd.DataFrame:
    return purchase_rhythm(lines, as_of=AS_OF, **options).to_pyarrow().to_pandas().set_index("customer_id")


def test_rhythm_worked_by_hand():
    # last day observed is one day before the analysis date: bought 5 days ago means 4 days of silence
    lines = lines_of({"a": [105, 65, 45, 25, 5], "once": [30]})
    found = rhythm_of(lines, volume_days=20)
    assert found.loc["a", ["gaps", "mean_gap", "longest_gap", "silence", "gaps_as_long"]].tolist() == [4, 25, 40, 4, 4]
    # spans of 20 days back: 1-20 (10), 21-40 (10), 41-60 (10), 61-80 (10), 81-100 (0); the sixth is not whole
    assert found.loc["a", ["latest_spend", "earlier_spans", "mean_earlier_spend", "spans_as_low"]].tolist() == [
        10,
        4,
        7.5,
        4,
    ]
    once = found.loc["once"]
    assert once[["gaps", "silence", "latest_spend", "earlier_spans"]].tolist() == [0, 29, 0, 0]
    assert once[["mean_gap", "longest_gap", "mean_earlier_spend"]].isna().all()


def test_lines_of_a_day_are_one_purchase_and_the_future_is_unknown():
    lines = lines_of({"a": [10, 10, 4, 0, -3]})
    found = rhythm_of(lines)
    assert found.loc["a", ["gaps", "mean_gap", "silence"]].tolist() == [1, 6, 3]
    assert found.loc["a", "latest_spend"] == 30


def test_alarm_rings_for_the_own_habit_not_for_the_number_of_days():
    often = list(range(60, 400, 10))  # every 10 days, silent for 59
    seldom = list(range(60, 1400, 90))  # every 90 days, silent for 59 as well
    found = rhythm_of(lines_of({"often": often, "seldom": seldom}))
    alarms = raise_alarms(found.reset_index()).set_index("customer_id")
    assert alarms["alarm"].to_dict() == {"often": True, "seldom": False}
    assert alarms.loc["often", "reason"] == STRETCHING
    assert alarms.loc["often", "stretch"] == pytest.approx(5.9)
    assert alarms.loc["often", "unusual_silence"] == pytest.approx(1 / len(often))


def test_reasons_are_distinguished():
    usual = {"gaps": 9, "mean_gap": 10.0, "silence": 5, "gaps_as_long": 9, "latest_spend": 50.0}
    usual |= {"earlier_spans": 6, "mean_earlier_spend": 50.0, "spans_as_low": 3}
    changes = {
        STEADY: {},
        STRETCHING: {"silence": 40, "gaps_as_long": 0},
        SHRINKING: {"latest_spend": 5.0, "spans_as_low": 0},
        BOTH: {"silence": 40, "gaps_as_long": 0, "latest_spend": 5.0, "spans_as_low": 0},
        TOO_YOUNG: {"gaps": 2, "silence": 400, "gaps_as_long": 0},
    }
    frame = pd.DataFrame([usual | change | {"customer_id": reason} for reason, change in changes.items()])
    found = raise_alarms(frame)
    assert found["reason"].tolist() == list(changes)
    assert found["alarm"].tolist() == [False, True, True, True, False]
    assert found["volume_change"].iloc[2] == pytest.approx(-0.9)
    assert found.loc[4, ["unusual_silence", "stretch", "volume_change"]].isna().all()


def test_few_spans_leave_the_volume_unjudged():
    frame = pd.DataFrame(
        {
            "customer_id": ["a"],
            "gaps": [9],
            "mean_gap": [10.0],
            "silence": [5],
            "gaps_as_long": [9],
            "latest_spend": [0.0],
            "earlier_spans": [3],
            "mean_earlier_spend": [50.0],
            "spans_as_low": [0],
        }
    )
    assert raise_alarms(frame)["reason"].tolist() == [STEADY]
    assert raise_alarms(frame, AlarmRule(least_spans=3))["reason"].tolist() == [SHRINKING]


def test_a_steady_customer_rarely_trips_the_alarm():
    """With exponential gaps and an alarm share of 10 %, about a tenth of the days of a living customer look unusual."""
    rng = np.random.default_rng(4)
    days = {}
    for who in range(400):
        gaps = np.ceil(rng.exponential(15, 60)).astype(int)
        days[str(who)] = (rng.integers(0, int(rng.exponential(15)) + 1) + 1 + np.cumsum(gaps)).tolist()
    found = raise_alarms(rhythm_of(lines_of(days)).reset_index())
    assert (found["reason"].isin([STRETCHING, BOTH])).mean() < 0.2


def simulated(customers: int = 600) -> pd.DataFrame:
    """Customers with own rates; a third stop for good some time in the last three quarters of a year and a half."""
    rng = np.random.default_rng(11)
    rows = []
    for who in range(customers):
        rate = rng.gamma(3, 1 / 45)
        end = 546 if rng.random() > 1 / 3 else int(rng.uniform(140, 546))
        at = np.cumsum(rng.exponential(1 / rate, 400))
        rows += [(f"c{who:03}", START + timedelta(days=int(day)), 10.0) for day in at[at < end]]
    return pd.DataFrame(rows, columns=["customer_id", "time", "amount"])


def test_alarm_finds_lost_customers_far_better_than_chance():
    lines = ibis.memtable(simulated())
    start = date(2024, 4, 1)
    rhythm = purchase_rhythm(lines, as_of=start).to_pyarrow().to_pandas()
    outcome = outcomes_afterwards(lines, rhythm, start=start, as_of=AS_OF)
    alarms = raise_alarms(rhythm)
    history = purchase_history(lines, as_of=start).to_pyarrow().to_pandas()
    assert history["customer_id"].equals(rhythm["customer_id"])
    model = ParetoNBD.from_parameters(r=3.0, alpha=45 / 7, s=1.0, beta=150.0)  # weeks; as the customers were made
    alive = model.probability_alive(history)
    judged = alarms["reason"] != TOO_YOUNG
    scores = {"own history": alarms["alarm"][judged] * 1.0, "model": 1 - alive[judged.to_numpy()]}
    warned = int(alarms["alarm"].sum())
    table = compare_alarms(outcome["faded"][judged], scores, warned=warned).set_index("warning")
    chance = table.loc["by chance", "precision"]
    assert table.loc["own history", "low"] > 1.5 * chance
    assert table.loc["model", "low"] > 1.5 * chance
    assert table.loc["own history", "lost"] == (outcome["faded"] & alarms["alarm"]).sum()


def test_outcomes_worked_by_hand():
    # mean gap 10: over 30 days three purchase days are promised
    lines = lines_of({"came": [60, 50, 40, 29, 19, 9], "faded": [60, 50, 40, 29], "silent": [60, 50, 40], "once": [40]})
    start = AS_OF - timedelta(days=30)
    rhythm = purchase_rhythm(lines, as_of=start).to_pyarrow().to_pandas()
    found = outcomes_afterwards(lines, rhythm, start=start, as_of=AS_OF).set_index("customer_id")
    assert found["purchases"].to_dict() == {"came": 3, "faded": 1, "silent": 0, "once": 0}
    assert found.loc["came", "promised"] == 3
    assert found["faded"].to_dict() == {"came": False, "faded": True, "silent": True, "once": False}
    assert found["silent"].to_dict() == {"came": False, "faded": False, "silent": True, "once": True}


def test_warnings_name_the_same_number_of_customers():
    lost = pd.Series([True, True, False, False])
    table = compare_alarms(lost, {"good": [4, 3, 2, 1], "bad": pd.Series([1.0, np.nan, 3.0, 4.0])}, warned=2)
    assert table["warning"].tolist() == ["good", "bad", "by chance"]
    assert table["lost"].tolist() == [2, 0, 1]
    assert table["precision"].tolist() == [1.0, 0.0, 0.5]
    assert table["recall"].tolist() == [1.0, 0.0, 0.5]
    assert table[["low", "high"]].isna().all(axis=1).tolist() == [False, False, True]  # chance is known, not estimated


def test_impossible_requests_are_refused():
    lost = pd.Series([True, False])
    with pytest.raises(InputError, match="warned: 3 is out of range"):
        compare_alarms(lost, {}, warned=3)
    with pytest.raises(InputError, match=r"short: 1 scores for 2 customers"):
        compare_alarms(lost, {"short": [1.0]}, warned=1)
    with pytest.raises(InputError, match="alarm_share: 0.9 is out of range".replace(".", r"\.")):
        AlarmRule(alarm_share=0.9)
    lines = lines_of({"a": [5]})
    rhythm = purchase_rhythm(lines, as_of=AS_OF).to_pyarrow().to_pandas()
    with pytest.raises(InputError, match="the holdout begins on 2024-07-01, not before 2024-07-01"):
        outcomes_afterwards(lines, rhythm, start=AS_OF, as_of=AS_OF)


def leaving_after_a_purchase(customers: int = 600) -> pd.DataFrame:
    """Customers as the MBG/NBD sees them: own rates, and an own chance to be gone after every purchase."""
    rng = np.random.default_rng(12)
    rows = []
    for who in range(customers):
        at = np.cumsum(rng.exponential(1 / rng.gamma(3, 1 / 45), 400))
        stays = int(rng.geometric(rng.beta(0.8, 12)))
        rows += [(f"c{who:03}", START + timedelta(days=int(day)), 10.0) for day in at[:stays] if day < 546]
    return pd.DataFrame(rows, columns=["customer_id", "time", "amount"])


def test_the_check_gives_its_warnings_before_the_months_held_back():
    """Purchases after the start change who is called lost, never who is warned of."""
    lines = leaving_after_a_purchase()
    rule = AlarmRule(volume_days=28)
    check = check_alarms(ibis.memtable(lines), AS_OF, rule, holdout_months=3)
    assert check.start == date(2024, 4, 1)
    before = lines[lines["time"] < check.start]
    rang = raise_alarms(purchase_rhythm(ibis.memtable(before), as_of=check.start, volume_days=28).to_pandas(), rule)
    assert check.warned == rang["alarm"].sum()
    assert check.judged == (rang["reason"] != TOO_YOUNG).sum()
    assert check.faded["warning"].tolist() == [
        "own history",
        "days since last purchase",
        "probability gone",
        "by chance",
    ]
    assert check.faded.set_index("warning").loc["own history", "low"] > check.faded_share
    assert check.verdict.status == "no better than days since last purchase"
    assert check.silent_forecast == pytest.approx(check.silent_actual, abs=0.08)
    named = {one.name: one for one in check.named_results()}
    assert named["alarm_best_warning"].value == check.best_warning
    own, chance = named["faded_by_own_history_share"], named["faded_by_by_chance_share"]
    assert own.low < own.value < own.high
    assert (chance.low, chance.high) == (None, None)
    assert named["silent_actual_share"].value == check.silent_actual


def test_every_model_counts_who_is_still_there(cdnow_78_weeks):
    """The 1,018 of the chapter on lifetime value and the 978 of the alarm: two models' counts of the same customers."""
    counts = count_alive_by_model(cdnow_78_weeks)
    assert counts.to_dict() == {"mbg_nbd": 978, "pareto_nbd": 1018, "bg_nbd": counts["bg_nbd"]}
    assert counts["bg_nbd"] > (cdnow_78_weeks["frequency"] == 0).sum()  # who bought once is never gone
    assert all(f"{{counted_on_by_{name}_customers}}" in ALIVE_BY_MODEL for name in counts.index)


def test_a_check_without_history_or_alarm_says_so():
    with pytest.raises(InputError, match="no purchase before 2024-04-01"):
        check_alarms(lines_of({"a": [5, 9]}), AS_OF, AlarmRule(), holdout_months=3)
    with pytest.raises(InputError, match="the alarm rang for none of 0 customers as of 2024-04-01"):
        check_alarms(lines_of({"a": [100, 200]}), AS_OF, AlarmRule(), holdout_months=3)


def test_warnings_that_chance_alone_sets_apart_are_named_together():
    names = ["own history", "days since last purchase", "probability gone", "by chance"]

    def best(*precision):
        low = [share - 0.1 for share in precision]
        table = pd.DataFrame({"warning": names, "precision": [*precision, 0.9], "low": [*low, 0.9], "high": 1.0})
        return AlarmCheck(AS_OF, 100, 10, table, table, 0.2, 0.1, 0.1, 120).best_warning

    assert best(0.7, 0.4, 0.5) == "own history"
    assert best(0.5, 0.4, 0.7) == "probability gone"
    assert best(0.7, 0.5, 0.65) == "own history and probability gone alike"
    assert best(0.7, 0.7, 0.65) == "own history, days since last purchase and probability gone alike"


@pytest.mark.parametrize(
    ("own", "days_silent", "model", "customers", "status"),
    [
        ((0.4, 0.3, 0.5), 0.25, 0.45, 120, "better than simpler warnings"),
        ((0.4, 0.3, 0.5), 0.25, 0.45, 560, "blind for most customers"),  # judged: 100 of 560, so blind for 82 %
        ((0.4, 0.3, 0.5), 0.35, 0.45, 120, "no better than days since last purchase"),
        ((0.35, 0.26, 0.45), 0.375, 0.3, 560, "no better than days since last purchase"),  # finds 14, the other 15
        ((0.4, 0.3, 0.5), 0.25, 0.6, 120, "outdone"),
        ((0.25, 0.15, 0.35), 0.6, 0.6, 120, "no better than chance"),
    ],
)
def test_the_verdict_holds_the_alarm_against_chance_the_simplest_rival_and_coverage(
    own, days_silent, model, customers, status
):
    rows = [
        ("own history", *own),
        ("days since last purchase", days_silent, 0, 1),
        ("probability gone", model, 0, 1),
        ("by chance", 0.2, 0.2, 0.2),
    ]
    table = pd.DataFrame(rows, columns=["warning", "precision", "low", "high"])
    verdict = AlarmCheck(AS_OF, 100, 10, table, table, 0.2, 0.1, 0.1, customers).verdict
    assert verdict.status == status
    _, good = ALARM_ADVICE[verdict.recommendation]
    assert (good is True) == (status == "better than simpler warnings")
    assert "untested" in ALARM_ADVICE
