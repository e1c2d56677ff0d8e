"""Dates that stand for none: rows years before all others, as 1900-01-01, or years after, as 2099-12-31."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pandas as pd

from helpers.core.errors import counted, some_of
from helpers.core.results import in_unit
from helpers.study.data_warnings import Answers, CheckedTable, DataWarning, TableCheck

YEARS, FEW = 5, 0.05
"""Reported where no row lies within so many years after them, and no more than this share of the rows is theirs."""
_YEAR_DAYS = 365.25
_REMEDY = "correct these dates where the table is exported, or take the rows out of the file"


def is_far_after(day: date, as_of: date) -> bool:
    """Say whether a day lies so many years after the analysis date that it hardly is one.

    Examples
    --------
    >>> is_far_after(date(2099, 12, 31), date(2025, 1, 1)), is_far_after(date(2025, 3, 1), date(2025, 1, 1))
    (True, False)
    """
    return (day - as_of).days > YEARS * _YEAR_DAYS


def far_before(days: "pd.Series[pd.Timestamp]", rows: "pd.Series[int]") -> "pd.Series[bool]":
    """Mark the days that lie years before the bulk of the rows.

    Parameters
    ----------
    days : Series of Timestamp, shape (n_days,)
        Days with rows, in order.
    rows : Series of int, shape (n_days,)
        How many.

    Examples
    --------
    >>> days = pd.Series(pd.to_datetime(["1900-01-01", "1970-01-01", "2023-01-01", "2023-02-01"]))
    >>> far_before(days, pd.Series([1, 1, 100, 100])).tolist()
    [True, True, False, False]
    """
    within_few = rows.cumsum() <= FEW * rows.sum()
    jumps = (days.shift(-1) - days).dt.days > YEARS * _YEAR_DAYS
    last = (within_few & jumps)[::-1].cummax()[::-1]
    return last.astype(bool)


def _findings(checked: CheckedTable, answers: Answers) -> Iterator[DataWarning]:
    if not checked.by_day.empty:
        yield from _far_before_others(checked, answers)
    if checked.study.after_as_of == "drop":  # else they are refused
        yield from _far_after(checked)


def _far_before_others(checked: CheckedTable, answers: Answers) -> Iterator[DataWarning]:
    by_day = checked.by_day
    early = far_before(by_day["day"], by_day["rows"])
    found = by_day[early]
    if found.empty:
        return
    rows, amount = int(found["rows"].sum()), float(found["amount"].sum()) if "amount" in found else None
    days = [day.date().isoformat() for day in found["day"]]
    first = by_day.loc[~early, "day"].iloc[0].date().isoformat()
    what = (
        f"{checked.counted(rows, amount, answers)} of table {checked.name} lie more than {YEARS} years before "
        f"all others, which begin on {in_unit(first, 'date')}: {some_of(days)} may stand for no date"
    )
    yield DataWarning(what, checked.where("columns", "time"), _REMEDY, checked.name, rows, amount)


def _far_after(checked: CheckedTable) -> Iterator[DataWarning]:
    """Tell rows that are left out because they lie years after the analysis date."""
    table = checked.tables.prepare(checked.name).local
    by_day = replace(checked, table=table).by_day
    found = by_day[by_day["day"].map(lambda day: is_far_after(day.date(), checked.study.as_of)).astype(bool)]
    if found.empty:
        return
    rows, amount = int(found["rows"].sum()), float(found["amount"].sum()) if "amount" in found else None
    money = "" if amount is None else f" with {in_unit(amount, checked.currency)}"
    what = (
        f"{counted(rows, 'row')} of table {checked.name}{money} lie more than {YEARS} years after the analysis "
        f"date and are left out: {some_of([day.date().isoformat() for day in found['day']])} may stand for no date"
    )
    yield DataWarning(what, checked.where("columns", "time"), _REMEDY, checked.name, rows, amount)


PLACEHOLDER_DATES = TableCheck(_findings, applies=lambda checked: checked.has("time"))
"""Times of a few rows long before or after all others."""
