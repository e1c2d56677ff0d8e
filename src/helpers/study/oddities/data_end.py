"""Data that stop before the analysis date: the last month looks poor, and everybody looks lost."""

from collections.abc import Iterator
from datetime import date

import ibis

from helpers.core.errors import Fault, counted
from helpers.core.periods import coverage_of
from helpers.core.results import in_unit
from helpers.study.data_warnings import Answers, CheckedTable, DataWarning, Finding, TableCheck
from helpers.study.standard_tables import STANDARD_TABLES
from helpers.study.tables import StudyTables

REFUSED_DAYS, REFUSED_GAPS = 365, 3
"""Refused when the data stop more than a year, and three usual gaps, before the analysis date: no chapter looks back
much farther for who is still a customer, so all would be lost, and every rate until the analysis date nil."""


def _findings(checked: CheckedTable, _answers: Answers) -> Iterator[Finding]:
    if checked.by_day.empty:
        return
    as_of = checked.tables.spec.as_of
    found = coverage_of(checked.by_day["day"], as_of)
    if not found.stops_early or found.usual_gap_days is None:
        return
    what = (
        f"Table {checked.name} stops on {in_unit(found.last.isoformat(), 'date')}, "
        f"{counted(found.gap_days, 'day')} before the analysis date {in_unit(as_of.isoformat(), 'date')}, though "
        f"one row usually follows another within {counted(found.usual_gap_days, 'day')}"
    )
    where = checked.tables.lines.where("as_of")
    remedy = _remedy(checked, found.until)
    if checked.name == "transactions" and found.gap_days > max(REFUSED_DAYS, REFUSED_GAPS * found.usual_gap_days):
        yield Fault(f"{what}: all customers would look lost", where=where, remedy=remedy)
    else:
        yield DataWarning(f"{what}: what is counted until then is too low", where, remedy, checked.name)


def _remedy(checked: CheckedTable, until: date) -> str:
    """Return a remedy that does all tables good: an earlier analysis date only where none of them goes on after it."""
    fetch = f"fetch the rows of table {checked.name} that are missing"
    longest = max((_last_day(checked.tables, name) for name in checked.study.tables), default=None, key=_day_or_first)
    if longest is None or longest < until:
        return f"set as_of: {until}, or fetch the rows that are missing"
    after = f"the other tables go on until {longest}"
    return f"{fetch}; {after}, so that as_of: {until} would need after_as_of: drop and lose their rows from then on"


def _last_day(tables: StudyTables, name: str) -> date | None:
    """Return the last day with rows before the analysis date; None of a table without times, or that cannot be made."""
    event_time = STANDARD_TABLES[name].event_time
    if event_time is None or not tables.can_prepare(name):
        return None
    local = tables.prepare(name).local
    if event_time not in local.columns:
        return None
    day = local[event_time].cast("timestamp").cast("date")
    last: date | None = day.max(where=day < ibis.date(tables.spec.as_of.isoformat())).to_pyarrow().as_py()
    return last


def _day_or_first(day: date | None) -> date:
    return day or date.min


def _has_times(checked: CheckedTable) -> bool:
    return checked.name in ("transactions", "invoices", "payments") and checked.has("time")


DATA_END = TableCheck(_findings, applies=_has_times)
"""Purchases, invoices or payments that stop before the analysis date."""
