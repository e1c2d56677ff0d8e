"""Parquet files that are to be one table: whether their columns hold values of one kind.

Numbers of several types are widened, and texts beside other values become texts, on every engine alike. Other kinds
have no common form: DuckDB fails at the first question, Spark when it puts the files together.
"""

from collections.abc import Sequence

import pyarrow as pa

from helpers.core.errors import Fault

_NUMBER, _FLAG, _TEXT, _TIME, _BYTES = "numbers", "true or false", "texts", "dates or times", "bytes"
_CLOCK, _RECORDS, _LISTS = "times of day", "records", "lists"
_KINDS = (
    (pa.types.is_boolean, _FLAG),
    (pa.types.is_integer, _NUMBER),
    (pa.types.is_floating, _NUMBER),
    (pa.types.is_decimal, _NUMBER),
    (pa.types.is_date, _TIME),
    (pa.types.is_timestamp, _TIME),
    (pa.types.is_time, _CLOCK),
    (pa.types.is_string, _TEXT),
    (pa.types.is_large_string, _TEXT),
    (pa.types.is_string_view, _TEXT),
    (pa.types.is_struct, _RECORDS),
    (pa.types.is_nested, _LISTS),
    (pa.types.is_binary, _BYTES),
    (pa.types.is_large_binary, _BYTES),
    (pa.types.is_fixed_size_binary, _BYTES),
)
_BECOME_TEXT = frozenset({_NUMBER, _FLAG, _TEXT, _TIME, _CLOCK})
_ALLOWED = "values of one kind in a column; of several, texts beside numbers, dates, or true and false"


def kinds_apart(schemas: Sequence[pa.Schema], labels: Sequence[str]) -> list[Fault]:
    """Return what keeps files with the same columns from being one table.

    Parameters
    ----------
    schemas : sequence of pyarrow Schema
        Of each file.
    labels : sequence of str
        How messages call each.

    Returns
    -------
    list of Fault
        One for each file with columns of another kind than in the first that has values there.
    """
    kinds = [{field.name: _kind(field.type) for field in schema} for schema in schemas]
    apart: dict[str, list[str]] = {}
    for name in schemas[0].names:
        given = [(label, of_file[name]) for label, of_file in zip(labels, kinds, strict=True) if of_file[name]]
        if _agree({kind for _, kind in given}):
            continue
        first, held = given[0]
        for label, kind in given[1:]:
            if kind != held:
                apart.setdefault(label, []).append(f"{name!r} holds {kind}, but {held} in {first}")
    remedy = "list the files under sources, each with its columns; or export them anew in one form"
    return [Fault(f"column {'; column '.join(said)}", label, _ALLOWED, remedy) for label, said in apart.items()]


def _kind(type_: pa.DataType) -> str:
    """Return the kind of a column's values in words; nothing for one that is empty in the whole file."""
    if pa.types.is_null(type_):
        return ""
    plain = type_.value_type if pa.types.is_dictionary(type_) else type_
    return next((kind for is_kind, kind in _KINDS if is_kind(plain)), str(plain))


def _agree(kinds: set[str]) -> bool:
    if len(kinds) < 2 or kinds in ({_NUMBER, _FLAG}, {_TEXT, _BYTES}):
        return True
    return _TEXT in kinds and kinds <= _BECOME_TEXT
