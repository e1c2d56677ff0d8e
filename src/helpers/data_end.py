"""Data that stop before the analysis date: the last month looks poor, and everybody looks lost."""

from collections.abc import Iterator

from helpers.data_warnings import Answers, CheckedTable, DataWarning, Finding, TableCheck
from helpers.errors import Fault, counted
from helpers.periods import coverage_of
from helpers.results import in_unit

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
    remedy = f"set as_of: {found.until}, or fetch the rows that are missing"
    if checked.name == "transactions" and found.gap_days > max(REFUSED_DAYS, REFUSED_GAPS * found.usual_gap_days):
        yield Fault(f"{what}: all customers would look lost", where=where, remedy=remedy)
    else:
        yield DataWarning(f"{what}: what is counted until then is too low", where, remedy, checked.name)


def _has_times(checked: CheckedTable) -> bool:
    return checked.name in ("transactions", "invoices", "payments") and checked.has("time")


DATA_END = TableCheck(_findings, applies=_has_times)
"""Purchases, invoices or payments that stop before the analysis date."""
