"""Rows of a source that equal another in every column: most often an export that was appended twice."""

from collections.abc import Iterator
from typing import Any

from helpers.core.errors import counted
from helpers.core.lines import exact_sum
from helpers.core.own_names import own_name
from helpers.core.results import in_unit
from helpers.core.session_tables import duckdb_hash
from helpers.study.data_warnings import DataWarning
from helpers.study.tables import StudyTables
from helpers.study.text_tables import ROW

TABLES = ("transactions", "payments")
"""Standard tables whose rows are added up; of the others, a key tells rows that stand there twice."""
SHARE_ABOVE, ROWS_AT_LEAST = 0.01, 10
"""An order with two equal items makes equal lines too, in a source that numbers no lines: a few are no news."""
LARGE, _ONE_IN = 200_000, 16
"""Of more rows than this, those of one order in sixteen are looked at first."""
_FAIR = 0.9
"""These must be so much of a sixteenth of all rows: where a few orders hold many, the others say nothing of them."""
_AMOUNT, _ROWS = own_name("amount"), own_name("rows")


def repeated_rows(study: StudyTables, name: str, part: int) -> Iterator[DataWarning]:
    """Tell how many rows of one source repeat another, and their money.

    Parameters
    ----------
    study : StudyTables
        The study.
    name : str
        A standard table that can be made.
    part : int
        Which of its sources.
    """
    if name not in TABLES:
        return
    prepared = study.prepare_part(name, part)
    table = prepared.raw.table
    columns = [column for column in table.columns if column != ROW]
    keys = [source for one in prepared.columns if one.name in ("order_id", "invoice_id") for source in one.sources]
    received = prepared.sound_rows or int(table.count().to_pyarrow().as_py())
    if received > LARGE and keys and table.get_backend().name == "duckdb":
        stored = list(prepared.stored.columns)
        stored_key = next(name for name in ("order_id", "invoice_id") if name in stored)
        # What is equal as written is equal as read.
        if prepared.sound_rows and _few_are_equal(prepared.stored, stored_key, stored, received):
            return
        if _few_are_equal(table, keys[0], columns, received):
            return
    if prepared.sound_rows:
        _, rows = _repeated(prepared.stored, list(prepared.stored.columns))
        if rows < ROWS_AT_LEAST or rows <= SHARE_ABOVE * received:
            return
    _, rows = _repeated(table, columns)
    if rows < ROWS_AT_LEAST or rows <= SHARE_ABOVE * received:
        return
    amount = prepared.value_of("amount")
    money = None if amount is None else _money_repeated(table, columns, amount)
    share = in_unit(rows / received, "share")
    what = f"{counted(rows, 'row')} ({share}) of table {name} equal another in every column"
    what += "" if money is None else f"; {in_unit(money, study.spec.currency)} may be counted twice"
    remedy = (
        f"if the source holds them twice by mistake, add distinct: true to table {name}; if not, export a number of "
    )
    remedy += "the line too"
    yield DataWarning(what, study.lines.where(*study.place(name, part)), remedy, name, rows, money)


def _few_are_equal(table: Any, key: str, columns: list[str], received: int) -> bool:
    """Say whether among the rows of some orders so few are equal that there is no news in all of them.

    Equal rows stand on one order, and have equal times and numbers: where few have, no text need be compared. Rows that
    name no order are looked at too.
    """
    sampled = duckdb_hash(table[key]) % _ONE_IN == 0
    some, kinds = table.filter(sampled | table[key].isnull()), table.schema()
    numbers = [name for name in columns if kinds[name].is_numeric() or kinds[name].is_temporal()]
    for compared in (numbers, columns):
        looked_at, repeated = _repeated(some, compared) if compared else (0, 0)
        if looked_at * _ONE_IN >= _FAIR * received and repeated <= SHARE_ABOVE / 2 * looked_at:
            return True
    return False


def _repeated(table: Any, columns: list[str]) -> tuple[int, int]:
    """Return how many rows there are, and how many of them repeat another."""
    groups = table.group_by(_comparable(table, columns)).aggregate(**{_ROWS: table.count()})
    found = groups.aggregate(rows=groups[_ROWS].sum(), different=groups.count()).to_pyarrow().to_pylist()[0]
    rows = int(found["rows"] or 0)
    return rows, rows - int(found["different"])


def _comparable(table: Any, columns: list[str]) -> list[Any]:
    """Return columns as engines can group by them: JSON and what Ibis has no type for as texts."""
    kinds = table.schema()
    odd = [kinds[name].is_unknown() or kinds[name].is_json() for name in columns]
    return [
        table[name].cast("string").name(name) if is_odd else name for name, is_odd in zip(columns, odd, strict=True)
    ]


def _money_repeated(table: Any, columns: list[str], amount: Any) -> float:
    """Return the money on rows that repeat another."""
    one = table.mutate(**{_AMOUNT: amount.cast("float64")})
    held = {_ROWS: one.count(), _AMOUNT: one[_AMOUNT].max()}
    groups = one.group_by(_comparable(one, columns)).aggregate(**held)
    repeated = groups.filter(groups[_ROWS] > 1)
    money = exact_sum(repeated[_AMOUNT] * (repeated[_ROWS] - 1))
    return float(repeated.aggregate(money=money).to_pyarrow().to_pylist()[0]["money"] or 0.0)
