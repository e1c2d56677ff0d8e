"""Columns of PostgreSQL whose types no table of ours holds: read as text, money and domains as what they hold.

Ibis 12 calls some of these texts or of an unknown type, and the driver returns objects of its own for them, which no
table takes. The database itself writes each of its types as text.
"""

from collections.abc import Mapping
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

_OF_DOMAINS: dict[str, str] = {
    **dict.fromkeys(("int2", "int4", "int8", "oid"), "int64"),
    **dict.fromkeys(("float4", "float8"), "float64"),
    **dict.fromkeys(("text", "varchar", "bpchar", "name"), "string"),
    "numeric": "decimal(38, 9)",
    "bool": "boolean",
    "date": "date",
    "timestamp": "timestamp(6)",
    "timestamptz": "timestamp('UTC', 6)",
}
"""By name of a plain type: what a domain of it is read as, since Ibis knows no domains."""
_AS_THEY_ARE = frozenset({*_OF_DOMAINS, "time", "timetz", "interval", "bytea"})
_MONEY = "decimal(20, 4)"


def with_plain_types(table: ir.Table, errors: tuple[type[Exception], ...]) -> ir.Table:
    """Return a table or query of PostgreSQL with plain columns alone.

    Parameters
    ----------
    table : ibis Table
        As Ibis has it.
    errors : tuple of exception types
        Of the driver: where the database does not describe the table, it is returned as it is, and the first question
        to it says why.

    Returns
    -------
    ibis Table
        Money as a number, domains as what they hold, and enumerations, identifiers (uuid), networks, ranges, arrays,
        hstore, JSON, XML, bits and the like as the text that the database writes for them.
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
    if not kinds:
        return table
    # Ibis takes enumerations for texts, and would not cast them: let it know nothing of what is cast.
    bare = _read_as(table, dict.fromkeys(kinds, dt.unknown))
    plain: ir.Table = bare.mutate(**{name: bare[name].cast(kind) for name, kind in kinds.items()})
    return plain


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
    if kind not in _AS_THEY_ARE:
        return "string"
    return _OF_DOMAINS.get(kind, "") if read_as.is_unknown() else ""
