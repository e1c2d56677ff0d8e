"""Parquet files that are to be one table: whether their columns hold values of one kind.

Numbers of several types are widened, and texts beside other values become texts, on every engine alike. Other kinds
have no common form: DuckDB fails at the first question, Spark when it puts the files together.
"""

from collections.abc import Iterator, Sequence

import pyarrow as pa

from helpers.core.errors import Fault

_NUMBER, _FLAG, _TEXT, _TIME, _BYTES = "numbers", "true or false", "texts", "dates or times", "bytes"
_CLOCK, _RECORDS, _LISTS, _MAPS = "times of day", "records", "lists", "maps"
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
    (pa.types.is_map, _MAPS),
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
    kinds = [{place: kind for field in schema for place, kind in _kinds(field.name, field.type)} for schema in schemas]
    apart: dict[str, list[str]] = {}
    for place in dict.fromkeys(place for of_file in kinds for place in of_file):
        given = [(label, of_file[place]) for label, of_file in zip(labels, kinds, strict=True) if of_file.get(place)]
        if _agree({kind for _, kind in given}):
            continue
        first, held = given[0]
        others = [(label, kind) for label, kind in given[1:] if not _agree({held, kind})]
        for label, kind in others or [one for one in given[1:] if one[1] != held]:
            apart.setdefault(label, []).append(f"{place!r} holds {kind}, but {held} in {first}")
    remedy = "list the files under sources, each with its columns; or export them anew in one form"
    return [Fault(f"column {'; column '.join(said)}", label, _ALLOWED, remedy) for label, said in apart.items()]


def _kinds(place: str, type_: pa.DataType) -> Iterator[tuple[str, str]]:
    """Yield the kind of a column's values in words, and of what they hold; nothing for what is empty in the whole file.

    Examples
    --------
    >>> dict(_kinds("tags", pa.list_(pa.struct({"name": pa.string(), "rank": pa.int8()}))))
    {'tags': 'lists', 'tags[]': 'records', 'tags[].name': 'texts', 'tags[].rank': 'numbers'}
    """
    plain = type_.value_type if pa.types.is_dictionary(type_) else type_
    if pa.types.is_null(plain):
        return
    yield place, next((kind for is_kind, kind in _KINDS if is_kind(plain)), str(plain))
    if pa.types.is_struct(plain):
        for field in plain:
            yield from _kinds(f"{place}.{field.name}", field.type)
    elif pa.types.is_map(plain):
        yield from _kinds(f"{place}[key]", plain.key_type)
        yield from _kinds(f"{place}[value]", plain.item_type)
    elif pa.types.is_nested(plain):
        yield from _kinds(f"{place}[]", plain.value_type)


def _agree(kinds: set[str]) -> bool:
    if len(kinds) < 2 or kinds in ({_NUMBER, _FLAG}, {_TEXT, _BYTES}):
        return True
    return _TEXT in kinds and kinds <= _BECOME_TEXT
