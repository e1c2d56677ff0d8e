"""What the tables hold about each customer: revenue, and how often each activity was done for him or her."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd

from helpers.core.errors import Fault, InputError
from helpers.core.periods import Period, customers_by_period
from helpers.value.profitability.drivers import DRIVERS, Activity, CostDrivers

KEYS = ["customer_id", "period"]
_MONEY = ("revenue", "discount", "cost")


@dataclass(frozen=True)
class CustomerFacts:
    """Revenue and activity counts, one row per customer and period with anything in it.

    Parameters
    ----------
    customers : DataFrame
        customer_id, period (0 for the first), orders, revenue, and discount and cost where the lines have them; sorted.
    quantities : DataFrame
        Same rows: how often each activity was done, one column per activity counted.
    left_out : DataFrame
        activity, driver, reason: activities of the file that could not be counted.
    periods : tuple of Period
        Spans the rows belong to.
    """

    customers: pd.DataFrame
    quantities: pd.DataFrame
    left_out: pd.DataFrame
    periods: tuple[Period, ...]

    @property
    def cost_is_known(self) -> bool:
        """Whether the lines hold the cost of all goods."""
        return "cost" in self.customers and not self.customers["cost"].isna().any()

    @property
    def years(self) -> float:
        """Length of all periods together, years of 365.25 days."""
        return sum((period.end - period.start).days for period in self.periods) / 365.25


def whole_history(transactions: ir.Table, as_of: date) -> tuple[Period, ...]:
    """Return the time from the first line to the analysis date as one period.

    Raises
    ------
    InputError
        When no line lies before the analysis date.
    """
    first = transactions["time"].min().to_pyarrow().as_py()
    if first is None or pd.Timestamp(first).date() >= as_of:
        raise InputError(Fault(f"no transaction before {as_of}", where="as_of", remedy="choose a later analysis date"))
    return (Period(pd.Timestamp(first).date(), as_of),)


def span_months(tables: Mapping[str, ir.Table], drivers: CostDrivers, months: int) -> int:
    """Return how long spans to compare must be: whole years where activities are counted by year only.

    Parameters
    ----------
    tables : mapping of str to ibis Table
        As for `gather_facts`.
    drivers : CostDrivers
        What is counted.
    months : int
        Length wanted.
    """
    by_year = [name for name in drivers.tables if name in tables and "time" not in tables[name].columns]
    return -(-months // 12) * 12 if by_year else months


def gather_facts(tables: Mapping[str, ir.Table], drivers: CostDrivers, periods: tuple[Period, ...]) -> CustomerFacts:
    """Gather revenue and activity counts by customer and period.

    Parameters
    ----------
    tables : mapping of str to ibis Table
        Standard tables by name: transactions, and those of `drivers.tables` a study has.
    drivers : CostDrivers
        What to count.
    periods : tuple of Period
        Spans that do not overlap. Counts the company keeps by calendar year need spans that cut no year.

    Returns
    -------
    CustomerFacts
        Customers with an activity but no order have rows with revenue 0.

    Raises
    ------
    InputError
        When a span cuts a year whose counts are not kept more finely, or no line falls into the spans.
    """
    counted, left_out = _choose(tables, drivers)
    found = [
        _count(tables[name], [activity for activity in counted if DRIVERS[activity.driver].table == name], periods)
        for name in dict.fromkeys(DRIVERS[activity.driver].table for activity in counted)
    ]
    base = customers_by_period(tables["transactions"], periods).set_index(KEYS)
    every = base.index
    for part in found:
        every = every.union(part.index)
    every = every.sort_values()
    customers = base.reindex(every)
    without_lines = ~every.isin(base.index)
    present = [name for name in ("orders", *_MONEY) if name in customers]
    customers.loc[without_lines, present] = 0
    customers["orders"] = customers["orders"].astype("int64")
    columns = [part.reindex(every).fillna(0.0).astype("float64") for part in found]
    names = [activity.name for activity in counted]
    quantities = pd.concat(columns, axis="columns")[names] if columns else pd.DataFrame(index=every)
    return CustomerFacts(customers.reset_index(), quantities.reset_index(drop=True), left_out, periods)


def _choose(tables: Mapping[str, ir.Table], drivers: CostDrivers) -> tuple[list[Activity], pd.DataFrame]:
    """Return the activities that can be counted, and why the others cannot."""
    missing = {activity.name: _obstacle(tables, activity) for activity in drivers.activities}
    for activity in drivers.activities:
        if activity.unless and not missing[activity.unless]:
            missing[activity.name] = f"{activity.unless} is known instead"
    left_out = [(one.name, one.driver, missing[one.name]) for one in drivers.activities if missing[one.name]]
    counted = [activity for activity in drivers.activities if not missing[activity.name]]
    return counted, pd.DataFrame(left_out, columns=["activity", "driver", "reason"])


def _obstacle(tables: Mapping[str, ir.Table], activity: Activity) -> str:
    driver = DRIVERS[activity.driver]
    if driver.table not in tables:
        return f"the study has no {driver.table.replace('_', ' ')}"
    wanted = (*driver.columns, *activity.conditions)
    absent = [name for name in wanted if name not in tables[driver.table].columns]
    return f"the {driver.table} have no {' and no '.join(absent)}".replace("_", " ") if absent else ""


def _count(table: ir.Table, activities: list[Activity], periods: tuple[Period, ...]) -> pd.DataFrame:
    """Count several activities of one table in one pass; rows by customer and period."""
    rows = _by_year(table, periods) if "time" not in table.columns else _by_time(table, periods)
    measures = {activity.name: DRIVERS[activity.driver].measure(rows, _kept(rows, activity)) for activity in activities}
    counted = rows.group_by(*KEYS).agg(**measures).order_by(*KEYS)
    frame: pd.DataFrame = counted.to_pyarrow().to_pandas().set_index(KEYS)
    return frame[(frame != 0).any(axis="columns")]


def _kept(rows: ir.Table, activity: Activity) -> ir.BooleanValue:
    kept = ibis.literal(True)
    for column, value in activity.conditions.items():
        wanted = value if isinstance(value, list) else [value]
        kept &= ibis.coalesce(rows[column].isin(wanted), False)
    return kept


def _by_time(table: ir.Table, periods: tuple[Period, ...]) -> ir.Table:
    time = table["time"].cast("timestamp")
    inside = [
        (time >= ibis.timestamp(period.start.isoformat())) & (time < ibis.timestamp(period.end.isoformat()))
        for period in periods
    ]
    return _numbered(table, inside)


def _by_year(table: ir.Table, periods: tuple[Period, ...]) -> ir.Table:
    """Put counts kept by calendar year into periods that hold whole years."""
    require_time_or_year(table.columns)
    known = table.agg(first=table["year"].min(), last=table["year"].max()).to_pyarrow().to_pylist()[0]
    _require_whole_years(periods, known["first"], known["last"])
    inside = [(table["year"] >= period.start.year) & (table["year"] <= _last_year(period)) for period in periods]
    return _numbered(table, inside)


def require_time_or_year(columns: Iterable[str]) -> None:
    """Refuse activities that say neither when nor in which year they were.

    Parameters
    ----------
    columns : iterable of str
        Those of the table.

    Raises
    ------
    InputError
        When neither is there.
    """
    if not {"time", "year"} & set(columns):
        raise InputError(
            Fault(
                "has neither time nor year",
                where="activities",
                allowed="a column time or year",
                remedy="map time or year of the activities",
            )
        )


def _require_whole_years(periods: tuple[Period, ...], first: int | None, last: int | None) -> None:
    """Refuse borders within a year, but for those of the history itself, beyond which nothing was counted."""
    if first is None or last is None:
        return
    borders = [*(period.start for period in periods), *(period.end for period in periods)]
    begin, end = min(borders), max(borders)
    history = ({begin} if begin.year <= first else set()) | ({end} if _last_year(Period(begin, end)) >= last else set())
    cut = sorted({border for border in borders if (border.month, border.day) != (1, 1)} - history)
    if cut:
        what = f"counts kept by calendar year cannot be split on {', '.join(map(str, cut))}"
        raise InputError(Fault(what, "activities", "periods of whole calendar years", "compare whole calendar years"))


def _last_year(period: Period) -> int:
    return (period.end - timedelta(days=1)).year


def _numbered(table: ir.Table, inside: list[ir.BooleanValue]) -> ir.Table:
    number = ibis.cases(*zip(inside, range(len(inside)), strict=True)).cast("int64")
    rows = table.mutate(period=number)
    return rows.filter(rows["period"] >= 0)
