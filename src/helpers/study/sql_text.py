"""Names and texts as SQL has them: what a client calls a column or a file stays a name, whatever signs it holds."""

from glob import escape
from pathlib import Path


def sql_name(name: object) -> str:
    """Return a name of a table or column in quotation marks.

    Examples
    --------
    >>> print(sql_name('net "b" paid'))
    "net ""b"" paid"
    """
    return '"' + str(name).replace('"', '""') + '"'


def sql_string(text: object) -> str:
    """Return a text, or the path of a file, as a literal.

    Examples
    --------
    >>> print(sql_string("Mc'Coy.csv"))
    'Mc''Coy.csv'
    """
    return "'" + str(text).replace("'", "''") + "'"


def one_file(path: Path) -> str:
    """Return the path of a file for DuckDB, which takes every path for a pattern: of `orders[1].csv` it reads another.

    Examples
    --------
    >>> one_file(Path("orders[1].csv"))
    'orders[[]1].csv'
    """
    return escape(str(path))
