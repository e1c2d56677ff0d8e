"""What to repair first in the data, and why: how good each system is, and which later chapters read a field (M1, M2).

A gap matters by what rests on it. Fields that later chapters cannot do without come first; a field that serves no
purpose and that no chapter reads should not have been collected.
"""

from collections.abc import Mapping, Sequence

import pandas as pd

from helpers.identification.field_rules import PURPOSES
from helpers.identification.quality import QualityLimits, list_failing

NAMED_AT_MOST = 2
"""Chapters named in words; the others are counted."""
NO_PURPOSE, NEVER_FILLED = "serves no purpose", "never filled"


def compare_sources(fields: pd.DataFrame, limits: QualityLimits | None = None) -> pd.DataFrame:
    """Grade the systems that records come from, the one with most to repair first.

    Parameters
    ----------
    fields : DataFrame
        From `measure_fields` with `by="source"`; without it, all records count as of one system.
    limits : QualityLimits, optional
        What required fields must reach.

    Returns
    -------
    DataFrame
        By source: records, failing (required fields that fall short), required_completeness, desirable_completeness,
        validity, timeliness, duplication (means over the fields that were received; NaN where nothing could be
        measured).
    """
    fields = fields if "source" in fields else fields.assign(source="records")
    failing = list_failing(fields, limits, by="source").drop_duplicates(["source", "table", "field"])
    needed = fields[list(PURPOSES)]
    required, desirable = (needed == "required").any(axis=1), (needed == "desirable").any(axis=1)
    received = fields[fields["present"]].groupby("source")
    graded = pd.DataFrame(
        {
            "records": received["rows"].first(),
            "failing": failing.groupby("source").size(),
            "required_completeness": fields[required].groupby("source")["completeness"].mean(),
            "desirable_completeness": fields[desirable & ~required].groupby("source")["completeness"].mean(),
            **{name: received[name].mean() for name in ("validity", "timeliness", "duplication")},
        }
    )
    graded = graded.fillna({"failing": 0}).astype({"failing": "int64"}).reset_index(names="source")
    return graded.sort_values(["failing", "source"], ascending=[False, True]).set_index("source")


def rank_repairs(failing: pd.DataFrame, uses: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Rank what to repair first: by the later chapters that rest on the field, then by how far it falls short.

    Parameters
    ----------
    failing : DataFrame
        From `list_failing`.
    uses : mapping of str to sequence of str
        Later chapters, by the field they read ("customers.birth_date").

    Returns
    -------
    DataFrame
        The rows of `failing` in their new order, with `chapters` (number of later chapters that read the field) and
        `matters_for` (these in words; the purposes where no chapter reads it).

    Examples
    --------
    >>> rows = {"table": "customers", "present": True, "purposes": "analyse", "measure": "completeness", "value": 0.5}
    >>> failing = pd.DataFrame([rows | {"rank": 1, "field": "email", "limit": 1.0, "shortfall": 0.5},
    ...                         rows | {"rank": 2, "field": "birth_date", "limit": 0.9, "shortfall": 0.4}])
    >>> ranked = rank_repairs(failing, {"customers.birth_date": ["structure"]})
    >>> ranked[["rank", "field", "chapters", "matters_for"]].values.tolist()
    [[1, 'birth_date', 1, 'structure'], [2, 'email', 0, 'analyse']]
    """
    readers = [uses.get(name, ()) for name in failing["table"] + "." + failing["field"]]
    words = [_in_words(some) or purposes for some, purposes in zip(readers, failing["purposes"], strict=True)]
    ranked = failing.assign(chapters=pd.Series([len(some) for some in readers], index=failing.index, dtype="int64"))
    ranked = ranked.assign(matters_for=pd.Series(words, index=failing.index, dtype="str"))
    # Rows come ranked by shortfall; a stable sort keeps that order among equally many chapters.
    ranked = ranked.sort_values("chapters", ascending=False, kind="stable", ignore_index=True)
    return ranked.assign(rank=range(1, len(ranked) + 1))


def show_repairs(failing: pd.DataFrame) -> pd.DataFrame:
    """Return repairs as a reader is shown them: in words, and without what is the same in every row.

    Parameters
    ----------
    failing : DataFrame
        From `list_failing` or `rank_repairs`.

    Returns
    -------
    DataFrame
        rank, `table` (where there are several), field, and the columns that say why; shares that could not be measured
        are nought.

    Examples
    --------
    >>> row = {"rank": 1, "table": "customers", "field": "birth_date", "present": True, "value": 0.5, "shortfall": 0.45}
    >>> show_repairs(pd.DataFrame([row])).to_dict("records")
    [{'rank': 1, 'field': 'birth date', 'value': 0.5}]
    """
    shown = failing.drop(columns=["present", "shortfall", "chapters"], errors="ignore").fillna({"value": 0})
    shown = shown if len(shown["table"].unique()) > 1 else shown.drop(columns="table")
    if "matters_for" in shown:
        shown = shown.drop(columns="purposes")
    for name in ("table", "field"):
        if name in shown:
            shown[name] = shown[name].str.replace("_", " ")
    return shown


def list_never_used(fields: pd.DataFrame, uses: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """List the fields that were collected for nothing.

    Parameters
    ----------
    fields : DataFrame
        From `measure_fields`, of one or several tables below one another.
    uses : mapping of str to sequence of str
        Later chapters, by the field they read.

    Returns
    -------
    DataFrame
        One row per field received that serves no stated purpose and that no chapter reads, or that holds no value at
        all: table, field, known (values it holds), why.

    Examples
    --------
    >>> row = {"table": "customers", "field": "shoe_size", "present": True, "rows": 9, "known": 7}
    >>> list_never_used(pd.DataFrame([row | dict.fromkeys(PURPOSES, "")]), {})["why"].tolist()
    ['serves no purpose']
    """
    read = (fields["table"] + "." + fields["field"]).isin(list(uses))
    idle = (fields[list(PURPOSES)] == "").all(axis=1) & ~read
    by_field = ["table", "field"]
    empty = fields.groupby(by_field)["known"].transform("sum").eq(0) & fields["rows"].gt(0)
    found = fields[fields["present"] & (idle | empty)]
    why = empty.map({True: NEVER_FILLED, False: NO_PURPOSE})
    known = found.assign(why=why).groupby([*by_field, "why"], sort=False)["known"].sum()
    return known.reset_index()[[*by_field, "known", "why"]]


def _in_words(chapters: Sequence[str]) -> str:
    named, more = list(chapters[:NAMED_AT_MOST]), len(chapters) - NAMED_AT_MOST
    return "; ".join([*named, *([f"and {more} more"] if more > 0 else [])])
