"""What a churn model refuses when it is called by hand: every fault of columns and outcome in one message."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from helpers.core.arrays import BoolArray, FloatArray
from helpers.core.checks import offending, require_columns
from helpers.core.errors import Fault, InputError, counted, some_of
from helpers.value.churn.input import LEVELS_AT_MOST, NOT_KNOWN, uninformative

OutcomeNames = tuple[str, str]
"""How messages call the outcome and the table it comes from."""


def check_learnt(
    X: pd.DataFrame,
    y: object,
    *,
    outcome: OutcomeNames,
    each_at_least: int,
    constant: bool,
    separation: bool = True,
    faults: Sequence[Fault] = (),
) -> BoolArray:
    """Refuse columns and an outcome a model cannot learn from, and return the outcome as flags.

    Parameters
    ----------
    X : DataFrame of shape (n, columns)
        Columns to learn from.
    y : array of bool, shape (n,)
        What happened.
    outcome : tuple of two str
        How messages call the outcome and the table.
    each_at_least : int
        Rows needed of either outcome.
    constant : bool
        Whether a column that is the same in all rows is refused.
    separation : bool
        Whether a column that alone tells exactly who left is refused.
    faults : sequence of Fault
        Found before, for the same message.

    Returns
    -------
    array of bool, shape (n,)
        The outcome.

    Raises
    ------
    InputError
        With every fault found, the offending rows counted and the first few named.

    Examples
    --------
    >>> columns = pd.DataFrame({"bill": [1.0, np.nan, 3.0]})
    >>> check_learnt(columns, [True, None, False], outcome=("who left", "table"), each_at_least=1, constant=True)
    Traceback (most recent call last):
    helpers.core.errors.InputError: y is missing in 1 row: 1
        allowed: true or false
        remedy: leave out the rows whose outcome is not known
    bill is missing or infinite in 1 row: 1
        allowed: finite numbers
        remedy: fill in what is missing, or leave the column out
    """
    found = [*faults, *_table_faults(X, outcome[1])]
    ended, clear, of_outcome = _outcome(X, y, each_at_least)
    found += of_outcome
    for name in X.columns[~X.columns.duplicated(keep=False)] if len(X) else ():
        found += _column_faults(X, name, outcome[1]) or uninformative(
            X[name], ended, outcome=outcome, constant=constant, separation=separation, outcome_known=clear
        )
    if found:
        raise InputError(found)
    return ended


def check_forecast(X: pd.DataFrame, numeric: Mapping[str, bool], *, table: str) -> None:
    """Refuse rows a model cannot forecast.

    Parameters
    ----------
    X : DataFrame
        Rows to forecast.
    numeric : mapping of str to bool
        Columns learnt from, and whether each held numbers.
    table : str
        How messages call the table.

    Raises
    ------
    InputError
        For columns that are missing, of another kind than learnt, or hold missing values; all faults at once.
    """
    if not isinstance(X, pd.DataFrame):
        raise InputError(_no_frame(X, table))
    faults: list[Fault] = []
    try:
        require_columns(map(str, X.columns), map(str, numeric), where=table)
    except InputError as error:
        faults += error.faults
    if X.empty and not faults:
        faults.append(Fault("there are no rows to forecast", where=table, remedy="give a table with one row or more"))
    for name, is_number in numeric.items():
        if name not in X.columns:
            continue
        if pd.api.types.is_numeric_dtype(X[name]) == is_number:
            faults += _gaps(X, name)
        else:
            learnt = "numbers" if is_number else "texts"
            faults.append(
                Fault(
                    f"column {name!r} holds {X[name].dtype}",
                    table,
                    f"{learnt}, as were learnt from",
                    remedy="give the column as it was when the model learnt",
                )
            )
    if faults:
        raise InputError(faults)


def separates_exactly(ended: BoolArray, score: FloatArray) -> bool:
    """Say whether a score puts all who left above all who stayed.

    Examples
    --------
    >>> separates_exactly(np.array([True, False]), np.array([2.0, 1.0]))
    True
    """
    return bool(score[ended].min() > score[~ended].max())


def separation(
    X: pd.DataFrame, ended: BoolArray, learn: Callable[[pd.DataFrame], FloatArray], *, outcome: OutcomeNames
) -> Fault:
    """Return the fault of columns that together tell the outcome exactly, naming those it takes.

    Columns are left out one after the other as long as the rest still tells it: none of those named can be spared.

    Parameters
    ----------
    X : DataFrame
        Columns that separate.
    ended : array of bool
        The outcome.
    learn : callable
        Returns the score of every row, learnt from the columns given to it.
    outcome : tuple of two str
        How messages call the outcome and the table.
    """
    needed = list(X.columns)
    for name in X.columns:
        rest = [other for other in needed if other != name]
        if rest and separates_exactly(ended, learn(X[rest])):
            needed = rest
    which = f"the columns {some_of(needed)} together tell" if len(needed) > 1 else f"column {needed[0]!r} alone tells"
    return Fault(
        f"{which} exactly {outcome[0]} (perfect separation in all {len(X):,} rows)",
        where=outcome[1],
        allowed="what was known beforehand, of more customers than the columns can learn by heart",
        remedy="leave out what is known only afterwards, or give more customers",
    )


def _no_frame(X: object, table: str) -> Fault:
    return Fault(
        f"expected a data frame, got {type(X).__name__}",
        table,
        "a data frame with a name for every column",
        remedy="turn it into a data frame",
    )


def _table_faults(X: pd.DataFrame, table: str) -> list[Fault]:
    if not isinstance(X, pd.DataFrame):
        raise InputError(_no_frame(X, table))
    faults = (
        [Fault("there is no column to learn from", where=table, remedy="give at least one column beside the outcome")]
        if X.shape[1] == 0
        else []
    )
    faults += (
        [Fault("there are no rows to learn from", where=table, remedy="give a table with rows of both outcomes")]
        if len(X) == 0
        else []
    )
    twice = X.columns[X.columns.duplicated()].unique().tolist()
    if twice:
        faults.append(
            Fault(
                f"columns named more than once: {some_of(twice)}",
                table,
                "a name of its own for each",
                remedy="rename the columns",
            )
        )
    return faults


def _outcome(X: pd.DataFrame, y: object, each_at_least: int) -> tuple[BoolArray, BoolArray, list[Fault]]:
    """Return the outcome of every row of X, whether a column may be held against it, and the faults of y."""
    array = np.asarray(y.to_numpy() if isinstance(y, pd.Series) else y, dtype=object)
    unknown = np.zeros(len(X), dtype=bool)
    if array.ndim != 1:
        return (
            unknown,
            unknown,
            [
                Fault(
                    f"y has the shape {array.shape}",
                    allowed="one flag for each row",
                    remedy="give the outcomes as one column",
                )
            ],
        )
    given = pd.Series(array, dtype=object)
    missing, ended = given.isna().to_numpy(), given.isin([True]).to_numpy()
    strange = ~given.isin([True, False]).to_numpy() & ~missing
    # Rows have names only where there is an outcome for every row.
    rows = X if len(X) == len(given) else pd.DataFrame(index=given.index)
    remedy = "leave out the rows whose outcome is not known"
    values = some_of(given[strange].unique().tolist(), at_most=3)
    faults = [
        *offending(rows, missing, "y is missing", allowed="true or false", remedy=remedy),
        *offending(rows, strange, f"y is no flag ({values})", allowed="true or false"),
    ]
    if len(X) != len(given):
        what = f"y holds {counted(len(given), 'outcome')} for {counted(len(X), 'row')} of X"
        return (
            unknown,
            unknown,
            [Fault(what, allowed="one for each row", remedy="give one outcome per row, in the same order"), *faults],
        )
    if not faults and len(X):
        faults += [
            Fault(
                f"y is {kind} in {counted(count, 'row')}",
                allowed=f"{each_at_least} or more rows of either kind",
                remedy="give more rows of this outcome",
            )
            for kind, count in (("true", int(ended.sum())), ("false", int((~ended).sum())))
            if count < each_at_least
        ]
    clear = ~(missing | strange)
    if min((ended & clear).sum(), (~ended & clear).sum()) < each_at_least:
        clear = unknown  # what sets few rows apart does so by chance
    return ended, clear, faults


def _gaps(X: pd.DataFrame, name: str) -> list[Fault]:
    if pd.api.types.is_numeric_dtype(X[name]):
        bad = ~np.isfinite(X[name].to_numpy(dtype=np.float64, na_value=np.nan))
        remedy = "fill in what is missing, or leave the column out"
        return offending(X, bad, f"{name} is missing or infinite", allowed="finite numbers", remedy=remedy)
    missing: NDArray[np.bool_] = X[name].isna().to_numpy()
    remedy = f"write a word such as {NOT_KNOWN!r} there"
    return offending(X, missing, f"{name} is missing", allowed="texts", remedy=remedy)


def _column_faults(X: pd.DataFrame, name: str, table: str) -> list[Fault]:
    values, where = X[name], f"column {name!r}"
    if pd.api.types.is_datetime64_any_dtype(values) or pd.api.types.is_timedelta64_dtype(values):
        what, remedy = f"{where} holds dates", "turn it into months, or leave it out"
        return [Fault(what, table, "numbers, texts, flags", remedy)]
    faults = _gaps(X, name)
    if pd.api.types.is_numeric_dtype(values):
        return faults
    kinds = sorted({type(value).__name__ for value in values.dropna().unique()})
    if len(kinds) > 1:
        return [
            *faults,
            Fault(
                f"{where} mixes {some_of(kinds)}",
                table,
                "texts only, or numbers only",
                remedy="turn the column into texts, or into numbers",
            ),
        ]
    levels = values.nunique()
    if levels > LEVELS_AT_MOST:
        what = f"{where} holds {levels:,} different texts: {some_of(sorted(values.dropna().unique()), at_most=3)}"
        faults.append(Fault(what, table, f"at most {LEVELS_AT_MOST}", "group them, or leave the column out"))
    return faults
