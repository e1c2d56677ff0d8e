"""What a student hands in: a number, a word, or a file of customer ids."""

import csv
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pandas as pd

from helpers.core.errors import Fault, InputError

ID_COLUMN = "customer_id"
_DIGITS = r"(?:(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+)"  # 0,546 is no number of thousands
_NUMBER = re.compile(rf"[+-]?{_DIGITS}(?:e[+-]?\d{{1,2}})?", re.IGNORECASE | re.ASCII)
_HUNDREDTHS = re.compile(r"\s*(?:%|percentage points?)$", re.IGNORECASE)
_LARGEST_FILE_BYTES = 500_000_000
_DELIMITERS = ",;\t"


@dataclass(frozen=True)
class Number:
    """A number as typed.

    Parameters
    ----------
    value : float
        The number; of "54.6 %", 0.546.
    step : float
        Half a unit of the last digit given: answers are rounded.
    digits : int
        How many digits were given, without leading zeros.
    """

    value: float
    step: float
    digits: int


def read_number(text: str) -> Number:
    """Return the number that a text is.

    Parameters
    ----------
    text : str
        Digits with a decimal point; commas may part thousands; a sign of per cent, or "percentage points", may follow.

    Raises
    ------
    InputError
        When it is no number.

    Examples
    --------
    >>> read_number("54.6 %")
    Number(value=0.546, step=0.0005, digits=3)
    >>> read_number("−1.62 percentage points").value
    -0.0162
    """
    plain = text.strip().replace("−", "-")
    body = _HUNDREDTHS.sub("", plain)
    if not _NUMBER.fullmatch(body):
        remedy = "write a decimal point, as in 0.546, 54.6% or 1,234.5"
        raise InputError(Fault(f"{text!r} is not a number", "ANSWER", "a number", remedy))
    number = Decimal(body.replace(",", ""))
    if body != plain:
        number = number.scaleb(-2)
    _, digits, exponent = number.as_tuple()
    return Number(float(number), float(Decimal(5).scaleb(int(exponent) - 1)), len(digits))


def read_ids(path: Path) -> tuple[str, ...]:
    """Return the customer ids of a file, each once: a CSV file with the column `customer_id`, or one id per line.

    Raises
    ------
    InputError
        When the file cannot be read or holds no ids.
    """
    rows = [
        row
        for row in _rows(path, remedy="this exercise is answered by a file of customer ids, one per line")
        if any(cell.strip() for cell in row)
    ]
    names = [cell.strip() for cell in rows[0]] if rows else []
    if ID_COLUMN in names:
        at, rows = names.index(ID_COLUMN), rows[1:]
    elif max(map(len, rows), default=1) > 1:
        what = f"the file has several columns, none of them {ID_COLUMN}"
        raise InputError(Fault(what, str(path), remedy=f"name the column {ID_COLUMN}, or write one id per line"))
    else:
        at = 0
    ids = [row[at].strip() if len(row) > at else "" for row in rows]
    if not any(ids):
        raise InputError(Fault("the file names no customer", str(path), remedy="write one customer_id per line"))
    return tuple(dict.fromkeys(filter(None, ids)))


def read_values(path: Path, key: str, column: str) -> "pd.Series[str]":
    """Return the values of a CSV file with a column of keys and one of values, by key.

    Parameters
    ----------
    path : Path
        The file.
    key, column : str
        Names of its two columns; others are passed over.

    Raises
    ------
    InputError
        When the file cannot be read, lacks a column, or names a key twice.
    """
    remedy = f"this exercise is answered by a file with the columns {key} and {column}, one row per {key}"
    rows = [row for row in _rows(path, remedy=remedy) if any(cell.strip() for cell in row)]
    names = [cell.strip() for cell in rows[0]] if rows else []
    if missing := [name for name in (key, column) if name not in names]:
        what = f"the file has no column {' and no column '.join(missing)}"
        raise InputError(Fault(what, str(path), remedy=f"write a CSV file with the columns {key} and {column}"))
    wanted = [names.index(key), names.index(column)]
    pairs = [tuple(row[at].strip() if at < len(row) else "" for at in wanted) for row in rows[1:]]
    values = pd.DataFrame(pairs, columns=["key", "value"], dtype="string").set_index("key")["value"]
    if values.index.has_duplicates:
        repeated = values.index[values.index.duplicated()][0]
        raise InputError(
            Fault(f"{key} {repeated!r} stands in more than one row", str(path), remedy="give each one row")
        )
    if values.empty:
        raise InputError(Fault("the file has no rows", str(path), remedy=f"write one row per {key}"))
    return values


def _rows(path: Path, *, remedy: str) -> list[list[str]]:
    if not path.is_file():
        what = "this is no file" if path.exists() else "there is no such file"
        raise InputError(Fault(what, str(path), remedy=remedy))
    if path.stat().st_size > _LARGEST_FILE_BYTES:
        raise InputError(Fault("the file is too large for an answer", str(path), "at most 500 MB", remedy))
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(Fault("the file is no text in UTF-8", str(path), remedy="save it as CSV in UTF-8")) from None
    except OSError as error:
        raise InputError(
            Fault(f"the file cannot be read: {error.strerror}", str(path), remedy="allow reading it")
        ) from error
    head = text.lstrip().partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    try:
        return list(csv.reader(text.splitlines(), delimiter=delimiter))
    except csv.Error as error:
        raise InputError(Fault(f"the file is no CSV file: {error}", str(path), remedy="save it as CSV anew")) from None
