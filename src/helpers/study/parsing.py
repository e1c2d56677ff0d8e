"""Parse the columns of a text source once, each the quick way where that reads every value as the full way does.

The full way tells groups of thousands, offsets, and what is no number, by patterns. Most columns need none of it: a
cast reads all their values, and a few counts of the whole column prove it. A column that fails is parsed the full way.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from helpers.study.number_text import TOO_LARGE
from helpers.study.raw_table import CONTROL, RawTable
from helpers.study.standardise import Converted
from helpers.study.time_text import YEARS

NOT_IN_NUMBERS = ("+", "_", "\v")
"""What DuckDB's cast passes over, and the full way takes for no number."""


@dataclass(frozen=True)
class ParsedCounts:
    """How many values of one column were parsed.

    Parameters
    ----------
    given : int
        Values that do not stand for a missing one.
    fitting : int
        Those of them that could be read.
    plain : bool
        Whether all are numbers without marks but a decimal point.
    bare : bool
        Whether all are numbers without any mark.
    """

    given: int
    fitting: int
    plain: bool = False
    bare: bool = False


def parsed_once(
    engine: Any, name: str, raw: RawTable, rows: Any, columns: Sequence[Converted], marked: Container[str]
) -> tuple[Any, dict[str, ParsedCounts]]:
    """Return the standard columns of a text source, worked out, and what was counted on the way.

    Parameters
    ----------
    engine : ibis DuckDB backend
        Where they are held.
    name : str
        Under which name.
    raw : RawTable
        The source.
    rows : ibis table
        Its rows that are used.
    columns : sequence of Converted
        The standard columns as expressions on the source.
    marked : container of str
        Source columns of times among which some carry offsets, or count from 1970.

    Returns
    -------
    table : ibis table
        One column for each.
    counts : dict of str to ParsedCounts
        Of every column that has a `given`.
    """
    counted = [column for column in columns if column.given is not None]
    quick = {column.name: column for column in counted if column.quick is not None and _may_be_quick(column, marked)}
    asked = {f"given {place}": column.given.sum() for place, column in enumerate(counted)}
    asked |= {
        f"held {place} {mark}": rows[column.sources[0]].contains(mark).sum()
        for place, column in enumerate(counted)
        for mark in NOT_IN_NUMBERS
        if column.name in quick and column.kind == "number" and not is_absent(mark, raw)
    }
    held: dict[str, Any] = rows.aggregate(**asked).to_pyarrow().to_pylist()[0] if asked else {}
    given = {column.name: int(held[f"given {place}"] or 0) for place, column in enumerate(counted)}
    odd = {
        column.name
        for place, column in enumerate(counted)
        for mark in NOT_IN_NUMBERS
        if held.get(f"held {place} {mark}")
    }
    while True:
        ways = {one.name: one.quick if one.name in quick.keys() - odd else one.value for one in columns}
        engine.raw_sql(f'DROP TABLE IF EXISTS "{name}"')  # Ibis 12 replaces no table
        table = engine.create_table(name, rows.select(**ways))
        found = _measured(table, counted, quick.keys() - odd)
        failed = {one for one in quick.keys() - odd if not _is_proved(quick[one], found, given[one])}
        if not failed:
            plain = {one.name for one in counted if one.kind == "number"} & (quick.keys() - odd)
            return table, {
                one.name: ParsedCounts(given[one.name], found[f"{one.name} fitting"], one.name in plain)
                for one in counted
            }
        odd |= failed


def _may_be_quick(column: Converted, marked: Container[str]) -> bool:
    return column.kind == "number" or column.sources[0] not in marked


def is_absent(mark: str, raw: RawTable) -> bool:
    """Say whether a mark is known to stand in no value of a source."""
    return mark in raw.absent or (mark < " " and CONTROL in raw.absent)


def _measured(table: Any, counted: Sequence[Converted], quick: Container[str]) -> Mapping[str, Any]:
    """Return the number of values of each column, and the ends of those that were parsed quickly."""
    measures = {f"{one.name} fitting": table[one.name].count() for one in counted}
    for column in counted:
        value = table[column.name]
        if column.name in quick and column.kind == "number":
            measures[f"{column.name} last"] = value.abs().max()
        elif column.name in quick:
            years = value.year()
            measures |= {
                f"{column.name} first": years.min(),
                f"{column.name} last": years.max(),
                f"{column.name} years": years.count(),
            }
    row: dict[str, Any] = table.aggregate(**measures).to_pyarrow().to_pylist()[0] if measures else {}
    return row


def _is_proved(column: Converted, found: Mapping[str, Any], given: int) -> bool:
    """Say whether the quick way read a column as the full way would have."""
    fitting, last = found[f"{column.name} fitting"], found[f"{column.name} last"]
    if column.kind == "number":
        return bool(fitting == given and (last is None or last < TOO_LARGE))
    in_calendar = last is None or YEARS[0] <= found[f"{column.name} first"] <= last <= YEARS[1]
    return bool(in_calendar and found[f"{column.name} years"] == fitting)
