"""From lines to model inputs: published counts of CDNOW, hand-made cases, and the two meanings of recency."""

from datetime import date, datetime

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from helpers.core.errors import InputError
from helpers.value import purchase_days, purchase_history, trace_customers

AS_OF = date(2024, 3, 1)


def lines(*rows: tuple[str | None, str, float | None]) -> ir.Table:
    customer_id, time, amount = zip(*rows, strict=True)
    when = [datetime.fromisoformat(moment) for moment in time]
    types = {"customer_id": pa.string(), "time": pa.timestamp("us"), "amount": pa.float64()}
    columns = {"customer_id": customer_id, "time": when, "amount": amount}
    return ibis.memtable(pa.table({name: pa.array(columns[name], type=types[name]) for name in types}))


def frame(table: ir.Table) -> pd.DataFrame:
    return table.to_pyarrow().to_pandas()


def test_fhl_2005_counts_of_the_cdnow_sample(cdnow_lines: ir.Table, cdnow: pd.DataFrame) -> None:
    assert cdnow_lines.count().execute() == 6919
    assert purchase_days(cdnow_lines, as_of=date(1998, 7, 1)).count().execute() == 6696
    assert len(cdnow) == 2357
    assert cdnow["frequency"].sum() == 2457
    assert cdnow["holdout_purchases"].sum() == 1882
    assert (cdnow["frequency"] == 0).sum() == 1411
    assert (cdnow["frequency"] > 0).sum() == 946


def test_fhl_2005_jmr_counts_of_the_full_cohort(cdnow_cohort: pd.DataFrame) -> None:
    assert len(cdnow_cohort) == 23_560
    assert (cdnow_cohort["frequency"] > 0).sum() == 11_506
    assert (cdnow_cohort["frequency"] == 0).sum() == 12_054


def test_first_customer_of_the_published_sheet(cdnow: pd.DataFrame) -> None:
    first = cdnow.set_index("customer_id").loc["00004"]
    assert (first["frequency"], round(first["age_at_last_purchase"], 2), round(first["age"], 2)) == (2, 30.43, 38.86)
    assert first["mean_repeat_spend"] == pytest.approx((29.73 + 14.96) / 2)
    assert first["spend_to_date"] == pytest.approx(29.33 + 29.73 + 14.96)
    assert (first["holdout_purchases"], first["holdout_spend"]) == (1, 26.48)


def test_lines_of_a_day_are_one_purchase() -> None:
    table = lines(("a", "2024-01-01T08:00", 5.0), ("a", "2024-01-01T23:59", 6.0), ("a", "2024-01-02T00:00", 7.0))
    assert frame(purchase_days(table, as_of=AS_OF).order_by("day"))["spend"].tolist() == [11.0, 7.0]
    (row,) = frame(purchase_history(table, as_of=AS_OF)).to_dict("records")
    assert (row["frequency"], row["mean_repeat_spend"], row["spend_to_date"]) == (1, 7.0, 18.0)


def test_the_two_recencies_add_up_to_the_age() -> None:
    table = lines(("a", "2024-01-01", 5.0), ("a", "2024-01-11", 5.0), ("b", "2024-02-29", 5.0))
    history = frame(purchase_history(table, as_of=AS_OF, time_unit="days"))
    assert history["age_at_last_purchase"].tolist() == [10, 0]
    assert history["days_since_last"].tolist() == [50, 1]
    assert (history["age_at_last_purchase"] + history["days_since_last"] == history["age"] + 1).all()
    assert "recency" not in " ".join(history.columns)
    weeks = frame(purchase_history(table, as_of=AS_OF))
    np.testing.assert_allclose(weeks["age"] * 7, history["age"])


def test_nothing_on_the_day_of_analysis_is_used() -> None:
    table = lines(("a", "2024-01-01", 5.0), ("a", "2024-03-01", 9.0), ("b", "2024-03-01", 9.0))
    history = frame(purchase_history(table, as_of=AS_OF))
    assert history["customer_id"].tolist() == ["a"]
    assert history["frequency"].tolist() == [0]


def test_holdout_is_kept_back_and_later_customers_are_left_out() -> None:
    table = lines(
        ("a", "2024-01-01", 5.0), ("a", "2024-02-10", 8.0), ("b", "2024-02-10", 8.0), ("c", "2024-01-31", 1.0)
    )
    history = frame(purchase_history(table, as_of=AS_OF, holdout_from=date(2024, 2, 1), time_unit="days"))
    assert history["customer_id"].tolist() == ["a", "c"]
    assert history["age"].tolist() == [30, 0]
    assert history["holdout_purchases"].tolist() == [1, 0]
    assert history["holdout_spend"].tolist() == [8.0, 0.0]


def test_returns_and_unknown_customers_are_no_purchases() -> None:
    table = lines(
        ("a", "2024-01-01", 5.0), ("a", "2024-01-05", -5.0), ("a", "2024-01-09", 0.0), (None, "2024-01-01", 5.0),
        ("a", "2024-01-20", None),
    )  # fmt: skip
    (row,) = frame(purchase_history(table, as_of=AS_OF, time_unit="days")).to_dict("records")
    assert (row["customer_id"], row["frequency"], row["age_at_last_purchase"]) == ("a", 0, 0)
    assert str(row["first_day"])[:10] == "2024-01-09"  # the purchase before it came back as a whole


def test_sums_do_not_depend_on_the_order_of_lines() -> None:
    rows = [("a", "2024-01-01", value) for value in (0.1, 0.2, 0.3, 1e9, -1e9)]
    both = [frame(purchase_days(lines(*order), as_of=AS_OF))["spend"][0] for order in (rows, rows[::-1])]
    assert both == [0.6, 0.6]


def test_five_named_customers_from_lines_to_inputs(cdnow_lines: ir.Table, cdnow: pd.DataFrame) -> None:
    named = ["00004", "00111", "00112", "00021", "00050"]
    trace = trace_customers(cdnow_lines, named, as_of=date(1998, 7, 1), holdout_from=date(1997, 10, 1))
    assert set(trace.lines["customer_id"]) == set(named)
    repeats = trace.days[trace.days["kind"] == "repeat"].groupby("customer_id")["spend"]
    inputs = trace.inputs.set_index("customer_id")
    assert inputs["frequency"].to_dict() == {who: int(repeats.size().get(who, 0)) for who in named}
    for who, mean in repeats.mean().items():
        assert inputs.loc[who, "mean_repeat_spend"] == pytest.approx(mean)
    same = cdnow[cdnow["customer_id"].isin(named)].reset_index(drop=True)
    pd.testing.assert_frame_equal(trace.inputs, same)


def test_faults_of_the_request_are_named(cdnow_lines: ir.Table) -> None:
    with pytest.raises(InputError, match=r"unknown column 'amount'(.|\n)*did you mean 'amout'"):
        purchase_history(cdnow_lines.rename(amout="amount"), as_of=AS_OF)
    with pytest.raises(InputError) as caught:
        purchase_history(cdnow_lines, as_of=AS_OF, holdout_from=AS_OF, time_unit="week")
    assert caught.match("not before 2024-03-01")
    assert caught.match("did you mean 'weeks'")
    with pytest.raises(InputError, match="no transactions of 'nobody'"):
        trace_customers(cdnow_lines, ["00004", "nobody"], as_of=date(1998, 7, 1))
