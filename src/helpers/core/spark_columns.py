"""Columns that several Parquet files store in several ways: what each becomes when Spark reads them as one table.

Spark's own union makes numbers of texts and numbers, or fails amid the rows where a text is none. DuckDB makes texts of
them, and so they are here. Of a column that is empty in a whole file, which pandas stores without a type, Spark makes
whole numbers.
"""

from collections.abc import Collection, Sequence
from typing import Any


def in_one_form(frames: Sequence[Any], empty: Sequence[Collection[str]]) -> list[Any]:
    """Return frames of the same columns with types that their union keeps.

    A column that is text in one of them becomes text in all; of numbers and flags it becomes a number; one that is
    empty in a frame takes the type of another. Numbers of several types, and days beside times, are left to the union.

    Parameters
    ----------
    frames : sequence of pyspark DataFrame
        With the same column names, in any order.
    empty : sequence of collection of str
        By frame, columns that are stored without a type.
    """
    kinds = [{field.name: field.dataType for field in frame.schema.fields} for frame in frames]
    held = {
        name: [of_frame[name] for of_frame, none in zip(kinds, empty, strict=True) if name not in none]
        for name in kinds[0]
    }
    wanted = {name: _common(found) for name, found in held.items()}
    of_empty = {name: wanted[name] or found[0] for name, found in held.items() if found}
    return [
        _cast(frame, of_frame, none, wanted | {name: of_empty[name] for name in none if name in of_empty})
        for frame, of_frame, none in zip(frames, kinds, empty, strict=True)
    ]


def quoted(name: str) -> str:
    """Return the name of a column as Spark's SQL has it.

    Examples
    --------
    >>> quoted("a`b")
    '`a``b`'
    """
    return "`" + name.replace("`", "``") + "`"


def _common(kinds: Sequence[Any]) -> Any:
    """Return the type that these become, None where the union finds it itself, or refuses."""
    import pyspark.sql.types as pt

    if len({*kinds}) < 2:
        return kinds[0] if kinds else None
    plain = (pt.StringType, pt.NumericType, pt.BooleanType, pt.DateType, pt.TimestampType, pt.TimestampNTZType)
    if any(isinstance(one, pt.StringType) for one in kinds) and all(isinstance(one, plain) for one in kinds):
        return pt.StringType()
    flags = [one for one in kinds if isinstance(one, pt.BooleanType)]
    numbers = [one for one in kinds if isinstance(one, pt.NumericType)]
    return numbers[0] if flags and len(flags) + len(numbers) == len(kinds) else None


def _cast(frame: Any, kinds: dict[str, Any], empty: Collection[str], wanted: dict[str, Any]) -> Any:
    """Return a frame with its texts, flags and empty columns as all frames have them."""
    import pyspark.sql.functions as spark
    import pyspark.sql.types as pt

    columns: dict[str, Any] = {}
    for name, kind in wanted.items():
        if kind is None or kind == kinds[name]:
            continue
        if name in empty:
            columns[name] = spark.lit(None).cast(kind)
        elif isinstance(kind, pt.StringType) or isinstance(kinds[name], pt.BooleanType):
            text = spark.col(quoted(name)).cast(kind)
            # So DuckDB writes a moment, which Spark writes as the UTC clock shows it.
            columns[name] = spark.concat(text, spark.lit("+00")) if isinstance(kinds[name], pt.TimestampType) else text
    return frame.withColumns(columns) if columns else frame
