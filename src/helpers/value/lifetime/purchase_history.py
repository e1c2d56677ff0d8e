"""From transaction lines to what the purchase and spend models take, as one query in the client's database.

Two numbers are called recency in this field and are not the same. RFM recency is `days_since_last`: days from the last
purchase to the day of analysis, small for an active customer. The purchase models need `age_at_last_purchase`: time
from the first purchase to the last, large for an active customer. Neither is called recency here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pandas as pd

from helpers.core.errors import Fault, InputError, some_of, unknown_name
from helpers.core.lines import exact_sum, lines_until
from helpers.core.returns import has_returns, purchase_lines
from helpers.core.session_tables import once_per_run, stays_for_the_run

DAYS_PER_UNIT: Mapping[str, float] = MappingProxyType({"days": 1.0, "weeks": 7.0})
NEEDED = ("customer_id", "time", "amount")


def purchase_days(transactions: ir.Table, *, as_of: date) -> ir.Table:
    """Merge transaction lines into days on which a customer bought.

    Parameters
    ----------
    transactions : ibis Table
        Transaction lines: `customer_id`, `time`, `amount`.
    as_of : date
        Day of analysis; nothing on it or after it is used.

    Returns
    -------
    ibis Table
        One row per customer and day: `customer_id`, `day`, `spend` (study currency, to four decimals), less what came
        back before `as_of` (`helpers.core.returns`); a day of which all came back is none.

    Raises
    ------
    InputError
        When a column is missing or of another kind, or `as_of` is no date.
    """
    faults = [*_table_faults(transactions), *_date_faults(as_of, "as_of")]
    if faults:
        raise InputError(faults)
    if stays_for_the_run(transactions) and not has_returns(lines_until(_of_customers(transactions), as_of)):
        # nothing came back: a day is the same whatever follows it
        days = once_per_run(_by_day_of_customers, transactions)
        days = days.filter(days.day < ibis.literal(as_of))
    else:
        days = _by_day(purchase_lines(_of_customers(transactions), as_of))
    return days.mutate(spend=days.spend.cast("float64"))


def _of_customers(transactions: ir.Table) -> ir.Table:
    return transactions.drop_null(["customer_id", "amount"])


def _by_day_of_customers(transactions: ir.Table) -> ir.Table:
    return _by_day(_of_customers(transactions))


def _by_day(bought: ir.Table) -> ir.Table:
    """Return the exact spend of every customer and day."""
    lines = bought.select("customer_id", day=bought.time.cast("date"), amount=bought.amount)
    # decimals add up to the same sum in any order; floating point numbers do not
    exact = lines.mutate(amount=lines.amount.round(4).cast("decimal(38, 4)"))
    return exact.group_by("customer_id", "day").aggregate(spend=exact.amount.sum())


def purchase_history(
    transactions: ir.Table, *, as_of: date, holdout_from: date | None = None, time_unit: str = "weeks"
) -> ir.Table:
    """Return one row per customer with what the purchase and spend models take.

    Parameters
    ----------
    transactions : ibis Table
        Transaction lines: `customer_id`, `time`, `amount`. Lines without a customer or an amount are left out, and a
        customer without any other line with them: the standard tables refuse missing amounts; repair raw lines before.
    as_of : date
        Day of analysis; nothing on it or after it is used. The last day observed is the day before.
    holdout_from : date, optional
        First day kept back to test forecasts on. The history then ends the day before, and only customers won by then
        are in it.
    time_unit : {"weeks", "days"}
        Unit of both ages.

    Returns
    -------
    ibis Table
        `customer_id`; `frequency`: days with a purchase after the first such day; `age_at_last_purchase` and `age`:
        time from the first purchase day to the last one, and to the last day observed; `mean_repeat_spend`: mean
        spend of the repeat days, 0 without any; `spend_to_date`: all spend, first day included; `days_since_last`: RFM
        recency, in days; `first_day`. With a holdout also `holdout_purchases` (purchase days) and `holdout_spend`.
        Amounts in study currency. Ordered by customer.

    Raises
    ------
    InputError
        When a column is missing or of another kind, a day is no date, the unit is unknown, or the holdout does not
        begin before `as_of`.

    Examples
    --------
    >>> import pyarrow as pa
    >>> days = [date(2024, 1, 1), date(2024, 1, 1), date(2024, 1, 15), date(2024, 1, 8)]
    >>> lines = pa.table({"customer_id": ["a", "a", "a", "b"], "time": days, "amount": [10.0, 5.0, 20.0, 7.0]})
    >>> history = purchase_history(ibis.memtable(lines), as_of=date(2024, 1, 30)).to_pyarrow().to_pandas()
    >>> history[["customer_id", "frequency", "age_at_last_purchase", "age", "days_since_last"]]
      customer_id  frequency  age_at_last_purchase  age  days_since_last
    0           a          1                   2.0  4.0               15
    1           b          0                   0.0  3.0               22
    """
    faults = [*_table_faults(transactions), *_option_faults(as_of, holdout_from, time_unit)]
    if faults:
        raise InputError(faults)
    end = holdout_from or as_of
    last_day = end - timedelta(days=1)
    seen = purchase_days(transactions, as_of=end)  # what comes back later is not known yet
    first = seen.group_by("customer_id").aggregate(first_day=seen.day.min())
    repeats = seen.join(first, "customer_id")
    repeats = repeats.mutate(repeat_spend=(repeats.day > repeats.first_day).ifelse(repeats.spend, 0.0))
    totals = repeats.group_by("customer_id").aggregate(
        first_day=repeats.first_day.min(),
        last_day=repeats.day.max(),
        purchases=repeats.day.count(),
        repeat_spend=exact_sum(repeats.repeat_spend),
        spend_to_date=exact_sum(repeats.spend),
    )
    unit = float(DAYS_PER_UNIT[time_unit])  # of whole numbers Spark's quotient has six decimals
    frequency = totals.purchases - 1
    history = totals.select(
        "customer_id",
        frequency=frequency,
        age_at_last_purchase=_days_between(totals.last_day, totals.first_day).cast("float64") / unit,
        age=_days_between(ibis.literal(last_day), totals.first_day).cast("float64") / unit,
        mean_repeat_spend=(frequency > 0).ifelse(totals.repeat_spend / frequency.nullif(0), 0.0).cast("float64"),
        spend_to_date=totals.spend_to_date,
        days_since_last=_days_between(ibis.literal(end), totals.last_day),
        first_day=totals.first_day,
    )
    if holdout_from is not None:
        days = purchase_days(transactions, as_of=as_of)
        history = _with_holdout(history, days.filter(days.day >= ibis.literal(holdout_from)))
    return history.order_by("customer_id")


@dataclass(frozen=True)
class CustomerTrace:
    """How a few customers' lines became model inputs, step by step.

    Parameters
    ----------
    lines : DataFrame
        Their transaction lines, by customer and time.
    days : DataFrame
        Their purchase days: lines of a day merged, less what came back; `kind` says first or repeat.
    inputs : DataFrame
        Their rows of `purchase_history`.
    """

    lines: pd.DataFrame
    days: pd.DataFrame
    inputs: pd.DataFrame


def trace_customers(
    transactions: ir.Table,
    customer_ids: Sequence[object],
    *,
    as_of: date,
    holdout_from: date | None = None,
    time_unit: str = "weeks",
) -> CustomerTrace:
    """Follow named customers from raw lines to model inputs.

    Parameters
    ----------
    transactions : ibis Table
        Transaction lines.
    customer_ids : sequence
        Whom to follow.
    as_of, holdout_from, time_unit
        As for `purchase_history`.

    Returns
    -------
    CustomerTrace

    Raises
    ------
    InputError
        When a customer has no line, or an argument is wrong.
    """
    faults = [*_table_faults(transactions), *_option_faults(as_of, holdout_from, time_unit)]
    if isinstance(customer_ids, str):
        faults.append(Fault(f"{customer_ids!r} is no list", where="customer_ids", remedy=f"give [{customer_ids!r}]"))
    if not faults:
        text = transactions.customer_id.type().is_string()
        strange = [who for who in customer_ids if isinstance(who, str) != text]
        if strange:
            kind = "text" if text else "numbers"
            faults.append(
                Fault(
                    f"{some_of(strange)}",
                    where="customer_ids",
                    allowed=f"{kind}, as in the lines",
                    remedy="give the ids as the lines hold them",
                )
            )
    if faults:
        raise InputError(faults)
    theirs = transactions.filter(transactions.customer_id.isin(list(customer_ids)))
    lines = _frame(theirs.order_by("customer_id", "time", *_tie_breaks(theirs)))
    missing = [who for who in customer_ids if who not in set(lines["customer_id"])]
    if missing:
        raise InputError(
            Fault(
                f"no transactions of {some_of(missing)}", where="customer_ids", remedy="take customers with a purchase"
            )
        )
    days = _frame(purchase_days(theirs, as_of=holdout_from or as_of).order_by("customer_id", "day"))
    first = days.groupby("customer_id")["day"].transform("min")
    days["kind"] = (days["day"] == first).map({True: "first", False: "repeat"})
    history = purchase_history(theirs, as_of=as_of, holdout_from=holdout_from, time_unit=time_unit)
    return CustomerTrace(lines, days, _frame(history))


def _frame(table: ir.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pyarrow().to_pandas()
    return frame


def _tie_breaks(table: ir.Table) -> list[str]:
    """Return the other columns that have an order: lines that stand in any order still are then equal."""
    first = [name for name in ("order_id", "product_id", "amount") if name in table.columns]
    others = [name for name, kind in table.schema().items() if _has_order(kind)]
    return [*first, *(name for name in others if name not in {*first, "customer_id", "time"})]


def _has_order(kind: dt.DataType) -> bool:
    return bool(kind.is_numeric() or kind.is_string() or kind.is_boolean() or kind.is_temporal())


def _days_between(later: ir.DateValue, earlier: ir.DateValue) -> ir.IntegerValue:
    return later.delta(earlier, unit="day")


def _with_holdout(history: ir.Table, later: ir.Table) -> ir.Table:
    kept = later.group_by("customer_id").aggregate(
        holdout_purchases=later.day.count(), holdout_spend=exact_sum(later.spend)
    )
    both = history.left_join(kept, "customer_id")
    return both.select(
        *history.columns,
        holdout_purchases=both.holdout_purchases.fill_null(0),
        holdout_spend=both.holdout_spend.fill_null(0.0),
    )


def _table_faults(transactions: object) -> list[Fault]:
    if not isinstance(transactions, ir.Table):
        what = f"expected an Ibis table, got {type(transactions).__name__}"
        return [Fault(what, where="transactions", remedy="wrap a data frame: ibis.memtable(frame)")]
    names = list(transactions.columns)
    faults = [unknown_name(name, names, kind="column", where="transactions") for name in NEEDED if name not in names]
    schema = transactions.schema()
    if "time" in names and not (schema["time"].is_date() or schema["time"].is_timestamp()):
        faults.append(
            Fault(
                f"column 'time' holds {schema['time']}",
                where="transactions",
                allowed="dates or times",
                remedy="turn the column into dates or times",
            )
        )
    if "amount" in names and (schema["amount"].is_boolean() or not schema["amount"].is_numeric()):
        faults.append(
            Fault(
                f"column 'amount' holds {schema['amount']}",
                where="transactions",
                allowed="numbers",
                remedy="turn the column into numbers",
            )
        )
    return faults


def _date_faults(value: object, where: str) -> list[Fault]:
    if isinstance(value, date) and not isinstance(value, datetime):
        return []
    return [
        Fault(
            f"{value!r} is no date",
            where=where,
            allowed="a datetime.date, such as date(2024, 3, 1)",
            remedy="give a date so",
        )
    ]


def _option_faults(as_of: date, holdout_from: date | None, time_unit: str) -> list[Fault]:
    faults = _date_faults(as_of, "as_of")
    if holdout_from is not None:
        faults += _date_faults(holdout_from, "holdout_from")
    if holdout_from is not None and not faults and holdout_from >= as_of:
        faults.append(
            Fault(
                f"the holdout begins on {holdout_from}, not before {as_of}",
                where="holdout_from",
                remedy="begin the time held back before the analysis date",
            )
        )
    if time_unit not in DAYS_PER_UNIT:
        faults.append(unknown_name(str(time_unit), list(DAYS_PER_UNIT), kind="time unit", where="time_unit"))
    return faults
