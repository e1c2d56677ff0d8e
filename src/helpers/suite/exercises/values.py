"""Scores answers that say something of every customer or record: an amount, or the customer a record belongs to."""

from pathlib import Path

import numpy as np
import pandas as pd

from helpers.core.errors import Fault, InputError
from helpers.narrative.exercises import Condition
from helpers.suite.exercises.answers import ID_COLUMN, read_values
from helpers.suite.exercises.truth import key_of

CLOSE = 0.10  # of the true amount


def count_values(truth: pd.DataFrame, condition: Condition, path: Path) -> tuple[int, int, int]:
    """Return how much of an answer is right, how much could be, and how much is wrong.

    Records that belong together are counted in pairs; amounts are right within a tenth of the true one.

    Parameters
    ----------
    truth : DataFrame
        With a row for every customer or record.
    condition : Condition
        Names the column that was asked for.
    path : Path
        File of the answer.

    Raises
    ------
    InputError
        When the file cannot be read, names what the company does not have, or holds texts for amounts.
    """
    key = key_of(condition)
    true = truth.set_index(truth[key].astype("string"))[condition.column]
    named = read_values(path, key, condition.column)
    unknown = named.index.difference(true.index)
    if len(unknown):
        what = f"{len(unknown):,} of {len(named):,} rows are of no {key} of this company, such as {unknown[0]!r}"
        raise InputError(Fault(what, str(path), remedy=f"write each {key} as it stands in the tables of the company"))
    if condition.column == ID_COLUMN:
        return count_pairs(true.astype("string"), named)
    amounts = pd.to_numeric(named, errors="coerce").astype("float64")
    wrong = amounts.index[~np.isfinite(amounts)]
    if len(wrong):
        fault = (
            f"{condition.column} is no number in {len(wrong):,} of {len(amounts):,} rows, such as that of {wrong[0]!r}"
        )
        raise InputError(Fault(fault, str(path), remedy="write amounts with a decimal point and without a currency"))
    expected = true.loc[amounts.index].to_numpy(np.float64)
    right = int((np.abs(amounts.to_numpy() - expected) <= CLOSE * np.abs(expected)).sum())
    return right, len(true), len(amounts) - right


def count_pairs(true: "pd.Series[str]", named: "pd.Series[str]") -> tuple[int, int, int]:
    """Return the pairs of records put together rightly, all such pairs, and those put together wrongly.

    Parameters
    ----------
    true, named : Series
        Customer by record; records that were not named stand alone.

    Examples
    --------
    >>> true = pd.Series(["A", "A", "A", "B"], index=["1", "2", "3", "4"])
    >>> count_pairs(true, pd.Series(["x", "x", "y", "y"], index=["1", "2", "3", "4"]))
    (1, 3, 1)
    """
    both = pd.DataFrame({"true": true.loc[named.index], "named": named})
    together = _pairs(both.groupby(["true", "named"], observed=True).size())
    return together, _pairs(true.value_counts()), _pairs(named.value_counts()) - together


def _pairs(sizes: "pd.Series[int]") -> int:
    return int((sizes * (sizes - 1) // 2).sum())
