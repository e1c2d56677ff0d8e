"""Columns of PostgreSQL whose types no table of ours holds: read as text, money and domains as what they hold.

Ibis 12 calls some of these texts or of an unknown type, and the driver returns objects of its own for them, which no
table takes. The database itself writes each of its types as text. Its `numeric` holds NaN and, where its digits are not
limited, infinities and numbers of any length; the decimals of other engines hold none of these.
"""

from collections.abc import Collection, Mapping
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

_OF_DOMAINS: dict[str, str] = {
    **dict.fromkeys(("int2", "int4", "int8", "oid"), "int64"),
    **dict.fromkeys(("float4", "float8"), "float64"),
    **dict.fromkeys(("text", "varchar", "bpchar", "name"), "string"),
    "numeric": "float64",  # how many digits it has is not described
    "bool": "boolean",
    "date": "date",
    "timestamp": "timestamp(6)",
    "timestamptz": "timestamp('UTC', 6)",
}
"""By name of a plain type: what a domain of it is read as, since Ibis knows no domains."""
_AS_THEY_ARE = frozenset({*_OF_DOMAINS, "time", "timetz", "interval", "bytea"})
_MONEY = "decimal(20, 4)"
_MOST_DIGITS = 38


def with_plain_types(
    table: ir.Table, errors: tuple[type[Exception], ...], *, numbers: Collection[str] = ()
) -> ir.Table:
    """Return a table or query of PostgreSQL with plain columns alone.

    Parameters
    ----------
    table : ibis Table
        As Ibis has it.
    errors : tuple of exception types
        Of the driver: where the database does not describe the table, it is returned as it is, and the first question
        to it says why.
    numbers : collection of str
        Columns of which the study wants numbers: `numeric` is read as float64 there, so that its NaN is found.

    Returns
    -------
    ibis Table
        Money as a number, domains as what they hold, and enumerations, identifiers (uuid), networks, ranges, arrays,
        hstore, JSON, XML, bits and the like as the text that the database writes for them; `numeric` with more than 38
        digits, or any, as float64. In other columns of it NaN is missing.
    """
    connection = table.get_backend()
    # Of what it knows, as JSON and shapes, Ibis would ask for another form.
    unread = _read_as(table, dict.fromkeys(table.columns, dt.unknown)).limit(0)
    try:
        with connection.begin() as cursor:
            cursor.execute(connection.compile(unread))
            described = {one.name: _name(connection, one.type_code) for one in cursor.description}
    except errors:
        return table
    kinds = {name: wanted for name, kind in described.items() if (wanted := _wanted(kind, table[name].type()))}
    numeric = [name for name, kind in described.items() if kind == "numeric"]
    unlimited = [name for name in numeric if name not in kinds and not _is_limited(table[name].type())]
    kinds |= dict.fromkeys([*unlimited, *(name for name in numeric if name in numbers)], "float64")
    if kinds:
        # Ibis takes enumerations for texts, and would not cast them: let it know nothing of what is cast.
        bare = _read_as(table, dict.fromkeys(kinds, dt.unknown))
        table = bare.mutate(**{name: bare[name].cast(kind) for name, kind in kinds.items()})
    rest = [name for name in numeric if table[name].type().is_decimal()]
    return table.mutate(**{name: _numbers_alone(table[name]) for name in rest}) if rest else table


def _is_limited(kind: dt.DataType) -> bool:
    """Say whether every engine has such a decimal."""
    return isinstance(kind, dt.Decimal) and kind.precision is not None and kind.precision <= _MOST_DIGITS


def _numbers_alone(column: ir.Column) -> ir.Value:
    """Return a decimal column without NaN; an infinity has more than any limited number of digits."""
    return column.nullif(ibis.literal("NaN").cast(column.type()))


def _read_as(table: ir.Table, kinds: Mapping[str, dt.DataType]) -> ir.Table:
    found: ir.Table = table.op().copy(schema=ibis.schema({**table.schema(), **kinds})).to_expr()
    return found


def _name(connection: Any, number: int) -> str:
    """Return the name of a type, a domain's base already; nothing of arrays and of types made in the database."""
    known = connection.con.adapters.types.get(number)
    return str(known.name) if known is not None and known.oid == number else ""


def _wanted(kind: str, read_as: dt.DataType) -> str:
    if kind == "money":
        return _MONEY
    if kind == "bpchar":  # blanks at the end are no part of it, and a copy would hold them
        return "string"
    if kind not in _AS_THEY_ARE:
        return "string"
    return _OF_DOMAINS.get(kind, "") if read_as.is_unknown() else ""
