"""Which customer ids of a study's tables stand for which of its records: one mapping for refusals and for joins."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from helpers.identification.refusals import without_crowds
from helpers.study.study import Study

RECORDS = "customer_records"
ACCOUNTS = ("record_id", "account_id")
"""Columns beside `customer_id` that name the record under which something was booked."""
SAME_NUMBERS = 0.5
"""Share of customers that must stand among the records for the two to be the same numbers."""
OWNERS = ("customers", "transactions", "contracts", "invoices")
PAIR = ["customer_id", "source", "record_id"]


@dataclass(frozen=True)
class Bookings:
    """Customer ids and records that stand together.

    Parameters
    ----------
    pairs : DataFrame
        `customer_id`, `source`, `record_id` as text, each pair once; `source` is empty where there is one system.
    way : str
        What brought them together, in words; empty where nothing did.
    """

    pairs: pd.DataFrame
    way: str = ""

    @property
    def of_one_customer(self) -> pd.DataFrame:
        """The pairs without guest accounts and without numbers that two systems gave: these join strangers."""
        record = self.pairs["source"] + ":" + self.pairs["record_id"]
        systems = record.groupby([self.pairs["customer_id"], self.pairs["record_id"]]).transform("nunique")
        links = pd.DataFrame({"number": self.pairs["customer_id"], "joined": record})[systems == 1]
        few = without_crowds(links)
        kept = without_crowds(few.rename(columns={"number": "joined", "joined": "number"}))
        return self.pairs.loc[kept.index]


def find_bookings(study: Study) -> Bookings:
    """Find which customer id and record stand together on orders, cases or invoices, or are the same number.

    Parameters
    ----------
    study : Study
        Any of its tables with `customer_id` beside `record_id` or `account_id` counts.
    """
    nothing = Bookings(pd.DataFrame(columns=PAIR, dtype="object"))
    if not study.has(RECORDS):
        return nothing
    records = read_text(study, RECORDS, "source", "record_id").dropna(subset="record_id")
    records = records.assign(source=records["source"].fillna("")).drop_duplicates()
    pairs = [
        read_text(study, table, "customer_id", column).rename(columns={column: "record_id"})
        for table in study.table_names
        for column in ACCOUNTS
        if table != RECORDS and study.has(table, column) and study.has(table, "customer_id")
    ]
    way = "the records under which orders were booked"
    if not pairs:
        owner = next((name for name in OWNERS if study.has(name)), None)
        ids = read_text(study, owner, "customer_id").dropna() if owner else pd.DataFrame({"customer_id": []})
        if ids.empty or ids["customer_id"].isin(records["record_id"]).mean() < SAME_NUMBERS:
            return nothing
        pairs, way = [ids.assign(record_id=ids["customer_id"])], "equal numbers of customers and records"
    both = pd.concat(pairs).dropna().drop_duplicates().merge(records, on="record_id")
    return Bookings(both[PAIR], way)


def read_text(study: Study, table: str, *columns: str) -> pd.DataFrame:
    """Read distinct rows of some columns as text, missing values and missing columns missing."""
    whole = study.table(table)
    cast = {name: _as_text(whole[name]) for name in columns if name in whole.columns}
    frame: pd.DataFrame = whole.select(**cast).distinct().to_pyarrow().to_pandas()
    return frame.reindex(columns=list(columns)).astype("object")


def _as_text(column: Any) -> Any:
    kind = column.type()
    return (column.cast("int64") if kind.is_floating() else column).cast("string")
