"""A query that a study sends to a database: one SELECT, looked at before it is sent."""

from collections.abc import Sequence
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from helpers.core.errors import Fault

_DIALECTS = {"postgresql": "postgres", "mssql": "tsql", "duckdb": "duckdb", "sqlite": "sqlite"}
_WRITES: tuple[type[exp.Expr], ...] = (
    exp.Insert,
    exp.Update,
    exp.Delete,
    exp.Merge,
    exp.Create,
    exp.Drop,
    exp.Alter,
    exp.TruncateTable,
    exp.Into,
    exp.Lock,
    exp.Copy,
)
_WRITING_FUNCTIONS = frozenset(
    ("nextval", "setval", "load_extension", "writefile", "edit")  # sequences; what SQLite's shell adds
)
_WRITING_BEGINNINGS = ("lo_", "dblink", "pg_terminate", "pg_cancel", "pg_reload", "pg_rotate", "pg_advisory", "xp_")
_READING = ("SELECT", "WITH", "FROM", "(")
"""Words that a query begins with."""
_ALLOWED = "one SELECT, which may begin with WITH"


def query_faults(query: str, kind: str, where: str) -> list[Fault]:
    """Return why a query is not sent: it writes, is several, or cannot be read.

    Parameters
    ----------
    query : str
        As the study file writes it.
    kind : str
        Kind of database: sqlite, duckdb, postgres, …
    where : str
        Place in the study file.

    Examples
    --------
    >>> query_faults("SELECT name FROM customers", "sqlite", "")
    []
    >>> query_faults("DELETE FROM customers", "sqlite", "")[0].what
    'the query does not only read: DELETE'
    """
    try:
        tokens = sqlglot.tokenize(query, read=_dialect(kind))
        begins = _beginnings(tokens)
        others = [word for word in begins if word not in _READING]
        if others:
            what = f"the query does not only read: {', '.join(dict.fromkeys(others))}"
            return [Fault(what, where, _ALLOWED, "take it out; nothing has been sent to the database")]
        if len(begins) != 1:
            what = f"the query holds {len(begins)} statements" if begins else "the query is empty"
            return [Fault(what, where, _ALLOWED, "keep one SELECT")]
        statement = sqlglot.parse_one(query, read=_dialect(kind))
    except SqlglotError as error:
        what = f"the query cannot be read as SQL: {_said(error)}"
        return [Fault(what, where, _ALLOWED, "try it in a program of the database first")]
    writing = list(dict.fromkeys(_writing_words(statement)))
    if writing or not isinstance(statement, exp.Query):
        what = f"the query does not only read: {', '.join(writing) or statement.key.upper()}"
        return [Fault(what, where, _ALLOWED, "take it out; nothing has been sent to the database")]
    return []


def shown_query(query: str, at_most: int = 60) -> str:
    """Return a query on one line, cut where it is long.

    Examples
    --------
    >>> shown_query("SELECT *" + chr(10) + "  FROM lines")
    'SELECT * FROM lines'
    """
    line = " ".join(query.split())
    return line if len(line) <= at_most else f"{line[: at_most - 1]}…"


def _dialect(kind: str) -> str | None:
    name = _DIALECTS.get(kind, kind)
    return name if name in sqlglot.Dialect.classes else None


def _beginnings(tokens: Sequence[Any]) -> list[str]:
    """Return the first word of each statement, in capitals."""
    found, begins = [], True
    for token in tokens:
        ends = token.token_type.name == "SEMICOLON"
        if begins and not ends:
            found.append(token.text.upper())
        begins = ends
    return found


def _said(error: SqlglotError) -> str:
    """Return what the parser says, without the marks of its own tokens."""
    details = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
    text = str(details.get("description") or str(error).splitlines()[0])
    return f"{text.partition(' but got')[0]} (line {details.get('line', 1)}, letter {details.get('col', 1)})"


def _writing_words(statement: exp.Expr) -> list[str]:
    """Return what of a statement writes, locks or runs something, by its name."""
    words = [one.key.upper() for one in statement.find_all(*_WRITES)]
    for function in statement.find_all(exp.Func):
        name = (function.name if isinstance(function, exp.Anonymous) else function.sql_name()).lower()
        if name in _WRITING_FUNCTIONS or name.startswith(_WRITING_BEGINNINGS):
            words.append(name)
    return words
