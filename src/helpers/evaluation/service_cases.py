"""Cases at the service desk: made fit to be judged, and from their number to their quality."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.core.any_engine import identifiers_beside
from helpers.core.checks import require_columns, require_within
from helpers.core.errors import Fault, InputError, counted
from helpers.core.intervals import Interval, clustered_share
from helpers.core.lines import lines_until
from helpers.core.matching_rows import matched_rows

LEAST_CASES = 30
"""Fewer cases bear no share: with thirty, an interval of 95 % still reaches some seventeen points to either side."""

ALL = "all"
"""Name of the last row of a comparison: all groups together."""

NOT_RECORDED = "not recorded"
"""Group of the cases for which nothing stands in the column they are grouped by."""

_FLAGS = {"first_contact": "solved", "in_time": "in_time", "repeat": "repeated"}


@dataclass(frozen=True)
class ServiceCases:
    """Cases as they can be judged on the analysis date.

    Parameters
    ----------
    frame : DataFrame
        One row per case, by time: case_id, customer_id, time, closed (missing where the case is open), hours (from
        opening to closing), solved, in_time, answered (in time so far: of an open case false), repeated (the customer
        came again soon), each missing where it cannot be known, and further columns as the source has them.
    as_of : date
        Analysis date.
    still_open : int
        Cases without an end before the analysis date.
    not_due : int
        Open cases whose answer is promised for the analysis date or later: neither in time nor late.
    closed_before_opened : int
        Cases that ended before they began: their duration and their being in time are not known.
    due_before_opened : int
        Cases that were promised before they began: their being in time is not known.
    without_promise : int
        Cases with no due time.
    """

    frame: pd.DataFrame
    as_of: date
    still_open: int
    not_due: int
    closed_before_opened: int
    due_before_opened: int
    without_promise: int


def prepare_cases(cases: pd.DataFrame, as_of: date, *, repeat_days: int = 30) -> ServiceCases:
    """Say of each case whether it is closed, was in time, and brought the customer back.

    Parameters
    ----------
    cases : DataFrame
        Standard service cases: case_id, customer_id, time; further columns as far as there are.
    as_of : date
        Analysis date; cases opened on it or later are left out, and cases closed on it or later are still open.
    repeat_days : int
        A further case of the same customer within so many days counts as a repeat, if the days are over.

    Returns
    -------
    ServiceCases
        An open case whose time is up was late; one whose time is not up is not judged.

    Raises
    ------
    InputError
        When a column is missing, or fewer than `LEAST_CASES` cases lie before the analysis date.

    Examples
    --------
    >>> day = pd.Timestamp("2024-03-01")
    >>> cases = pd.DataFrame({"case_id": range(40), "customer_id": range(40), "time": day, "due_time": day})
    >>> prepare_cases(cases, date(2024, 5, 1)).still_open
    40
    """
    require_columns(cases.columns, ("case_id", "customer_id", "time"), where="service_cases")
    require_within({"repeat_days": repeat_days}, low=1, high=10_000)
    until = pd.Timestamp(as_of)
    kept = cases[cases["time"] < until].sort_values(["time", "case_id"], kind="stable", ignore_index=True)
    if len(kept) < LEAST_CASES:
        raise InputError(
            Fault(
                f"{counted(len(kept), 'case')} before {as_of} are not enough to say, {LEAST_CASES} are needed",
                where="service_cases",
                allowed=f"at least {LEAST_CASES}",
                remedy="wait for more of them",
            )
        )
    nothing = pd.Series(pd.NaT, index=kept.index, dtype="datetime64[us]")
    opened, ended = kept["time"], pd.to_datetime(kept["closed_time"]) if "closed_time" in kept else nothing
    due = pd.to_datetime(kept["due_time"]) if "due_time" in kept else nothing
    closed = ended.where(ended < until)
    backwards, broken_promise = closed < opened, due < opened
    judged = due.notna() & ~backwards & ~broken_promise & (closed.notna() | (due < until))
    frame = kept.drop(columns=["closed_time", "due_time", "solved_at_first_contact"], errors="ignore").assign(
        closed=closed,
        hours=((closed - opened).dt.total_seconds() / 3600).mask(backwards),
        answered=(closed <= due).astype("boolean").mask(due.isna() | backwards | broken_promise),
        solved=kept.get("solved_at_first_contact", pd.Series(pd.NA, index=kept.index)).astype("boolean"),
        in_time=(closed <= due).astype("boolean").mask(~judged),
        repeated=_came_again(kept, until, pd.Timedelta(days=repeat_days)),
    )
    open_ones = closed.isna()
    return ServiceCases(
        frame=frame,
        as_of=as_of,
        still_open=int(open_ones.sum()),
        not_due=int((open_ones & (due >= until)).sum()),
        closed_before_opened=int(backwards.sum()),
        due_before_opened=int(broken_promise.sum()),
        without_promise=int(due.isna().sum()),
    )


def placed_orders(transactions: ir.Table, as_of: date) -> ir.Table:
    """Return when each order was placed: one row per order with customer_id, order_id, time and, if known, channel.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions; lines that take something back place no order.
    as_of : date
        Lines on it or later are not used.

    Returns
    -------
    ibis Table
        Worked out by the engine when it is asked something, such as `orders_since`; no order comes into this process.
    """
    lines = lines_until(transactions, as_of)
    lines = lines.filter(lines["amount"] > 0)
    channel = {"channel": lines["channel"].min()} if "channel" in lines.columns else {}
    return lines.group_by("customer_id", "order_id").agg(time=lines["time"].min(), **channel)


def orders_since(orders: ir.Table, first: pd.Timestamp) -> int:
    """Count the orders placed at a moment or later.

    Parameters
    ----------
    orders : ibis Table
        From `placed_orders`.
    first : Timestamp
        The moment.
    """
    return int(orders.filter(orders["time"] >= ibis.timestamp(first.isoformat())).count().to_pyarrow().as_py())


def with_channel(cases: pd.DataFrame, orders: ir.Table | None = None) -> pd.DataFrame:
    """Return cases with the channel they came by; where that is not recorded, with the channel of their order.

    Parameters
    ----------
    cases : DataFrame
        The frame of `ServiceCases`.
    orders : ibis Table, optional
        From `placed_orders`; those that the cases name are fetched.

    Raises
    ------
    InputError
        When neither the cases nor their orders name a channel.
    """
    if "channel" in cases and cases["channel"].notna().any():
        return cases
    if orders is None or "channel" not in orders.columns or "order_id" not in cases:
        remedy = "record by which channel a case came"
        raise InputError(Fault("neither cases nor their orders name a channel", "service_cases", remedy=remedy))
    named = identifiers_beside(cases[["order_id"]].dropna().drop_duplicates(), orders)
    found = matched_rows(orders, named, ["order_id"]).order_by("time", "order_id").to_pyarrow().to_pandas()
    channel = found.drop_duplicates("order_id").set_index("order_id")["channel"]
    return cases.assign(channel=cases["order_id"].map(channel))


def _came_again(cases: pd.DataFrame, until: pd.Timestamp, soon: pd.Timedelta) -> pd.Series:
    """Say of each case, by time, whether its customer came again soon; missing where that is still to be seen."""
    following = cases.groupby("customer_id", sort=False)["time"].shift(-1)
    again = (following - cases["time"] <= soon).astype("boolean")
    return again.mask(~again & (cases["time"] + soon > until))


def compare_quality(cases: pd.DataFrame, by: str, *, confidence: float = 0.95) -> pd.DataFrame:
    """Compare the groups of a column by how well their cases were handled.

    Parameters
    ----------
    cases : DataFrame
        The frame of `ServiceCases`, or some of its rows.
    by : str
        Column with the group; cases without one form the group `NOT_RECORDED`.
    confidence : float
        Coverage of the intervals of shares, customers being the clusters.

    Returns
    -------
    DataFrame
        One row per group, the largest first, and `ALL`: the group, cases; first_contact_share, in_time_share,
        repeat_share with _low and _high; contacts_per_case, cost_per_case, cost; enough (at least `LEAST_CASES`).
        Shares of groups that have too few cases with a known answer are missing.

    Raises
    ------
    InputError
        When the column is missing, or names one group only: then there is nothing to compare.
    """
    require_columns(cases.columns, (by,), where="service_cases")
    group = cases[by].astype("object").where(cases[by].notna(), NOT_RECORDED)
    sizes = group.value_counts(sort=False).rename_axis("group").reset_index(name="cases")
    if len(sizes) < 2:
        only = some_name(sizes["group"])
        where, remedy = f"service_cases.{by}", "record it of every case"
        raise InputError(Fault(f"all cases have one {by}, {only!r}", where, "two or more", remedy))
    order = sizes.assign(name=sizes["group"].astype(str)).sort_values(["cases", "name"], ascending=[False, True])
    parts = [(name, cases[group == name]) for name in order["group"]]
    rows = [{by: name, **measure_quality(part, confidence=confidence)} for name, part in [*parts, (ALL, cases)]]
    return pd.DataFrame(rows)


def some_name(names: pd.Series) -> str:
    """Return the first of some names as text, or nothing where there is none."""
    return "" if names.empty else str(names.iloc[0])


def measure_quality(cases: pd.DataFrame, *, confidence: float = 0.95) -> dict[str, Any]:
    """Measure how well cases were handled: one row of `compare_quality`.

    Parameters
    ----------
    cases : DataFrame
        The frame of `ServiceCases`, or some of its rows.
    confidence : float
        Coverage of the intervals.
    """
    row: dict[str, Any] = {"cases": len(cases)}
    for name, column in _FLAGS.items():
        share = share_of_cases(cases, column, confidence=confidence)
        row |= {f"{name}_share": share.estimate, f"{name}_low": share.low, f"{name}_high": share.high}
    enough = len(cases) >= LEAST_CASES
    for name in ("contacts", "cost"):
        known = cases[name].dropna() if name in cases else pd.Series(dtype="float64")
        row[f"{name}_per_case"] = float(known.mean()) if enough and len(known) else np.nan
    row["cost"] = round(float(cases["cost"].sum()), 2) if "cost" in cases else np.nan
    return row | {"enough": enough}


def share_of_cases(cases: pd.DataFrame, column: str, *, confidence: float = 0.95) -> Interval:
    """Return the share of cases with a flag among those of which it is known, with its interval.

    Cases of one customer are no independent ones; the interval of Wilson is that of as many independent cases as they
    are worth (`helpers.core.intervals.clustered_share`).

    Parameters
    ----------
    cases : DataFrame
        With customer_id and the flag.
    column : str
        Name of the flag; missing where it is not known.
    confidence : float
        Coverage.

    Returns
    -------
    Interval
        Missing throughout where fewer than `LEAST_CASES` cases are known.
    """
    known = cases[cases[column].notna()]
    if len(known) < LEAST_CASES:
        return Interval(np.nan, np.nan, np.nan, confidence, "too few cases")
    return clustered_share(known[column].to_numpy(dtype=bool), known["customer_id"], confidence=confidence)
