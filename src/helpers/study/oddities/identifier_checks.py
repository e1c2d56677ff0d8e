"""Checks of identifiers: those that are none, lost their digits, are one in two forms, or hold far more than others."""

from collections.abc import Collection, Iterator, Mapping
from math import log10
from typing import Any

import numpy as np
import pandas as pd

from helpers.core.errors import Fault, counted, some_of
from helpers.study.data_warnings import Answers, CheckedTable, DataWarning, Finding, TableCheck
from helpers.study.identifiers import CLEANINGS, cleaned, without_border_marks
from helpers.study.oddities.placeholder_ids import placeholders
from helpers.study.oddities.total_rows import is_called_total
from helpers.study.standard_columns import Column
from helpers.study.standard_tables import STANDARD_TABLES

SPREADSHEET_DIGITS = 15
"""Digits a spreadsheet keeps of a number; the others become zeros."""
_CHANCE_DIGITS = 4
"""Identifiers rounded alike are no chance when that has a probability of one in ten to this power, or less."""
_UNLIKE_AT_MOST, _UNLIKE_TIMES = 0.02, 5
"""Share of customers that may be written unlike the others, and their rows in means of all customers."""
DOMINANT_SHARE, DOMINANT_TIMES, _CUSTOMERS_AT_LEAST = 0.05, 20, 10
_WRITTEN_PLAINLY = "0|[1-9][0-9]*|[0-9]*[A-Z][0-9A-Z]*"
"""Identifiers that no way of writing changes: capitals and digits, no number with a leading zero."""
_IN_WORDS = {
    "blanks": "blanks, invisible or full-width signs and accents beside their letters",
    "case": "capital and small letters",
    "zeros": "leading zeros or a trailing .0",
    "marks": "marks between letters and digits",
}


def _none_and_rewritten(checked: CheckedTable, answers: Answers) -> Iterator[DataWarning]:
    for odd in checked.tables.odd_identifiers(checked.name):
        if odd.rows:
            shown = some_of([mark or "empty" for mark in odd.marks])
            # Rows left out are not in the table any more: the shares are of what came.
            came = {"rows": answers["rows"] + odd.rows, "amount": (answers.get("amount") or 0.0) + (odd.amount or 0.0)}
            rows = checked.counted(odd.rows, odd.amount, came if odd.needed else answers)
            fate = "are left out of every figure" if odd.needed else "count as rows without one"
            what = f"{rows} of table {checked.name} have {shown} for {_called(odd.column)} and {fate}"
            remedy = "fill in the identifiers where the table is exported, if they are known"
            where = checked.where("missing_in", odd.column)
            yield DataWarning(what, where, remedy, checked.name, odd.rows, odd.amount)
        if odd.rewritten:
            what = f"{_called(odd.column)} was written anew in {counted(odd.rewritten, 'row')} of table {checked.name}"
            where, remedy = checked.tables.lines.where("clean_ids"), "as clean_ids asks for"
            yield DataWarning(what, where, remedy, checked.name, odd.rewritten, spoils_figures=False)


def _called(column: str) -> str:
    return f"the {column.removesuffix('_id').replace('_', ' ')} number"


def _written_apart(checked: CheckedTable, answers: Answers) -> Iterator[DataWarning]:
    """Tell identifiers of customers that are equal but for the way they are written."""
    if checked.by_customer["customer_id"].astype("str").str.fullmatch(_WRITTEN_PLAINLY).all():
        return
    ids = checked.table.select("customer_id").distinct()
    needed = _ways_that_differ(ids)
    if not needed:
        return
    customers = checked.table.mutate(key=_written_alike(checked.table.customer_id, needed))
    grouped = customers.group_by("key").aggregate(
        forms=customers.customer_id.nunique(), rows=customers.count(), **_amount(customers)
    )
    several = grouped.filter(grouped.forms > 1)
    sums = {"amount": several.amount.sum()} if checked.has("amount") else {}
    found = several.aggregate(keys=several.count(), forms=several.forms.sum(), rows=several.rows.sum(), **sums)
    one = found.to_pyarrow().to_pylist()[0]
    if not one["keys"]:
        return
    words = " and ".join(_IN_WORDS[way] for way in needed)
    what = (
        f"{counted(one['forms'], 'customer number')} of table {checked.name} would be {one['keys']:,} but for {words}; "
        f"{checked.counted(one['rows'], one.get('amount'), answers)} are theirs, and they count as different customers"
    )
    remedy = f"if they are the same customers, add clean_ids: [{', '.join(needed)}] to the study"
    if "marks" in needed and _would_join_others(ids, needed):
        remedy = "if they are the same customers, write their numbers in one way where the table is exported"
    yield DataWarning(what, checked.where(), remedy, checked.name, one["rows"], one.get("amount"))


