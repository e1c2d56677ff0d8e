"""Who of a study refused contact: read from every table that says so, and brought together across its systems."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from helpers.identification.refusals import spread_refusals, without_crowds
from helpers.study.flag_text import YES
from helpers.study.study import Study
from helpers.suite.notebook.bookings import RECORDS, find_bookings, read_text

MARK = "do_not_contact"
SHARED = {"email": "equal e-mail addresses", "identifier": "equal official numbers"}
"""Columns whose value, where it is equal, is one customer's."""
LINK = ["number", "joined"]


@dataclass(frozen=True)
class Refusers:
    """Who refused contact.

    Parameters
    ----------
    known : bool
        Whether any table of the study says who refused.
    customers : frozenset of str
        Customer ids, as text.
    records : DataFrame
        `source`, `record_id` (text): records that refused, themselves or by what they are linked with.
    tables : tuple of str
        Tables that say who refused.
    ways : tuple of str
        What brought records and customers together.
    """

    known: bool
    customers: frozenset[str]
    records: pd.DataFrame
    tables: tuple[str, ...] = ()
    ways: tuple[str, ...] = ()


def id_text(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return identifiers as text; whole numbers that gaps turned into fractions lose these again."""
    if pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")
    return values.astype("string").astype("object")


def find_refusers(study: Study, linkage: pd.DataFrame | None = None) -> Refusers:
    """Find who refused contact in any system of a study; the strictest mark wins.

    Parameters
    ----------
    study : Study
        Any of its tables with a column `do_not_contact` beside `customer_id`, and `customer_records`, count.
    linkage : DataFrame, optional
        `source`, `record_id`, `lasting_id`: which customer each record was found to be, from a linkage of this run.
    """
    tables = tuple(name for name in study.table_names if _says(study, name))
    if not tables:
        return Refusers(False, frozenset(), pd.DataFrame(columns=["source", "record_id"]))
    refused = {number for name in tables for number in _marked(study, name)}
    bookings = find_bookings(study)
    booked, joining = _links(bookings.pairs), _links(bookings.of_one_customer)
    links = {bookings.way: joining, **dict(_shared(study)), **dict(_linked(study, linkage))}
    found = spread_refusals(refused, pd.concat([pd.DataFrame(columns=LINK), *links.values()]))
    # Whoever ordered under a record that refused has refused, however many others did as well.
    found |= set(booked.loc[booked["joined"].isin(found), "number"])
    customers = frozenset(number.removeprefix("customer:") for number in found if number.startswith("customer:"))
    records = sorted(number.split(":", 2)[1:] for number in found if number.startswith("record:"))
    frame = pd.DataFrame(records, columns=["source", "record_id"], dtype="object")
    return Refusers(True, customers, frame, tables, tuple(way for way, joined in links.items() if len(joined)))


def _says(study: Study, table: str) -> bool:
    return study.has(table, MARK) and study.has(table, _own(table)[-1])


def _number(frame: pd.DataFrame, table: str) -> "pd.Series[Any]":
    """Return the number of each row as all links write it: `customer:7`, `record:web:7`."""
    if table != RECORDS:
        return "customer:" + frame["customer_id"]
    return "record:" + frame["source"].fillna("") + ":" + frame["record_id"]


def _own(table: str) -> tuple[str, ...]:
    return ("source", "record_id") if table == RECORDS else ("customer_id",)


def _marked(study: Study, table: str) -> Iterator[str]:
    frame = read_text(study, table, *_own(table), MARK)
    words = frame[MARK].str.strip().str.casefold()
    yield from _number(frame[words.isin(YES)], table).dropna()


def _links(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return pairs of customer and record as links between their numbers."""
    return pd.DataFrame({"number": _number(pairs, ""), "joined": _number(pairs, RECORDS)})


def _shared(study: Study) -> Iterator[tuple[str, pd.DataFrame]]:
    for column, way in SHARED.items():
        parts = [pd.DataFrame(columns=LINK, dtype="object")]
        for table in ("customers", RECORDS):
            if study.has(table, column):
                frame = read_text(study, table, *_own(table), column)
                value = frame[column].str.strip().str.casefold().replace("", None)
                parts.append(pd.DataFrame({"number": _number(frame, table), "joined": f"{column}:" + value}))
        # A value that one number alone has joins nothing, and is no way in which anything was brought together.
        links = without_crowds(pd.concat(parts))
        yield way, links[links["joined"].duplicated(keep=False)]


def _linked(study: Study, linkage: pd.DataFrame | None) -> Iterator[tuple[str, pd.DataFrame]]:
    if linkage is not None and study.has(RECORDS):
        source = linkage["source"].astype("str").astype("object") if study.has(RECORDS, "source") else ""
        number = "record:" + source + ":" + id_text(linkage["record_id"])
        found = "found:" + id_text(linkage["lasting_id"])
        yield "the linkage of this run", pd.DataFrame({"number": number, "joined": found})
