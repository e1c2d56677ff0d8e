"""Tables that must match: how many rows of one find their customer, product, invoice or campaign in another.

What does not match falls out of a figure without a trace, so a low share is reported and none at all is refused.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from helpers.core.any_engine import each_once
from helpers.core.errors import Fault, counted, some_of
from helpers.core.matching_rows import matched_rows
from helpers.core.results import in_unit
from helpers.study.data_warnings import CheckedTable, DataWarning, Finding
from helpers.study.identifiers import CLEANINGS, cleaned
from helpers.study.standard_tables import STANDARD_TABLES

_CUSTOMER = ("customer_id",)
_BASES = ("transactions", "contracts", "invoices", "customers")
"""Tables whose customers the others must share: the first of them that a study has."""
_CLEANED_AT_LEAST = 0.5
_ONE_IN, _MARGIN, _ENOUGH_ROWS = 16, 0.05, 10_000
"""A sixteenth of the keys tells the share to one or two hundredths, where some ten thousand rows are theirs."""
_NOUNS = {
    _CUSTOMER: "customers",
    ("customer_id", "campaign_id"): "customer and campaign pairs",
    ("product_id",): "products",
    ("record_id",): "records",
    ("order_id",): "orders",
    ("invoice_id",): "invoices",
    ("seller_id",): "sellers",
    ("lead_id",): "leads",
    ("activity",): "activities",
}


@dataclass(frozen=True)
class Match:
    """Two tables with common columns.

    Parameters
    ----------
    table, other : str
        Standard tables; rows of the first are looked for in the second.
    keys : tuple of str
        Columns of both.
    reported_below : float
        Share of the first table's keys found from which on nothing is reported.
    refused : bool
        Whether no match at all is a fault; else it is reported like a low share.
    """

    table: str
    other: str
    keys: tuple[str, ...]
    reported_below: float = 0.9
    refused: bool = True


MATCHES: tuple[Match, ...] = (
    # Many customers on file may never have bought, and details may be known of some buyers only.
    Match("transactions", "customers", _CUSTOMER, 0.25),
    Match("transactions", "products", ("product_id",)),
    Match("baskets", "products", ("product_id",)),
    Match("transactions", "customer_records", ("record_id",), refused=False),
    Match("responses", "contacts", ("customer_id", "campaign_id")),
    Match("responses", "transactions", ("order_id",), refused=False),
    Match("service_cases", "transactions", ("order_id",), refused=False),
    Match("payments", "invoices", ("invoice_id",)),
    Match("invoices", "sellers", ("seller_id",), refused=False),
    Match("leads", "sellers", ("seller_id",), refused=False),
    Match("leads", "transactions", _CUSTOMER, 0.5, refused=False),
    Match("lead_stages", "leads", ("lead_id",)),
    Match("activities", "cost_pools", ("activity",)),
    Match("earlier_ids", "customer_records", ("record_id",), 0.5, refused=False),
    Match("known_identities", "customer_records", ("record_id",), refused=False),
)
_OF_CUSTOMERS_REPORTED_BELOW = {"customers": 0.1}
_ELSE_REPORTED_BELOW = 0.5


def match_findings(tables: Mapping[str, CheckedTable]) -> Iterator[Finding]:
    """Yield what two tables of a study that belong together do not share.

    Parameters
    ----------
    tables : mapping of str to CheckedTable
        The sound tables of a study, by name.
    """
    for match in (*_of_customers(list(tables)), *MATCHES):
        if match.table in tables and match.other in tables:
            one, other = tables[match.table], tables[match.other]
            if one.has(*match.keys) and other.has(*match.keys):
                yield from _findings(match, one, other)


def _of_customers(names: Sequence[str]) -> list[Match]:
    """Return the matches of every table of customers with the one that holds what they did."""
    base = next((name for name in _BASES if name in names), None)
    if base is None:
        return []
    own = [name for name in names if name != base and STANDARD_TABLES[name].of_customers]
    return [Match(name, base, _CUSTOMER, _OF_CUSTOMERS_REPORTED_BELOW.get(name, _ELSE_REPORTED_BELOW)) for name in own]


def _findings(match: Match, one: CheckedTable, other: CheckedTable) -> Iterator[Finding]:
    found = _counted(match, one, other)
    # Customers count one by one, whatever they bought; of the others, rows are what a figure loses.
    unit = "keys" if match.keys == _CUSTOMER else "rows"
    if not found["rows"] or found[f"matched_{unit}"] >= match.reported_below * found[unit]:
        return
    remedy = _remedy(match, one, other)
    where = one.where("columns", match.keys[0])
    if not found["matched_rows"] and match.refused:
        ours, theirs = (_some(table, match.keys) for table in (one, other))
        noun = _NOUNS[match.keys].removesuffix("s")
        what = f"no {noun} of table {one.name} stands in table {other.name}: {ours} against {theirs}"
        yield Fault(what, where=where, allowed="the same identifiers in all tables", remedy=remedy)
        return
    lost, without = found["keys"] - found["matched_keys"], found["rows"] - found["matched_rows"]
    amount = round(found["amount"] - found["matched_amount"], 2) if "amount" in found else None
    what = (
        f"{lost:,} of {found['keys']:,} {_NOUNS[match.keys]} of table {one.name} "
        f"({in_unit(lost / found['keys'], 'share')}) do not stand in table {other.name}; they hold "
        f"{one.counted(without, amount, found)}"
    )
    yield DataWarning(what, where, remedy, one.name, without, amount, other.name)


def _counted(match: Match, one: CheckedTable, other: CheckedTable) -> dict[str, Any]:
    """Count different keys, rows and money of the first table, and those the second knows.

    Where, in a large table, a part of the keys drawn by their hash shows that all is well, only its rows are counted.
    """
    if match.keys == _CUSTOMER:
        known = one.by_customer["customer_id"].isin(other.by_customer["customer_id"])
        return _sums("", one.by_customer) | _sums("matched_", one.by_customer[known])
    keys = list(match.keys)
    rows = one.table.filter(*(one.table[key].notnull() for key in keys))  # noqa: PD004 (Ibis columns)
    listed = other.table.select(*keys).distinct().mutate(listed=True)
    if one.has("customer_id") and one.by_customer["rows"].sum() >= _ENOUGH_ROWS * _ONE_IN:
        some, some_listed = (table.filter(table[keys[0]].hash() % _ONE_IN == 0) for table in (rows, listed))
        joined = some.select(*keys).left_join(some_listed, keys)
        counts = joined.aggregate(rows=joined.count(), matched_rows=joined.listed.sum())
        found: dict[str, Any] = {key: int(value or 0) for key, value in counts.to_pyarrow().to_pylist()[0].items()}
        if found["matched_rows"] >= min(match.reported_below + _MARGIN, 1.0) * found["rows"]:
            return found
    money = {"amount": one.table.amount.sum()} if one.has("amount") else {}
    grouped = rows.group_by(keys).aggregate(rows=rows.count(), **money).left_join(listed, keys)
    groups = grouped.to_pyarrow().to_pandas()
    return _sums("", groups) | _sums("matched_", groups[groups["listed"].notna()])


def _sums(prefix: str, groups: pd.DataFrame) -> dict[str, Any]:
    """Return how many keys there are, and their rows and money."""
    money = {f"{prefix}amount": float(groups["amount"].sum())} if "amount" in groups else {}
    return {f"{prefix}keys": len(groups), f"{prefix}rows": int(groups["rows"].sum()), **money}


def _some(checked: CheckedTable, keys: Sequence[str]) -> str:
    rows = each_once(checked.table.select(*keys)).order_by(list(keys)).limit(3).to_pyarrow().to_pylist()
    return some_of([row[keys[0]] if len(keys) == 1 else tuple(row.values()) for row in rows])


def _remedy(match: Match, one: CheckedTable, other: CheckedTable) -> str:
    """Ask for cleaned identifiers where that brings the tables together, else for the right column."""
    key = match.keys[0]
    ids = [checked.table.select(key).distinct() for checked in (one, other)]
    if all(table[key].type().is_string() for table in ids) and key.endswith("_id"):
        given = ids[0].count().to_pyarrow().as_py()
        for ways in (*([way] for way in CLEANINGS), CLEANINGS):
            first, second = (table.select(key=cleaned(table[key], ways)) for table in ids)
            together = matched_rows(first, second, ["key"]).count().to_pyarrow().as_py()
            if together >= _CLEANED_AT_LEAST * given:
                shared = counted(together, "identifier")
                return f"add clean_ids: [{', '.join(ways)}] to the study: {shared} of {given:,} would match then"
    return "map the column with the same identifiers"