def _ways_that_differ(ids: Any) -> list[str]:
    """Return the ways of writing in which customer numbers differ that are otherwise equal; none where none are."""
    plain = CLEANINGS[:3]

    def left(ways: Mapping[str, Collection[str]]) -> dict[str, int]:
        keys = {name: _written_alike(ids.customer_id, way).nunique() for name, way in ways.items()}
        row: dict[str, int] = ids.aggregate(**keys).to_pyarrow().to_pylist()[0]
        return row

    row = left({"given": (), "plain": plain, "all": CLEANINGS})
    if row["given"] == row["all"]:
        return []
    # Marks take blanks with them: they are named only where the others do not explain it.
    whole = plain if row["plain"] == row["all"] else CLEANINGS
    without = left({f"{way}_{len(of)}": [one for one in of if one != way] for of in {plain, whole} for way in plain})
    needed: list[str] = [
        way for way in plain if without[f"{way}_3"] > row["plain"] or without.get(f"{way}_4", 0) > row["all"]
    ]
    if row["plain"] > row["all"]:
        return [*needed, "marks"]
    return needed or list(plain)


def _written_alike(identifier: Any, ways: Collection[str]) -> Any:
    """Return identifiers without the differences that hardly tell two apart."""
    alike = cleaned(identifier, [way for way in ways if way != "marks"])
    return without_border_marks(alike) if "marks" in ways else alike


def _would_join_others(ids: Any, ways: Collection[str]) -> bool:
    """Say whether taking out all marks joins more than those named: 1-12 and 11-2, for instance."""
    joined = ids.aggregate(
        written_alike=_written_alike(ids.customer_id, ways).nunique(), all=cleaned(ids.customer_id, ways).nunique()
    )
    row = joined.to_pyarrow().to_pylist()[0]
    return bool(row["all"] < row["written_alike"])


def _amount(table: Any) -> dict[str, Any]:
    return {"amount": table.amount.sum()} if "amount" in table.columns else {}


def _dominant(checked: CheckedTable, answers: Answers) -> Iterator[DataWarning]:
    """Tell one customer with far more rows than any other."""
    customers = checked.by_customer
    if len(customers) < _CUSTOMERS_AT_LEAST:
        return
    first, second = customers.iloc[0], customers.iloc[1]
    rows, amount = int(first["rows"]), float(first["amount"]) if "amount" in customers else None
    if _is_dominant(customers, answers) and not placeholders(customers)[0]:  # that has been named
        name = str(first["customer_id"])
        what = (
            f"one customer number of table {checked.name}, {name!r}, holds {checked.counted(rows, amount, answers)}; "
            f"the next has {counted(int(second['rows']), 'row')}"
        )
        remedy = f'if it stands for no particular customer, add missing_in: {{customer_id: ["{name}"]}} to table '
        yield DataWarning(what, checked.where(), remedy + checked.name, checked.name, rows, amount)


def _is_dominant(customers: pd.DataFrame, answers: Answers) -> bool:
    rows, second = customers["rows"].iloc[0], customers["rows"].iloc[1]
    return bool(rows > DOMINANT_SHARE * answers["rows"] and rows > DOMINANT_TIMES * second)


def _unlike_the_others(checked: CheckedTable, answers: Answers) -> Iterator[DataWarning]:
    """Tell customer numbers without a digit, where nearly all others have some, on which much is booked.

    So guests are found that are called by a word of a language not known here.
    """
    customers = checked.by_customer
    if len(customers) < _CUSTOMERS_AT_LEAST:
        return
    no_digit = ~customers["customer_id"].str.contains(r"\d", regex=True).astype(bool)
    if not 0 < no_digit.sum() <= _UNLIKE_AT_MOST * len(customers):
        return
    heavy = no_digit & (customers["rows"] > _UNLIKE_TIMES * customers["rows"].mean())
    if _is_dominant(customers, answers):
        heavy.iloc[0] = False  # that is named already
    found = customers[heavy]
    found = found[~placeholders(customers)[heavy] & ~found["customer_id"].map(is_called_total).astype(bool)]
    for _, one in found.iterrows():
        rows, amount = int(one["rows"]), float(one["amount"]) if "amount" in customers else None
        name = str(one["customer_id"])
        what = (
            f"one customer number of table {checked.name}, {name!r}, is written without a digit, unlike the others; it "
            f"holds {checked.counted(rows, amount, answers)}, and counts as one customer"
        )
        remedy = f'if it stands for no particular customer, add missing_in: {{customer_id: ["{name}"]}} to table '
        yield DataWarning(what, checked.where(), remedy + checked.name, checked.name, rows, amount)


