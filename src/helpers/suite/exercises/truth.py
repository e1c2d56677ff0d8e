"""The hidden truth of a simulated company, read to score an answer: nothing else in the suite opens its files."""

from collections.abc import Iterable, Mapping

import pandas as pd

from helpers.core import places
from helpers.core.errors import Fault, InputError
from helpers.narrative.exercises import Condition
from helpers.study.sources import hashed
from helpers.suite.exercises.answers import ID_COLUMN

TRUTH = "truth"
RECORD_COLUMN = "record_id"
_HASHED = "truth/customers.parquet"  # read by the study too, so that the receipt of each run holds its hash
_MAKE, _MAKE_AGAIN = "make the company with: crm simulate", "make the company again with: crm simulate"


def true_customers(study: str, condition: Condition) -> tuple[frozenset[str], frozenset[str]]:
    """Return the customers of whom a condition is true, and all customers of the company.

    Parameters
    ----------
    study : str
        Folder below `data/`.
    condition : Condition
        On a table of the truth.

    Raises
    ------
    InputError
        When the company has not been made, or its truth holds no such column.
    """
    table = truth_table(study, condition)
    return customers_where(table, condition), ids_of(table)


def key_of(condition: Condition) -> str:
    """Return the column by which something is known of each row: the customer, or the record of a customer."""
    return RECORD_COLUMN if condition.column == ID_COLUMN else ID_COLUMN


def truth_table(study: str, condition: Condition) -> pd.DataFrame:
    """Return the table of the truth that a condition is on.

    Raises
    ------
    InputError
        When the company has not been made, or its truth holds no such column.
    """
    path = places.data_folder() / study / TRUTH / f"{condition.table}.parquet"
    if not path.is_file():
        raise InputError(Fault("the simulated company has not been made", f"data/{study}", remedy=_MAKE))
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError):  # an ArrowInvalid is a ValueError
        what = f"the truth about {condition.table} cannot be read"
        raise InputError(Fault(what, f"data/{study}", remedy=_MAKE_AGAIN)) from None
    missing = [name for name in (key_of(condition), condition.column) if name not in table]
    if missing:
        what = f"the truth about {condition.table} has no column {' and no column '.join(missing)}"
        raise InputError(Fault(what, f"data/{study}", remedy=_MAKE_AGAIN))
    return table


def company_hash(study: str) -> str | None:
    """Return the hash of the company's truth, by which a run of the same company is known; None where it has none."""
    path = places.data_folder() / study / _HASHED
    return hashed(path, _HASHED).sha256 if path.is_file() else None


def company_in(inputs: Iterable[Mapping[str, str]]) -> str | None:
    """Return the hash of the truth that the receipt of a run holds among its inputs."""
    return next((one["sha256"] for one in inputs if one["label"] == _HASHED), None)


def customers_where(table: pd.DataFrame, condition: Condition) -> frozenset[str]:
    """Return the ids of the customers of a table of whom a condition is true.

    Raises
    ------
    ValueError
        When a column of texts is compared by size.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": [1, 2], "alive": [True, False]})
    >>> customers_where(table, Condition("customers", "alive", "=", "false"))
    frozenset({'2'})
    """
    column = table[condition.column]
    if pd.api.types.is_bool_dtype(column):
        chosen = column.astype("boolean") == (condition.value.casefold() == "true")
    elif pd.api.types.is_numeric_dtype(column):
        chosen = _compared(column.astype("float64"), condition.sign, float(condition.value))
    elif condition.sign == "=":
        chosen = column.astype("string") == condition.value
    else:
        raise ValueError(f"{condition.column} holds texts, which {condition.sign!r} does not compare")
    return ids_of(table.loc[chosen.fillna(value=False).astype(bool)])


def ids_of(table: pd.DataFrame) -> frozenset[str]:
    """Return the customer ids of a table as texts."""
    return frozenset(table[ID_COLUMN].astype("string"))


def _compared(column: "pd.Series[float]", sign: str, value: float) -> "pd.Series[bool]":
    if sign == "=":
        return column.eq(value)
    if sign in (">", ">="):
        return column.gt(value) | (column.eq(value) & (sign == ">="))
    return column.lt(value) | (column.eq(value) & (sign == "<="))
