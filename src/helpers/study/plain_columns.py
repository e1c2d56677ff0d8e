"""Find the sources all of whose columns `helpers.study.plain_blocks` can read: those that a study takes as they are."""

from collections.abc import Sequence

import ibis.expr.datatypes as dt
import pyarrow as pa
import pyarrow.compute as pc

from helpers.study.grammar import TableSpec
from helpers.study.plain_blocks import Form, PlainColumn
from helpers.study.raw_table import RawTable
from helpers.study.standardise import Converted, convert
from helpers.study.time_text import plain_pattern
from helpers.study.value_questions import required_columns


def plain_columns(
    raw: RawTable, columns: Sequence[Converted], standard: str, spec: TableSpec, first: pa.Table
) -> dict[str, PlainColumn] | None:
    """Return how each standard column of a text source is read, if all are written in the plainest way.

    Parameters
    ----------
    raw : RawTable
        The source.
    columns : sequence of Converted
        The standard columns as expressions on it.
    standard : str
        Name of the standard table.
    spec : TableSpec
        What the study says of the source.
    first : pyarrow Table
        Its first rows as text.

    Returns
    -------
    dict of str to PlainColumn, or None
        None where the study or the first rows ask for another reading of any column.
    """
    needed, found = required_columns(standard), {}
    for one in columns:
        form = _form(raw, one, spec, first)
        if form is None:
            return None
        found[one.name] = PlainColumn(one.sources[0], form, one.name in needed)
    return found or None


def _form(raw: RawTable, column: Converted, spec: TableSpec, first: pa.Table) -> Form | None:
    """Return what the values of a column are if the others are like the first ones; None where it needs another way.

    Only a column of the source itself will do: without texts that stand for none, other words, signs of a currency.
    """
    if len(column.sources) != 1 or column.none is not None or column.unlisted is not None:
        return None
    source, text = raw.table[column.sources[0]], first[column.sources[0]]
    if column.given is None:
        as_written = column.misfit is None and column.value.equals(source)
        kept: dict[str, Form] = {"id": "id", "text": "text", "as_recorded": "text"}
        return kept.get(column.kind) if as_written else None
    if not column.given.equals(source.notnull()):
        return None
    if column.kind == "number" and column.quick is not None and column.quick.equals(source.try_cast(dt.float64)):
        return "number" if pc.any(pc.match_substring(text, ".")).as_py() else "bare number"
    if column.kind in ("time", "date") and spec.date_format is None and spec.calendar == "gregorian":
        usual, _ = convert(column.kind, source, spec, id_as_text=False, name=column.name)
        some = pc.drop_null(text)[:1].to_pylist()
        return "time" if column.value.equals(usual) and all(map(plain_pattern, some)) else None
    return None