def _identifiers(checked: CheckedTable) -> list[Column]:
    return [one for one in STANDARD_TABLES[checked.name].columns if one.kind == "id" and checked.has(one.name)]


def _lengths(checked: CheckedTable) -> dict[str, Any]:
    """Ask how long identifiers are, or how large: only long ones can have lost digits."""
    columns = {
        one.name: checked.table[one.name]
        for one in _identifiers(checked)
        if not checked.is_short(one.name, SPREADSHEET_DIGITS)
    }
    return {
        name: column.max() if column.type().is_integer() else column.cast("string").length().max()
        for name, column in columns.items()
    }


def _rounded(checked: CheckedTable, answers: Answers) -> Iterator[Finding]:
    """Tell long numbers whose last digits are all zeros, or that a binary number of double precision would hold."""
    for column in _identifiers(checked):
        whole = checked.table[column.name].type().is_integer()
        if (answers.get(column.name) or 0) > (10**SPREADSHEET_DIGITS if whole else SPREADSHEET_DIGITS):
            texts = checked.table.select(text=checked.table[column.name].cast("string").strip()).distinct()
            texts = texts.filter(texts.text.re_search(rf"^[1-9][0-9]{{{SPREADSHEET_DIGITS},}}$"))
            yield from _rounding(checked, column.name, texts.to_pyarrow().to_pandas()["text"])


def _rounding(checked: CheckedTable, column: str, numbers: "pd.Series[str]") -> Iterator[Finding]:
    if numbers.empty:
        return
    beyond = numbers.str.len() - SPREADSHEET_DIGITS
    zeros = numbers.str.len() - numbers.str.rstrip("0").str.len()
    rounded = zeros >= beyond
    some = some_of(sorted(numbers[rounded])[:3] or sorted(numbers)[:3])
    where = checked.where("columns", column)
    if rounded.all() and beyond.sum() >= _CHANCE_DIGITS:
        what = (
            f"{_called(column)} has lost digits: what has more than {SPREADSHEET_DIGITS} of them, "
            f"{counted(len(numbers), 'number')}, ends in zeros, such as {some}"
        )
        if beyond.max() > 1:
            allowed = "identifiers with all their digits; a spreadsheet keeps fifteen of a number"
            remedy = "export the table anew with this column as text; if the zeros are true, put a letter before them"
            yield Fault(what, where=where, allowed=allowed, remedy=remedy)
            return
        yield DataWarning(what, where, "export the table anew with this column as text", checked.name)
    elif rounded.sum() > _CHANCE_DIGITS + 5 * (10.0 ** -beyond.astype(float)).sum():
        share = f"{int(rounded.sum()):,} of {counted(len(numbers), 'number')}"
        what = f"{_called(column)} may have lost digits in part: {share} end in zeros, such as {some}"
        yield DataWarning(what, where, "export the table anew with this column as text", checked.name)
    elif _fit_double_precision(numbers):
        what = (
            f"{_called(column)} may have lost digits: all {counted(len(numbers), 'number')} of more than "
            f"{SPREADSHEET_DIGITS} digits are such as a number of double precision holds, for instance {some}"
        )
        yield DataWarning(what, where, "export the table anew with this column as text", checked.name)


def _fit_double_precision(numbers: "pd.Series[str]") -> bool:
    """Say whether all long numbers could have passed through a floating-point number, and hardly by chance."""
    short = numbers[numbers.str.len() <= 18]
    values = short.astype("int64").to_numpy()
    bits = np.maximum(np.floor(np.log2(np.maximum(values.astype("float64"), 1))) - 52, 0)
    exact = values.astype("float64").astype("int64") == values
    return bool(len(short) == len(numbers) and exact.all() and bits.sum() * log10(2) >= _CHANCE_DIGITS)


def _has_customers(checked: CheckedTable) -> bool:
    return checked.has("customer_id")


def _has_text_customers(checked: CheckedTable) -> bool:
    return _has_customers(checked) and checked.table.customer_id.type().is_string()


NONE_AND_REWRITTEN = TableCheck(_none_and_rewritten)
"""Identifiers that say there is none, with what becomes of their rows; and those a study had written anew."""
ROUNDED = TableCheck(_rounded, measures=_lengths)
"""Long numbers that a spreadsheet has rounded."""
WRITTEN_APART = TableCheck(_written_apart, applies=_has_text_customers)
"""One customer number in several forms."""
UNLIKE = TableCheck(_unlike_the_others, applies=_has_text_customers)
"""Customer numbers without a digit among others that have some."""
DOMINANT = TableCheck(_dominant, applies=_has_customers)
"""One customer with far more rows than any other."""
