"""Repeat purchases of a cohort added up week by week, as they happened and as models expected them."""

from collections.abc import Mapping
from datetime import date, timedelta

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.core.any_engine import rows_beside
from helpers.core.matching_rows import matched_rows
from helpers.value.lifetime.models.base import PurchaseModel
from helpers.value.lifetime.purchase_fit import cumulative_repeat_purchases
from helpers.value.lifetime.purchase_history import purchase_days

STEP_DAYS = 7


def track_repeat_purchases(
    transactions: ir.Table,
    history: pd.DataFrame,
    models: Mapping[str, PurchaseModel],
    *,
    as_of: date,
    holdout_from: date,
) -> pd.DataFrame:
    """Add up the repeat purchases of those won before the holdout, through calibration and holdout.

    Parameters
    ----------
    transactions : ibis Table
        Transaction lines.
    history : DataFrame of shape (n, …)
        Whom to follow: `customer_id` and `first_day`.
    models : dict of str to PurchaseModel
        Fitted before the holdout.
    as_of, holdout_from : date
        The day after the last one observed, and the first day held out.

    Returns
    -------
    DataFrame
        By `day` (the last of every week, ending with the last day observed): `actual`, one column per model, both as
        totals so far, and `held_out`.

    References
    ----------
    Fader, Hardie & Lee (2005), Marketing Science 24(2), figure 3.
    """
    first = pd.to_datetime(history["first_day"])
    last = pd.Timestamp(as_of) - timedelta(days=1)
    weeks = (last - first.min()).days // STEP_DAYS
    days = pd.DatetimeIndex([last - timedelta(days=STEP_DAYS * back) for back in range(weeks, -1, -1)], name="day")
    daily = _repeats_by_day(transactions, history, as_of)
    before = np.searchsorted(daily.index.to_numpy("datetime64[ns]"), days.to_numpy("datetime64[ns]"), side="right")
    actual = np.concatenate([[0], daily.to_numpy("int64").cumsum()])[before]
    at = [day.date() for day in days]
    expected = {name: cumulative_repeat_purchases(model, history["first_day"], at) for name, model in models.items()}
    return pd.DataFrame({"actual": actual, **expected, "held_out": days >= pd.Timestamp(holdout_from)}, index=days)


def _repeats_by_day(transactions: ir.Table, history: pd.DataFrame, as_of: date) -> "pd.Series[int]":
    """Return how many of these customers bought again on each day, in the order of days; counted where lines are."""
    days = purchase_days(transactions, as_of=as_of)
    first = days.group_by("customer_id").aggregate(first_day=days.day.min())
    repeats = days.join(first, "customer_id").filter(lambda both: both.day > both.first_day)
    followed = matched_rows(repeats, rows_beside(history[["customer_id"]], transactions), ["customer_id"])
    counts = followed.group_by("day").aggregate(customers=followed.count()).order_by("day").to_pyarrow().to_pandas()
    by_day: pd.Series[int] = pd.Series(counts["customers"].to_numpy(), index=pd.to_datetime(counts["day"]))
    return by_day
